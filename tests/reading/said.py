"""One of each kind of page, and what its head and its data say to search engines and to whoever shows a link."""

import json
import re
from pathlib import Path
from typing import Any

import html5lib
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article, Column, Expert, Page, Tag
from advice.reading.working_on import A_PAGE
from tests.factories import make_column, make_expert, make_tag
from tests.reading.printed import make_printed, make_site

APART = ["/about/", "/contact/", "/standards/"]  # stand below nothing


def graph_of(page: str) -> list[dict]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert len(found) <= 1
    data = json.loads(found[0]) if found else {"@context": "https://schema.org", "@graph": []}
    assert data["@context"] == "https://schema.org"
    return data["@graph"]


def nodes_in(value) -> list[dict]:
    if isinstance(value, list):
        return [node for held in value for node in nodes_in(held)]
    if not isinstance(value, dict):
        return []
    return [value, *nodes_in(list(value.values()))]


def strings_in(value) -> list[str]:
    if isinstance(value, dict | list):
        held = value.values() if isinstance(value, dict) else value
        return [text for one in held for text in strings_in(one)]
    return [value] if isinstance(value, str) else []


def structured_at(client: Client, address: str) -> list[dict]:
    response = client.get(address)
    assert response.status_code == 200, address
    return graph_of(response.content.decode())


def article_at(client: Client, article: Article) -> dict:
    return structured_at(client, article.get_absolute_url())[0]


def tags_of(page: str) -> dict[str, list[str]]:
    """The contents of the head's meta elements and its canonical link, by name."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name")
        found.setdefault(name, []).append(element.get("content"))
    for element in tree.iter("link"):
        found.setdefault(element.get("rel"), []).append(element.get("href"))
    return found


def make_pages(settings: Any, tmp_path: Path) -> list[str]:
    """One of each kind of page, with all that can stand on it."""
    settings.MEDIA_ROOT = tmp_path
    Article.objects.bulk_create(
        Article(headline="H", slug=f"soon-{number}", announced_as=f"Line {number}.")
        for number in range(A_PAGE + 1)
    )
    newest = make_site(21)
    expert = make_expert(title="Sports physician", credentials="MD, FACSM", bio="A *bio*.")
    expert.portrait.save("a.webp", ContentFile(b"RIFF"))
    medical = make_column("The Sports Doc", is_medical=True)
    full = make_printed(
        column=medical,
        tags=(make_tag("Calf & shin"), make_tag("Cramps")),
        experts=(expert, make_expert()),
        reviewer=make_expert(credentials="MD"),
        reviewed_on=timezone.localdate(),
        sources=[{"title": "A study", "publisher": "A journal", "year": 2019, "url": "https://a.example/1"}],
    )
    workflow.correct(full, kind="correction", text="It was *six* weeks.", by=None)
    bare = make_printed(
        experts=(None,), source_name="A magazine", source_url="https://b.example/2", undated=True
    )
    gone = make_printed()
    workflow.retract(gone, reason="The study was withdrawn.", by=None)
    for slug in ("about", "contact", "standards"):
        Page.objects.get_or_create(slug=slug, defaults={"title": slug.title(), "text": f"All of {slug}."})
    lists = [
        "/questions/",
        "/questions/?page=2",
        "/archive/",
        "/columns/",
        "/tags/",
        "/experts/",
        "/corrections/",
        "/working-on/",
        "/working-on/?page=2",
        "/newsletters/",
        "/ask/",
        "/ask/training/",
        "/subscribe/",
        "/search/",
        "/api/",
    ]
    month = f"/archive/{newest.published_at.year}/{newest.published_at.month}/"
    rows = [Column.objects.get(slug="training"), *(model.objects.first() for model in (Expert, Tag))]
    rows += [newest, full, bare, gone, expert]
    return [
        *("/", *lists, month, *APART),
        *(row.get_absolute_url() for row in rows),
    ]
