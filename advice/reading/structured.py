"""What a page says to search engines: JSON-LD in the words of schema.org, of what the page prints and nothing more.

Made from what a view has loaded; no query is made here. QAPage is never used: search engines keep it for pages where
visitors can add answers. Of a letter's writer there is the signature only.
"""

import datetime as dt
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from advice import markup
from advice.articles import cards, drawing
from advice.articles.models import Article, Column, Correction, Expert, Tag, path_of
from advice.articles.page import ArticlePage, Source
from advice.site import absolute

Node = dict[str, Any]

MOST = 50  # entries of a list that are named
_ABOUT = 600  # characters of an expert's own words
# In a script element these could end it or open a comment; in JavaScript the last two end a line.
_ESCAPES = [(sign, f"\\u{ord(sign):04X}") for sign in "<>&\u2028\u2029"]


def script(nodes: Iterable[Node]) -> SafeString:
    """The data block, one for a page. What has no value is left out."""
    graph = {"@context": "https://schema.org", "@graph": [_filled(node) for node in nodes]}
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":"))
    for sign, escaped in _ESCAPES:
        text = text.replace(sign, escaped)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(held) for key, held in value.items() if held not in (None, "", [], {})}
    return [_filled(held) for held in value] if isinstance(value, list) else value


# -- the article ------------------------------------------------------------------------------------------------


def article(page: ArticlePage) -> list[Node]:
    path = page.article.get_absolute_url()
    trail = [(page.column.name, page.column.get_absolute_url())] if page.column else []
    piece = _withdrawn(page, absolute(path)) if page.is_withdrawn else _piece(page, absolute(path))
    return [piece, breadcrumbs([*trail, (page.article.headline, path)])]


def _frame(page: ArticlePage, address: str) -> Node:
    """What a published and a retracted article have in common."""
    notes = [page.retraction, *page.corrections] if page.retraction else page.corrections
    return {
        "@type": "MedicalWebPage" if page.column and page.column.is_medical else "Article",
        "@id": f"{address}#article",
        "url": address,
        "headline": page.article.headline,
        "inLanguage": get_language(),
        "datePublished": _stamp(page.published_at),
        "dateModified": _stamp(page.updated_at),
        "publisher": publisher(),
        "isPartOf": _series(page.column) if page.column else None,
        "correction": [_correction(note) for note in notes],
    }


def _withdrawn(page: ArticlePage, address: str) -> Node:
    return {**_frame(page, address), "creativeWorkStatus": "Retracted"}


def _piece(page: ArticlePage, address: str) -> Node:
    piece = page.article
    people = {expert.pk: person(expert) for expert in page.experts}
    reviewed = {
        "reviewedBy": person(page.reviewer) if page.reviewer else None,
        "lastReviewed": page.reviewed_on.isoformat() if page.reviewed_on else None,
    }
    node = {
        **_frame(page, address),
        "description": piece.dek,
        "image": _card(piece),
        "author": list(people.values()) or [_source(piece)],
        "keywords": [tag.name for tag in page.tags],
        "timeRequired": f"PT{page.minutes}M",
        "isBasedOn": piece.source_url,
        "citation": [_citation(source) for source in page.sources],
        "mainEntity": _question(page, address, people),
    }
    # Only a page can be reviewed, says schema.org; a MedicalWebPage is one, and an Article stands on one.
    if node["@type"] == "MedicalWebPage":
        return {**node, "mainEntityOfPage": address, **reviewed}
    return {**node, "mainEntityOfPage": {"@type": "WebPage", "@id": address, **reviewed}}


def _source(piece: Article) -> Node:
    """Who stands for it where no expert is named: where it was taken from, else the site itself."""
    if not piece.source_name:
        return publisher()
    return {"@type": "Organization", "name": piece.source_name, "url": piece.source_url}


def _question(page: ArticlePage, address: str, people: dict[int, Node]) -> Node:
    """Without the day it was asked: that is the writer's."""
    signature = page.article.signature
    answers = [
        {
            "@type": "Answer",
            "url": f"{address}#the-answer-{number}",
            "text": markup.plain(answer.html),
            "author": people[answer.expert.pk] if answer.expert else None,
            "datePublished": _stamp(page.published_at),
        }
        for number, answer in enumerate(page.answers, 1)
    ]
    return {
        "@type": "Question",
        "@id": f"{address}#the-letter",
        "name": page.article.headline,
        "text": markup.plain(page.question),
        "author": {"@type": "Person", "name": signature} if signature else None,
        "answerCount": len(answers),
        "acceptedAnswer": answers[0] if answers else None,
        "suggestedAnswer": answers[1:],
    }


def _correction(note: Correction) -> Node:
    return {
        "@type": "CorrectionComment",
        "name": note.get_kind_display(),
        "text": markup.plain(note.html),
        "datePublished": _stamp(note.made_at),
    }


def _citation(source: Source) -> Node:
    return {
        "@type": "CreativeWork",
        "name": source.title,
        "publisher": {"@type": "Organization", "name": source.publisher} if source.publisher else None,
        "datePublished": str(source.year) if source.year else None,
        "url": source.url,
    }


def _card(piece: Article) -> Node:
    return {
        "@type": "ImageObject",
        "url": card_address(path_of("reading:card", piece.slug), cards.of_article(piece)),
        "width": drawing.WIDTH,
        "height": drawing.HEIGHT,
    }


def card_address(path: str, card: drawing.Card) -> str:
    """With a part that changes with the words, so that no cache shows the old ones for longer than it should."""
    return f"{absolute(path)}?v={card.digest[:12]}"


# -- who and where ----------------------------------------------------------------------------------------------


def publisher() -> Node:
    return _publisher(settings.SITE_NAME, settings.SITE_URL)


@lru_cache(maxsize=4)
def _publisher(name: str, site_url: str) -> Node:
    return {
        "@type": "Organization",
        "@id": absolute("/") + "#publisher",
        "name": name,
        "url": absolute("/"),
        "logo": {
            "@type": "ImageObject",
            "url": absolute(static("img/apple-touch-icon.png")),
            "width": 180,
            "height": 180,
        },
    }


def person(expert: Expert) -> Node:
    address = absolute(expert.get_absolute_url())
    earned = [part.strip() for part in expert.credentials.split(",") if part.strip()]
    return {
        "@type": "Person",
        "@id": f"{address}#person",
        "name": expert.name,
        "url": address,
        "jobTitle": expert.title,
        "honorificSuffix": expert.credentials,
        "hasCredential": [{"@type": "EducationalOccupationalCredential", "name": name} for name in earned],
        "image": absolute(expert.portrait.url) if expert.portrait else None,
    }


def _series(column: Column) -> Node:
    address = absolute(column.get_absolute_url())
    return {"@type": "CreativeWorkSeries", "@id": f"{address}#column", "name": column.name, "url": address}


def _stamp(at: dt.datetime | None) -> str | None:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else None


# -- other pages ------------------------------------------------------------------------------------------------


def front(description: str) -> list[Node]:
    """The site, and how it is searched."""
    search = f"{absolute(reverse('reading:search'))}?q={{search_term_string}}"
    site = {
        "@type": "WebSite",
        "@id": _site_id(),
        "url": absolute("/"),
        "name": settings.SITE_NAME,
        "description": description,
        "inLanguage": get_language(),
        "publisher": {"@id": absolute("/") + "#publisher"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search},
            "query-input": "required name=search_term_string",
        },
    }
    trust = {
        "publishingPrinciples": absolute(reverse("reading:page", kwargs={"slug": "standards"})),
        "correctionsPolicy": absolute(reverse("reading:corrections")),
    }
    return [site, {**publisher(), **trust}]


def collection(
    name: str,
    description: str,
    address: str,
    entries: Iterable[Article | Column | Expert | Tag],
    *,
    start: int = 1,
    trail: Iterable[tuple[str, str]] = (),
) -> list[Node]:
    """A list, as far as the page shows it; `start` is the place of its first entry in the whole."""
    page = _page("CollectionPage", name, description, address)
    if places := _places(entries, start):
        page["mainEntity"] = {"@type": "ItemList", "itemListElement": places}
    return [page, breadcrumbs(trail)]


def profile(
    expert: Expert,
    description: str,
    address: str,
    entries: Iterable[Article],
    *,
    trail: Iterable[tuple[str, str]],
) -> list[Node]:
    about = markup.plain(expert.bio_html)
    said = about if len(about) <= _ABOUT else about[:_ABOUT].rpartition(" ")[0] + " …"
    answered = [
        {
            "@type": "Article",
            "headline": piece.headline,
            "url": absolute(piece.get_absolute_url()),
            "datePublished": _stamp(piece.dated_at),
        }
        for piece in list(entries)[:MOST]
    ]
    page = {
        **_page("ProfilePage", expert.byline, description, address),
        "mainEntity": {**person(expert), "description": said},
        "hasPart": answered,
    }
    return [page, breadcrumbs(trail)]


def standing(kind: str, name: str, description: str, address: str, changed: dt.datetime) -> list[Node]:
    """A page of trust; `kind` is WebPage, AboutPage or ContactPage."""
    return [{**_page(kind, name, description, address), "dateModified": _stamp(changed)}]


def plain(
    kind: str, name: str, description: str, address: str, trail: Iterable[tuple[str, str]]
) -> list[Node]:
    """A page to do something on, or a list of what has no pages; `kind` is WebPage or CollectionPage."""
    return [_page(kind, name, description, address), breadcrumbs(trail)]


def breadcrumbs(trail: Iterable[tuple[str, str]]) -> Node:
    """From the front page down, as (name, path)."""
    steps = [(settings.SITE_NAME, "/"), *trail]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": absolute(path)}
            for number, (name, path) in enumerate(steps, 1)
        ],
    }


def lists() -> dict[str, tuple[str, str]]:
    """The lists that others stand under, as a step of the breadcrumbs."""
    names = {
        "archive": _("All answers"),
        "columns": _("Columns"),
        "tags": _("Topics"),
        "experts": _("Who answers"),
        "archive_months": _("By month"),
        "corrections": _("Corrections"),
    }
    return {key: (name, reverse(f"reading:{key}")) for key, name in names.items()}


def _page(kind: str, name: str, description: str, address: str) -> Node:
    return {
        "@type": kind,
        "@id": address,
        "url": address,
        "name": name,
        "description": description,
        "inLanguage": get_language(),
        "isPartOf": {"@type": "WebSite", "@id": _site_id(), "name": settings.SITE_NAME, "url": absolute("/")},
        "publisher": publisher(),
    }


def _places(entries: Iterable[Article | Column | Expert | Tag], start: int) -> list[Node]:
    return [
        {
            "@type": "ListItem",
            "position": number,
            "name": str(entry),
            "url": absolute(entry.get_absolute_url()),
        }
        for number, entry in enumerate(list(entries)[:MOST], start)
    ]


def _site_id() -> str:
    return absolute("/") + "#website"
