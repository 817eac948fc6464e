"""Cursors: where in a list to go on. A place is the last row's own key, so what is published meanwhile moves nothing.

A cursor is of fixed width and every text of its shape is a place, so that its pattern is all there is to check.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from advice.articles.models import Article, Column

M = TypeVar("M", bound=Model)

_TIME, _KEY, _POSITION, _RANK = 14, 15, 4, 3  # hexadecimal digits
_EPOCH = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)

ARTICLES = rf"^[0-9a-f]{{{_TIME + _KEY}}}$"
COLUMNS = rf"^[0-9a-f]{{{_POSITION + _KEY}}}$"
RANKS = rf"^[0-9a-f]{{{_RANK}}}$"
SLUGS = r"^[-a-zA-Z0-9_]{1,120}$"


class Order(NamedTuple):
    """How a list runs: `begin` puts it in order, `after` leaves out all up to a cursor, `cursor` makes a row's."""

    begin: Callable[[Any], Any]
    after: Callable[[Any, str], Any]
    cursor: Callable[[Any], str]


def page(rows: "QuerySet[M]", order: Order, *, cursor: str | None, limit: int) -> tuple[list[M], str | None]:
    """The next `limit` rows, and the cursor of what follows them."""
    rows = order.begin(rows)
    if cursor is not None:
        rows = order.after(rows, cursor)
    found = list(rows[: limit + 1])
    shown = found[:limit]
    return shown, order.cursor(shown[-1]) if len(found) > limit else None


def _after_article(rows: "QuerySet[Article]", cursor: str) -> "QuerySet[Article]":
    at = _EPOCH + int(cursor[:_TIME], 16) * _MICROSECOND
    # The first condition is in the second already: by it the database steps into its index.
    return rows.filter(published_at__lte=at).filter(
        Q(published_at__lt=at) | Q(pk__lt=int(cursor[_TIME:], 16))
    )


def _article_cursor(article: Article) -> str:
    assert article.published_at is not None
    return f"{(article.published_at - _EPOCH) // _MICROSECOND:0{_TIME}x}{article.pk:0{_KEY}x}"


def _after_column(rows: "QuerySet[Column]", cursor: str) -> "QuerySet[Column]":
    position, pk = int(cursor[:_POSITION], 16), int(cursor[_POSITION:], 16)
    return rows.filter(Q(position__gt=position) | Q(position=position, pk__gt=pk))


NEWEST = Order(lambda rows: rows.order_by("-published_at", "-pk"), _after_article, _article_cursor)
AS_NAMED = Order(
    lambda rows: rows.order_by("position", "pk"),
    _after_column,
    lambda column: f"{column.position:0{_POSITION}x}{column.pk:0{_KEY}x}",
)
BY_SLUG = Order(
    lambda rows: rows.order_by("slug"),
    lambda rows, cursor: rows.filter(slug__gt=cursor),
    lambda row: str(row.slug),
)


def rank(cursor: str | None) -> int:
    return int(cursor, 16) if cursor else 0


def rank_cursor(start: int) -> str:
    return f"{start:0{_RANK}x}"
