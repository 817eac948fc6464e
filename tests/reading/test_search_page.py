"""The search page."""

import pytest

from advice.articles import indexing
from advice.articles.models import Expert, Tag, TagAlias
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
    assert '<input type="hidden" name="column" value="training">' in page


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
    assert f'<input type="hidden" name="{name}" value="{slug}">' in page


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
