"""The links in a subscriber's mails. Each is signed; whoever holds one holds the mailbox it was sent to, or was passed it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core import signing

from advice.articles.models import Article
from advice.newsletter.consent import Consent
from advice.newsletter.models import Issue, Newsletter, Subscriber, SubscriberStatus

CONFIRM_SALT = "advice.newsletter.confirm"
PREFERENCES_SALT = "advice.newsletter.preferences"
ADDRESS_SALT = "advice.newsletter.address"
UNSUBSCRIBE_SALT = "advice.newsletter.unsubscribe"
CONFIRM_DAYS = 7
OWNER_DAYS = 1
_OWNER = "owner"
_DAY = 24 * 60 * 60


class Expired(Exception):
    """The link was ours, and no longer works."""


class Unknown(Exception):
    """No link of ours."""


@dataclass(frozen=True)
class Request:
    """What somebody asked for, as the mailed link carries it, and what they agreed to."""

    subscriber: Subscriber
    newsletters: list[Newsletter]
    consent: Consent
    made_at: dt.datetime


def for_confirmation(
    subscriber: Subscriber, newsletters: Iterable[Newsletter], article: Article | None
) -> str:
    wanted = [newsletter.pk for newsletter in newsletters]
    agreed = [subscriber.consent_version, subscriber.form, article.pk if article else 0]
    return signing.dumps([subscriber.pk, subscriber.nonce, wanted, *agreed], salt=CONFIRM_SALT)


def read_confirmation(token: str) -> Request:
    """Raises Expired after seven days, or when the subscriber has left or changed the address since."""
    pk, nonce, wanted, version, form, article = _read(token, CONFIRM_SALT, max_age=CONFIRM_DAYS * _DAY)
    subscriber = Subscriber.objects.filter(pk=pk, nonce=nonce).first()
    newsletters = list(Newsletter.objects.filter(pk__in=wanted))
    if subscriber is None or not newsletters:
        raise Expired
    return Request(subscriber, newsletters, Consent(version, form, article), _made_at(token))


def for_preferences(subscriber: Subscriber) -> str:
    """Stands in every mail, and may be passed on with it: what it opens names nobody."""
    return signing.dumps([subscriber.pk, subscriber.nonce], salt=PREFERENCES_SALT)


def for_owner(subscriber: Subscriber) -> str:
    """As `for_preferences`, and for a day it opens what concerns the person, too. Mailed only when it is asked for."""
    return signing.dumps([subscriber.pk, subscriber.nonce, _OWNER], salt=PREFERENCES_SALT)


@dataclass(frozen=True)
class Holder:
    subscriber: Subscriber
    is_owner: bool
    made_at: dt.datetime


def read_preferences(token: str) -> Holder:
    """Does not expire, but for what an owner may do; a new nonce ends it.

    Raises Expired unless they are subscribed, or have left and hold an owner's link: their address is still kept.
    """
    pk, nonce, *scope = _read(token, PREFERENCES_SALT)
    is_owner = scope == [_OWNER] and _is_of_today(token)
    known = {SubscriberStatus.CONFIRMED, SubscriberStatus.LEFT} if is_owner else {SubscriberStatus.CONFIRMED}
    subscriber = Subscriber.objects.filter(pk=pk, nonce=nonce, status__in=known).first()
    if subscriber is None:
        raise Expired
    return Holder(subscriber, is_owner, _made_at(token))


def _is_of_today(token: str) -> bool:
    try:
        _read(token, PREFERENCES_SALT, max_age=OWNER_DAYS * _DAY)
    except Expired:
        return False
    return True


def for_new_address(subscriber: Subscriber, email: str) -> str:
    """Mailed to `email` alone, so whoever presses its button holds that mailbox."""
    return signing.dumps([subscriber.pk, subscriber.nonce, email], salt=ADDRESS_SALT)


@dataclass(frozen=True)
class Move:
    subscriber: Subscriber
    email: str
    is_done: bool
    made_at: dt.datetime


def read_new_address(token: str) -> Move:
    """Raises Expired after seven days, or when the subscriber has left or changed the address otherwise since."""
    pk, nonce, email = _read(token, ADDRESS_SALT, max_age=CONFIRM_DAYS * _DAY)
    subscriber = Subscriber.objects.filter(pk=pk, status=SubscriberStatus.CONFIRMED).first()
    if subscriber is None or (subscriber.nonce != nonce and subscriber.email != email):
        raise Expired
    return Move(subscriber, email, subscriber.email == email, _made_at(token))


def for_unsubscribing(subscriber: Subscriber, issue: Issue | None = None) -> str:
    """Holds no nonce: the link in an old mail must always stop the mails, whatever happened since."""
    return unsubscribing(subscriber.pk, issue.pk if issue else None)


def unsubscribing(subscriber: int, issue: int | None) -> str:
    return signing.dumps([subscriber, issue] if issue else [subscriber], salt=UNSUBSCRIBE_SALT)


@dataclass(frozen=True)
class Leaver:
    subscriber: Subscriber
    issue: int | None
    made_at: dt.datetime

    @property
    def may_choose(self) -> bool:
        """Whether the link was mailed to where the newsletters go now. An old one stops them, and opens nothing else."""
        row = self.subscriber
        since = [at for at in (row.confirmed_at, row.address_since) if at]
        return row.status == SubscriberStatus.CONFIRMED and all(at <= self.made_at for at in since)


def read_unsubscribing(token: str) -> Leaver | None:
    """None where the subscriber has been erased since."""
    pk, *issue = _read(token, UNSUBSCRIBE_SALT)
    subscriber = Subscriber.objects.filter(pk=pk).first()
    return Leaver(subscriber, issue[0] if issue else None, _made_at(token)) if subscriber else None


def _made_at(token: str) -> dt.datetime:
    """When it was signed, of a token that was read; it tells whole seconds, and this is the end of that one."""
    return dt.datetime.fromtimestamp(signing.b62_decode(token.rsplit(":", 2)[1]) + 1, dt.UTC)


def _read(token: str, salt: str, *, max_age: int | None = None) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=max_age)
    except signing.SignatureExpired as error:
        raise Expired from error
    except (signing.BadSignature, ValueError) as error:
        raise Unknown from error
