"""The front page."""

import re
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advice import markup
from advice.articles.models import Answer, Article, Column, Expert, tags_by_use
from advice.articles.page import opens_with_salutation

NEWEST = 6
A_COLUMN = 3
PULL_QUOTE = 190  # characters


@dataclass
class ColumnRow:
    column: Column
    articles: list[Article] = field(default_factory=list)


def front(request: HttpRequest) -> HttpResponse:
    newest = list(Article.objects.published().for_cards().defer(None).newest_first()[: NEWEST + 1])
    context = {
        "lead": newest[0] if newest else None,
        "pull_quote": opening(newest[0].question_html) if newest else "",
        "newest": newest[1:],
        "column_rows": column_rows(beyond=newest),
        "experts": answering_experts()[:6],
        "tags": tags_by_use(12),
        "subscribe_here": True,
    }
    return render(request, "reading/front.html", context)


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


def column_rows(*, beyond: list[Article]) -> list[ColumnRow]:
    """For each column its newest articles that do not stand above already.

    The places are asked for one by one because each is then a step into the index; a window would rank every row.
    """
    shown = [article.pk for article in beyond]
    of_column = Article.objects.published().filter(column=OuterRef("pk")).exclude(pk__in=shown).newest_first()
    places = {f"place_{n}": Subquery(of_column.values("pk")[n : n + 1]) for n in range(A_COLUMN)}
    columns = list(Column.objects.annotate(**places))
    keys = {column.pk: [getattr(column, place) for place in places] for column in columns}
    wanted = [key for found in keys.values() for key in found if key is not None]
    articles = Article.objects.published().for_cards().in_bulk(wanted)
    rows = [
        ColumnRow(column, [articles[key] for key in keys[column.pk] if key in articles]) for column in columns
    ]
    return [row for row in rows if row.articles]


def answering_experts() -> list[Expert]:
    """Those with a published answer."""
    published = Article.objects.published().filter(pk=OuterRef("article"))
    answers = Answer.objects.filter(Exists(published), expert=OuterRef("pk"))
    return list(Expert.objects.filter(Exists(answers)).defer("bio", "bio_html"))
