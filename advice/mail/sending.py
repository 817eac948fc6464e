"""Making messages from their templates, and handing them to the mail server."""

import datetime as dt
import json
import smtplib
import unicodedata
from collections.abc import Callable, Mapping
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

import css_inline
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone

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
from advice.site import absolute

# @media rules cannot be inlined: the one for the dark stays in the head. Nothing is ever fetched.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class _Away(Exception):
    """The mail server cannot be reached, so nothing can be sent for now."""


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
    full = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "home": absolute("/"), **context}
    all_headers = {
        "Message-ID": make_msgid(domain=urlsplit(settings.SITE_URL).hostname or "localhost"),
        "Auto-Submitted": "auto-generated",
        **(headers or {}),
    }
    subject = render_to_string(f"mail/{kind}.subject", full).strip()
    for value in (to, subject, *all_headers, *all_headers.values()):
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
            raise ValueError("A mail's address, subject or header holds a control character.")
    content = {
        "to": to,
        "subject": subject,
        "text": render_to_string(f"mail/{kind}.txt", full).strip() + "\n",
        "html": _INLINER.inline(render_to_string(f"mail/{kind}.html", {**full, "subject": subject})),
        "headers": all_headers,
    }
    return Message.objects.create(
        kind=kind, payload=json.dumps(content), not_before=not_before or timezone.now()
    )


def _mail_of(message: Message) -> EmailMultiAlternatives:
    content = message.content
    mail = EmailMultiAlternatives(
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
    connection = get_connection()
    try:
        for _ in range(limit):
            message = None if stop() else claim_next(now)
            if message is None:
                break
            try:
                result[_send_one(message, connection)] += 1
            except _Away:
                result["put off"] += 1
                break
    finally:
        _close(connection)
    return result


def _send_one(message: Message, connection: Any) -> str:
    """Hand over one claimed message. What is certain is settled; what is not becomes unclear."""
    try:
        mail = _mail_of(message)
    except (ValueError, KeyError, UnicodeError, InvalidToken) as error:
        return _fail(message, error)
    _connect(message, connection)
    try:
        handed_over = connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        refused = all(code >= 500 for code, _ in error.recipients.values())
        return _fail(message, error) if refused else _put_off(message, error)
    except smtplib.SMTPSenderRefused as error:  # our own address: a matter of settings, not of this message
        return _put_off(message, error)
    except smtplib.SMTPResponseException as error:
        return _fail(message, error) if error.smtp_code >= 500 else _put_off(message, error)
    except smtplib.SMTPNotSupportedError as error:
        return _fail(message, error)
    except (OSError, ValueError) as error:  # cut off in the middle; smtplib's other errors are OSErrors too
        _close(connection)
        return _unclear(message, error)
    if not handed_over:
        return _unclear(message, RuntimeError())
    message.delete()
    return "sent"


def _connect(message: Message, connection: Any) -> None:
    """Reach the server before anything is said about `message`. A connection that was dropped is made anew."""
    smtp = getattr(connection, "connection", None)
    if smtp is not None:
        try:
            alive = smtp.noop()[0] == 250
        except OSError:
            alive = False
        if not alive:
            _close(connection)
    try:
        connection.open()
    except OSError as error:  # a refused sign-in too
        _put_off(message, error, at_most=RETRY_CONNECTION_AFTER, for_ever=True)
        raise _Away from error


def _close(connection: Any) -> None:
    try:
        connection.close()
    except OSError:
        pass  # it is gone, which is what was wanted


def _put_off(
    message: Message, error: Exception, *, at_most: dt.timedelta | None = None, for_ever: bool = False
) -> str:
    now = timezone.now()
    if not for_ever:
        message.first_tried_at = message.first_tried_at or now
        if now - message.first_tried_at > GIVE_UP_AFTER:
            return _fail(message, error)
    wait = RETRY_AFTER[min(message.attempts, len(RETRY_AFTER)) - 1]
    message.state, message.claimed_at = State.PENDING, None
    message.not_before = now + (min(wait, at_most) if at_most else wait)
    message.last_error = type(error).__name__
    message.save(update_fields=["state", "claimed_at", "not_before", "first_tried_at", "last_error"])
    return "put off"


def _fail(message: Message, error: Exception) -> str:
    # The server's words may quote the address, so only the kind of the error is kept.
    message.state, message.last_error = State.FAILED, type(error).__name__
    message.save(update_fields=["state", "last_error"])
    return "failed"


def _unclear(message: Message, error: Exception) -> str:
    message.state, message.last_error = State.UNCLEAR, type(error).__name__
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
