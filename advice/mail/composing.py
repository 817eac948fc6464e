"""Making a mail's subject, text and HTML from its templates."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from advice.site import absolute

# @media rules cannot be inlined: the one for the dark stays in the head. Nothing is ever fetched.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True)
class Composed:
    subject: str
    text: str
    html: str


def compose(kind: str, context: Mapping[str, Any]) -> Composed:
    """From the three templates mail/<kind>.subject, .txt and .html, its styles written into its tags."""
    full = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "home": absolute("/"), **context}
    subject = render_to_string(f"mail/{kind}.subject", full).strip()
    return Composed(
        subject=subject,
        text=render_to_string(f"mail/{kind}.txt", full).strip() + "\n",
        html=_INLINER.inline(render_to_string(f"mail/{kind}.html", {**full, "subject": subject})),
    )


def mail_host() -> str:
    """What stands behind the @ of the numbers we give our mails."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def new_message_id() -> str:
    return make_msgid(domain=mail_host())


def refuse_control_characters(values: Iterable[str]) -> None:
    """Raises ValueError: a line break in an address, a subject or a header begins another header."""
    for value in values:
        if any(unicodedata.category(character) in _CONTROL for character in value):
            raise ValueError("A mail's address, subject or header holds a control character.")
