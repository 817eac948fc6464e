"""What readers search for, at the desk; synonyms and promoted answers."""

import datetime as dt
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Promotion
from advice.articles.promotions import promoted
from advice.desk import search_forms
from advice.search import terms
from advice.search.models import Synonym, Term, TermDay
from tests.factories import make_draft, make_published, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def note(q: str, *, found: int = 0, times: int = 1) -> Term:
    for day in range(3):
        for _ in range(times):
            terms.note(q, found=found, now=timezone.now() - day * DAY)
    return Term.objects.get(words=q)


def main_of(response) -> str:
    return unescape(response.content.decode().partition("<main")[2])


def words_of(response) -> list[str]:
    return [row.words for row in response.context["page"]]


# -- what is searched for ----------------------------------------------------------------------------------------


def test_what_was_not_found_stands_first_and_what_was_found_under_most_searched(at_desk):
    note("charley horse", times=2)
    note("shank")
    note("cramp", found=4, times=3)
    terms.note("not yet", found=0)
    assert words_of(at_desk.get("/desk/search/")) == ["charley horse", "shank"]
    assert words_of(at_desk.get("/desk/search/most/")) == ["cramp", "charley horse", "shank"]


def test_each_term_leads_to_what_can_be_done_about_it(at_desk):
    note("charley horse")
    page = main_of(at_desk.get("/desk/search/"))
    assert "3 times" in page
    assert "3 in vain" in page
    for link, field, words in [
        ("/desk/search/synonyms/new/?words=charley%20horse", "words", "charley horse"),
        ("/desk/search/promoted/new/?queries=charley%20horse", "queries", "charley horse"),
        ("/desk/articles/new/?headline=Charley%20horse", "headline", "Charley horse"),
    ]:
        assert f'href="{link}"' in page
        assert at_desk.get(link).context["form"][field].value() == words
    assert 'href="/search/?q=charley%20horse&tried=1"' in page


def test_empty_pages_say_what_will_stand_there_and_why_it_takes_three_days(at_desk):
    for path, words in [
        ("/desk/search/", "did not find"),
        ("/desk/search/most/", "search for most"),
        ("/desk/search/synonyms/", "Endings, capitals and accents need no entry"),
        ("/desk/search/promoted/", "stands above everything else"),
    ]:
        page = main_of(at_desk.get(path))
        assert words in page
        if path in {"/desk/search/", "/desk/search/most/"}:
            assert "on 3 different days" in page
            assert "90 days later" in page


def test_what_is_old_is_erased_when_somebody_looks_though_no_worker_runs(at_desk):
    terms.note("calf", found=0, now=timezone.now() - terms.FORGET_AFTER)
    at_desk.get("/desk/search/")
    assert not Term.objects.exists()


def test_a_term_is_forgotten_and_the_page_comes_again(at_desk):
    term = note("shank")
    at = "/desk/search/most/?page=1"
    assert at_desk.post(f"/desk/search/{term.pk}/forget/", {"next": at})["Location"] == at
    assert not Term.objects.exists()
    for elsewhere in ("https://evil.example/", "//evil.example/", ""):
        response = at_desk.post(f"/desk/search/{term.pk}/forget/", {"next": elsewhere})
        assert response["Location"] == "/desk/search/"


PAGES = {
    "/desk/search/": 7,
    "/desk/search/most/": 7,
    "/desk/search/synonyms/": 6,
    "/desk/search/promoted/": 6,
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_flat_in_queries_and_paged_with_a_thousand_rows(
    at_desk, editor, path, django_assert_num_queries
):
    def fill(count: int, start: int) -> None:
        today = timezone.localdate()
        numbers = range(start, start + count)
        rows = Term.objects.bulk_create(
            [Term(digest=str(n), words=f"word {n}", since=today, found=0) for n in numbers]
        )
        TermDay.objects.bulk_create(
            TermDay(term=row, day=today - day * DAY, count=1, in_vain=1) for row in rows for day in range(3)
        )
        Synonym.objects.bulk_create(Synonym(words=f"a{n}, b{n}") for n in numbers)
        Promotion.objects.bulk_create(
            Promotion(article=article, queries=f"word {n}", by=editor) for n in numbers
        )

    article = make_published()
    fill(1, 0)
    with django_assert_num_queries(PAGES[path]):
        assert_valid(at_desk.get(path))
    fill(1_000, 1)
    with django_assert_num_queries(PAGES[path]):
        response = at_desk.get(path, {"page": 2})
    assert_valid(response)
    assert len(response.context["page"]) == 30
    assert len(response.content) < 60_000


# -- which searches are counted ----------------------------------------------------------------------------------


def seen() -> int:
    return sum(TermDay.objects.values_list("count", flat=True))


def test_a_readers_search_is_counted_once(client):
    client.get("/search/", {"q": "calf cramp"})
    day = TermDay.objects.get()
    assert (day.count, day.in_vain) == (1, 1)


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ({"q": ""}, {}),
        ({"q": "calf", "page": "2"}, {}),
        ({"q": "calf", "tried": "1"}, {}),
        ({"q": "calf"}, {"HX-Request": "true"}),
        ({"q": "calf"}, {"Sec-Purpose": "prefetch"}),
    ],
)
def test_what_is_no_search_of_a_reader_is_not_counted(client, data, headers):
    client.get("/search/", data, headers=headers)
    assert seen() == 0


def test_head_the_api_and_a_narrowed_search_are_not_counted(client):
    article = make_published()
    client.head("/search/", {"q": "calf"})
    client.get("/api/v1/search", {"q": "calf"})
    client.get("/search/", {"q": "calf", "column": article.column.slug})
    assert seen() == 0


# -- synonyms ----------------------------------------------------------------------------------------------------


def test_a_synonym_is_made_changed_and_deleted(at_desk):
    response = at_desk.post("/desk/search/synonyms/new/", {"words": " Charley  horse,calf cramp "})
    row = Synonym.objects.get()
    assert response["Location"] == f"/desk/search/synonyms/{row.pk}/"
    assert (row.words, row.also) == ("Charley horse, calf cramp", "")
    at_desk.post(f"/desk/search/synonyms/{row.pk}/", {"words": "shank", "also": "calf"})
    row.refresh_from_db()
    assert (row.words, row.also) == ("shank", "calf")
    page = main_of(at_desk.get("/desk/search/synonyms/"))
    assert "also “calf”, not the other way round" in page
    assert at_desk.post(f"/desk/search/synonyms/{row.pk}/delete/")["Location"] == "/desk/search/synonyms/"
    assert not Synonym.objects.exists()


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"words": ""}, "words", "This field is required."),
        ({"words": "calf"}, "words", "Give two words at least"),
        ({"words": "calf, CALF"}, "words", "Give two words at least"),
        ({"words": "calf,, shank"}, "words", "there is nothing"),
        ({"words": "calf, shank,"}, "words", "there is nothing"),
        ({"words": "calf, ?!"}, "words", "There is no word in “?!”."),
        ({"words": "calf", "also": "shank, "}, "also", "there is nothing"),
        ({"words": "a" * 301}, "words", "at most 300 characters"),
        ({"words": ",".join(f"{n:03}" for n in range(74))}, "words", "too many words"),
        ({"words": "Cramps, charley horses"}, "words", "an entry with these words already"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(at_desk, data, field, words):
    Synonym.objects.create(words="charley horse, cramp")
    response = at_desk.post("/desk/search/synonyms/new/", data)
    assert response.status_code == 422
    assert_valid(response, 422)
    assert list(response.context["form"].errors) == [field]
    assert words in main_of(response)
    assert unescape(f'value="{data["words"].strip()}"') in main_of(response) or not data["words"]
    assert Synonym.objects.count() == 1


def test_an_entry_may_be_saved_again_as_it_is(at_desk):
    row = Synonym.objects.create(words="charley horse, cramp")
    assert at_desk.post(f"/desk/search/synonyms/{row.pk}/", {"words": row.words}).status_code == 302


def test_one_way_and_both_ways_are_two_entries(at_desk):
    Synonym.objects.create(words="charley horse, cramp")
    data = {"words": "charley horse", "also": "cramp"}
    assert at_desk.post("/desk/search/synonyms/new/", data).status_code == 302
    assert at_desk.post("/desk/search/synonyms/new/", data).status_code == 422


def test_words_that_search_takes_for_one_anyhow_are_saved_with_a_warning(at_desk):
    response = at_desk.post("/desk/search/synonyms/new/", {"words": "cramp, shank, cramps"}, follow=True)
    assert Synonym.objects.get().words == "cramp, shank, cramps"
    assert "Search takes these for another of the words anyhow: cramps." in main_of(response)


def test_there_are_five_hundred_at_most(at_desk, monkeypatch):
    monkeypatch.setattr(search_forms, "MOST_SYNONYMS", 1)
    row = Synonym.objects.create(words="charley horse, cramp")
    response = at_desk.post("/desk/search/synonyms/new/", {"words": "calf, shank"})
    assert response.status_code == 422
    assert "there can be no more" in main_of(response)
    assert at_desk.post(f"/desk/search/synonyms/{row.pk}/", {"words": "calf, shank"}).status_code == 302


def test_the_box_to_try_leads_to_the_search_of_the_site(at_desk):
    row = Synonym.objects.create(words="charley horse, cramp")
    for path in ("/desk/search/synonyms/", f"/desk/search/synonyms/{row.pk}/"):
        page = main_of(at_desk.get(path))
        assert f'action="{reverse("reading:search")}"' in page
        assert 'name="tried" value="1"' in page
    assert 'name="q" maxlength="400" value="charley horse"' in page


# -- promoted answers --------------------------------------------------------------------------------------------


def test_an_answer_is_promoted_changed_and_not_promoted_any_more(at_desk, editor):
    article, other = make_published(headline="Why calves cramp"), make_published(headline="Salt, again")
    data = {"queries": "calf cramp, charley horse", "article": "calves", "position": "1"}
    response = at_desk.post("/desk/search/promoted/new/", data)
    row = Promotion.objects.get()
    assert response["Location"] == f"/desk/search/promoted/{row.pk}/"
    assert (row.article, row.by) == (article, editor)
    assert promoted("cramps of the calf") == [article]
    at_desk.post(f"/desk/search/promoted/{row.pk}/", {**data, "article": other.get_absolute_url()})
    assert promoted("charley horse") == [other]
    assert at_desk.post(f"/desk/search/promoted/{row.pk}/delete/")["Location"] == "/desk/search/promoted/"
    assert promoted("charley horse") == []


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"queries": ""}, "queries", "This field is required."),
        ({"queries": "calf,"}, "queries", "there is nothing"),
        (
            {"queries": "a" * 60 + " " + " ".join("bcdefghij" * 5 + str(n) for n in range(4))},
            "queries",
            "too long",
        ),
        ({"queries": ", ".join(map(str, range(21)))}, "queries", "20 searches at most"),
        ({"queries": "Cramps, calf"}, "queries", "promoted for these already: Cramps."),
        ({"article": "nothing like it"}, "article", "No article that can be chosen"),
        ({"article": "draft-headline"}, "article", "No article that can be chosen"),
        ({"article": "headline"}, "article", "Several match"),
        ({"position": "0"}, "position", "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_with_a_promotion_is_said_beside_its_field(at_desk, editor, changes, field, words):
    article = make_published(headline="First headline")
    make_published(headline="Second headline")
    make_draft(headline="Draft headline")
    at_desk.post("/desk/search/promoted/new/", {"queries": "cramp", "article": article.slug, "position": "1"})
    data = {"queries": "shank", "article": article.slug, "position": "1", **changes}
    response = at_desk.post("/desk/search/promoted/new/", data)
    assert_valid(response, 422)
    assert list(response.context["form"].errors) == [field]
    assert words in main_of(response)
    assert Promotion.objects.count() == 1


def test_one_of_an_article_that_is_not_published_is_marked_and_can_still_be_changed(at_desk):
    article = make_published()
    at_desk.post("/desk/search/promoted/new/", {"queries": "cramp", "article": article.slug, "position": "1"})
    row = Promotion.objects.get()
    workflow.unpublish(article, by=make_user())
    for path in ("/desk/search/promoted/", f"/desk/search/promoted/{row.pk}/"):
        assert "not published, so it is not shown" in main_of(at_desk.get(path))
    data = {"queries": "spasm", "article": article.slug, "position": "2"}
    assert at_desk.post(f"/desk/search/promoted/{row.pk}/", data).status_code == 302


def test_an_articles_page_leads_to_its_promotions(at_desk):
    article, draft = make_published(), make_draft()
    link = f'href="/desk/search/promoted/new/?article={article.slug}"'
    assert link in main_of(at_desk.get(f"/desk/articles/{article.pk}/"))
    assert "Stands first for searches" not in main_of(at_desk.get(f"/desk/articles/{draft.pk}/"))
    form = at_desk.get("/desk/search/promoted/new/", {"article": article.slug}).context["form"]
    assert form["article"].value() == article.slug
    at_desk.post("/desk/search/promoted/new/", {"queries": "cramp", "article": article.slug, "position": "1"})
    assert f'href="/desk/search/promoted/{Promotion.objects.get().pk}/">cramp</a>' in main_of(
        at_desk.get(f"/desk/articles/{article.pk}/")
    )
