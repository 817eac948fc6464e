"""How lists are put in order: months by year, topics by letter, topics beside a topic."""

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    FloatField,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from advice.articles.models import Article, Tag

BESIDE = 8  # topics shown beside a topic
LOOKED_AT = 300  # of its newest articles, to find them

_Tagging = Article.tags.through


class Month(NamedTuple):
    first: dt.date
    articles: int


class Year(NamedTuple):
    year: int
    articles: int
    months: list[Month]


class Letter(NamedTuple):
    letter: str
    tags: list[Tag]


def months_printed() -> list[Month]:
    """The months in which anything was published, the newest first. An article of no known date is in none.

    In which month a moment falls depends on the time zone, but only at the months' ends: there each moment is asked
    for, and between them the database counts by the first letters of what it holds. (TruncMonth is a call of Python
    for each row on SQLite.)
    """
    counted: Counter[dt.date] = Counter()
    for text, articles in _in_parts_of_months().annotate(Count("pk")):
        counted[_first_of_month(text)] += articles
    return [Month(*row) for row in sorted(counted.items(), reverse=True)]


def months_changed() -> list[tuple[dt.date, dt.datetime]]:
    """The first day of each of these months, and when something in it was last published or updated."""
    found: dict[dt.date, dt.datetime] = {}
    for text, *moments in _in_parts_of_months().annotate(Max("published_at"), Max("updated_at")):
        first = _first_of_month(text)
        found[first] = max(filter(None, (*moments, found.get(first))))
    return sorted(found.items(), reverse=True)


def _in_parts_of_months() -> "QuerySet[Article, tuple[Any, ...]]":
    moment = Cast("published_at", CharField())
    return (
        Article.objects.published()
        .filter(undated=False)
        .order_by()
        .annotate(day=Substr(moment, 9, 2))
        .values_list(
            Case(When(day__range=("02", "27"), then=Substr(moment, 1, 7)), default=Substr(moment, 1, 16))
        )
    )


def _first_of_month(text: str) -> dt.date:
    if len(text) == 7:
        return dt.date.fromisoformat(f"{text}-01")
    return timezone.localdate(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)).replace(day=1)


def by_year(months: Iterable[Month]) -> list[Year]:
    grouped = groupby(months, key=lambda month: month.first.year)
    years = ((year, list(rows)) for year, rows in grouped)
    return [Year(year, sum(row.articles for row in rows), rows) for year, rows in years]


def alphabetical(tags: Iterable[Tag]) -> list[Tag]:
    """É stands beside E, and capitals beside small letters."""
    return sorted(tags, key=lambda tag: (_letters(tag), tag.name))


def by_letter(tags: Iterable[Tag]) -> list[Letter]:
    """Grouped by first letter; what begins with no letter stands under one sign, at the end."""
    found: dict[str, list[Tag]] = {}
    for tag in alphabetical(tags):
        first = _letters(tag)[:1].upper()
        found.setdefault(first if first.isalpha() else "#", []).append(tag)
    return [Letter(*row) for row in sorted(found.items(), key=lambda row: (row[0] == "#", row[0]))]


def _letters(tag: Tag) -> str:
    return "".join(
        sign for sign in unicodedata.normalize("NFKD", tag.name.casefold()) if not unicodedata.combining(sign)
    )


def beside(tag: Tag) -> list[Tag]:
    """The tags that stand with it on its newest articles; a rare one says more than one that stands everywhere."""
    tagged = _Tagging.objects.filter(article=OuterRef("pk"), tag=tag)
    newest = Article.objects.published().filter(Exists(tagged)).newest_first().values("pk")[:LOOKED_AT]
    everywhere = _Tagging.objects.filter(tag=OuterRef("pk")).order_by().values("tag")
    return list(
        Tag.objects.filter(articles__in=newest)
        .exclude(pk=tag.pk)
        .annotate(shared=Count("articles"))
        .annotate(everywhere=Subquery(everywhere.annotate(n=Count("pk")).values("n")))  # type: ignore[misc]  # n is known
        .annotate(nearness=Cast(F("shared") * F("shared"), FloatField()) / F("everywhere"))
        .order_by("-nearness", "name")[:BESIDE]
    )
