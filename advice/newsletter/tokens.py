"""The links in a subscriber's mails. Each is signed; whoever holds one holds the mailbox it was sent to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core import signing

from advice.articles.models import Article
from advice.newsletter.models import Issue, Newsletter, Subscriber

CONFIRM_SALT = "advice.newsletter.confirm"
PREFERENCES_SALT = "advice.newsletter.preferences"
UNSUBSCRIBE_SALT = "advice.newsletter.unsubscribe"
CONFIRM_DAYS = 7


class Expired(Exception):
    """The link was ours, and no longer works."""


class Unknown(Exception):
    """No link of ours."""


@dataclass(frozen=True)
class Request:
    """What somebody asked for, as the mailed link carries it."""

    subscriber: Subscriber
    newsletters: list[Newsletter]
    article: Article | None


def for_confirmation(
    subscriber: Subscriber, newsletters: Iterable[Newsletter], article: Article | None
) -> str:
    wanted = [newsletter.pk for newsletter in newsletters]
    return signing.dumps([subscriber.pk, subscriber.nonce, wanted, article and article.pk], salt=CONFIRM_SALT)


def read_confirmation(token: str) -> Request:
    """Raises Expired after seven days, or when the subscriber has left or changed the address since."""
    pk, nonce, wanted, article = _read(token, CONFIRM_SALT, max_age=CONFIRM_DAYS * 24 * 60 * 60)
    subscriber = Subscriber.objects.filter(pk=pk, nonce=nonce).first()
    newsletters = list(Newsletter.objects.filter(pk__in=wanted))
    if subscriber is None or not newsletters:
        raise Expired
    return Request(subscriber, newsletters, Article.objects.published().filter(pk=article).first())


def for_preferences(subscriber: Subscriber) -> str:
    return signing.dumps([subscriber.pk, subscriber.nonce], salt=PREFERENCES_SALT)


def read_preferences(token: str) -> Subscriber:
    """Does not expire; a new nonce ends it."""
    pk, nonce = _read(token, PREFERENCES_SALT)
    subscriber = Subscriber.objects.filter(pk=pk, nonce=nonce).first()
    if subscriber is None:
        raise Expired
    return subscriber


def for_unsubscribing(subscriber: Subscriber, issue: Issue | None = None) -> str:
    """Holds no nonce: the link in an old mail must always stop the mails, whatever happened since."""
    return unsubscribing(subscriber.pk, issue.pk if issue else None)


def unsubscribing(subscriber: int, issue: int | None) -> str:
    return signing.dumps([subscriber, issue] if issue else [subscriber], salt=UNSUBSCRIBE_SALT)


@dataclass(frozen=True)
class Leaver:
    subscriber: Subscriber
    issue: int | None


def read_unsubscribing(token: str) -> Leaver | None:
    """None where the subscriber has been erased since."""
    pk, *issue = _read(token, UNSUBSCRIBE_SALT)
    subscriber = Subscriber.objects.filter(pk=pk).first()
    return Leaver(subscriber, issue[0] if issue else None) if subscriber else None


def _read(token: str, salt: str, *, max_age: int | None = None) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=max_age)
    except signing.SignatureExpired as error:
        raise Expired from error
    except (signing.BadSignature, ValueError) as error:
        raise Unknown from error
