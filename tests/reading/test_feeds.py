"""Feeds, the sitemap and robots.txt."""

import xml.etree.ElementTree as ET

import pytest
from django.utils import timezone
from django.utils.http import http_date

from advice.articles import workflow
from advice.articles.models import TagAlias
from advice.reading import sitemaps
from tests.factories import make_column, make_expert, make_tag
from tests.reading.printed import make_printed, make_site

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "http://127.0.0.1:8000"


def feed(client, address: str = "/feeds/latest.atom", **headers) -> ET.Element:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/atom+xml")
    return ET.fromstring(response.content)


def test_feed_holds_the_whole_text_with_addresses_of_the_site(client):
    tag, expert = make_tag("Calf"), make_expert(credentials="MD")
    article = make_printed(
        headline="Why & How?",
        question="It *twitches*, see [this](/tags/calf/).",
        tags=(tag,),
        experts=(expert,),
    )
    entry = feed(client, host="localhost").find("a:entry", ATOM)
    content = entry.findtext("a:content", namespaces=ATOM)
    assert entry.findtext("a:title", namespaces=ATOM) == "Why & How?"
    assert entry.find("a:link", ATOM).get("href") == SITE + article.get_absolute_url()
    assert entry.findtext("a:author/a:name", namespaces=ATOM) == f"{expert.name}, MD"
    assert entry.find("a:author/a:email", ATOM) is None
    assert entry.find("a:category", ATOM).get("term") == "Calf"
    assert "<em>twitches</em>" in content
    assert f'href="{SITE}/tags/calf/"' in content
    assert "Dear Adam," in content


def test_feed_names_itself_by_the_address_of_the_site(client):
    make_printed()
    root = feed(client, host="localhost")
    assert {link.get("href") for link in root.findall("a:link", ATOM)} == {
        f"{SITE}/",
        f"{SITE}/feeds/latest.atom",
    }


def test_entry_keeps_its_id_when_its_address_changes(client):
    article = make_printed()
    before = feed(client).findtext("a:entry/a:id", namespaces=ATOM)
    article.slug = "another"
    article.save()
    assert feed(client).findtext("a:entry/a:id", namespaces=ATOM) == before


def test_feed_survives_what_xml_cannot_hold(client):
    make_printed(headline="A\x0bB", question="C\x0cD \x1b[0m", dek="\x01", tags=(make_tag("E\x02"),))
    assert feed(client).findtext("a:entry/a:title", namespaces=ATOM) == "AB"


def test_undated_article_has_no_published_date(client):
    make_printed(undated=True)
    entry = feed(client).find("a:entry", ATOM)
    assert entry.find("a:published", ATOM) is None
    assert entry.find("a:updated", ATOM) is not None


def test_feed_holds_the_newest_twenty(client):
    make_site(25)
    assert len(feed(client).findall("a:entry", ATOM)) == 20


@pytest.mark.parametrize("count", [1, 30])
def test_feed_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, count):
    make_site(count)
    with django_assert_num_queries(4):
        client.get("/feeds/latest.atom")


def test_feeds_of_column_tag_and_expert_hold_their_own_only(client):
    column, tag, expert = make_column(), make_tag(), make_expert()
    article = make_printed(column=column, tags=(tag,), experts=(expert,))
    make_printed()
    for address in (column, tag, expert):
        root = feed(client, f"/feeds{address.get_absolute_url()[:-1]}.atom")
        links = [link.get("href") for link in root.findall("a:entry/a:link", ATOM)]
        assert links == [SITE + article.get_absolute_url()]


def test_feed_of_an_alias_is_the_feed_of_its_tag(client):
    tag = make_tag()
    TagAlias.objects.create(slug="other-word", tag=tag)
    make_printed(tags=(tag,))
    assert len(feed(client, "/feeds/tags/other-word.atom").findall("a:entry", ATOM)) == 1


@pytest.mark.parametrize("kind", ["tags", "columns", "experts"])
def test_feed_of_nothing_answers_404(client, kind):
    assert client.get(f"/feeds/{kind}/none.atom").status_code == 404


def test_feed_not_changed_since_answers_304(client):
    make_printed()
    first = client.get("/feeds/latest.atom")
    assert "public" in first["Cache-Control"]
    assert client.get("/feeds/latest.atom", headers={"if-none-match": first["ETag"]}).status_code == 304


def test_feed_is_sent_anew_after_an_article_was_taken_off(client):
    make_printed(headline="Stays")
    newest = make_printed(headline="Goes", published_at=timezone.now())
    first = client.get("/feeds/latest.atom")
    copy = {
        "if-none-match": first["ETag"],
        "if-modified-since": first.get("Last-Modified") or http_date(timezone.now().timestamp()),
    }
    workflow.unpublish(newest, by=None)
    for headers in (copy, {"if-modified-since": copy["if-modified-since"]}):
        root = feed(client, **headers)
        titles = [title.text for title in root.findall("a:entry/a:title", ATOM)]
        assert titles == ["Stays"]


def test_sitemap_lists_articles_with_the_date_of_their_last_change(client):
    article = make_printed()
    draft = make_printed(status="draft", published_at=None)
    root = ET.fromstring(client.get("/sitemap.xml", headers={"host": "localhost"}).content)
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    found = {
        url.findtext("s:loc", namespaces=space): url.findtext("s:lastmod", namespaces=space)
        for url in root.findall("s:url", space)
    }
    assert found[SITE + article.get_absolute_url()] == article.published_at.date().isoformat()
    assert SITE + draft.get_absolute_url() not in found
    assert all(address.startswith(f"{SITE}/") for address in found)
    assert f"{SITE}/" in found


def test_sitemap_lists_columns_tags_and_experts_with_something_public_only(client):
    column, tag, expert = make_column(), make_tag(), make_expert()
    empty = [make_column(), make_tag(), make_expert()]
    make_printed(column=column, tags=(tag,), experts=(expert,))
    make_printed(column=empty[0], tags=(empty[1],), experts=(empty[2],), status="draft")
    found = locations(client.get("/sitemap.xml"))
    assert {SITE + listed.get_absolute_url() for listed in (column, tag, expert)} <= set(found)
    assert not {SITE + listed.get_absolute_url() for listed in empty} & set(found)


def test_large_sitemap_is_an_index_of_files(client, monkeypatch):
    make_site(5)
    whole = locations(client.get("/sitemap.xml"))
    monkeypatch.setattr(sitemaps, "A_FILE", 4)
    files = locations(client.get("/sitemap.xml"))
    assert files == [f"{SITE}/sitemap.xml?page={number}" for number in (1, 2, 3, 4)]
    parts = [locations(client.get(file.removeprefix(SITE))) for file in files]
    assert [len(part) for part in parts] == [4, 4, 4, 1]
    assert [address for part in parts for address in part] == whole


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "01", "9" * 5000, "%00"])
def test_part_of_the_sitemap_that_is_not_there_answers_404(client, page):
    assert client.get(f"/sitemap.xml?page={page}").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_sitemap_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, count):
    make_site(count)
    with django_assert_num_queries(5):
        response = client.get("/sitemap.xml")
    assert "max-age=600" in response["Cache-Control"]


def locations(response) -> list[str]:
    return [element.text for element in ET.fromstring(response.content).iter(f"{SITEMAP}loc")]


def test_robots_names_the_sitemap_and_what_is_closed(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert f"Sitemap: {SITE}/sitemap.xml" in lines
    assert {"Disallow: /desk/", "Disallow: /letters/", "Disallow: /search/"} <= set(lines)
