"""What programs fetch is read by people in the end: feeds, articles as Markdown, llms.txt, and the page of the API.

The descriptions in the OpenAPI document are English, as the names of its fields are; the page around them is not.
"""

import json
import re
from collections.abc import Iterator

import pytest
from django.utils.safestring import mark_safe
from lxml import etree

from advice.articles.models import Article, Column, Expert, Tag
from advice.reading.api import reference
from tests.pseudo import leaks, outside
from tests.test_language import column, expert, printed, speaking, special, tag  # noqa: F401

# What a feed says of itself and its parts to programs, as addresses, dates and languages.
FOR_PROGRAMS = {
    *("id", "guid", "link", "uri", "url", "icon", "docs", "generator", "language", "width", "height"),
    *("updated", "published", "pubDate", "lastBuildDate"),
}
IN_JSON = {"title", "description", "name", "summary", "content_html", "tags", "authors", "items"}
OF_AN_ARTICLE = {"title", "description", "column", "authors", "source", "tags", "site"}


def said_in_xml(text: bytes) -> Iterator[str]:
    for element in etree.fromstring(text).iter():
        if etree.QName(element).localname not in FOR_PROGRAMS:
            yield element.text or ""
            yield element.get("term", "")


def said_in_json(value, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, held in value.items():
            if key in IN_JSON:
                yield from said_in_json(held)
    elif isinstance(value, list):
        for held in value:
            yield from said_in_json(held)
    else:
        yield value


def left_out(texts) -> list[str]:
    """Each may be HTML; a text without any is read the same."""
    return [word for text in texts if text.strip() for word in leaks(text)]


def everything_of(model) -> list[str]:
    return [row.get_absolute_url() for row in model.objects.all()]


@pytest.mark.usefixtures("special")
def test_feeds(client):
    paths = ["/feeds/latest.atom", "/feeds/latest.rss", "/feeds/corrections.atom"]
    paths += [f"/feeds{path[:-1]}.atom" for model in (Column, Expert, Tag) for path in everything_of(model)]
    for path in paths:
        texts = list(said_in_xml(client.get(path).content))
        assert (path, left_out(texts)) == (path, [])
        assert any("⟦" in text for text in texts), path
        assert any("‹Headline" in text for text in texts), path
    texts = list(said_in_json(json.loads(client.get("/feeds/latest.json").content)))
    assert left_out(texts) == []
    assert any("‹It passes.›" in text for text in texts)


@pytest.mark.usefixtures("speaking")
def test_feeds_of_an_empty_site(client):
    for name in ("latest.atom", "latest.rss", "corrections.atom"):
        assert left_out(said_in_xml(client.get(f"/feeds/{name}").content)) == []


@pytest.mark.usefixtures("special")
def test_articles_as_markdown(client):
    articles = Article.objects.on_its_page()
    assert articles.count() == 5
    marks = set()
    for article in articles:
        text = client.get(f"{article.get_absolute_url()[:-1]}.md").content.decode()
        head, body = re.fullmatch(r"(?s)(?:---\n(.*?)\n---\n)?(.*)", text).groups()
        assert outside(body) == []
        marks |= {mark for mark in ("⟦The letter⟧", "⟦Sources⟧", "⟦Reviewed by") if mark in body}
        for line in (head or "").split("\n"):
            name, _, value = line.partition(": ")
            if name in OF_AN_ARTICLE:
                said = json.loads(value)
                assert outside(" ".join(said) if isinstance(said, list) else said) == [], line
    assert marks == {"⟦The letter⟧", "⟦Sources⟧", "⟦Reviewed by"}


@pytest.mark.usefixtures("special")
def test_the_guide_for_language_models(client):
    text = client.get("/llms.txt").content.decode()
    assert outside(text) == []
    assert "## ⟦Feeds and API⟧" in text


@pytest.mark.usefixtures("special")
def test_the_page_of_the_api_around_its_descriptions(client, monkeypatch):
    monkeypatch.setattr(reference, "_html", lambda description: mark_safe("<p>‹Described.›</p>"))
    page = client.get("/api/").content.decode()
    assert leaks(page) == []
    assert "⟦list of Article⟧" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"<feed><title>Site</title><id>tag:a</id><entry><content>&lt;p&gt;By hand&lt;/p&gt;</content></entry></feed>", ["Site", "By", "hand"]),
        ("<rss><item><title>‹It›</title><category>Topic</category></item></rss>".encode(), ["Topic"]),
        (b'<feed><category term="Topic"/></feed>', ["Topic"]),
    ],
)  # fmt: skip
def test_a_word_left_out_of_a_feed_is_found(text, words):
    assert left_out(said_in_xml(text)) == words
    as_json = {
        "title": "Site",
        "url": "https://a.example",
        "items": [{"content_html": "<p>Mine</p>", "tags": ["T"]}],
    }
    assert left_out(said_in_json(as_json)) == ["Site", "Mine", "T"]
