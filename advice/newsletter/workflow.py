"""The only place where a subscriber's status changes; built like the workflow of articles."""

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import Article, Tag
from advice.articles.workflow import NotPermitted
from advice.crypto import digest, digests
from advice.mail.sending import send_later
from advice.newsletter import consent, tokens
from advice.newsletter.best import best_answers
from advice.newsletter.keeping import confirm_time, owner_time
from advice.newsletter.models import (
    MOVES,
    DeliveryState,
    IssueKind,
    LeftBecause,
    Newsletter,
    Subscriber,
    SubscriberStatus,
    Subscription,
    SuppressedBecause,
    Suppression,
    canonical,
    loose,
    new_nonce,
)
from advice.site import absolute
from advice.throttle.models import allow, once_a_day, release

logger = logging.getLogger("advice.newsletter")

_ASK = "ask a mailbox"
OWN_LINK_AGAIN_AFTER = dt.timedelta(minutes=15)
PAUSE_AT_MOST = dt.timedelta(days=365)
_DAY = 24 * 60 * 60
OWN_LINKS_A_DAY = 5


def _locked(subscriber: Subscriber) -> Subscriber:
    # Not its key: whoever makes copies looks that their readers are there, and holds subscriptions that this may wait for.
    return Subscriber.objects.select_for_update(no_key=True).get(pk=subscriber.pk)


def _move(subscriber: Subscriber, to: str) -> None:
    if to not in MOVES[subscriber.status]:
        raise NotPermitted("This is no longer possible.")
    subscriber.status = to


def usual(article: Article | None = None, newsletter: Newsletter | None = None) -> list[Newsletter]:
    """What somebody gets who ticked nothing: the page's own newsletter, or that of the article's column, else the first."""
    newsletters = Newsletter.objects.filter(is_open=True)
    if newsletter and newsletter.is_open:
        return [newsletter]
    own = (
        newsletters.filter(column=article.column_id) if article and article.column_id else newsletters.none()
    )
    return list(own[:1]) or list(newsletters[:1])


def may_be_asked(email: str) -> bool:
    """Take the one mail a day that strangers can have sent to this mailbox; false where it was taken already.

    We cannot know which hosts ignore dots, so here all do. What it costs: of two people whose addresses differ by dots
    alone, the one who asks second on one day is not mailed, and has to ask again the day after, unless the first has
    answered. They stay two subscribers.
    """
    return once_a_day(_ASK, loose(email))


def has_answered(email: str, *, mailed_at: dt.datetime | None) -> None:
    """Somebody pressed the button behind a link that was mailed to `email`: its owner, who may ask again at once.

    Only the mail that was answered, or an earlier one, is released: whoever was passed that link gains nothing by pressing
    it again. Nor by the link to stop, which stands in every mail and answers nothing: to leave and to ask in somebody's
    name brings one mail, which nobody but its owner can answer.
    """
    if mailed_at is not None:
        release(_ASK, loose(email), until=mailed_at)


@transaction.atomic
def subscribe(
    *, email: str, newsletters: Iterable[Newsletter], article: Article | None = None, form: str = ""
) -> Subscriber | None:
    """Somebody entered `email`. Nothing is subscribed; its mailbox is asked, at most once a day until its owner answers.

    An address that is subscribed already is asked about what it does not have yet; where it has all of that, it is told
    so. A suppressed one hears nothing. None where nothing is kept of the address: it is suppressed, or what may be the
    same mailbox was asked today.
    """
    address = canonical(email)
    if is_suppressed(address):
        return None
    row = Subscriber.objects.select_for_update().filter(canonical=address).first()
    if row is not None and row.status == SubscriberStatus.SUPPRESSED:
        return row
    if not may_be_asked(email):
        return row
    if row is None:
        row, _ = Subscriber.objects.select_for_update().get_or_create(
            canonical=address, defaults={"email": email}
        )
    row.asked_at = timezone.now()
    wanted = list(newsletters)
    if row.status == SubscriberStatus.CONFIRMED:
        row.save(update_fields=["asked_at"])
        _mail_wish(row, wanted, article)
        return row
    if row.status == SubscriberStatus.LEFT:
        _move(row, SubscriberStatus.PENDING)
    if row.email != email:
        # Another spelling, which might be another mailbox after all: the link sent to the first one dies.
        row.email, row.nonce = email, new_nonce()
    row.consent_version, row.form = consent.VERSION, form
    if row.confirmed_at is None:  # what led somebody here first is kept
        row.article = article
    row.save()
    _mail_question(row, wanted, article)
    return row


def _mail_wish(row: Subscriber, wanted: list[Newsletter], article: Article | None) -> None:
    """To somebody who subscribes already: what they ticked and do not have needs their press, too."""
    links = _links(row)
    if lacking := [newsletter for newsletter in wanted if newsletter not in links["newsletters"]]:
        _mail_question(row, lacking, article)
    else:
        _mail(row, "already", **links)


def _mail_question(row: Subscriber, newsletters: list[Newsletter], article: Article | None) -> None:
    link = absolute(reverse("newsletter:confirm", args=[tokens.for_confirmation(row, newsletters, article)]))
    is_known = row.status == SubscriberStatus.CONFIRMED
    _mail(row, "confirm", newsletters=newsletters, link=link, kept=confirm_time(), is_known=is_known)


@transaction.atomic
def confirm(
    subscriber: Subscriber,
    *,
    newsletters: Iterable[Newsletter],
    agreed: consent.Consent | None = None,
    mailed_at: dt.datetime | None = None,
) -> Subscriber:
    """The button behind the link that was mailed at `mailed_at` was pressed. Raises NotPermitted where it has died since.

    `agreed` is what the link's own form said: another may have been sent since, perhaps by somebody else.
    """
    row = _locked(subscriber)
    if row.nonce != subscriber.nonce:
        raise NotPermitted("This link no longer works.")
    has_answered(row.email, mailed_at=mailed_at)
    is_new = row.status != SubscriberStatus.CONFIRMED
    if is_new:
        _agree(row, agreed)
        _move(row, SubscriberStatus.CONFIRMED)
        row.confirmed_at, row.left_at, row.left_because = timezone.now(), None, ""
        row.save()
    for newsletter in newsletters:
        Subscription.objects.get_or_create(subscriber=row, newsletter=newsletter)
    if is_new:
        links = _links(row)
        led_here = {row.article_id, agreed.article if agreed else None}
        best = best_answers(links["newsletters"], but=led_here)
        _mail(row, "welcome", headers=one_click(row), articles=best, **links)
    return row


def _agree(row: Subscriber, agreed: consent.Consent | None) -> None:
    if agreed is None:
        return
    row.consent_version, row.form = agreed.version, agreed.form
    if row.confirmed_at is None:
        row.article = Article.objects.filter(pk=agreed.article).first()


def _chosen_by(subscriber: Subscriber) -> Subscriber:
    """The row, locked, for who came by a link to choose. Raises NotPermitted where it has died since it was read."""
    row = _locked(subscriber)
    if row.status != SubscriberStatus.CONFIRMED or row.nonce != subscriber.nonce:
        raise NotPermitted("This link no longer works.")
    return row


@transaction.atomic
def set_preferences(
    subscriber: Subscriber,
    *,
    newsletters: Iterable[Newsletter],
    topics: Iterable[Tag] = (),
    rhythm: str = "",
    text_only: bool = False,
) -> Subscriber:
    """Exactly these from now on. Raises NotPermitted for none: leaving has a page of its own, which asks."""
    row = _chosen_by(subscriber)
    wanted = list(newsletters)
    if not wanted:
        raise NotPermitted("Choose a newsletter, or leave.")
    row.subscriptions.exclude(newsletter__in=wanted).delete()
    row.deliveries.filter(state=DeliveryState.PENDING).exclude(issue__newsletter__in=wanted).delete()
    for newsletter in wanted:
        Subscription.objects.get_or_create(subscriber=row, newsletter=newsletter)
    row.rhythm, row.text_only = rhythm, text_only
    row.save(update_fields=["rhythm", "text_only"])
    row.topics.set(topics)
    _give_back_digests(row)
    return row


def _give_back_digests(row: Subscriber) -> None:
    """What waits in another rhythm is not sent; its answers are as new to the reader as they were, for the next one."""
    waiting = row.deliveries.filter(state=DeliveryState.PENDING, issue__kind=IssueKind.DIGEST)
    for copy in waiting.select_related("issue__newsletter").order_by("-pk"):
        if copy.issue.rhythm == (row.rhythm or copy.issue.newsletter.rhythm):
            continue
        if row.deliveries.filter(pk=copy.pk, state=DeliveryState.PENDING).delete()[0]:
            row.subscriptions.filter(newsletter=copy.issue.newsletter_id).update(covered_until=copy.since)


@transaction.atomic
def pause(subscriber: Subscriber, *, until: dt.date) -> Subscriber:
    """No issue before `until`, nor afterwards what came out meanwhile. Raises NotPermitted for a day out of bounds."""
    row = _chosen_by(subscriber)
    today = timezone.localdate()
    if not today < until <= today + PAUSE_AT_MOST:
        raise NotPermitted("A pause ends on a later day, within a year.")
    row.paused_until = until
    row.save(update_fields=["paused_until"])
    row.deliveries.filter(state=DeliveryState.PENDING).delete()
    return row


@transaction.atomic
def resume(subscriber: Subscriber) -> Subscriber:
    """The pause ends today. What came out in it stays unsent, so the day is kept."""
    row = _chosen_by(subscriber)
    if row.is_paused:
        row.paused_until = timezone.localdate()
        row.save(update_fields=["paused_until"])
    return row


@transaction.atomic
def mail_own_link(subscriber: Subscriber) -> bool:
    """Mail the link behind which stands what concerns the person. Not again within a quarter of an hour, nor
    more than five times a day: then False."""
    row = _chosen_by(subscriber)
    now = timezone.now()
    if row.link_asked_at is not None and row.link_asked_at > now - OWN_LINK_AGAIN_AFTER:
        return False
    # The link to the preferences may have been passed on, and whoever holds it could go on asking.
    if not allow("own link", str(row.pk), limit=OWN_LINKS_A_DAY, seconds=_DAY):
        return False
    row.link_asked_at = now
    row.save(update_fields=["link_asked_at"])
    _mail_own_link(row)
    return True


@transaction.atomic
def mail_own_link_after_leaving(subscriber: Subscriber) -> bool:
    """The same for somebody who has left, whose address is still kept. Once a day: they wanted no more mail of ours, and
    the link to stop, which leads here, may have been passed on."""
    row = _locked(subscriber)
    if row.status != SubscriberStatus.LEFT or is_suppressed(row.canonical):
        return False
    if not once_a_day("own link after leaving", str(row.pk)):
        return False
    _mail_own_link(row)
    return True


def _mail_own_link(row: Subscriber) -> None:
    links = {**_links(row), "link": absolute(reverse("newsletter:preferences", args=[tokens.for_owner(row)]))}
    has_left = row.status == SubscriberStatus.LEFT
    _mail(row, "own_link", kept=owner_time(), has_left=has_left, **links)


@transaction.atomic
def ask_new_address(subscriber: Subscriber, *, email: str) -> bool:
    """Ask the mailbox of `email` whether the newsletters may go there. Nothing has changed yet.

    It is not asked where the address is known, must not be mailed, or was asked today: then False, which no page may
    tell.
    """
    row = _chosen_by(subscriber)
    if not _is_free(row, email) or not may_be_asked(email):
        return False
    link = absolute(reverse("newsletter:confirm_address", args=[tokens.for_new_address(row, email)]))
    send_later("new_address", to=email, context={"link": link, "kept": confirm_time()})
    return True


def _is_free(row: Subscriber, email: str) -> bool:
    address = canonical(email)
    is_taken = Subscriber.objects.filter(canonical=address).exclude(pk=row.pk).exists()
    return not is_taken and not is_suppressed(address)


@transaction.atomic
def move(subscriber: Subscriber, *, email: str, mailed_at: dt.datetime | None = None) -> Subscriber:
    """The button in the new mailbox was pressed. All goes along but the links, which lie in the old one, and that is told.

    Raises NotPermitted where the address has been taken meanwhile, or the link has died since it was read.
    """
    row = _chosen_by(subscriber)
    if not _is_free(row, email):
        raise NotPermitted("This address is known already.")
    old = row.email
    row.email, row.canonical, row.nonce = email, canonical(email), new_nonce()
    row.address_since, row.link_asked_at = timezone.now(), None
    try:
        with transaction.atomic():
            row.save(update_fields=["email", "canonical", "nonce", "address_since", "link_asked_at"])
    except IntegrityError as error:  # somebody subscribed with it at this moment
        raise NotPermitted("This address is known already.") from error
    has_answered(email, mailed_at=mailed_at)
    send_later("moved", to=old, context={"email": row.masked_email})
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


def _stop(row: Subscriber) -> None:
    """No newsletter any more, nor what was chosen about them."""
    row.subscriptions.all().delete()
    row.deliveries.filter(state=DeliveryState.PENDING).delete()
    row.topics.clear()
    row.rhythm, row.text_only, row.paused_until, row.link_asked_at = "", False, None, None
    row.save(update_fields=["rhythm", "text_only", "paused_until", "link_asked_at"])


@transaction.atomic
def say_why(subscriber: Subscriber, *, because: str) -> None:
    """Somebody who has left says why, once. Whoever has come back since is not asked."""
    row = _locked(subscriber)
    if row.status == SubscriberStatus.LEFT and not row.left_because and because in LeftBecause.values:
        row.left_because = because
        row.save(update_fields=["left_because"])


@transaction.atomic
def suppress(subscriber: Subscriber, *, because: str, by: User | None = None) -> Subscriber:
    """This address is never mailed again, whoever enters it; only the desk can lift that."""
    row = _locked(subscriber)
    _stop(row)
    if row.status != SubscriberStatus.SUPPRESSED:
        _move(row, SubscriberStatus.SUPPRESSED)
        row.left_at, row.nonce = timezone.now(), new_nonce()
        row.save(update_fields=["status", "left_at", "nonce"])
    kept, is_new = Suppression.objects.get_or_create(
        digest=digest(row.canonical), defaults={"because": because, "by": by}
    )
    if not is_new and because == SuppressedBecause.COMPLAINED:
        # Whoever thinks of lifting it should know of the complaint, not of the bounce before it.
        kept.because = because
        kept.save(update_fields=["because"])
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
