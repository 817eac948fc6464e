"""The front page."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Subquery, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advice import markup
from advice.articles import tallies
from advice.articles.models import Answer, Article, Column, Expert, Tag
from advice.articles.page import opens_with_salutation
from advice.reading.working_on import announced

NEWEST = 6
A_COLUMN = 3
HELPFUL = 5
WORKING_ON = 5
WHO_ANSWERS = 6
TOPICS, LOOKED_AT = (
    12,
    500,
)  # the topics of the newest articles: to count those of all takes long on a large site
PULL_QUOTE = 190  # characters


@dataclass
class ColumnRow:
    column: Column
    articles: list[Article] = field(default_factory=list)


def front(request: HttpRequest) -> HttpResponse:
    """The keys of all that it shows are asked for first, so that the articles and their answers come at once."""
    public = Article.objects.published()
    newest = list(public.newest_first().values_list("pk", flat=True)[: NEWEST + 1])
    helpful = most_helpful()
    places = of_columns(beyond=newest)
    wanted = {*newest, *helpful, *(key for keys in places.values() for key in keys)}
    found = public.for_cards().in_bulk(wanted)
    shown = _those(found, newest)
    context = {
        "lead": shown[0] if shown else None,
        "pull_quote": opening(shown[0].question_html) if shown else "",
        "newest": shown[1:],
        "helpful": _those(found, helpful),
        "announced": list(announced()[:WORKING_ON]),
        "column_rows": [ColumnRow(column, _those(found, keys)) for column, keys in places.items() if keys],
        "experts": answering_experts(WHO_ANSWERS),
        "tags": topics(),
        "subscribe_here": True,
    }
    return render(request, "reading/front.html", context)


def _those(found: dict[int, Article], keys: Iterable[int]) -> list[Article]:
    return [found[key] for key in keys if key in found]


def opening(html: str) -> str:
    """The first sentences of a letter, whole ones, as many as fit a pull-quote; at least one, cut at a word."""
    _, _, rest = html.partition("</p>")
    text = markup.plain(rest if rest.strip() and opens_with_salutation(html) else html)
    taken = ""
    for sentence in re.split(r"(?<=[.!?…])\s+", text):
        if taken and len(taken) + len(sentence) >= PULL_QUOTE:
            break
        taken = f"{taken} {sentence}".strip()
    if len(taken) <= PULL_QUOTE * 1.3:
        return taken
    return taken[:PULL_QUOTE].rpartition(" ")[0].rstrip(",;:") + " …"


def of_columns(*, beyond: list[int]) -> dict[Column, list[int]]:
    """For each column the keys of its newest articles that do not stand above already.

    The places are asked for one by one because each is then a step into the index; a window would rank every row.
    """
    of_column = Article.objects.published().filter(column=OuterRef("pk")).exclude(pk__in=beyond)
    keys = of_column.newest_first().values("pk")
    places = {f"place_{n}": Subquery(keys[n : n + 1]) for n in range(A_COLUMN)}
    columns = Column.objects.annotate(**places)
    return {
        column: [key for place in places if (key := getattr(column, place)) is not None] for column in columns
    }


def column_rows() -> list[ColumnRow]:
    """Every column with its experts and its newest articles, if it has any."""
    places = of_columns(beyond=[])
    prefetch_related_objects(list(places), "experts")
    keys = [key for found in places.values() for key in found]
    articles = Article.objects.published().for_cards().in_bulk(keys)
    return [ColumnRow(column, _those(articles, found)) for column, found in places.items()]


def most_helpful() -> list[int]:
    rows = tallies.most_helpful(HELPFUL).select_related(None).prefetch_related(None)
    return list(rows.values_list("pk", flat=True))


def topics() -> list[Tag]:
    """The topics of the newest articles, the most used first."""
    newest = Article.objects.published().newest_first().values("pk")[:LOOKED_AT]
    used = Tag.objects.filter(articles__in=newest).annotate(uses=Count("articles"))
    return list(used.order_by("-uses", "name")[:TOPICS])


def answering_experts(limit: int | None = None) -> list[Expert]:
    """Those with a published answer."""
    published = Article.objects.published().filter(pk=OuterRef("article"))
    answers = Answer.objects.filter(Exists(published), expert=OuterRef("pk"))
    return list(Expert.objects.filter(Exists(answers)).defer("bio", "bio_html")[:limit])
