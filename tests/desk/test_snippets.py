"""Snippets at the desk: written once, put into a text with a press, and shown in its preview."""

import pytest
from django.utils.html import escape

from advice.accounts.models import Role
from advice.articles import snippets
from advice.articles.models import Snippet
from tests.desk.test_articles import texts
from tests.factories import make_column, make_draft, make_letter, make_published, make_user
from tests.hostile import HOSTILE
from tests.test_valid import HARD, assert_all_valid, assert_valid

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(db):
    return snippets.make(by=make_user(), name="Stretch box", slug="stretch-box", text="Stretch *calves*.")


def main_of(response):
    return response.content.decode().partition("<main")[2]


def test_a_snippet_is_made_changed_and_deleted(at_desk):
    response = at_desk.post("/desk/snippets/new/", {"name": "Stretch box", "text": "Stretch."})
    one = Snippet.objects.get()
    assert (one.slug, response["Location"]) == ("stretch-box", f"/desk/snippets/{one.pk}/")
    at_desk.post(f"/desk/snippets/{one.pk}/", {"name": "Box", "slug": "other", "text": "Rest."})
    one.refresh_from_db()
    assert (one.name, one.slug, one.html, one.version) == ("Box", "stretch-box", "<p>Rest.</p>", 2)
    page = main_of(at_desk.get("/desk/snippets/"))
    assert "{{stretch-box}}" in page
    assert "unused" in page
    at_desk.post(f"/desk/snippets/{one.pk}/delete/")
    assert not Snippet.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("name", typed) for typed in ("", "x" * 81, "a\0b", "\u200b", "STRETCH box")),
        *(("slug", typed) for typed in ("stretch-box", "two words", "under_score", "-x", "x" * 61, "a\0b")),
        *(("text", typed) for typed in ("", "x" * 5_001, "a\0b", "x[^1]\n\n[^1]: y", "{{stretch-box}}", "[x]: /y")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(at_desk, box, field, typed):
    response = at_desk.post("/desk/snippets/new/", {"name": "Other", "text": "Typed.", field: typed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    if field != "text":
        assert "Typed." in main_of(response)
    assert Snippet.objects.count() == 1


def test_a_name_without_letters_needs_one_for_texts(at_desk):
    response = at_desk.post("/desk/snippets/new/", {"name": "跑步", "text": "x"})
    assert list(response.context["form"].errors) == ["slug"]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(at_desk, words):
    words = words.encode("utf-8", "replace").decode()  # as a browser sends them
    at_desk.post("/desk/snippets/new/", {"name": f"x{words}"[:80], "slug": "x", "text": f"x {words}"})
    one = Snippet.objects.first()
    if one is None:
        return  # refused: it holds what no text can
    for path in ("/desk/snippets/", f"/desk/snippets/{one.pk}/"):
        page = main_of(at_desk.get(path))
        assert escape(one.name) in page
        assert "<script>alert" not in page
        assert "onerror=alert(1)>" not in page


def test_those_who_may_not_publish_read_and_change_nothing(client, box):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    assert "Stretch <em>calves</em>." in main_of(client.get(f"/desk/snippets/{box.pk}/"))
    for path in ("new/", f"{box.pk}/", f"{box.pk}/delete/"):
        assert client.post(f"/desk/snippets/{path}", {"name": "X", "text": "Y"}).status_code == 409
    assert Snippet.objects.get().text == "Stretch *calves*."


def test_two_who_edit_one_lose_nothing(at_desk, box):
    address = f"/desk/snippets/{box.pk}/"
    seen = at_desk.get(address).context["form"]["seen"].value()
    at_desk.post(address, {"name": box.name, "text": "Theirs.", "seen": seen})
    response = at_desk.post(address, {"name": box.name, "text": "Mine.", "seen": seen})
    assert response.status_code == 409
    page = main_of(response)
    assert "Theirs." in page
    assert "Mine." in page
    assert Snippet.objects.get().text == "Theirs."


def test_the_preview_draws_it_where_it_will_be_drawn(at_desk, box):
    given = {"content": "{{stretch-box}}"}
    drawn = at_desk.post("/desk/markdown/preview/?snippets", given).content.decode()
    assert drawn == "<p>Stretch <em>calves</em>.</p>"
    assert at_desk.post("/desk/markdown/preview/", given).content.decode() == "<p>{{stretch-box}}</p>"
    article = make_draft()
    for path in (f"articles/{article.pk}/", f"answers/{article.answers.get().pk}/", "columns/new/"):
        assert 'data-markdownx-urls-path="/desk/markdown/preview/?snippets"' in main_of(
            at_desk.get(f"/desk/{path}")
        )
    assert "?snippets" not in main_of(at_desk.get("/desk/pages/about/"))


@pytest.mark.parametrize("action", ["preview", "snippet"])
def test_without_javascript_a_press_puts_it_in_and_shows_the_text(at_desk, box, action):
    article = make_draft()
    text = "Typed." if action == "snippet" else "Typed.\n\n{{stretch-box}}"
    press = {"action": action, "snippet": box.slug}
    answer, letter = article.answers.get(), make_letter()
    for path, field, given in (
        (f"articles/{article.pk}/", "question", texts(article, question=text)),
        (f"answers/{answer.pk}/", "text", {"text": text, "version": answer.version}),
        (f"letters/{letter.pk}/accept/", "question", {"headline": "H", "question": text}),
        ("columns/new/", "disclaimer", {"name": "N", "disclaimer": text}),
    ):
        response = at_desk.post(f"/desk/{path}", {**given, **press})
        assert response.status_code == 200
        page = main_of(response)
        assert "Stretch <em>calves</em>." in page, path
        assert response.context["form"][field].value().strip() == "Typed.\n\n{{stretch-box}}"
    response = at_desk.post(
        f"/desk/answers/{answer.pk}/", {"text": "T", "action": "snippet", "snippet": "a\0b"}
    )
    assert "Choose a snippet first." in main_of(response)


def test_a_name_that_nobody_knows_stays_as_it_is_typed_and_the_desk_says_so(at_desk, box):
    article = make_draft()
    data = texts(article, question="{{stretch-box}}\n\n{{<b>}}\n\n{{nothing}}")
    page = main_of(at_desk.post(f"/desk/articles/{article.pk}/", data, follow=True))
    assert "This stays as you typed it: {{nothing}}." in page
    answer = article.answers.get()
    given = {"text": "See {{stretch-box}}.", "version": answer.version}
    assert "This stays" in main_of(at_desk.post(f"/desk/answers/{answer.pk}/", given, follow=True))
    column = make_column()
    given = {"name": column.name, "wording_days": "7", "update_weeks": "6", "position": "0"}
    response = at_desk.post(f"/desk/columns/{column.pk}/", {**given, "disclaimer": "{{x}}"}, follow=True)
    assert "This stays as you typed it: {{x}}." in main_of(response)


def test_where_it_stands_is_shown_and_keeps_it_from_being_deleted(at_desk, box):
    make_column("Sports", disclaimer="{{stretch-box}}")
    article = make_published(question="{{stretch-box}}")
    page = main_of(at_desk.get(f"/desk/snippets/{box.pk}/"))
    assert article.headline in page
    assert "Sports" in page
    assert "Delete this snippet" not in page
    assert "2 texts" in main_of(at_desk.get("/desk/snippets/"))
    assert at_desk.post(f"/desk/snippets/{box.pk}/delete/").status_code == 409


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_few_queries_for_any_number(at_desk, django_assert_num_queries, count):
    for number in range(count):
        snippets.make(by=make_user(), name=f"N {number}", slug=f"n-{number}", text="Rest.")
        make_published(question="{{n-" + str(number) + "}}")
    with django_assert_num_queries(9):
        assert len(at_desk.get("/desk/snippets/").context["rows"]) == count


def test_the_list_is_paged(at_desk):
    Snippet.objects.bulk_create(Snippet(name=f"N {n:02}", slug=f"n-{n}", text="x") for n in range(31))
    assert len(at_desk.get("/desk/snippets/").context["rows"]) == 30
    assert len(at_desk.get("/desk/snippets/?page=2").context["rows"]) == 1


def test_all_pages_are_valid(at_desk):
    assert_all_valid(at_desk, "/desk/snippets/", "/desk/snippets/new/")
    one = snippets.make(by=make_user(), name=HARD[:60], slug="hard", text=HARD)
    article = make_published(question="{{hard}}", headline=HARD[:60])
    assert_all_valid(
        at_desk,
        *("/desk/snippets/", f"/desk/snippets/{one.pk}/", f"/desk/articles/{article.pk}/"),
        *(f"/desk/answers/{article.answers.get().pk}/", "/desk/columns/new/", article.get_absolute_url()),
    )
    assert_valid(at_desk.post("/desk/snippets/new/", {"name": HARD * 9, "text": HARD * 99}), 422)


TELLING = "Ask Thomas Kettering, 07700 900123, jo@mail.example or [me](https://www.facebook.com/jo.smith)."


def test_what_may_tell_of_somebody_is_shown_beside_the_text_and_saved_with_a_tick(at_desk):
    data = {"name": "Box", "text": TELLING, "slug": "box"}
    response = at_desk.post("/desk/snippets/new/", data)
    page = assert_valid(response, 422)
    for told in ("Kettering", "07700 900123", "jo@mail.example", "facebook.com/jo.smith"):
        assert told in str(response.context["form"].errors["text"])
    assert "It may stand" in page
    assert response.context["form"]["text"].value() == TELLING
    assert not Snippet.objects.exists()
    data["told"] = response.context["form"]["told"].value()
    assert at_desk.post("/desk/snippets/new/", data).status_code == 422
    assert at_desk.post("/desk/snippets/new/", {**data, "stands": "on"}).status_code == 302
    assert Snippet.objects.get().text == TELLING


def test_a_tick_is_for_what_was_shown(at_desk, box):
    address, data = f"/desk/snippets/{box.pk}/", {"name": box.name, "text": "Call 07700 900123."}
    data["told"] = at_desk.post(address, data).context["form"]["told"].value()
    data |= {"stands": "on", "text": "Call 07700 900123, Thomas Kettering."}
    assert at_desk.post(address, data).status_code == 422
    assert Snippet.objects.get().text == box.text


def test_a_link_to_what_is_nobodys_needs_no_tick(at_desk):
    data = {"name": "Box", "text": "Read [this](https://www.nhs.uk/conditions/).", "slug": "box"}
    assert at_desk.post("/desk/snippets/new/", data).status_code == 302
