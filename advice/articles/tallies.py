"""What visitors said with one press, counted by day. Nothing is kept of who they were."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from advice.articles.models import Article, ArticleQuerySet, Tally, TallyKind

MONTH = dt.timedelta(days=30)


@transaction.atomic
def count(article: Article, kind: TallyKind) -> None:
    row, _ = Tally.objects.get_or_create(article=article, kind=kind, day=timezone.localdate())
    Tally.objects.filter(pk=row.pk).update(count=F("count") + 1)


def counts(article: Article) -> dict[str, int]:
    """All that was said of it, by kind; 0 where nobody said so. For editors: pages show no counts."""
    sums = Tally.objects.filter(article=article).order_by().values_list("kind").annotate(Sum("count"))
    return {**dict.fromkeys(TallyKind.values, 0), **dict(sums)}


def helped(articles: Iterable[Article]) -> dict[int, int]:
    """How many readers called each of them helpful, by its key; nothing of those that nobody did."""
    rows = Tally.objects.filter(article__in=articles, kind=TallyKind.HELPFUL).order_by()
    return dict(rows.values_list("article").annotate(Sum("count")))


def most_helpful(limit: int, *, among: Q | None = None, now: dt.datetime | None = None) -> ArticleQuerySet:
    """The published articles that most readers called helpful within the last thirty days, as cards; may be fewer.

    `among` narrows them. It may not follow a relation to many rows, which would count the presses as often.
    """
    now = now or timezone.now()
    recent = Q(
        tallies__kind=TallyKind.HELPFUL,
        tallies__day__gt=timezone.localtime(now).date() - MONTH,
        tallies__count__gt=0,
    )
    return (
        Article.objects.published(now)
        .for_cards()
        .filter(recent, among or Q())
        .annotate(helped=Sum("tallies__count", filter=recent))
        .order_by("-helped", "-published_at", "-id")[:limit]
    )
