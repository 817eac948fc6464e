"""What stands around an article's text: its topics, its neighbours, and the columns and newsletters of every page.

All of them are a few short texts, so one query of one shape brings them. To a database that is asked over a wire each
question costs more than its answer (docs/performance.md).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, IntegerField, QuerySet, Value
from django.utils import timezone

from advice.articles.models import Article, Column, Tag
from advice.articles.related import SHOWN, neighbours
from advice.prepared import Prepared
from advice.reading.furniture import Furniture, Piece, columns_and_newsletters


@dataclass(frozen=True)
class Around:
    tags: list[Tag]
    neighbours: list[Article]  # with what a card shows: headline, address, dek, the column's name
    furniture: Furniture


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def _number(value: int) -> Value:
    return Value(value, output_field=IntegerField())


def _all(pk: int, now: dt.datetime) -> "QuerySet[Any, Any]":
    tags = Tag.objects.order_by().filter(articles=pk)
    return tags.values_list(
        _text("tag"), _number(0), "name", "slug", _text(""), _text(""), _number(0), _text("")
    ).union(
        neighbours(pk, now).values_list(
            *(_text("near"), "listed_in__position", "headline", "slug", "dek"),
            *(_text(""), _number(0), "column__name"),
        ),
        *columns_and_newsletters(),
        all=True,
    )


_rows: Prepared[tuple[Any, ...]] = Prepared(_all, int, dt.datetime)


def around(article: Article, now: dt.datetime | None = None) -> Around:
    tags, near, pieces = [], [], []
    for kind, place, name, slug, line, rhythm, weekday, column in _rows(article.pk, now or timezone.now()):
        if kind == "tag":
            tags.append(Tag(name=name, slug=slug))
        elif kind == "near":
            near.append((place, name, slug, line, column))
        else:
            pieces.append(Piece(kind, place, name, slug, line, rhythm, weekday, column))
    return Around(
        tags=sorted(tags, key=lambda tag: tag.name),
        neighbours=[
            Article(headline=name, slug=slug, dek=line, column=Column(name=column))
            for _place, name, slug, line, column in sorted(near)[:SHOWN]
        ],
        furniture=Furniture(pieces),
    )
