"""An issue as a mail. What all copies share is made once; into each copy go its reader's own links and address.

A template costs some milliseconds, more than a mail server takes for a mail, and an issue has few variants: which of its
answers a reader gets, and whether as text only.
"""

import datetime as dt
import html
import re
import secrets
import textwrap
from collections import OrderedDict
from dataclasses import dataclass
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart, sanitize_address
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from advice.articles.models import Article, Correction, CorrectionKind
from advice.mail.backends import ReadyMail
from advice.mail.composing import Composed, compose, mail_host
from advice.newsletter import returns, tokens
from advice.newsletter.issuing import fill
from advice.newsletter.models import Delivery, Issue, IssueItem, IssueKind, Newsletter, Subscriber
from advice.newsletter.naming import preheader_of, subject_of
from advice.newsletter.texts import as_text, mailed
from advice.site import absolute

# What stands in the shared text in place of a reader's own. Words that no template changes, and that nobody can write
# into a text: each process has others.
_OWN = f"qz{secrets.token_hex(8)}"
_STOP_LINK, _PREFERENCES_LINK, _EMAIL = f"https://{_OWN}s/", f"https://{_OWN}p/", f"{_OWN}e"
_EMAIL_HTML, _TO = f"{_OWN}h", f"{_OWN}t@example.invalid"
_DATE, _MESSAGE_ID = f"{_OWN}d", f"<{_OWN}i@example.invalid>"
_TOKEN = f"{_OWN}k"
_WORDS = re.compile(
    "({})".format(
        "|".join(
            map(re.escape, (_STOP_LINK, _PREFERENCES_LINK, _TO, _EMAIL, _EMAIL_HTML, _MESSAGE_ID, _DATE))
        )
    ).encode()
)
_VARIANTS_KEPT = 64
_MENDED = ("subject", "preheader", "intro", "intro_html")
# Gmail cuts off what is longer than 102 KB, and with it the link to stop; a reader's own links take some of it.
LONGEST = 98_000
# A withdrawal or a privacy note while copies are under way is seen after this.
_LOOK_AGAIN_AFTER = dt.timedelta(seconds=2)


@dataclass(frozen=True)
class ComposedIssue(Composed):
    cut: list[str]  # the headlines of what was to be mailed in full, and is too long for one mail


@dataclass(frozen=True)
class PrintedItem:
    """What a mail, or the web archive, shows of an item."""

    item: IssueItem
    link: str
    is_in_full: bool
    question: SafeString
    answers: list[tuple[str, SafeString]]  # byline, HTML

    @property
    def question_text(self) -> str:
        return as_text(self.question)

    @property
    def answer_texts(self) -> list[tuple[str, str]]:
        return [(byline, as_text(answer)) for byline, answer in self.answers]

    @property
    def disclaimer(self) -> SafeString:
        column = self.item.article.column if self.is_in_full else None
        return mailed(column.disclaimer_html if column else "", page=self.item.path)

    @property
    def disclaimer_text(self) -> str:
        return as_text(self.disclaimer)


def printed(item: IssueItem, *, in_full: bool = True) -> PrintedItem:
    """With `in_full` as much of it as was chosen, else its beginning."""
    is_in_full = in_full and item.in_full
    answers = [(row["byline"], mailed(row["html"], page=item.path)) for row in item.answers]
    return PrintedItem(
        item,
        absolute(item.path),
        is_in_full,
        mailed(item.question_html, page=item.path),
        answers if is_in_full else [],
    )


def sender(newsletter: Newsletter) -> str:
    """The From line."""
    return formataddr(_sender(newsletter))


def _sender(newsletter: Newsletter) -> tuple[str, str]:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return newsletter.sender_name or name, newsletter.sender_address or address


def list_id(newsletter: Newsletter) -> str:
    """RFC 2919. Only the name may be encoded: what is in the brackets is what programs sort by."""
    return formataddr((newsletter.name, f"{newsletter.slug}.{mail_host()}"))


def stop_link(token: str) -> str:
    return absolute(reverse("newsletter:unsubscribe", args=[token]))


def preferences_link(token: str) -> str:
    return absolute(reverse("newsletter:preferences", args=[token]))


def compose_issue(
    issue: Issue, items: list[IssueItem], *, stop: str, preferences: str, email: str, more: int = 0
) -> ComposedIssue:
    """Subject, text and HTML of `issue` with these items, which may be no more than a preview's; `more` stand only on
    its page.

    Of an issue that is too long for Gmail the last answers in full are cut down to their beginning and a link, as many
    as need be: a mail that is cut off has lost its footer.
    """
    own = {"stop_link": stop, "preferences_link": preferences, "email": email, "more": more}
    context = {**_context(issue, items), **own}
    kind = "correction" if issue.kind == IssueKind.CORRECTION else "issue"
    in_full, cut = [item for item in items if item.in_full], list[str]()
    while True:
        shown = [printed(item, in_full=any(item is one for one in in_full)) for item in items]
        composed = compose(kind, {**context, "items": shown})
        if not in_full or len(composed.html.encode()) <= LONGEST:
            return ComposedIssue(composed.subject, _tidy(composed.text), composed.html, cut)
        cut.insert(0, in_full.pop().headline)


def _context(issue: Issue, items: list[IssueItem]) -> dict[str, Any]:
    is_numbered = issue.number is not None
    path = issue.get_absolute_url() if is_numbered else issue.newsletter.get_absolute_url()
    intro, note = mailed(issue.intro_html, page=path), issue.correction
    name, address = _sender(issue.newsletter)
    return {
        "issue": issue,
        "newsletter": issue.newsletter,
        "title": subject_of(issue, items),
        "preheader": preheader_of(issue, items),
        "date": issue.left_at or issue.leaves_at or timezone.now(),
        "intro": intro,
        "intro_text": as_text(intro),
        "note": mailed(note.html, page=note.article.get_absolute_url()) if note else "",
        "note_text": as_text(mailed(note.html, page=note.article.get_absolute_url())) if note else "",
        "is_withdrawal": note is not None and note.kind == CorrectionKind.RETRACTION,
        "article_link": absolute(note.article.get_absolute_url()) if note else "",
        "view_link": absolute(path) if is_numbered else "",
        "privacy_link": absolute("/privacy/"),
        "sender_name": name,
        "sender_address": address,
    }


def _tidy(text: str) -> str:
    """Without the gaps that a template leaves where a part of it is empty."""
    return re.sub(r"\n{3,}", "\n\n", text)


class Renderer:
    """Makes the copies of one issue. Holds its items and the variants made of late: as much for ten readers as for ten
    thousand."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue
        self._looked_at: dt.datetime | None = None
        self._stands_alone = False
        self._items: list[Any] = []
        self._tags: dict[int, set[int]] = {}
        self._variants: OrderedDict[tuple[int, ...], list[bytes]] = OrderedDict()
        self._stop, self._preferences = stop_link(_TOKEN), preferences_link(_TOKEN)
        self._sender = sender(issue.newsletter)
        self._envelope = _sender(issue.newsletter)[1]

    def mail_for(
        self, delivery: Delivery, subscriber: Subscriber, *, topics: set[int], now: dt.datetime
    ) -> ReadyMail | None:
        """The reader's copy; None where nothing of the issue is for them (any more)."""
        self._look(now)
        items, more = self._items_for(delivery, topics)
        if not items and not self._stands_alone:
            return None
        parts = self._variant(items, more, text_only=subscriber.text_only)
        to = subscriber.email if subscriber.email.isascii() else sanitize_address(subscriber.email, "utf-8")
        own = {
            _STOP_LINK: self._stop.replace(_TOKEN, tokens.unsubscribing(subscriber.pk, self.issue.pk)),
            _PREFERENCES_LINK: self._preferences.replace(_TOKEN, tokens.for_preferences(subscriber)),
            _TO: to,
            _EMAIL: subscriber.email,
            _EMAIL_HTML: html.escape(subscriber.email),
            _MESSAGE_ID: returns.message_id(delivery.pk),
            _DATE: format_datetime(now.astimezone(dt.UTC)),
        }
        words = {word.encode(): value.encode() for word, value in own.items()}
        raw = b"".join(words.get(part, part) for part in parts)
        return ReadyMail(raw, sender=returns.path(delivery.pk) or self._envelope, to=to)

    def _look(self, now: dt.datetime) -> None:
        if self._looked_at is not None and now - self._looked_at < _LOOK_AGAIN_AFTER:
            return
        self._looked_at = now
        self._read_words()
        self._stands_alone = self._is_worth_it_without_answers()
        public = IssueItem.objects.public().filter(issue=self.issue).select_related("article__column")
        items: list[Any] = list(public.annotate(came_out=F("article__published_at")))
        if [item.pk for item in items] == [item.pk for item in self._items]:
            return
        self._items = items
        self._tags = {item.article_id: set() for item in items}
        tagged = Article.tags.through.objects.filter(article__in=self._tags)
        for article, tag in tagged.values_list("article", "tag"):
            self._tags[article].add(tag)

    def _read_words(self) -> None:
        """An editor may have mended them since."""
        row = Issue.objects.filter(pk=self.issue.pk).values(*_MENDED).first() or {}
        if any(getattr(self.issue, name) != value for name, value in row.items()):
            for name, value in row.items():
                setattr(self.issue, name, value)
            self._variants.clear()

    def _is_worth_it_without_answers(self) -> bool:
        if self.issue.correction is not None:
            return Correction.objects.public().filter(pk=self.issue.correction.pk).exists()
        return bool(self.issue.intro_html)

    def _items_for(self, delivery: Delivery, topics: set[int]) -> tuple[list[IssueItem], int]:
        """What their copy prints, and how many more there are for them."""
        if self.issue.kind != IssueKind.DIGEST:
            return self._items, 0
        items = [
            item
            for item in self._items
            if (not topics or self._tags[item.article_id] & topics)
            and (delivery.since is None or item.came_out > delivery.since)
        ]
        return _cut(self.issue, items)

    def _variant(self, items: list[IssueItem], more: int, *, text_only: bool) -> list[bytes]:
        key = (text_only, more, *(item.pk for item in items))
        made = self._variants.pop(key, None) or _WORDS.split(self._make(items, more, text_only=text_only))
        self._variants[key] = made
        if len(self._variants) > _VARIANTS_KEPT:
            self._variants.popitem(last=False)
        return made

    def _make(self, items: list[IssueItem], more: int, *, text_only: bool) -> bytes:
        composed = compose_issue(
            self.issue, items, stop=_STOP_LINK, preferences=_PREFERENCES_LINK, email=_EMAIL, more=more
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


def _cut(issue: Issue, items: list[IssueItem]) -> tuple[list[IssueItem], int]:
    """What a mail prints of them, and how many are left over: its page has all."""
    at_most = issue.newsletter.at_most
    return items[:at_most], max(len(items) - at_most, 0)


def _folded(text: str) -> str:
    """Lines of more than 998 bytes may not be sent (RFC 5321, 4.5.3.1.6), and what would be done to them hides our words.

    In text and HTML alike a line may end where a space stands. A longer word is broken; a browser reads an address so.
    """
    return "\n".join(short for line in text.split("\n") for short in _short(line))


def _short(line: str) -> list[str]:
    if len(line.encode()) <= _LONG_LINE:  # with room for a reader's own links
        return [line]
    folded = textwrap.wrap(line, 170, break_long_words=False, break_on_hyphens=False)
    return [part for short in folded for part in _pieces(short)]


def _pieces(word: str) -> list[str]:
    return _PARTS.findall(word) if len(word.encode()) > _LONG_LINE else [word]


# A character has up to four bytes. No reference to one ("&amp;") may be broken.
_LONG_LINE = 600
_PARTS = re.compile(r"(?:&[#\w]{1,10};|.){1,150}")


def preview(issue: Issue, *, to: str) -> ComposedIssue:
    """What `to` would get of a draft, or got of an issue that has left."""
    has_left = issue.left_at is not None
    rows = IssueItem.objects.public().filter(issue=issue) if has_left else issue.items.all()
    items = list(rows.select_related("article__column"))
    if not has_left:
        for item in items:
            fill(item)
    items, more = _cut(issue, items) if issue.kind == IssueKind.DIGEST else (items, 0)
    links = {"stop": stop_link("preview"), "preferences": preferences_link("preview")}
    return compose_issue(issue, items, **links, email=to, more=more)
