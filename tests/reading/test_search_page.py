"""The search page."""

import datetime as dt
import html
import re

import pytest
from django.db import connection

from advice.articles import indexing, searching
from advice.articles.models import Expert, Tag, TagAlias
from advice.articles.searching import Choice, Facet, Found, Results
from tests.factories import make_column, make_published, make_tag
from tests.reading.printed import make_printed

pytestmark = pytest.mark.django_db


def test_finds_an_article_and_marks_the_words(client):
    article = make_published(headline="Why Do My Calf Muscles Twitch?")
    page = client.get("/search/?q=calf").content.decode()
    assert article.get_absolute_url() in page
    assert "<mark>Calf</mark>" in page
    assert "1 answer for “calf”" in page


def test_says_so_when_nothing_is_found_and_offers_topics(client):
    tag = make_tag("Calf")
    make_printed(tags=(tag,))
    page = client.get("/search/?q=xylophone").content.decode()
    assert "Nobody has asked about “xylophone” yet" in page
    assert tag.get_absolute_url() in page
    assert "/ask/" in page


def test_is_narrowed_by_a_column_that_can_be_taken_off_again(client):
    column = make_column("Training", slug="training")
    inside = make_printed(column=column, headline="Inside calf")
    outside = make_printed(headline="Outside calf")
    for article in (inside, outside):
        indexing.index(article)
    page = client.get("/search/?q=calf&column=training").content.decode()
    assert inside.get_absolute_url() in page
    assert outside.get_absolute_url() not in page
    assert 'href="?q=calf"' in page
    assert '<input type="hidden" name="column" value="training" form="search-form">' in page


@pytest.mark.parametrize(
    "query", ["tag=calf", "tag=Calf", "tag=lower-leg", "tag=Lower-Leg", "column=TRAINING", "expert=Nell"]
)
def test_filters_are_read_as_addresses_are(client, query):
    tag = Tag.objects.create(name="Calf", slug="calf")
    TagAlias.objects.create(slug="lower-leg", tag=tag)
    expert = Expert.objects.create(name="Nell", slug="nell")
    column = make_column("Training", slug="training")
    inside = make_printed(column=column, tags=(tag,), experts=(expert,), headline="Inside twitch")
    outside = make_printed(headline="Outside twitch")
    for article in (inside, outside):
        indexing.index(article)
    page = client.get(f"/search/?q=twitch&{query}").content.decode()
    assert inside.get_absolute_url() in page
    assert outside.get_absolute_url() not in page
    name = query.partition("=")[0]
    slug = {"tag": "calf", "column": "training", "expert": "nell"}[name]
    assert f'<input type="hidden" name="{name}" value="{slug}" form="search-form">' in page


@pytest.mark.parametrize(
    "query",
    [
        "%00",
        "calf%00",
        "x" * 10_000,
        "%F0%9F%A6%B5",
        '"',
        "'",
        "*",
        "AND OR NOT",
        "a:b",
        "%FF%FE",
        "(((",
        "\\",
    ],
)
@pytest.mark.parametrize("rest", ["", "&page=99999999999", "&page=-1", "&tag=%00&column=%00&expert=x%00"])
def test_takes_any_input(client, query, rest):
    make_published()
    assert client.get(f"/search/?q={query}{rest}").status_code == 200


def test_typed_markup_is_shown_as_text(client):
    page = client.get("/search/?q=<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in page


def test_results_are_not_for_search_engines_but_what_they_lead_to_is(client):
    page = client.get("/search/?q=calf&page=2").content.decode()
    assert '<meta name="robots" content="noindex, follow">' in page
    assert '<link rel="canonical" href="http://127.0.0.1:8000/search/">' in page


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?tag=calf"])
def test_the_page_to_search_on_is_for_search_engines(client, query):
    page = client.get(f"/search/{query}").content.decode()
    assert 'name="robots"' not in page
    assert '<link rel="canonical" href="http://127.0.0.1:8000/search/">' in page


# -- what a page of results says. The results themselves are tests/articles/test_searching.py's ---------------------


@pytest.fixture
def answer(monkeypatch):
    """What the search finds, as tests of this page need it; gives what it was asked."""

    def set_(results: Results) -> list[dict]:
        asked: list[dict] = []
        monkeypatch.setattr(searching, "search", lambda q, **more: asked.append({"q": q, **more}) or results)
        return asked

    return set_


def found(article, headline="A headline", snippet="A snippet") -> Found:
    return Found(article, headline, snippet)


def words_of(page: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def text(client, address: str) -> str:
    return client.get(address).content.decode()


def test_facets_are_links_that_narrow_with_their_counts(client, answer):
    one = found(make_published())
    facets = [
        Facet("tag", [Choice("Calf", "calf", 12), Choice("Sleep & rest", "sleep", 100, True)]),
        Facet("year", [Choice("2025", "2025", 3)]),
    ]
    answer(Results(200, [one], 1, has_next=True, facets=facets))
    page = text(client, "/search/?q=ache&expert=nobody&page=2")
    assert 'href="?q=ache&amp;tag=calf"' in page
    assert 'href="?q=ache&amp;year=2025"' in page
    assert "Topic Calf 12 Sleep & rest 100+ Year 2025 3" in words_of(page)


def test_a_choice_that_would_leave_all_of_them_is_no_choice(client, answer):
    facets = [
        Facet("column", [Choice("Training", "training", 2)]),
        Facet("tag", [Choice("Calf", "calf", 1), Choice("Leg", "leg", 2)]),
    ]
    answer(Results(2, [found(make_published()), found(make_published())], 1, has_next=False, facets=facets))
    page = text(client, "/search/?q=ache")
    assert "column=training" not in page
    assert "tag=leg" not in page
    assert "tag=calf" in page


def test_what_is_chosen_is_not_offered_and_stays_in_the_links_of_the_rest(client, answer):
    make_column("Training", slug="training")
    facets = [Facet("column", [Choice("Food", "food", 1)]), Facet("tag", [Choice("Calf", "calf", 1)])]
    asked = answer(Results(2, [found(make_published())], 1, has_next=True, facets=facets))
    page = text(client, "/search/?q=ache&column=training&year=2025")
    assert asked == [{"q": "ache", "column": "training", "year": "2025", "page": 1}]
    assert "column=food" not in page
    assert 'href="?q=ache&amp;column=training&amp;year=2025&amp;tag=calf"' in page
    assert 'href="?q=ache&amp;year=2025"' in page  # without the column
    assert 'href="?q=ache&amp;column=training"' in page  # without the year
    assert 'href="?q=ache&amp;column=training&amp;year=2025&amp;page=2"' in page


def test_a_year_narrows_to_what_came_out_in_it(client):
    old = make_printed(headline="Old ache", published_at=dt.datetime(2024, 5, 1, tzinfo=dt.UTC))
    new = make_printed(headline="New ache", published_at=dt.datetime(2025, 5, 1, tzinfo=dt.UTC))
    indexing.index_many([old.pk, new.pk])
    page = text(client, "/search/?q=ache&year=2024")
    assert old.get_absolute_url() in page
    assert new.get_absolute_url() not in page


@pytest.mark.parametrize("year", ["", "20", "20245", "٢٠٢٤", "-2024", "2024.0", "3000", "x", "%00"])
def test_a_year_that_is_none_narrows_nothing(client, year):
    article = make_published(headline="Ache")
    page = text(client, f"/search/?q=ache&year={year}")
    assert article.get_absolute_url() in page
    assert 'name="year"' not in page


def test_more_than_can_be_seen_are_not_counted(client, answer):
    answer(Results(500, [found(make_published())], 1, has_next=True, is_more=True))
    assert "500+ answers for “ache”" in words_of(text(client, "/search/?q=ache"))


def test_did_you_mean_is_a_link_that_keeps_the_filters(client, answer):
    make_column("Training", slug="training")
    answer(Results(1, [found(make_published())], 1, has_next=False, meant="cramp & calf"))
    page = text(client, "/search/?q=cramq&column=training")
    assert "1 answer for “cramq” Did you mean cramp & calf ?" in words_of(page)
    assert 'href="?q=cramp+%26+calf&amp;column=training"' in page


def test_answers_for_what_was_meant_say_so(client, answer):
    facets = [Facet("tag", [Choice("Calf", "calf", 1)])]
    results = Results(
        *(2, [found(make_published())], 1),
        has_next=False,
        facets=facets,
        meant="cramp",
        is_for_meant=True,
    )
    answer(results)
    page = text(client, "/search/?q=<cramq>")
    assert "Nothing stands under “<cramq>”. These are the answers for “ cramp ”." in words_of(page)
    assert "Did you mean" not in page
    assert 'href="?q=cramp&amp;tag=calf"' in page


def test_what_editors_chose_stands_first_once_and_on_the_first_page_only(client, answer):
    chosen, other = make_published(), make_published()
    items = [found(other, "Other"), found(chosen, "Chosen")]
    answer(Results(2, items, 1, has_next=False, promoted=[found(chosen, "Chosen")]))
    page = text(client, "/search/?q=ache")
    assert page.count(chosen.get_absolute_url()) == 1
    assert "The editors’ choice" in page
    assert page.index(chosen.get_absolute_url()) < page.index(other.get_absolute_url())
    answer(Results(12, items, 2, has_next=False, promoted=[found(chosen, "Chosen")]))
    assert "The editors’ choice" not in text(client, "/search/?q=ache&page=2")


def test_the_editors_choice_alone_is_an_answer(client, answer):
    chosen = make_published()
    answer(Results(0, [], 1, has_next=False, promoted=[found(chosen)]))
    page = text(client, "/search/?q=ache")
    assert chosen.get_absolute_url() in page
    assert "Nobody has asked" not in page


def test_nothing_found_offers_to_ask_with_the_words_carried_over(client):
    make_published()
    page = text(client, "/search/?q=xylophone+%26+<b>")
    assert 'href="/ask/?q=xylophone+%26+%3Cb%3E"' in page
    carried = client.get("/ask/?q=xylophone+%26+%3Cb%3E")
    assert carried.context["form"]["question"].value() == "xylophone & <b>"


@pytest.mark.parametrize("query", ["-ache", '"', "%F0%9F%98%80", "?!"])
def test_what_has_no_word_is_not_said_to_be_asked_by_nobody(client, query):
    make_published(headline="Ache")
    page = text(client, f"/search/?q={query}")
    assert "There is no word in this to look for." in page
    assert "Nobody has asked" not in page


@pytest.mark.parametrize(("query", "is_hinted"), [("-ache", True), ("?!", False), ("%22", False)])
def test_only_who_typed_a_minus_reads_what_it_does(client, query, is_hinted):
    make_published(headline="Ache")
    assert ("A word behind a minus is left out" in text(client, f"/search/?q={query}")) is is_hinted


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20%20", "?tag=calf"])
def test_who_has_not_typed_anything_is_not_told_what_it_lacks(client, query):
    make_published(headline="Ache")
    page = text(client, f"/search/{query}")
    assert "There is no word in this" not in page
    assert 'id="count"' not in page


def test_nothing_left_by_the_filters_leads_to_all_answers(client):
    make_column("Training", slug="training")
    make_published(headline="Ache")
    page = text(client, "/search/?q=ache&column=training&year=2020")
    assert "Nothing about “ache” is left when the search is narrowed like this." in page
    assert 'href="?q=ache" hx-boost="true">Look through all answers' in page
    assert 'href="/ask/training/?q=ache"' in page


def test_there_are_fifty_pages_and_the_next_one_says_so(client, answer):
    asked = answer(Results(500, [found(make_published())], 50, has_next=False, is_more=True))
    assert "page=51" not in text(client, "/search/?q=ache&page=50")
    for page in (51, 99999999):
        assert "We show fifty pages of answers and no more." in text(client, f"/search/?q=ache&page={page}")
    assert len(asked) == 1


def test_a_page_behind_the_last_one_leads_to_the_first(client):
    make_published(headline="Ache")
    page = text(client, "/search/?q=ache&page=9")
    assert "The answers end before this page." in page
    assert 'href="?q=ache"' in page


def test_htmx_gets_what_changes_and_others_the_whole_page(client):
    article = make_published(headline="Ache & <pain>")
    whole = client.get("/search/?q=ache")
    part = client.get("/search/?q=ache", headers={"HX-Request": "true"})
    for response in (whole, part):
        assert "HX-Request" in response["Vary"]
        assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert not response.cookies
    assert part.content.startswith(b"<title>ache ")
    assert "<html" not in part.content.decode()
    found_part = part.content.decode().partition("</title>")[2].strip()
    assert found_part.startswith('<div id="found" data-q="ache"')
    assert article.get_absolute_url() in found_part
    assert found_part in whole.content.decode()
    assert part["ETag"] != whole["ETag"]


@pytest.mark.parametrize("number", [1, 3])
def test_a_search_asks_little_of_the_database(client, number, django_assert_num_queries):
    client.get("/search/")  # what every page asks once
    tag = make_tag("Calf")
    for _ in range(number):
        indexing.index(make_printed(headline="Ache", tags=(tag,)))
    queries = 8 if connection.vendor == "sqlite" else 9  # PostgreSQL's engine asks how common the words are
    with django_assert_num_queries(queries):
        client.get("/search/?q=ache&tried=1")  # a try is not counted
