"""The desk reads what happened since, edits it, and prints it under the answer, or does not."""

import pytest

from advice.accounts.models import Role
from advice.articles import workflow as articles
from advice.articles.models import Update
from advice.letters import follow_ups
from advice.letters.models import FollowUp, Letter
from tests.factories import make_column, make_follow_up, make_letter, make_update, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    return make_follow_up(make_letter(signature="Adam"), text="It <b>passed</b> in Leeds.")


def words(response):
    return response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_shows_what_waits_in_the_same_few_queries(client, django_assert_num_queries, count):
    client.force_login(make_user())
    waiting = [make_follow_up(text=f"Text number {number}.") for number in range(count)]
    with django_assert_num_queries(6):
        page = words(client.get("/desk/updates/"))
    for one in waiting:
        assert one.text in page
        assert one.letter.case_number in page
        assert one.letter.email not in page


def test_it_is_empty_when_all_are_decided_or_their_answers_are_gone(client, sent):
    client.force_login(make_user())
    assert "1 to read" in words(client.get("/desk/"))
    articles.unpublish(sent.letter.article, by=None)
    assert "Nothing waits here." in words(client.get("/desk/updates/"))
    assert "1 to read" not in words(client.get("/desk/"))
    assert client.get(f"/desk/updates/{sent.pk}/").status_code == 404


def test_it_is_read_beside_the_answer_and_printed_as_it_was_edited(client, sent):
    client.force_login(make_user())
    page = client.get(f"/desk/updates/{sent.pk}/")
    assert "It passes." in words(page)
    assert "It &lt;b&gt;passed&lt;/b&gt; in Leeds." in words(page)
    form = page.context["form"]
    assert form["signature"].value() == "Adam"
    edited = {"text": "It passed.", "signature": "Adam", "version": form["version"].value()}
    response = client.post(f"/desk/updates/{sent.pk}/approve/", edited)
    update = Update.objects.get()
    assert response["Location"] == f"/desk/articles/{update.article_id}/"
    assert "It passed." in words(client.get(update.article.get_absolute_url()))
    assert not FollowUp.objects.exists()


def test_an_untouched_copy_is_printed_as_the_writer_typed_it(client, sent):
    client.force_login(make_user())
    form = client.get(f"/desk/updates/{sent.pk}/").context["form"]
    client.post(f"/desk/updates/{sent.pk}/approve/", {name: form[name].value() for name in form.fields})
    assert "<p>It &lt;b&gt;passed&lt;/b&gt; in Leeds.</p>" in Update.objects.get().html


def test_an_editor_who_may_not_publish_reads_and_declines(client, sent):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    page = words(client.get(f"/desk/updates/{sent.pk}/"))
    assert "Print it under the answer" not in page
    assert client.post(f"/desk/updates/{sent.pk}/approve/", {"text": "x", "version": 1}).status_code == 404
    data = {"decline-version": "1", "decline-reason": "Not this one."}
    assert client.post(f"/desk/updates/{sent.pk}/decline/", data)["Location"] == "/desk/updates/"
    assert FollowUp.objects.get().reason == "Not this one."


@pytest.mark.parametrize(
    ("act", "data", "typed"),
    [
        ("approve", {"text": "My careful edit.", "version": "1"}, "My careful edit."),
        ("decline", {"decline-reason": "My careful reason.", "decline-version": "1"}, "My careful reason."),
    ],
)
def test_what_was_typed_is_kept_whatever_the_writer_did_meanwhile(client, sent, act, data, typed):
    client.force_login(make_user())
    letter = Letter.objects.get()
    follow_ups.tell(letter, text="Another text of mine.")
    response = client.post(f"/desk/updates/{sent.pk}/{act}/", data)
    assert response.status_code == 409
    assert typed in words(response)
    assert "Another text of mine." in words(response)
    assert 'version" value="2"' in words(response)
    follow_ups.take_back(letter)
    response = client.post(f"/desk/updates/{sent.pk}/{act}/", data)
    assert response.status_code == 409
    assert typed in words(response)
    assert not Update.objects.exists()


def test_an_empty_one_is_not_printed(client, sent):
    client.force_login(make_user())
    assert client.post(f"/desk/updates/{sent.pk}/approve/", {"text": " ", "version": "1"}).status_code == 422
    assert not Update.objects.exists()


def test_what_is_printed_can_be_taken_off_at_the_articles_page(client):
    update = make_update(text="It passed.")
    client.force_login(make_user())
    assert "Take it off the page" in words(client.get(f"/desk/articles/{update.article_id}/"))
    response = client.post(f"/desk/updates/printed/{update.pk}/take-off/")
    assert response["Location"] == f"/desk/articles/{update.article_id}/"
    assert not Update.objects.exists()
    assert Letter.objects.get().update is None


def test_a_column_takes_no_weeks_after_which_its_letters_are_gone(client):
    column = make_column(is_medical=False)
    client.force_login(make_user(Role.OWNER, is_superuser=True))
    address = f"/admin/articles/column/{column.pk}/change/"
    data = {
        **{"name": column.name, "slug": column.slug, "description": "", "disclaimer": ""},
        **{"context_question": "", "position": "0", "wording_days": "7"},
    }
    response = client.post(address, {**data, "update_weeks": "9"})
    assert "At most 8 weeks: by then the writer’s address is erased" in words(response)
    for weeks in (8, 0):
        assert client.post(address, {**data, "update_weeks": weeks}).status_code == 302
        column.refresh_from_db()
        assert column.update_weeks == weeks
