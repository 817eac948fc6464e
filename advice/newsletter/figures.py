"""Numbers of newsletters and their readers, for the desk. Nobody is named in any of them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _

from advice.newsletter.models import (
    Delivery,
    DeliveryState,
    Issue,
    LeftBecause,
    Newsletter,
    Rhythm,
    Subscriber,
    SubscriberStatus,
    Subscription,
    Suppression,
)

LATELY = dt.timedelta(days=30)
REASONS_OF = dt.timedelta(days=90)
WEEKS = 12
ISSUES = 10
ARTICLES = 20


def of_newsletters(*, now: dt.datetime | None = None) -> "QuerySet[Any]":
    """Each with `readers`, `gained` and `lost` lately, and `last`, the key of its last issue.

    A subscription that ends leaves no trace, so `lost` are the readers who stopped everything, or whose address died, of
    those who had been sent an issue of it.
    """
    lately = (now or timezone.now()) - LATELY
    active = Subscription.objects.filter(
        newsletter=OuterRef("pk"), subscriber__status=SubscriberStatus.CONFIRMED
    )
    lost = Delivery.objects.filter(issue__newsletter=OuterRef("pk"), subscriber__left_at__gte=lately)
    return Newsletter.objects.annotate(
        readers=_count(active, "newsletter", "pk"),
        gained=_count(active.filter(since__gte=lately), "newsletter", "pk"),
        lost=_count(lost, "issue__newsletter", "subscriber"),
        last=Subquery(
            Issue.objects.left().filter(newsletter=OuterRef("pk")).order_by("-number").values("pk")[:1]
        ),
    )


def _count(rows: "QuerySet[Any]", by: str, what: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(number=Count(what, distinct=True)).values("number")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True)
class IssueNumbers:
    issue: Issue
    sent: int
    bounced: int
    left: int


def of_issues(newsletter: Newsletter) -> list[IssueNumbers]:
    """Of its last issues, how many copies were sent, came back, and were the one that somebody stopped from."""
    issues = list(Issue.objects.left().filter(newsletter=newsletter).order_by("-number")[:ISSUES])
    counted = (
        Delivery.objects.filter(issue__in=issues)
        .order_by()
        .values("issue")
        .annotate(
            sent=Count("pk", filter=Q(state=DeliveryState.SENT)),
            bounced=Count("bounced_at"),
            left=Count("left_at"),
        )
    )
    by_issue = {row["issue"]: (row["sent"], row["bounced"], row["left"]) for row in counted}
    return [IssueNumbers(issue, *by_issue.get(issue.pk, (0, 0, 0))) for issue in issues]


def by_status() -> list[tuple[str, int]]:
    """Who must not be mailed is counted by the fingerprints: of most nothing else is kept."""
    rows = Subscriber.objects.order_by().values("status").annotate(number=Count("pk"))
    counted = {row["status"]: row["number"] for row in rows}
    counted[SubscriberStatus.SUPPRESSED] = Suppression.objects.count()
    return [(str(status.label), counted.get(status.value, 0)) for status in SubscriberStatus]


def choices() -> list[tuple[str, int]]:
    """How those who are subscribed want it."""
    today = timezone.localdate()
    counted = Subscriber.objects.filter(status=SubscriberStatus.CONFIRMED).aggregate(
        usual=Count("pk", filter=Q(rhythm="")),
        daily=Count("pk", filter=Q(rhythm=Rhythm.DAILY)),
        weekly=Count("pk", filter=Q(rhythm=Rhythm.WEEKLY)),
        text_only=Count("pk", filter=Q(text_only=True)),
        paused=Count("pk", filter=Q(paused_until__gt=today)),
    )
    return [
        (_("As each newsletter promises"), counted["usual"]),
        (_("Daily"), counted["daily"]),
        (_("Weekly"), counted["weekly"]),
        (_("Text only"), counted["text_only"]),
        (_("Taking a pause"), counted["paused"]),
    ]


@dataclass(frozen=True)
class Week:
    begins: dt.date
    gained: int
    lost: int
    most: int

    @property
    def gained_share(self) -> int:
        return round(100 * self.gained / self.most) if self.most else 0

    @property
    def lost_share(self) -> int:
        return round(100 * self.lost / self.most) if self.most else 0


def weeks(*, now: dt.datetime | None = None) -> list[Week]:
    """Who confirmed and who left, by week, this one last."""
    today = timezone.localdate(now)
    first = today - dt.timedelta(days=today.weekday(), weeks=WEEKS - 1)
    gained, lost = _by_week("confirmed_at", first), _by_week("left_at", first)
    most = max([*gained.values(), *lost.values()], default=0)
    begins = [first + dt.timedelta(weeks=number) for number in range(WEEKS)]
    return [Week(day, gained.get(day, 0), lost.get(day, 0), most) for day in begins]


def _by_week(field: str, first: dt.date) -> dict[dt.date, int]:
    begin = timezone.make_aware(dt.datetime.combine(first, dt.time()))
    counted = (
        Subscriber.objects.filter(**{f"{field}__gte": begin}, confirmed_at__isnull=False)
        .order_by()
        .annotate(week=TruncWeek(field))
        .values("week")
        .annotate(number=Count("pk"))
    )
    return {row["week"].date(): row["number"] for row in counted}


def articles() -> list[dict[str, Any]]:
    """Whose block brought most of those who are subscribed."""
    brought = Subscriber.objects.filter(status=SubscriberStatus.CONFIRMED, article__isnull=False)
    counted = brought.order_by().values("article", "article__headline").annotate(number=Count("pk"))
    return [
        {"pk": row["article"], "headline": row["article__headline"], "number": row["number"]}
        for row in counted.order_by("-number", "article")[:ARTICLES]
    ]


def reasons(*, now: dt.datetime | None = None) -> list[tuple[str, int]]:
    """Why those left who have left lately, the most frequent first."""
    since = (now or timezone.now()) - REASONS_OF
    left = Subscriber.objects.filter(status=SubscriberStatus.LEFT, left_at__gte=since)
    counted = left.order_by().values("left_because").annotate(number=Count("pk"))
    return [
        (
            str(LeftBecause(row["left_because"]).label) if row["left_because"] else _("Without a reason"),
            row["number"],
        )
        for row in counted.order_by("-number", "left_because")
    ]
