import pytest

from advice.accounts.models import Role
from advice.articles import pages
from advice.articles.models import Page, PageChange
from advice.articles.pages import UNWRITTEN
from advice.articles.workflow import Stale
from tests.desk.differing import differ
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def about():
    return Page.objects.create(slug="about", title="About", text="We *answer* letters.")


def data(page, **changes):
    return {"title": page.title, "text": page.text, "version": page.version, **changes}


def main_of(response):
    return response.content.decode().partition("<main")[2]


def test_all_pages_are_listed_with_their_addresses_whether_they_are_written_or_not(at_desk, editor, about):
    pages.write("about", title="Who we are", text="We.", version=1, by=editor)
    words = main_of(at_desk.get("/desk/pages/"))
    for slug in UNWRITTEN:
        assert f'href="/desk/pages/{slug}/"' in words
        assert f'href="/{slug}/"' in words
    assert "Who we are" in words
    assert "Mara Quill" in words
    assert words.count("Not written yet") == len(UNWRITTEN) - 1


def test_the_list_asks_no_more_of_the_database_for_more_pages(
    at_desk, editor, about, django_assert_num_queries
):
    def queries(number):
        with django_assert_num_queries(number):
            at_desk.get("/desk/pages/")

    pages.write("about", title="About", text="One.", version=1, by=editor)
    queries(6)
    for slug in ("privacy", "contact"):
        pages.write(slug, title=slug, text="One.", version=0, by=editor)
        pages.write(slug, title=slug, text="Two.", version=1, by=editor)
    queries(6)


def test_saving_changes_the_public_page_and_keeps_what_it_said(at_desk, client, editor, about):
    response = at_desk.post("/desk/pages/about/", data(about, title="Who we are", text="We **read** all."))
    assert response["Location"] == "/desk/pages/about/"
    public = client.get("/about/").content.decode()
    assert "<h1>Who we are</h1>" in public
    assert "We <strong>read</strong> all." in public
    rows = [(change.by, change.title, change.text) for change in PageChange.objects.all()]
    assert rows == [(editor, "Who we are", "We **read** all."), (None, "About", "We *answer* letters.")]
    shown = main_of(at_desk.get("/desk/pages/about/"))
    assert "Mara Quill" in shown
    assert "the text the site began with" in shown


def test_a_page_that_nobody_has_written_begins_at_the_desk(at_desk):
    shown = at_desk.get("/desk/pages/contact/")
    assert shown.context["form"].initial == {"title": "Contact", "text": "", "version": 0}
    at_desk.post("/desk/pages/contact/", {"title": "Contact", "text": "Write.", "version": 0})
    assert Page.objects.get().text == "Write."
    assert PageChange.objects.count() == 1


def test_a_page_that_has_no_address_is_not_there(at_desk):
    Page.objects.create(slug="elsewhere", title="Elsewhere", text="T")
    assert at_desk.get("/desk/pages/elsewhere/").status_code == 404


def test_two_windows_the_second_save_shows_both_texts_and_a_third_is_deliberate(at_desk, about):
    at_desk.post("/desk/pages/about/", data(about, text="Theirs"))
    response = at_desk.post("/desk/pages/about/", data(about, text="Mine"))
    assert response.status_code == 409
    assert differ(response) == [{"label": "Text, in Markdown", "theirs": "Theirs", "ours": "Mine"}]
    assert response.context["form"]["text"].value() == "Mine"
    assert Page.objects.get().text == "Theirs"
    again = data(about, text="Mine", version=response.context["form"]["version"].value())
    assert at_desk.post("/desk/pages/about/", again).status_code == 302
    assert Page.objects.get().text == "Mine"


def test_two_who_begin_a_page_at_once_are_told_too(at_desk, editor):
    pages.write("contact", title="Contact", text="Theirs", version=0, by=editor)
    response = at_desk.post("/desk/pages/contact/", {"title": "Contact", "text": "Mine", "version": 0})
    assert response.status_code == 409
    assert response.context["form"]["text"].value() == "Mine"
    with pytest.raises(Stale) as stale:
        pages._begin("contact", "Contact", "Mine")
    assert stale.value.current.text == "Theirs"


def test_a_text_over_50_kb_is_refused_beside_its_field(at_desk, about):
    response = at_desk.post("/desk/pages/about/", data(about, text="é" * 25_001))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"text"}
    assert "at most 50,000 bytes can be set" in main_of(response)
    assert at_desk.post("/desk/pages/about/", data(about, text="é" * 25_000)).status_code == 302


def test_a_preview_without_javascript_saves_nothing(at_desk, about):
    response = at_desk.post("/desk/pages/about/", data(about, text="We **read**.", action="preview"))
    assert response.status_code == 200
    assert "<p>We <strong>read</strong>.</p>" in main_of(response)
    assert response.context["form"]["text"].value() == "We **read**."
    assert Page.objects.get().text == about.text


def test_an_editor_who_may_not_publish_reads_it_and_loses_nothing_by_trying(client, about):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    shown = main_of(client.get("/desk/pages/about/"))
    assert "We <em>answer</em> letters." in shown
    assert "<textarea" not in shown
    assert "by those who may publish" in shown
    response = client.post("/desk/pages/about/", data(about, text="Mine"))
    assert response.status_code == 409
    assert response.context["form"]["text"].value() == "Mine"
    assert Page.objects.get().text == about.text
    assert not PageChange.objects.exists()


def test_a_privacy_page_that_is_written_by_hand_is_pointed_out(at_desk):
    Page.objects.create(slug="privacy", title="Privacy", text="We keep nothing, honestly.")
    assert "This page does not hold {what_we_keep}" in main_of(at_desk.get("/desk/pages/privacy/"))
    Page.objects.update(text="{what_we_keep}")
    assert "This page does not hold" not in main_of(at_desk.get("/desk/pages/privacy/"))
