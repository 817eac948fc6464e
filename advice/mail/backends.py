"""Where mail goes: to a mail server; on a developer's machine into files, to be read at /dev/mail/."""

import email
import secrets
import smtplib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone


class _SaysWhetherInDoubt:
    """An SMTP line that knows whether it hands over a text (354, RFC 5321) that the server has not answered for yet."""

    is_in_doubt = False

    def getreply(self) -> tuple[int, bytes]:
        answer: tuple[int, bytes] = super().getreply()  # type: ignore[misc]
        self.is_in_doubt = answer[0] == 354
        return answer


class _Plain(_SaysWhetherInDoubt, smtplib.SMTP):
    pass


class _Encrypted(_SaysWhetherInDoubt, smtplib.SMTP_SSL):
    pass


class ReadyMail(EmailMessage):
    """A mail whose bytes, with the line ends of SMTP, are there already. `sender` and `to` are bare addresses."""

    def __init__(self, raw: bytes, *, sender: str, to: str) -> None:
        super().__init__(from_email=sender, to=[to])
        self.raw = raw

    def message(self, **kwargs: Any) -> Any:
        return email.message_from_bytes(self.raw.replace(b"\r\n", b"\n"))


class SmtpBackend(EmailBackend):
    def _send(self, email_message: EmailMessage) -> bool:
        if isinstance(email_message, ReadyMail):
            assert self.connection is not None
            self.connection.sendmail(email_message.from_email, email_message.to, email_message.raw)
            return True
        return bool(super()._send(email_message))  # type: ignore[misc]

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Encrypted if self.use_ssl else _Plain


class EmlFileBackend(BaseEmailBackend):
    """One complete message a file."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
            part = folder / f".{name}.part"
            part.write_bytes(message.message().as_bytes())
            part.rename(folder / f"{name}.eml")  # a reader never sees half a message
        return len(email_messages)
