"""Handing one mail to the mail server, and knowing afterwards what became of it."""

import re
import smtplib
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMessage, get_connection

# RFC 3463: class, subject, detail.
_STATUS = re.compile(rb"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CLOSING = 421  # RFC 5321: the server is going away, whatever was asked of it
_NOT_SIGNED_IN = 530  # RFC 4954: it wants to know first who we are


class NotTaken(Exception):
    """What the server, or the way to it, did with a mail instead of taking it. Its words are to judge by, not to keep."""

    def __init__(self, error: Exception, *, code: int = 0, status: str = "", words: str = "") -> None:
        self.kind, self.code, self.status, self.words = type(error).__name__, code, status, words

    def __str__(self) -> str:
        """The server's words may quote the address, so only the kind of the error and its numbers are told."""
        return " ".join(str(part) for part in (self.kind, self.code, self.status) if part)


class Away(NotTaken):
    """The server cannot be reached, or takes nothing from us: no mail can leave for now. It has not taken this one."""


class SenderRefused(Away):
    """The server takes nothing from this mail's sender, or nothing as large: mail of another kind may well leave."""

    @property
    def for_now(self) -> bool:
        return 400 <= self.code < 500


class Refused(NotTaken):
    """The server has refused this mail: for good, or (`for_now`) until we ask again."""

    @property
    def for_now(self) -> bool:
        return 400 <= self.code < 500


class InDoubt(NotTaken):
    """The line broke after the text was handed over and before the server answered: it may have taken it or not."""


class Line:
    """A line to the mail server, opened when it is first needed and used for many mails; `with` closes it."""

    def __init__(self) -> None:
        self._backend: Any = get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def hand_over(self, mail: EmailMessage) -> None:
        """Returns when the server has taken it. Raises Away, Refused or InDoubt."""
        is_used = self._open()
        try:
            self._send(mail)
        except Away:
            # Servers drop a line that stood idle, or had many mails. A new one tells whether it is really away.
            self._close()
            if not is_used:
                raise
            self._open()
            self._send(mail)

    def _open(self) -> bool:
        """Gives whether the line was open already."""
        try:
            return not self._backend.open() and getattr(self._backend, "connection", None) is not None
        except OSError as error:  # a refused sign-in too
            self._close()
            raise Away(error, code=getattr(error, "smtp_code", 0)) from error

    def _send(self, mail: EmailMessage) -> None:
        try:
            if not self._backend.send_messages([mail]):
                raise InDoubt(RuntimeError())
        except smtplib.SMTPRecipientsRefused as error:
            raise _answered(error, *next(iter(error.recipients.values()))) from error
        except smtplib.SMTPSenderRefused as error:
            is_any = error.smtp_code in {_CLOSING, _NOT_SIGNED_IN}
            raise (Away if is_any else SenderRefused)(error, code=error.smtp_code) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(error, error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(error) from error
        except (
            OSError,
            ValueError,
        ) as error:  # cut off in the middle; smtplib's other errors are OSErrors too
            in_doubt = getattr(getattr(self._backend, "connection", None), "is_in_doubt", True)
            self._close()
            if in_doubt:
                raise InDoubt(error) from error
            # What cannot be written as a command is wrong with this mail; the next one may be well.
            raise (Refused if isinstance(error, ValueError) else Away)(error) from error

    def _close(self) -> None:
        try:
            self._backend.close()
        except OSError:
            pass  # it is gone, which is what was wanted


def _answered(error: Exception, code: int, words: bytes | str) -> NotTaken:
    words = words if isinstance(words, bytes) else words.encode()
    found = _STATUS.search(words)
    status = found[1].decode() if found else ""
    said = words.decode(errors="replace")
    return (Away if code == _CLOSING else Refused)(error, code=code, status=status, words=said)
