"""The only place where a subscriber's status changes; built like the workflow of articles."""

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted
from advice.crypto import digest, digests
from advice.mail.sending import send_later
from advice.newsletter import tokens
from advice.newsletter.keeping import confirm_time
from advice.newsletter.models import (
    MOVES,
    DeliveryState,
    LeftBecause,
    Newsletter,
    Subscriber,
    SubscriberStatus,
    Subscription,
    Suppression,
    canonical,
    loose,
    new_nonce,
)
from advice.site import absolute
from advice.throttle.models import once_a_day

logger = logging.getLogger("advice.newsletter")

CONSENT_VERSION = "2026-11"
ASK_AGAIN_AFTER = dt.timedelta(days=1)


def _locked(subscriber: Subscriber) -> Subscriber:
    return Subscriber.objects.select_for_update().get(pk=subscriber.pk)


def _move(subscriber: Subscriber, to: str) -> None:
    if to not in MOVES[subscriber.status]:
        raise NotPermitted("This is no longer possible.")
    subscriber.status = to


def usual(article: Article | None = None) -> list[Newsletter]:
    """What somebody gets who ticked nothing: the newsletter of the article's column, else the first one."""
    newsletters = Newsletter.objects.filter(is_open=True)
    own = (
        newsletters.filter(column=article.column_id) if article and article.column_id else newsletters.none()
    )
    return list(own[:1]) or list(newsletters[:1])


def may_be_asked(email: str) -> bool:
    """Take the one mail a day that strangers can have sent to this mailbox; false where it was taken already.

    We cannot know which hosts ignore dots, so here all do. What it costs: of two people whose addresses differ by dots
    alone, the one who asks second on one day is not mailed, and has to ask again the day after. They stay two
    subscribers. So has to wait who leaves on the day they were asked and wants to come back: the link to leave stands in
    every mail, and whoever was passed one could otherwise leave and ask in turn, and fill the mailbox.
    """
    return once_a_day("ask a mailbox", loose(email))


@transaction.atomic
def subscribe(
    *, email: str, newsletters: Iterable[Newsletter], article: Article | None = None, form: str = ""
) -> Subscriber | None:
    """Somebody entered `email`. Nothing is subscribed; its mailbox is asked, at most once a day.

    An address that is subscribed already is told so, as rarely. A suppressed one hears nothing. None where nothing is
    kept of the address: it is suppressed, or what may be the same mailbox was asked today.
    """
    now = timezone.now()
    address = canonical(email)
    if is_suppressed(address):
        return None
    row = Subscriber.objects.select_for_update().filter(canonical=address).first()
    if row is not None and (
        row.status == SubscriberStatus.SUPPRESSED or row.asked_at > now - ASK_AGAIN_AFTER
    ):
        return row
    if not may_be_asked(email):
        return row
    if row is None:
        row, _ = Subscriber.objects.select_for_update().get_or_create(
            canonical=address, defaults={"email": email}
        )
    row.asked_at = now
    if row.status == SubscriberStatus.CONFIRMED:
        row.save(update_fields=["asked_at"])
        _mail(row, "already", **_links(row))
        return row
    if row.status == SubscriberStatus.LEFT:
        _move(row, SubscriberStatus.PENDING)
    if row.email != email:
        # Another spelling, which might be another mailbox after all: the link sent to the first one dies.
        row.email, row.nonce = email, new_nonce()
    row.consent_version, row.article, row.form = CONSENT_VERSION, article, form
    row.save()
    token = tokens.for_confirmation(row, newsletters := list(newsletters), article)
    link = absolute(reverse("newsletter:confirm", args=[token]))
    _mail(row, "confirm", newsletters=newsletters, link=link, kept=confirm_time())
    return row


@transaction.atomic
def confirm(subscriber: Subscriber, *, newsletters: Iterable[Newsletter]) -> Subscriber:
    """The mailed link's button was pressed. Raises NotPermitted where the link has died since it was read."""
    row = _locked(subscriber)
    if row.nonce != subscriber.nonce:
        raise NotPermitted("This link no longer works.")
    is_new = row.status != SubscriberStatus.CONFIRMED
    if is_new:
        _move(row, SubscriberStatus.CONFIRMED)
        row.confirmed_at, row.left_at = timezone.now(), None
        row.save(update_fields=["status", "confirmed_at", "left_at"])
    for newsletter in newsletters:
        Subscription.objects.get_or_create(subscriber=row, newsletter=newsletter)
    if is_new:
        _mail(row, "welcome", headers=one_click(row), **_links(row))
    return row


@transaction.atomic
def set_preferences(subscriber: Subscriber, *, newsletters: Iterable[Newsletter]) -> Subscriber:
    """Exactly these from now on; with none of them the subscriber has left."""
    row = _locked(subscriber)
    if row.status != SubscriberStatus.CONFIRMED or row.nonce != subscriber.nonce:
        raise NotPermitted("This link no longer works.")
    wanted = list(newsletters)
    if not wanted:
        return leave(row)
    row.subscriptions.exclude(newsletter__in=wanted).delete()
    for newsletter in wanted:
        Subscription.objects.get_or_create(subscriber=row, newsletter=newsletter)
    return row


@transaction.atomic
def leave(subscriber: Subscriber, *, because: str = "", issue: int | None = None) -> Subscriber:
    """Stop everything, at once: copies that wait are not sent. Twice is as good as once.

    Links to confirm or to choose die with it. `because` is one of LeftBecause, `issue` the one whose link was used.
    """
    row = _locked(subscriber)
    _stop(row)
    now = timezone.now()
    if row.status in {SubscriberStatus.PENDING, SubscriberStatus.CONFIRMED}:
        _move(row, SubscriberStatus.LEFT)
        row.left_at, row.nonce = now, new_nonce()
        row.save(update_fields=["status", "left_at", "nonce"])
        row.deliveries.filter(issue=issue).update(left_at=now)
    if because in LeftBecause.values:
        row.left_because = because
        row.save(update_fields=["left_because"])
    return row


def _stop(subscriber: Subscriber) -> None:
    subscriber.subscriptions.all().delete()
    subscriber.deliveries.filter(state=DeliveryState.PENDING).delete()


@transaction.atomic
def suppress(subscriber: Subscriber, *, because: str, by: User | None = None) -> Subscriber:
    """This address is never mailed again, whoever enters it; only the desk can lift that."""
    row = _locked(subscriber)
    _stop(row)
    if row.status != SubscriberStatus.SUPPRESSED:
        _move(row, SubscriberStatus.SUPPRESSED)
        row.left_at, row.nonce = timezone.now(), new_nonce()
        row.save(update_fields=["status", "left_at", "nonce"])
    Suppression.objects.get_or_create(digest=digest(row.canonical), defaults={"because": because, "by": by})
    return row


@transaction.atomic
def lift(subscriber: Subscriber, *, by: User | None) -> Subscriber:
    """The desk is sure that the address works and wants our mail. It subscribes again by itself, as everybody does."""
    row = _locked(subscriber)
    _move(row, SubscriberStatus.LEFT)
    row.save(update_fields=["status"])
    Suppression.objects.filter(digest__in=digests(row.canonical)).delete()
    logger.info("The suppression of subscriber %s was lifted by person %s.", row.pk, by.pk if by else "-")
    return row


def is_suppressed(address: str) -> bool:
    """Whether this canonical address must not be mailed, though nothing else is kept of it any more."""
    return Suppression.objects.filter(digest__in=digests(address)).exists()


def forget_unconfirmed(*, now: dt.datetime | None = None) -> int:
    """Erase who was asked and did not confirm while the link worked; gives how many."""
    now = now or timezone.now()
    asked_before = now - dt.timedelta(days=tokens.CONFIRM_DAYS)
    pending = Subscriber.objects.filter(status=SubscriberStatus.PENDING, asked_at__lt=asked_before)
    return pending.delete()[1].get("newsletter.Subscriber", 0)


def stop_link(subscriber: Subscriber) -> str:
    return absolute(reverse("newsletter:unsubscribe", args=[tokens.for_unsubscribing(subscriber)]))


def one_click(subscriber: Subscriber) -> dict[str, str]:
    """The headers by which a mail program shows its own unsubscribe button (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{stop_link(subscriber)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _links(subscriber: Subscriber) -> dict[str, Any]:
    preferences = reverse("newsletter:preferences", args=[tokens.for_preferences(subscriber)])
    return {
        "newsletters": list(subscriber.newsletters.all()),
        "link": absolute(preferences),
        "stop_link": stop_link(subscriber),
    }


def _mail(
    subscriber: Subscriber, kind: str, *, headers: Mapping[str, str] | None = None, **context: Any
) -> None:
    """The one way a subscriber is written to, so that a suppressed one never is."""
    if subscriber.status != SubscriberStatus.SUPPRESSED:
        send_later(kind, to=subscriber.email, context=context, headers=headers)
