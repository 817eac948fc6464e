"""Copies as they leave: handed to a real SMTP server, and read from its bytes."""

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

import html5lib

from advice.newsletter import copies, delivering


@dataclass(frozen=True)
class Copy:
    to: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)  # type: ignore[return-value]

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.mail.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""

    @property
    def links(self) -> list[str]:
        return re.findall(r'href="([^"]*)"', self.html)


def send(sink, *, now: dt.datetime | None = None) -> list[Copy]:
    """What the server got of all that waits."""
    sink.mails.clear()
    copies.make_due(now=now)
    delivering.deliver_due(now=now)
    return sorted((Copy(address, raw) for address, raw in sink.mails), key=lambda copy: copy.to)


def body_of(markup: str) -> ET.Element:
    body = html5lib.parse(markup, namespaceHTMLElements=False).find("body")
    assert body is not None
    return body


def seen(markup: str) -> str:
    """What a reader of the HTML sees."""
    nodes = (node for node in body_of(markup).iter() if isinstance(node.tag, str))
    return " ".join(
        words for node in nodes for words in (node.text, *(child.tail for child in node)) if words
    )
