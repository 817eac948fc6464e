"""The outbox: messages are written into it with what caused them, and handed over one by one."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import TextField
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from advice.crypto import decrypt
from advice.mail.composing import Composed, compose, new_message_id, refuse_control_characters
from advice.mail.handing import Away, InDoubt, Line, Refused
from advice.mail.models import (
    FORGET_TROUBLED_AFTER,
    GIVE_UP_AFTER,
    RETRY_AFTER,
    RETRY_CONNECTION_AFTER,
    UNCLEAR_AFTER,
    Message,
    State,
    claim_next,
)

_LONGEST_LINE = 998


def send_later(
    kind: str,
    *,
    to: str,
    context: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    not_before: dt.datetime | None = None,
) -> Message:
    """Write one message into the outbox, in the caller's transaction: it leaves only if that commits.

    `kind` names three templates, mail/<kind>.subject, .txt and .html. Control characters in the address, the
    subject or a header raise ValueError.
    """
    return send_composed(kind, compose(kind, context), to=to, headers=headers, not_before=not_before)


def send_composed(
    kind: str,
    composed: Composed,
    *,
    to: str,
    sender: str = "",
    headers: Mapping[str, str] | None = None,
    not_before: dt.datetime | None = None,
) -> Message:
    """The same for a mail that is composed already; `sender` is its From line, where it is not the site's."""
    all_headers = {
        "Message-ID": new_message_id(),
        "Auto-Submitted": "auto-generated",
        **(headers or {}),
    }
    refuse_control_characters([to, sender, composed.subject, *all_headers, *all_headers.values()])
    content = {
        "to": to,
        "from": sender,
        "subject": composed.subject,
        "text": composed.text,
        "html": composed.html,
        "headers": all_headers,
    }
    return Message.objects.create(
        kind=kind, payload=json.dumps(content), not_before=not_before or timezone.now()
    )


class _Mail(EmailMultiAlternatives):
    def message(self, **kwargs: Any) -> Any:
        """No header is folded that need not be (RFC 5322, 2.1.1): some programs read an address only on its first line."""
        made: Any = super().message(**kwargs)
        made.policy = made.policy.clone(max_line_length=_LONGEST_LINE)
        return made


def _mail_of(message: Message) -> EmailMultiAlternatives:
    content = message.content
    mail = _Mail(
        subject=content["subject"],
        body=content["text"],
        from_email=content.get("from") or settings.DEFAULT_FROM_EMAIL,
        to=[content["to"]],
        headers=content["headers"],
    )
    mail.attach_alternative(content["html"], "text/html")
    mail.message()  # whatever is wrong with it comes to light before the server hears of it
    return mail


def send_due(
    *, limit: int = 500, now: dt.datetime | None = None, stop: Callable[[], bool] = lambda: False
) -> dict[str, int]:
    """Send what is due, one claimed message at a time; gives how many were sent, put off, failed and unclear.

    A server that cannot be reached ends the run; one that refuses a message does not hold up the others. `stop` is
    asked before each message.
    """
    result = {"sent": 0, "put off": 0, "failed": 0, "unclear": 0}
    with Line() as line:
        for _ in range(limit):
            message = None if stop() else claim_next(now)
            if message is None:
                break
            try:
                result[_send_one(message, line)] += 1
            except Away:
                result["put off"] += 1
                break
    return result


def _send_one(message: Message, line: Line) -> str:
    """Hand over one claimed message. What is certain is settled; what is not becomes unclear."""
    try:
        mail = _mail_of(message)
    except (ValueError, KeyError, UnicodeError, InvalidToken) as error:
        return _fail(message, type(error).__name__)
    try:
        line.hand_over(mail)
    except Away as error:
        _put_off(message, error.kind, at_most=RETRY_CONNECTION_AFTER, for_ever=True)
        raise
    except Refused as error:
        return _put_off(message, error.kind) if error.for_now else _fail(message, error.kind)
    except InDoubt as error:
        return _unclear(message, error.kind)
    message.delete()
    return "sent"


def _put_off(
    message: Message, error: str, *, at_most: dt.timedelta | None = None, for_ever: bool = False
) -> str:
    now = timezone.now()
    if not for_ever:
        message.first_tried_at = message.first_tried_at or now
        if now - message.first_tried_at > GIVE_UP_AFTER:
            return _fail(message, error)
    wait = RETRY_AFTER[min(message.attempts, len(RETRY_AFTER)) - 1]
    message.state, message.claimed_at = State.PENDING, None
    message.not_before = now + (min(wait, at_most) if at_most else wait)
    message.last_error = error
    message.save(update_fields=["state", "claimed_at", "not_before", "first_tried_at", "last_error"])
    return "put off"


def _fail(message: Message, error: str) -> str:
    # The server's words may quote the address, so only the kind of the error is kept.
    message.state, message.last_error = State.FAILED, error
    message.save(update_fields=["state", "last_error"])
    return "failed"


def _unclear(message: Message, error: str) -> str:
    message.state, message.last_error = State.UNCLEAR, error
    message.save(update_fields=["state", "last_error"])
    return "unclear"


def mark_unclear(*, now: dt.datetime | None = None) -> int:
    """Messages that a process claimed and never settled: a person decides about them. Gives how many."""
    now = now or timezone.now()
    return Message.objects.filter(state=State.SENDING, claimed_at__lt=now - UNCLEAR_AFTER).update(
        state=State.UNCLEAR
    )


def resend(message: Message) -> bool:
    """A person decided that a troubled message is to be sent again."""
    return bool(
        Message.objects.troubled()
        .filter(pk=message.pk)
        .update(
            state=State.PENDING,
            claimed_at=None,
            first_tried_at=None,
            attempts=0,
            not_before=timezone.now(),
            last_error="",
        )
    )


def discard(message: Message) -> bool:
    """A person decided that a troubled message is to be forgotten."""
    return bool(Message.objects.troubled().filter(pk=message.pk).delete()[0])


def forget_troubled(*, now: dt.datetime | None = None) -> int:
    """Messages that nobody decided about for 30 days hold an address for nothing. Gives how many went."""
    now = now or timezone.now()
    old = Message.objects.troubled().alias(tried_at=Coalesce("claimed_at", "created_at"))
    return old.filter(tried_at__lt=now - FORGET_TROUBLED_AFTER).delete()[0]


def messages_to(is_theirs: Callable[[str], bool]) -> Iterator[Message]:
    """What waits, in whatever state, for an address that `is_theirs` says yes to."""
    return _messages_where(lambda content: is_theirs(content["to"]))


def _messages_where(is_it: Callable[[dict[str, Any]], bool]) -> Iterator[Message]:
    """What no key opens is passed over."""
    # The payload as it is stored, to be opened one by one: one that no key opens must not hide the others.
    rows = Message.objects.defer("payload").annotate(sealed=Cast("payload", TextField()))
    for message in rows.order_by("pk").iterator():
        try:
            found = is_it(json.loads(decrypt(message.sealed)))
        except (InvalidToken, ValueError, KeyError):
            continue
        if found:
            yield message


def forget_to(is_theirs: Callable[[str], bool]) -> int:
    """Erase what waits for an address; gives how many."""
    return forget_where(lambda content: is_theirs(content["to"]))


def forget_where(is_it: Callable[[dict[str, Any]], bool]) -> int:
    """Erase what waits and whose content (to, subject, text, html, headers) is meant; gives how many. One that is being
    sent at this moment goes by itself."""
    pks = [message.pk for message in _messages_where(is_it)]
    return Message.objects.filter(pk__in=pks).exclude(state=State.SENDING).delete()[0]
