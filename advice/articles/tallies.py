"""What visitors said with one press, counted by day. Nothing is kept of who they were."""

import datetime as dt
import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from advice.articles.models import Article, ArticleQuerySet, Status, Tally, TallyKind

MONTH = dt.timedelta(days=30)
FEWEST = 10  # votes; a share of fewer says nothing
_Z = 1.96  # 95 percent


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


@dataclass(frozen=True)
class Rate:
    article: int
    headline: str
    helpful: int
    votes: int

    @property
    def percent(self) -> int:
        return round(100 * self.helpful / self.votes)


def wilson(part: int, whole: int) -> float:
    """What share `part` of `whole` is at least, with 95 percent of certainty (E. B. Wilson, 1927): few votes prove little."""
    share, spread = part / whole, _Z * _Z / whole
    middle = share + spread / 2
    return (middle - _Z * math.sqrt((share * (1 - share) + spread / 4) / whole)) / (1 + spread)


def least_helpful(since: dt.date, *, limit: int = 10) -> list[Rate]:
    """The published articles that surely help least, of those with votes enough: by the Wilson bound of “not helpful”."""
    counted = (
        _votes(since)
        .values("article")
        .annotate(votes=Sum("count"), helpful=_helpful())
        .filter(votes__gte=FEWEST, article__status=Status.PUBLISHED)
    )
    rows = [
        Rate(pk, "", helpful, votes)
        for pk, helpful, votes in counted.values_list("article", "helpful", "votes")
    ]
    worst = heapq.nlargest(
        limit, rows, key=lambda row: (wilson(row.votes - row.helpful, row.votes), row.article)
    )
    names = dict(Article.objects.filter(pk__in=[row.article for row in worst]).values_list("pk", "headline"))
    return [
        Rate(row.article, names[row.article], row.helpful, row.votes) for row in worst if row.article in names
    ]


def helpful_in_all(since: dt.date) -> Rate:
    found = _votes(since).aggregate(helpful=_helpful(), votes=Coalesce(Sum("count"), 0))
    return Rate(0, "", found["helpful"], found["votes"])


def _votes(since: dt.date) -> "QuerySet[Tally]":
    return Tally.objects.filter(kind__in=[TallyKind.HELPFUL, TallyKind.UNHELPFUL], day__gte=since).order_by()


def _helpful() -> Coalesce:
    return Coalesce(Sum("count", filter=Q(kind=TallyKind.HELPFUL)), 0)
