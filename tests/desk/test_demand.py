"""The demand board at the desk: its lines, and one press that begins an article."""

import re

import pytest

from advice.articles.models import Article
from advice.letters import workflow as letters
from advice.letters.models import Letter, PutOff
from tests.factories import make_user
from tests.letters.test_demand import CALF, SAME, THIRD, alike, announce, in_vain, others  # noqa: F401
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


def lines_of(page):
    return [(line.title, line.points) for line in page.context["lines"]]


def test_an_empty_board_says_what_will_stand_here(at_desk):
    text = assert_valid(at_desk.get("/desk/demand/"))
    assert "Here stands what readers ask most" in text
    assert "counts 10 points" not in text


def test_each_line_says_what_it_is_made_of(at_desk):
    first, second = alike(CALF, SAME, question="Why <b>do</b> calves twitch?")
    in_vain("twitching calf", 2)
    in_vain("pickle juice", 1)
    announce(pressed=2)
    page = at_desk.get("/desk/demand/")
    assert lines_of(page) == [("Why <b>do</b> calves twitch?", 26), ("Twitching", 6), ("Pickle juice", 3)]
    text = assert_valid(page)
    said = " ".join(re.sub(r"<[^>]+>", "", text).split())
    for words in (
        "A letter counts 10 points, a “me too” 3",
        "26 points 2 letters, since",
        "6 searches that found nothing",
        "2 × “me too”",
        "twitching calf (6)",
    ):
        assert words in said, words
    assert "<b>do</b>" not in text
    assert text.count('name="letters"') == 2
    assert f'value="{first.pk}" checked' in text
    assert second.case_number in text


def test_one_press_opens_a_draft_with_its_letters(at_desk, editor):
    first, second = alike(CALF, SAME)
    third = alike(THIRD)[0]
    (line,) = at_desk.get("/desk/demand/").context["lines"]
    response = at_desk.post(
        "/desk/demand/open/",
        {"line": line.key, "lead": line.letters[0].pk, "letters": [first.pk, second.pk, third.pk]},
        follow=True,
    )
    article = Article.objects.get()
    assert response.redirect_chain == [(f"/desk/articles/{article.pk}/", 302)]
    assert set(Letter.objects.filter(article=article)) == {first, second, third}
    assert Letter.objects.get(is_lead=True).pk == line.letters[0].pk
    assert "Here is its draft." in assert_valid(response)
    assert at_desk.get("/desk/demand/").context["lines"] == []


def test_a_letter_without_its_tick_stays_in_the_queue(at_desk):
    first, second = alike(CALF, SAME)
    at_desk.post("/desk/demand/open/", {"lead": first.pk, "letters": [second.pk]})
    assert Letter.objects.get(pk=first.pk).status == "received"
    assert Letter.objects.get(is_lead=True) == second


def test_without_any_tick_it_is_said_beside_the_line(at_desk):
    alike(CALF, SAME)
    term = in_vain("calf")
    (line,) = at_desk.get("/desk/demand/").context["lines"]
    text = assert_valid(at_desk.post("/desk/demand/open/", {"line": line.key, "searched": term.pk}), 422)
    assert "Tick at least one letter." in text.partition(f'id="{line.key}"')[2]
    assert " checked" not in text
    assert_valid(at_desk.post("/desk/demand/open/", {"line": line.key}), 422)
    assert not Article.objects.exists()


def test_who_comes_too_late_sees_how_it_stands(at_desk):
    first, second = alike(CALF, SAME)
    letters.decline(second, by=make_user(), reason="No.")
    text = assert_valid(at_desk.post("/desk/demand/open/", {"letters": [first.pk, second.pk]}), 409)
    assert "in the meantime" in text
    assert not Article.objects.exists()
    term = in_vain("pickle juice")
    at_desk.post("/desk/demand/open/", {"searched": term.pk})
    assert_valid(at_desk.post("/desk/demand/open/", {"searched": term.pk}), 409)
    assert Article.objects.count() == 1
    assert_valid(at_desk.post("/desk/demand/open/", {"searched": "x", "lead": "-1"}), 409)


def test_a_search_begins_an_article_of_its_own(at_desk):
    term = in_vain("pickle juice")
    at_desk.post("/desk/demand/open/", {"line": f"search-{term.pk}", "searched": term.pk})
    assert Article.objects.get().headline == "Pickle juice"
    assert at_desk.get("/desk/demand/").context["lines"] == []


def test_an_announced_question_leads_to_its_draft(at_desk):
    draft = announce()
    text = assert_valid(at_desk.get("/desk/demand/"))
    assert f'<a class="btn small-btn" href="/desk/articles/{draft.pk}/"' in text


def test_not_now_and_show_again(at_desk, editor):
    first, second = alike(CALF, SAME)
    response = at_desk.post("/desk/demand/not-now/", {"letters": [first.pk, second.pk]}, follow=True)
    assert "Put off until" in assert_valid(response)
    assert response.context["lines"] == []
    assert set(PutOff.objects.values_list("letter", "by")) == {(first.pk, editor.pk), (second.pk, editor.pk)}
    response = at_desk.post("/desk/demand/show-again/", follow=True)
    assert len(response.context["lines"]) == 1
    assert "Show again what was put off" not in assert_valid(response)


def test_not_now_of_a_question_and_of_a_search(at_desk):
    draft, term = announce(), in_vain("pickle juice")
    at_desk.post("/desk/demand/not-now/", {"article": draft.pk})
    at_desk.post("/desk/demand/not-now/", {"searched": term.pk})
    assert set(PutOff.objects.values_list("article", "term")) == {(draft.pk, None), (None, term.pk)}


def test_no_word_of_a_letter_stands_in_an_address(at_desk):
    alike(f"Canaryword {CALF}", f"Canaryword {SAME}", question="Canaryword calves?")
    text = assert_valid(at_desk.get("/desk/demand/"))
    assert "Canaryword calves?" in text
    assert not [
        link for link in re.findall(r'(?:href|action|formaction)="([^"]*)"', text) if "anaryword" in link
    ]


def test_experts_have_no_such_page(client):
    client.force_login(make_user("expert"))
    assert client.get("/desk/demand/").status_code == 404
    for act in ("open", "not-now", "show-again"):
        assert client.post(f"/desk/demand/{act}/").status_code == 404


def test_the_board_is_paged(at_desk):
    for number in range(32):
        in_vain("".join("abcdefghij"[int(digit)] * 2 for digit in str(number + 100)))
    first, second = at_desk.get("/desk/demand/"), at_desk.get("/desk/demand/?page=2")
    assert (len(first.context["lines"]), len(second.context["lines"])) == (30, 2)
    assert 'start="31"' in assert_valid(second)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_however_many_lines(at_desk, django_assert_num_queries, count):
    alike(*[f"{CALF} {'x' * number}" for number in range(count + 1)])
    for number in range(count):
        in_vain("abc"[number] * 4)
        announce(f"Whether {number}")
    with django_assert_num_queries(11):
        at_desk.get("/desk/demand/")
