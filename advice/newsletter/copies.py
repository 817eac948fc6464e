"""Who gets an issue: one row for each of them, made in portions, so that a hundred thousand hold nothing up."""

import datetime as dt
from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from advice.articles.models import CorrectionKind
from advice.newsletter.models import (
    Delivery,
    DeliveryState,
    Issue,
    IssueItem,
    IssueKind,
    IssueStatus,
    Subscriber,
    Subscription,
)

PORTION = 1_000


def recipients(issue: Issue, *, now: dt.datetime) -> "QuerySet[Subscriber]":
    """Who would get `issue` if it left now."""
    of_newsletter = Subscription.objects.filter(subscriber=OuterRef("pk"), newsletter=issue.newsletter)
    mailable = Subscriber.objects.mailable(timezone.localdate(now)).filter(Exists(of_newsletter))
    if issue.kind == IssueKind.DIGEST:
        as_promised = Q(rhythm="") if issue.rhythm == issue.newsletter.rhythm else Q(pk__in=[])
        return mailable.filter(as_promised | Q(rhythm=issue.rhythm))
    if issue.kind == IssueKind.CORRECTION:
        return mailable.filter(Exists(_had_in_full(issue)))
    return mailable


def behind(issue: Issue) -> "QuerySet[Subscription]":
    """Of those whom issues in another rhythm served until now: what came out since then they have not had.

    They chose another rhythm, or the newsletter has one. What came out in a reader's pause they do not want.
    """
    others = Issue.objects.filter(newsletter=issue.newsletter, kind=IssueKind.DIGEST).exclude(
        rhythm=issue.rhythm
    )
    awake = Q(subscriber__paused_until__isnull=True) | Q(
        covered_until__date__gte=F("subscriber__paused_until")
    )
    return Subscription.objects.filter(
        awake, newsletter=issue.newsletter, covered_until__in=others.values("until")
    )


def _had_in_full(issue: Issue) -> "QuerySet[Delivery]":
    """The copies in which readers got, or get, the whole article that `issue` corrects, as it was.

    A copy that waits still carries the text as it was frozen; but nothing of what was withdrawn.
    """
    assert issue.correction is not None
    items = IssueItem.objects.filter(
        article=issue.correction.article_id, in_full=True, issue__newsletter=issue.newsletter
    ).exclude(issue__left_at__gte=issue.correction.made_at)
    without = [DeliveryState.FAILED]
    if issue.correction.kind == CorrectionKind.RETRACTION:
        without.append(DeliveryState.PENDING)
    copies = Delivery.objects.filter(subscriber=OuterRef("pk"), issue__in=items.values("issue"))
    return copies.exclude(state__in=without)


def make_due(*, now: dt.datetime | None = None, stop: Callable[[], bool] = lambda: False) -> int:
    """A row for each recipient of the issues that are leaving; gives how many were made. Any number of runners may."""
    now = now or timezone.now()
    made = 0
    for issue in Issue.objects.filter(status=IssueStatus.SENDING, copied_at__isnull=True):
        while not stop():
            portion = _make_portion(issue, now)
            if portion is None:
                break
            made += portion
    return made


@transaction.atomic
def _make_portion(issue: Issue, now: dt.datetime) -> int | None:
    """None once all recipients have their row."""
    row = (
        Issue.objects.select_for_update(of=("self",), no_key=True)
        .select_related("newsletter", "correction")
        .get(pk=issue.pk)
    )
    if row.status != IssueStatus.SENDING or row.copied_at is not None:
        return None
    found = list(
        recipients(row, now=now)
        .filter(pk__gt=row.copied_to)
        .order_by("pk")
        .values_list("pk", flat=True)[:PORTION]
    )
    if found:
        row.copied_to = found[-1]
        _make(row, found, now)
    if len(found) < PORTION:
        row.copied_at = now
    row.save(update_fields=["copied_to", "copied_at"])
    return len(found) or None


def _after_pauses(subscribers: list[int]) -> Iterator[tuple[int, dt.datetime]]:
    """When the pauses of those who took one ended: what came out before is not sent later, as they were promised."""
    paused = Subscriber.objects.filter(pk__in=subscribers, paused_until__isnull=False)
    zone = timezone.get_current_timezone()
    for pk, day in paused.values_list("pk", "paused_until"):
        assert day is not None
        yield pk, dt.datetime.combine(day, dt.time.min, tzinfo=zone)


def _make(issue: Issue, subscribers: list[int], now: dt.datetime) -> None:
    since: dict[int, dt.datetime | None] = {}
    if issue.kind == IssueKind.DIGEST:
        subscriptions = Subscription.objects.filter(newsletter=issue.newsletter, subscriber__in=subscribers)
        # What a wrong clock wrote down of a time to come would keep everything from them until then.
        subscriptions.filter(covered_until__gt=now).update(covered_until=None)
        catching_up = set(
            behind(issue).filter(subscriber__in=subscribers).values_list("subscriber", flat=True)
        )
        for pk, covered in subscriptions.values_list("subscriber", "covered_until"):
            since[pk] = covered
            if covered is not None and issue.since is not None and pk not in catching_up:
                since[pk] = max(covered, issue.since)
        for pk, awake_since in _after_pauses(subscribers):
            since[pk] = max(since.get(pk) or awake_since, awake_since)
        # One who came from a rhythm with a later turn has had more than this issue holds.
        not_yet = Q(covered_until__isnull=True) | Q(covered_until__lt=issue.until)
        subscriptions.filter(not_yet).update(covered_until=issue.until)
    Delivery.objects.bulk_create(
        (Delivery(issue=issue, subscriber_id=pk, since=since.get(pk)) for pk in subscribers),
        ignore_conflicts=True,
        batch_size=500,
    )
