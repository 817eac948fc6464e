"""Mail that came back: what it means, and when an address is left alone for it."""

import datetime as dt

from django.db import transaction

from advice.newsletter.models import Bounce, BounceKind, Delivery, Subscriber, SuppressedBecause
from advice.newsletter.workflow import suppress

# RFC 3463: there is no such mailbox, no such host, it has moved, or it is closed. All else (a full mailbox, a text that
# was not liked, our own name on a list) says nothing of the address.
_HARD = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"}
# Soft ones count where they came this often, and the first of them this long ago.
SOFT_AT_LEAST = 4
SOFT_FOR = dt.timedelta(days=14)
SOFT_WITHIN = dt.timedelta(days=90)


def kind_of(status: str, code: int = 0) -> BounceKind:
    """What a refusal says, by its enhanced status, or where it has none by the three digits of SMTP."""
    if status:
        return BounceKind.HARD if status in _HARD else BounceKind.SOFT
    return BounceKind.HARD if code in {550, 553} else BounceKind.SOFT


@transaction.atomic
def record(delivery: Delivery, *, kind: BounceKind, code: str, at: dt.datetime) -> bool:
    """Note that a copy came back, and suppress its address where that is due. The same report twice counts once.

    Gives whether it was new.
    """
    _, is_new = Bounce.objects.get_or_create(
        delivery=delivery, kind=kind, code=code[:12], defaults={"at": at}
    )
    if is_new and kind != BounceKind.COMPLAINT:
        Delivery.objects.filter(pk=delivery.pk, bounced_at__isnull=True).update(bounced_at=at)
    subscriber = delivery.subscriber
    if is_new and subscriber is not None and not _went_elsewhere(delivery, subscriber):
        if kind == BounceKind.COMPLAINT:
            suppress(subscriber, because=SuppressedBecause.COMPLAINED)
        elif kind == BounceKind.HARD or _has_bounced_for_long(subscriber, at):
            suppress(subscriber, because=SuppressedBecause.BOUNCED)
    return is_new


def _went_elsewhere(delivery: Delivery, subscriber: Subscriber) -> bool:
    """Whether it was sent to the address that its reader had before: it says nothing of the one they have now."""
    tried, since = delivery.settled_at or delivery.claimed_at, subscriber.address_since
    return tried is not None and since is not None and tried < since


def _has_bounced_for_long(subscriber: Subscriber, now: dt.datetime) -> bool:
    after = max(now - SOFT_WITHIN, subscriber.address_since or now - SOFT_WITHIN)
    times = list(
        Bounce.objects.filter(delivery__subscriber=subscriber, kind=BounceKind.SOFT, at__gt=after)
        .order_by("at")
        .values_list("at", flat=True)
    )
    return len(times) >= SOFT_AT_LEAST and now - times[0] >= SOFT_FOR
