"""Reading what mail servers send back: which copy a report is about, and what it says of its reader's address.

Fields made for machines come first: delivery status (RFC 3464) and feedback (RFC 5965). Only a report without them is
read as text, and there only codes and a few phrases count. Whatever cannot be read is no report; nothing here raises.
"""

import datetime as dt
import html
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import StrEnum

from django.db import transaction

from advice.newsletter import bounces, returns
from advice.newsletter.models import BounceKind, Delivery, DeliveryState, canonical

logger = logging.getLogger("advice.newsletter")

# What a report has to say stands at its beginning; behind it may follow the whole of what came back.
MAX_BYTES = 1_000_000
_MAX_PARTS, _MAX_DEPTH, _MAX_FIELD, _MAX_TEXT = 30, 8, 5_000, 100_000
# The parser compares each line with each boundary that is open.
_BOUNDARY = re.compile(rb"boundary[*\d\s]*=", re.IGNORECASE)
_MAX_BOUNDARIES = 50

# Where the envelope's recipient, which is our signed return path, is written by the server that took the report.
_ENVELOPE = [
    *(
        "To",
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "X-Envelope-To",
        "X-Delivered-To",
        "Apparently-To",
    ),
    "Received",
]
_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
_STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
# RFC 5965, 7.3, and two of its drafts. “not-spam”, “auth-failure” and “virus” are no complaint of the reader's.
_COMPLAINTS = {"abuse", "fraud", "other", "opt-out", "opt-out-list"}

_SYSTEM = re.compile(
    r"mailer[-_ ]?daemon|postmaster|mail ?delivery|mail ?administrator|mailsystem", re.IGNORECASE
)
_CAME_BACK = re.compile(
    r"returned mail|undeliver|failure notice|delivery (?:status notification \()?(?:has )?fail|permanent(?:ly)? (?:error|fail)"
    r"|(?:could|can)(?: ?not|n[’']t) be delivered|mail delivery failed|non[- ]?delivery",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"not yet been delivered|still undelivered|(?:will (?:be retried|continue|keep trying|retry)|do not need to resend)"
    r"|has been delayed|delivery(?: status notification \()? ?\(?delay",
    re.IGNORECASE,
)
# From here on a report without parts quotes what came back.
_QUOTED = re.compile(
    r"^(?:-+ .*(?:copy of|original message|message header|returned message|unsent message|headers? follow).*"
    r"|return-path: .*|received: from .*)$",
    re.IGNORECASE | re.MULTILINE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
# A reply of a mail server: three digits, most often an enhanced status, and words.
_REPLY = re.compile(
    r"(?:^|[\s:;<>(\"'])([45][0-5]\d)[ -]+(?:#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?(?=((?:.|\n(?!\n)){0,300}))",
    re.MULTILINE,
)
_BARE_STATUS = re.compile(r"(?:#|\(|status[:=] ?|dsn=)([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>;,:\"()]{1,64}@[^\s<>;,:\"()]{1,255}")
_NAMED_IN_TEXT = re.compile(r"^\s{0,4}<([^\s<>]+@[^\s<>]+)>[:.]?", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """What a report says of one recipient; `kind` is None where nothing came back (delayed, delivered)."""

    kind: BounceKind | None
    code: str = ""
    addresses: tuple[str, ...] = ()  # none where it does not say

    def is_about(self, address: str) -> bool:
        """Whether it may mean this mailbox. Who has their mail sent on often keeps the name before the @."""
        local = canonical(address).rpartition("@")[0]
        named = [canonical(name) for name in self.addresses]
        return not named or any(
            name == canonical(address) or name.rpartition("@")[0] == local for name in named
        )


@dataclass(frozen=True)
class Report:
    """One message that was read. Ordinary mail has no findings."""

    copy: int | None = None  # whose signed number it bears
    findings: tuple[Finding, ...] = ()
    written_at: dt.datetime | None = None

    @property
    def has_news(self) -> bool:
        return any(finding.kind for finding in self.findings)

    def about(self, address: str | None) -> Finding | None:
        """The gravest of what it says of `address`; None where it speaks of others only."""
        found = [finding for finding in self.findings if address is None or finding.is_about(address)]
        gravest = [BounceKind.COMPLAINT, BounceKind.HARD, BounceKind.SOFT, None]
        return min(found, key=lambda finding: gravest.index(finding.kind), default=None)


class Result(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaints"
    NO_REPORT = "not reports"
    FORGED = "forged"
    KNOWN = "already known"


# -- what is done about it ------------------------------------------------------------------------------------------


@transaction.atomic
def take_in(report: Report, *, now: dt.datetime) -> Result:
    """Write down what `report` says, if it is about a copy that has been sent. Twice is as good as once."""
    if not report.has_news:
        return Result.NO_REPORT
    delivery = _sent(report.copy)
    if delivery is None:
        return Result.FORGED
    finding = report.about(delivery.subscriber.email if delivery.subscriber else None)
    if finding is None:
        return Result.FORGED
    if finding.kind is None:
        return Result.NO_REPORT
    is_new = bounces.record(delivery, kind=finding.kind, code=finding.code, at=_time(report, delivery, now))
    return Result[finding.kind.name] if is_new else Result.KNOWN


def _sent(copy: int | None) -> Delivery | None:
    """The copy, if anybody can have got it. One that was refused is among them: servers have refused what they sent on."""
    if copy is None:
        return None
    sent = Delivery.objects.select_related("subscriber").exclude(state=DeliveryState.PENDING)
    return sent.filter(pk=copy).first()


def _time(report: Report, delivery: Delivery, now: dt.datetime) -> dt.datetime:
    """When it came back. A mailbox may be read days later; but no report is older than its copy."""
    written = min(report.written_at or now, now)
    return max(written, delivery.settled_at or delivery.claimed_at or written)


# -- what it says ---------------------------------------------------------------------------------------------------


def read(raw: bytes) -> Report:
    try:
        return _read(raw[:MAX_BYTES])
    except (
        Exception
    ) as error:  # strangers write these, and the parser of the standard library knows not all they do
        logger.warning("A message that came back could not be read (%s).", type(error).__name__)
        return Report()


def _read(raw: bytes) -> Report:
    if len(_BOUNDARY.findall(raw)) > _MAX_BOUNDARIES:
        return Report()
    # What is left of the envelope in a mailbox or a pipe is no header.
    message = message_from_bytes(re.sub(rb"\A(?:From |>From )[^\n]*\n", b"", raw.lstrip(b"\r\n")))
    parts = _Parts(message)
    return Report(_copy(message, parts), tuple(_findings(message, parts)), _date(message))


def _date(message: Message) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(str(message.get("Date", "")))
        return date.astimezone(dt.UTC) if date.tzinfo else date.replace(tzinfo=dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


class _Parts:
    """The parts of a report by what they are for."""

    def __init__(self, message: Message) -> None:
        self.status: list[Message] = []
        self.feedback: list[Message] = []
        self.returned: list[Message] = []
        self.texts: list[str] = []
        self.is_receipt = False
        waiting = [(message, 0)]
        for _ in range(_MAX_PARTS):
            if not waiting:
                break
            part, depth = waiting.pop()
            kind = part.get_content_type()
            if kind.startswith("multipart/"):
                inner = part.get_payload()
                if isinstance(inner, list) and depth < _MAX_DEPTH:
                    waiting += [(each, depth + 1) for each in reversed(inner) if isinstance(each, Message)]
            else:
                self._put(part, kind)
        self.text = "\n".join(self.texts)[:_MAX_TEXT]

    def _put(self, part: Message, kind: str) -> None:
        if kind in _STATUS_TYPES:
            self.status += _messages(part)
        elif kind == "message/feedback-report":
            self.feedback += _messages(part)
        elif kind in _RETURNED:
            self.returned += _messages(part)[:1]
        elif kind == "message/disposition-notification":
            self.is_receipt = True
        elif kind.startswith("text/"):
            self.texts.append(_text(part, kind))


def _messages(part: Message) -> list[Message]:
    """The blocks of fields in `part`, or the headers of the message in it. Some servers encode them, or call them text."""
    payload = part.get_payload()
    if isinstance(payload, list):
        blocks = [each for each in payload if isinstance(each, Message)]
        if any(block.keys() for block in blocks):
            # What is no “delivery-status” by name the parser takes for one message: its first block, and a text.
            rest = [str(block.get_payload()) for block in blocks if not block.is_multipart()]
            return blocks + _blocks("\n\n".join(rest).encode("ascii", "replace"))
        payload = "\n".join(str(block.get_payload()) for block in blocks)
    holder = Message()
    holder["Content-Transfer-Encoding"] = str(part.get("Content-Transfer-Encoding", "8bit"))
    holder.set_payload(payload)
    decoded = holder.get_payload(decode=True)
    return _blocks(decoded) if isinstance(decoded, bytes) else []


def _blocks(raw: bytes) -> list[Message]:
    return [
        message_from_bytes(block) for block in re.split(rb"(?:\r?\n){2,}", raw.strip(), maxsplit=_MAX_PARTS)
    ]


def _text(part: Message, kind: str) -> str:
    raw = part.get_payload(decode=True)
    raw = raw[:_MAX_TEXT] if isinstance(raw, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        text = raw.decode("latin-1")
    if kind == "text/html":
        text = html.unescape(re.sub(r"<(?:/?[a-z!][^<>@]{0,1000})>", " ", text, flags=re.IGNORECASE))
    return text.replace("\r\n", "\n").replace("\0", "")


def _all(message: Message, *names: str) -> list[str]:
    return [str(value)[:_MAX_FIELD] for name in names for value in message.get_all(name, [])]


# -- which copy -----------------------------------------------------------------------------------------------------


def _copy(message: Message, parts: _Parts) -> int | None:
    for place in _places(message, parts):
        copy = returns.read(place)
        if copy is not None:
            return copy
    return None


def _places(message: Message, parts: _Parts) -> Iterator[str]:
    """Where a signed number may stand, the surest first."""
    yield from _all(message, *_ENVELOPE)
    for returned in parts.returned:
        yield from _all(returned, "Return-Path", "Message-ID", "X-Original-Message-ID")
    for block in (*parts.status, *parts.feedback):
        yield from (str(value)[:_MAX_FIELD] for value in block.values())
    yield from _all(message, "In-Reply-To", "References")
    yield parts.text


# -- what of whom ---------------------------------------------------------------------------------------------------


def _findings(message: Message, parts: _Parts) -> Iterator[Finding]:
    if parts.is_receipt:
        return
    if parts.feedback or _is_hotmails(parts):
        yield from _complaints(parts)
        return
    said = [finding for block in parts.status if (finding := _of_status(block))]
    if said:
        yield from said
    elif _is_by_a_mail_system(message):
        found = _of_text(message, parts.text)
        if found:
            yield found


def _is_hotmails(parts: _Parts) -> bool:
    """Microsoft's complaints of old were the mail itself, with one header more."""
    return any("X-HmXmrOriginalRecipient" in returned for returned in parts.returned)


def _complaints(parts: _Parts) -> Iterator[Finding]:
    """Whose complaint it is they often hide (RFC 6590), so addresses in it prove nothing; the signed number does."""
    kinds = [kind.strip().casefold() for block in parts.feedback for kind in _all(block, "Feedback-Type")]
    if not parts.feedback or _COMPLAINTS & set(kinds):
        yield Finding(BounceKind.COMPLAINT)


def _of_status(block: Message) -> Finding | None:
    """One recipient's fields; None for those of the whole message, and for what is broken."""
    addresses = _addresses(_all(block, "Final-Recipient", "Original-Recipient", "X-Actual-Recipient"))
    action = str(block.get("Action", "")).strip().casefold()
    status, code, words = _numbers(str(block.get("Status", "")), " ".join(_all(block, "Diagnostic-Code")))
    if not action:
        action = "failed" if status.startswith("5") else ""
    if not action.startswith("fail"):
        return Finding(None, addresses=addresses) if action else None
    kind = bounces.kind_of(status, code, words)
    return Finding(kind, status or (str(code) if code else ""), addresses)


def _numbers(status: str, diagnosis: str) -> tuple[str, int, str]:
    """Enhanced status, three digits and words. “5.0.0” says nothing where the server itself said more."""
    own = _STATUS.search(status)
    reply = _REPLY.search(diagnosis)
    told = _STATUS.search(diagnosis)
    found = own[1] if own else ""
    if told and (not found or (found.endswith(".0.0") and found[0] == told[1][0])):
        found = told[1]
    return found, int(reply[1]) if reply else 0, diagnosis


def _addresses(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for text in texts for address in _ADDRESS.findall(text)))


# -- as text --------------------------------------------------------------------------------------------------------


def _is_by_a_mail_system(message: Message) -> bool:
    if "X-Failed-Recipients" in message or any(
        _SYSTEM.search(name) for name in _all(message, "From", "Sender")
    ):
        return True
    is_from_nobody = any(path.strip() == "<>" for path in _all(message, "Return-Path"))
    return is_from_nobody and bool(_CAME_BACK.search(str(message.get("Subject", ""))))


def _of_text(message: Message, text: str) -> Finding | None:
    quoted = _QUOTED.search(text)
    text = text[: quoted.start()] if quoted else text
    subject = str(message.get("Subject", ""))
    if _NOT_YET.search(subject) or _NOT_YET.search(text):
        return None
    addresses = _addresses(_all(message, "X-Failed-Recipients")) or tuple(_NAMED_IN_TEXT.findall(text))
    status, code, words = _reply(text)
    kind = bounces.kind_of(status, code, words)
    if not status and not code:
        if not _CAME_BACK.search(f"{subject}\n{text}") and "X-Failed-Recipients" not in message:
            return None
    return Finding(kind, status or (str(code) if code else ""), addresses)


def _reply(text: str) -> tuple[str, int, str]:
    """The most telling of the answers in `text`; where there is none, all of it."""
    replies = list(_REPLY.finditer(text))
    telling = [reply for reply in replies if reply[2] and not reply[2].endswith(".0.0")]
    best = next(iter(telling or replies), None)
    if best:
        return best[2] or "", int(best[1]), best[3]
    bare = _BARE_STATUS.search(text)
    return (bare[1] if bare else ""), 0, text
