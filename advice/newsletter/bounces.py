"""Mail that came back: what it means, and when an address is left alone for it."""

import datetime as dt
import re

from django.db import transaction
from django.db.models import Min

from advice.newsletter.models import Bounce, BounceKind, Delivery, Subscriber, SuppressedBecause
from advice.newsletter.workflow import suppress

# RFC 3463: there is no such mailbox, no such host, it has moved, or it is closed. All else (a full mailbox, a text that
# was not liked, our own name on a list) says nothing of the address.
_HARD = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"}
# Codes by which servers mean all sorts of things: what they say in words decides. 5.4.1 is Microsoft's for "no such user".
_VAGUE = re.compile(r"|5\.0\.0|5\.1\.0|5\.2\.0|5\.3\.0|5\.4\.1|5\.5\.0")
_FULL = re.compile(r"quota|box (?:is )?full|full (?:mail|in)box|storage|at a rate", re.IGNORECASE)
_GONE = re.compile(
    r"user unknown|(?:unknown|invalid|no such|bad) (?:\w+ )?(?:user|mailbox|recipient|address|account|person)"
    r"|no mailbox here|mailbox (?:unavailable|unknown|not found)|recipient (?:unknown|not found)"
    r"|(?:mailbox|account|user|address) (?:is |has been |was )?(?:disabled|inactive|closed|deleted|no longer)"
    r"|(?:does not|doesn[’']t) (?:exist|have an? )|not listed in|recipient address rejected: access denied"
    r"|host unknown|(?:host|domain|name) not found",
    re.IGNORECASE,
)
_NOT_LIKED = re.compile(
    r"spam|\bblock|black ?list|\brbl\b|dnsbl|policy|reputation|\bspf\b|dkim|dmarc|relay|greylist|\brate\b|too (?:many|large|big)"
    r"|\bsize\b|virus|content|prohibit|denied|banned|sender|try again|message .{0,20}(?:reject|refus)",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(r"\S{1,64}@\S+|https?://\S+")
# Soft ones count where they came this often, and the first of them this long ago.
SOFT_AT_LEAST = 4
SOFT_FOR = dt.timedelta(days=14)
SOFT_WITHIN = dt.timedelta(days=90)


def kind_of(status: str, code: int = 0, words: str = "") -> BounceKind:
    """What a refusal says, by its enhanced status, or where it has none by the three digits of SMTP.

    `words` are the server's own: they decide where the numbers say little, and a full mailbox is never a dead one.
    """
    words = _ADDRESSES.sub(" ", words)
    if status.startswith("4") or 400 <= code < 500 or _FULL.search(words):
        return BounceKind.SOFT
    if not _VAGUE.fullmatch(status):
        return BounceKind.HARD if status in _HARD else BounceKind.SOFT
    if _GONE.search(words):
        return BounceKind.HARD
    if _NOT_LIKED.search(words):
        return BounceKind.SOFT
    return BounceKind.HARD if status in _HARD or (not status and code in {550, 553}) else BounceKind.SOFT


@transaction.atomic
def record(delivery: Delivery, *, kind: BounceKind, code: str, at: dt.datetime) -> bool:
    """Note that a copy came back, and suppress its address where that is due. The same report twice counts once.

    Gives whether it was new.
    """
    # The reader first and the copy then, as somebody who leaves takes them: in two orders each would wait for the other.
    subscriber = (
        Subscriber.objects.select_for_update(of=("self",), no_key=True).filter(deliveries=delivery.pk).first()
    )
    _, is_new = Bounce.objects.get_or_create(
        delivery=delivery, kind=kind, code=code[:12], defaults={"at": at}
    )
    if is_new and kind != BounceKind.COMPLAINT:
        Delivery.objects.filter(pk=delivery.pk, bounced_at__isnull=True).update(bounced_at=at)
    if is_new and subscriber is not None and not _went_elsewhere(delivery, subscriber):
        if kind == BounceKind.COMPLAINT:
            suppress(subscriber, because=SuppressedBecause.COMPLAINED)
        elif kind == BounceKind.HARD or _has_bounced_for_long(subscriber):
            suppress(subscriber, because=SuppressedBecause.BOUNCED)
    return is_new


def _went_elsewhere(delivery: Delivery, subscriber: Subscriber) -> bool:
    """Whether it was sent to the address that its reader had before: it says nothing of the one they have now."""
    tried, since = delivery.settled_at or delivery.claimed_at, subscriber.address_since
    return tried is not None and since is not None and tried < since


def _has_bounced_for_long(subscriber: Subscriber) -> bool:
    """Whether enough of its copies came back, over long enough, since its owner last confirmed that it works.

    A copy counts once, however many reports there are of it. Reports may be read late and in any order.
    """
    soft = Bounce.objects.filter(delivery__subscriber=subscriber, kind=BounceKind.SOFT)
    for since in (subscriber.confirmed_at, subscriber.address_since):
        if since:
            soft = soft.filter(at__gte=since)
    times = sorted(soft.values("delivery").annotate(first=Min("at")).values_list("first", flat=True))
    recent = [time for time in times if times[-1] - time < SOFT_WITHIN]
    return len(recent) >= SOFT_AT_LEAST and recent[-1] - recent[0] >= SOFT_FOR
