"""Promoted answers: for a search that an editor names, the article they chose stands before all that is found."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import Article, PromotedQuery, Promotion
from advice.prepared import Prepared
from advice.search.words import STOP_WORDS, parse, stem, words
from advice.trace.models import Kind
from advice.trace.writing import write_down

MOST_SHOWN = 3
MOST_QUERIES = 20
_LONGEST: int = PromotedQuery._meta.get_field("key").max_length or 0


def promoted(q: str, now: dt.datetime | None = None) -> list[Article]:
    """The published articles that stand first for `q`, as cards, in the editors' order."""
    key = key_of(q)
    if not key or parse(q).without:  # who leaves a word out does not mean what all the words would
        return []
    if not _has(key):
        return []
    articles = Article.objects.published(now).for_cards().filter(promotions__keys__key=key)
    return list(dict.fromkeys(articles.order_by("promotions__position", "promotions__pk")))[:MOST_SHOWN]


# With most searches there is none, and this small query is all.
_has = Prepared(lambda key: PromotedQuery.objects.filter(key=key).values_list("pk")[:1], str)


def key_of(q: str) -> str:
    """What is the same for searches that mean the same: their stems, without small words and whatever their order.

    Empty for what has no word, or more than an editor would name.
    """
    if len(q) > 2 * _LONGEST:
        return ""
    typed = set(words(q))
    key = " ".join(sorted({stem(word) for word in typed - STOP_WORDS or typed}))
    return key if len(key) <= _LONGEST else ""


@transaction.atomic
def promote(article: Article, *, queries: Iterable[str], position: int, by: User) -> Promotion:
    row = Promotion.objects.create(article=article, queries=", ".join(queries), position=position, by=by)
    _store_keys(row)
    write_down("make", Kind.PROMOTION, row.pk, by=by)
    return row


@transaction.atomic
def change(
    promotion: Promotion, *, article: Article, queries: Iterable[str], position: int, by: User
) -> Promotion:
    """Another article, other searches, or another place; from now on it is `by`'s choice."""
    row = Promotion.objects.select_for_update().get(pk=promotion.pk)
    row.article, row.queries, row.position = article, ", ".join(queries), position
    row.by, row.made_at = by, timezone.now()
    row.save()
    _store_keys(row)
    write_down("edit", Kind.PROMOTION, row.pk, by=by)
    return row


def _store_keys(row: Promotion) -> None:
    row.keys.all().delete()
    keys = {key_of(query) for query in row.queries.split(",")}
    PromotedQuery.objects.bulk_create(PromotedQuery(promotion=row, key=key) for key in sorted(keys - {""}))


@transaction.atomic
def rekey() -> int:
    """Make the keys anew, after a change of how words are folded or stemmed; gives how many promotions there are."""
    rows = list(Promotion.objects.select_for_update().order_by("pk"))
    for row in rows:
        _store_keys(row)
    return len(rows)
