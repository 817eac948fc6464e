"""An issue as a mail. What all copies share is made once; into each copy go its reader's own links and address.

A template costs some milliseconds, more than a mail server takes for a mail, and an issue has few variants: which of its
answers a reader gets, and whether as text only.
"""

import datetime as dt
import html
import re
import textwrap
from collections import OrderedDict
from dataclasses import dataclass
from email.utils import formataddr, formatdate, parseaddr
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart, sanitize_address
from django.db.models import F
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from advice.articles.models import Article
from advice.mail.backends import ReadyMail
from advice.mail.composing import Composed, compose, mail_host
from advice.newsletter import returns, tokens
from advice.newsletter.issuing import fill
from advice.newsletter.models import Delivery, Issue, IssueItem, IssueKind, Newsletter, Subscriber
from advice.site import absolute, whole_addresses

# What stands in the shared text in place of a reader's own. Words that no editor writes and no template changes.
_STOP_LINK, _PREFERENCES_LINK, _EMAIL = "https://qzstoplinkzq/", "https://qzpreferenceszq/", "qzaddresszq"
_EMAIL_HTML, _TO = "qzaddresshtmlzq", "qztozq@example.invalid"
_DATE, _MESSAGE_ID = "qzdatezq", "<qzidzq@example.invalid>"
_TOKEN = "qztokenzq"  # noqa: S105  (no secret)
_OWN = re.compile(
    "({})".format(
        "|".join(
            map(re.escape, (_STOP_LINK, _PREFERENCES_LINK, _TO, _EMAIL, _EMAIL_HTML, _MESSAGE_ID, _DATE))
        )
    ).encode()
)
_VARIANTS_KEPT = 64
# A withdrawal or a privacy note while copies are under way is seen after this.
_LOOK_AGAIN_AFTER = dt.timedelta(seconds=2)


@dataclass(frozen=True)
class PrintedItem:
    """What a mail, or the web archive, shows of an item."""

    item: IssueItem
    link: str
    question: SafeString
    answers: list[tuple[str, SafeString]]  # byline, HTML

    @property
    def answer_texts(self) -> list[tuple[str, str]]:
        """As they were typed: Markdown is made to be read as it is."""
        return [(row["byline"], row["text"]) for row in self.item.answers]


def printed(item: IssueItem) -> PrintedItem:
    def whole(text: str) -> SafeString:
        return mark_safe(whole_addresses(text, page=item.path))

    answers = [(row["byline"], whole(row["html"])) for row in item.answers]
    return PrintedItem(item, absolute(item.path), whole(item.question_html), answers)


def sender(newsletter: Newsletter) -> str:
    """The From line."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((newsletter.sender_name or name, newsletter.sender_address or address))


def list_id(newsletter: Newsletter) -> str:
    """RFC 2919."""
    return f"{newsletter.name.replace('<', '').replace('>', '')} <{newsletter.slug}.{mail_host()}>"


def stop_link(token: str) -> str:
    return absolute(reverse("newsletter:unsubscribe", args=[token]))


def preferences_link(token: str) -> str:
    return absolute(reverse("newsletter:preferences", args=[token]))


def compose_issue(
    issue: Issue, items: list[IssueItem], *, stop: str, preferences: str, email: str
) -> Composed:
    """Subject, text and HTML of `issue` with these items, which may be no more than a preview's."""
    is_numbered = issue.number is not None
    context = {
        "issue": issue,
        "newsletter": issue.newsletter,
        "items": [printed(item) for item in items],
        "intro": mark_safe(whole_addresses(issue.intro_html)),
        "article_link": absolute(issue.correction.article.get_absolute_url()) if issue.correction else "",
        "view_link": absolute(issue.get_absolute_url()) if is_numbered else "",
        "stop_link": stop,
        "preferences_link": preferences,
        "email": email,
    }
    return compose("correction" if issue.kind == IssueKind.CORRECTION else "issue", context)


class Renderer:
    """Makes the copies of one issue. Holds its items and the variants made of late: as much for ten readers as for ten
    thousand."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue
        self._looked_at: dt.datetime | None = None
        self._items: list[Any] = []
        self._tags: dict[int, set[int]] = {}
        self._variants: OrderedDict[tuple[int, ...], list[bytes]] = OrderedDict()
        self._stop, self._preferences = stop_link(_TOKEN), preferences_link(_TOKEN)
        self._sender = sender(issue.newsletter)
        self._envelope = parseaddr(self._sender)[1]

    def mail_for(
        self, delivery: Delivery, subscriber: Subscriber, *, topics: set[int], now: dt.datetime
    ) -> ReadyMail | None:
        """The reader's copy; None where nothing of the issue is for them (any more)."""
        self._look(now)
        items = self._items_for(delivery, topics)
        if not items and not self.issue.intro_html and self.issue.kind != IssueKind.CORRECTION:
            return None
        parts = self._variant(items, text_only=subscriber.text_only)
        to = subscriber.email if subscriber.email.isascii() else sanitize_address(subscriber.email, "utf-8")
        own = {
            _STOP_LINK: self._stop.replace(_TOKEN, tokens.unsubscribing(subscriber.pk, self.issue.pk)),
            _PREFERENCES_LINK: self._preferences.replace(_TOKEN, tokens.for_preferences(subscriber)),
            _TO: to,
            _EMAIL: subscriber.email,
            _EMAIL_HTML: html.escape(subscriber.email),
            _MESSAGE_ID: returns.message_id(delivery.pk),
            _DATE: formatdate(now.timestamp(), localtime=False),
        }
        words = {word.encode(): value.encode() for word, value in own.items()}
        raw = b"".join(words.get(part, part) for part in parts)
        return ReadyMail(raw, sender=returns.path(delivery.pk) or self._envelope, to=to)

    def _look(self, now: dt.datetime) -> None:
        if self._looked_at is not None and now - self._looked_at < _LOOK_AGAIN_AFTER:
            return
        self._looked_at = now
        items: list[Any] = list(
            IssueItem.objects.public().filter(issue=self.issue).annotate(came_out=F("article__published_at"))
        )
        if [item.pk for item in items] == [item.pk for item in self._items]:
            return
        self._items = items
        self._tags = {item.article_id: set() for item in items}
        tagged = Article.tags.through.objects.filter(article__in=self._tags)
        for article, tag in tagged.values_list("article", "tag"):
            self._tags[article].add(tag)

    def _items_for(self, delivery: Delivery, topics: set[int]) -> list[IssueItem]:
        if self.issue.kind != IssueKind.DIGEST:
            return self._items
        items = [
            item
            for item in self._items
            if (not topics or self._tags[item.article_id] & topics)
            and (delivery.since is None or item.came_out > delivery.since)
        ]
        return items[: self.issue.newsletter.at_most]

    def _variant(self, items: list[IssueItem], *, text_only: bool) -> list[bytes]:
        key = (text_only, *(item.pk for item in items))
        made = self._variants.pop(key, None) or _OWN.split(self._make(items, text_only=text_only))
        self._variants[key] = made
        if len(self._variants) > _VARIANTS_KEPT:
            self._variants.popitem(last=False)
        return made

    def _make(self, items: list[IssueItem], *, text_only: bool) -> bytes:
        composed = compose_issue(
            self.issue, items, stop=_STOP_LINK, preferences=_PREFERENCES_LINK, email=_EMAIL
        )
        mail = EmailMultiAlternatives(
            subject=composed.subject,
            body=_folded(composed.text),
            from_email=self._sender,
            to=[_TO],
            headers={
                "Date": _DATE,
                "Message-ID": _MESSAGE_ID,
                "List-Id": list_id(self.issue.newsletter),
                "List-Unsubscribe": f"<{_STOP_LINK}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        if not text_only:
            mail.attach_alternative(_folded(composed.html).replace(_EMAIL, _EMAIL_HTML), "text/html")
        raw = cast(SafeMIMEMultipart, mail.message()).as_bytes(linesep="\r\n")
        words = [_TO, _DATE, _MESSAGE_ID, f"<{_STOP_LINK}>", _PREFERENCES_LINK, _EMAIL]
        if lost := [word for word in words if word.encode() not in raw]:
            raise ValueError(f"A copy would lack {lost}: the encoding has split it.")
        return raw


def _folded(text: str) -> str:
    """Lines of more than 998 bytes may not be sent (RFC 5321, 4.5.3.1.6), and what would be done to them hides our words.

    A character has up to four bytes. In text and HTML alike a line may end where a space stands.
    """
    return "\n".join(
        "\n".join(textwrap.wrap(line, 240, break_long_words=False, break_on_hyphens=False))
        if len(line.encode()) > 990
        else line
        for line in text.split("\n")
    )


def preview(issue: Issue, *, to: str) -> Composed:
    """What `to` would get of a draft, or got of an issue that has left."""
    items = list(issue.items.select_related("article__column"))
    if issue.left_at is None:
        for item in items:
            fill(item)
    return compose_issue(
        issue, items, stop=stop_link("preview"), preferences=preferences_link("preview"), email=to
    )
