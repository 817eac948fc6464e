"""What holds for every public page: valid, cacheable by anybody, about nobody."""

import html5lib
import pytest
from django.db import DatabaseError
from django.urls import reverse

from advice.articles import workflow
from advice.articles.models import Article, Column, Expert, Tag
from advice.reading import furniture
from tests.factories import make_expert
from tests.reading.printed import make_printed, make_site

pytestmark = pytest.mark.django_db

PLAIN = [
    "/",
    "/questions/",
    "/questions/?page=2",
    "/archive/",
    "/columns/",
    "/tags/",
    "/experts/",
    "/corrections/",
]
PLAIN += ["/search/", "/search/?q=calf", "/search/?q=zzzz", "/about/", "/membership/"]
OTHER = ["/feeds/latest.atom", "/sitemap.xml", "/robots.txt"]


@pytest.fixture
def pages() -> list[str]:
    make_site(30)
    hard = make_printed(
        headline="Hard & <wide>",
        question="> quoted\n\n- one\n- two[^1]\n\n[^1]: A note.",
        answer="## Heading\n\n| a | b |\n|--|:-:|\n| 1 | 2 |\n\n```\ncode\n```\n\n![remote](https://evil.example/x.png)",
        experts=(make_expert(), make_expert(bio="A *bio*.", title="Coach")),
    )
    workflow.correct(hard, kind="clarification", text="Made clear.", by=None)
    gone = make_printed()
    workflow.retract(gone, reason="Withdrawn.", by=None)
    lists = [model.objects.first().get_absolute_url() for model in (Column, Expert, Tag)]
    newest = Article.objects.newest_first().published()[0].published_at
    month = reverse("reading:archive_month", args=[newest.year, newest.month])
    return [*PLAIN, *lists, month, hard.get_absolute_url(), gone.get_absolute_url()]


def test_every_page_is_valid_html(client, pages):
    for address in [*pages, "/nothing-here/"]:
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(client.get(address).content.decode())
        assert parser.errors == [], address


def test_every_page_is_for_everybody_and_sets_no_cookie(client, pages):
    for address in [*pages, *OTHER]:
        response = client.get(address)
        assert response.status_code == 200, address
        assert "public" in response["Cache-Control"], address
        assert not response.cookies, address
        assert "cookie" not in response.get("Vary", "").lower(), address


def test_every_page_has_a_title_of_its_own_one_headline_and_a_description(client, pages):
    titles = {}
    for address in pages:
        page = client.get(address).content.decode()
        assert page.count("<h1") == 1, address
        assert '<meta name="description" content="' in page, address
        titles[page.split("<title>")[1].split("</title>")[0]] = address
    assert len(titles) == len(set(pages))


def test_ids_on_a_page_are_unique(client, pages):
    for address in pages:
        tree = html5lib.parse(client.get(address).content.decode(), namespaceHTMLElements=False)
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), address


def test_no_page_has_style_or_script_of_its_own(client, pages):
    for address in pages:
        tree = html5lib.parse(client.get(address).content.decode(), namespaceHTMLElements=False)
        assert not any("style" in element.attrib or element.tag == "style" for element in tree.iter()), (
            address
        )
        own = [element for element in tree.iter("script") if not element.get("src")]
        # A block of data is not run; there is at most one, of what the page says to search engines.
        assert [element.get("type") for element in own] in ([], ["application/ld+json"]), address


ODD = [
    "x" * 5_000,
    "%00",
    "%FF%FE",
    "%",
    "%2e%2e%2f",
    "%ED%A0%80",
    "9" * 5_000,
    "-1",
    "%F0%9F%A6%B5",
    "%0d%0aA:b",
    "{}",
]
PLACES = [
    "questions/{}/",
    "columns/{}/",
    "tags/{}/",
    "experts/{}/",
    "archive/{}/1/",
    "archive/2025/{}/",
    "archive/{}/{}/",
]
PLACES += ["feeds/tags/{}.atom", "feeds/columns/{}.atom", "feeds/experts/{}.atom", "{}", "{}/", "feeds/{}"]
PLACES += [
    f"{path}?{name}={{}}" for path in ("questions/", "corrections/", "sitemap.xml") for name in ("page", "{}")
]
PLACES += ["search/?q=calf&page={}", "search/?q={}&tag={}&column={}&expert={}", "columns/training/?page={}"]


@pytest.mark.parametrize("place", PLACES)
def test_odd_addresses_are_answered(client, place):
    make_site(1)
    for odd in ODD:
        assert client.get("/" + place.replace("{}", odd)).status_code in {200, 301, 404}, odd


def test_not_found_offers_search_and_the_newest_answers(client):
    article = make_printed()
    response = client.get("/nothing-here/")
    page = response.content.decode()
    assert response.status_code == 404
    assert 'action="/search/"' in page
    assert article.get_absolute_url() in page


def test_not_found_stands_without_the_database(client, monkeypatch):
    def gone() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(furniture, "_rows", gone)
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert "This page is not here" in response.content.decode()


def test_server_error_asks_nothing_of_the_database(django_assert_num_queries, rf):
    from advice.reading.errors import server_error

    with django_assert_num_queries(0):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    parser = html5lib.HTMLParser()
    parser.parse(response.content.decode())
    assert parser.errors == []


def test_address_without_its_slash_is_led_to_the_page(client):
    assert client.get("/questions")["Location"] == "/questions/"
