"""A language that does not exist: every message stands in ⟦brackets⟧, and so does every date by a named format.

With data whose every text stands in ‹marks› of its own, a word on a page that is in neither was never given to a
translator.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.utils import formats, translation
from django.utils.translation import trans_real

LANGUAGE = "en-xa"
DATES = {
    "DATE_FORMAT": "⟦j F Y⟧",
    "SHORT_DATE_FORMAT": "⟦j M Y⟧",
    "DATETIME_FORMAT": "⟦j F Y, H:i⟧",
    "SHORT_DATETIME_FORMAT": "⟦j M Y, H:i⟧",
    "TIME_FORMAT": "⟦H:i⟧",
    "YEAR_MONTH_FORMAT": "⟦F Y⟧",
    "MONTH_DAY_FORMAT": "⟦j F⟧",
}
OPEN, CLOSE = "⟦‹", "⟧›"
# The two letters that the page is built on, as a picture would be; they are hidden from screen readers.
NOT_WORDS = {"Q", "A"}
MACHINES_OWN = re.compile(
    r"https?://\S+|[\w.+-]+@[\w.-]+|\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b|(?<!\w)/[\w/.-]+"
)
READ_ALOUD = {
    "alt",
    "title",
    "aria-label",
    "aria-description",
    "aria-roledescription",
    "placeholder",
    "label",
}
# Attributes that name a thing of the page or a setting, and are shown to nobody.
NO_TEXT = {"data-passkey", "data-copy", "data-unsaved", "data-theme-switch", "data-in-place"}
UNSEEN = {"script", "style", "code", "template"}
DESCRIBES = {"description", "og:title", "og:description", "og:site_name", "twitter:title", "og:image:alt"}


def marked(message: str) -> str:
    return f"⟦{message.rpartition(chr(4))[2]}⟧"


class Marked(gettext.NullTranslations):
    domain = "django"

    def gettext(self, message: str) -> str:
        return marked(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return marked(singular if number == 1 else plural)

    def language(self) -> str:
        return LANGUAGE

    to_language = language


@contextmanager
def pseudo() -> Iterator[None]:
    """The site in that language, for this thread."""
    keys = {(name, LANGUAGE): value for name, value in DATES.items()}
    trans_real._translations[LANGUAGE] = Marked()  # type: ignore[attr-defined]
    formats._format_cache.update(keys)  # type: ignore[attr-defined]
    try:
        with translation.override(LANGUAGE):
            yield
    finally:
        del trans_real._translations[LANGUAGE]  # type: ignore[attr-defined]
        formats.reset_format_cache()


def outside(text: str) -> list[str]:
    """The words of `text` that stand in no mark. A mark that does not close is said, too."""
    depth, kept = 0, []
    for character in text:
        depth += (character in OPEN) - (character in CLOSE)
        if depth < 0:
            return [f"closed too often: {text}"]
        kept.append(" " if depth or character in CLOSE else character)
    words = re.findall(r"[^\W\d_]+", MACHINES_OWN.sub(" ", "".join(kept)))
    is_cut = text.rstrip().endswith("…")  # a description is, and with its end goes what closes it
    return [word for word in words if word not in NOT_WORDS] + (
        ["never closed"] if depth and not is_cut else []
    )


def _attributes(element: Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        is_data = name.startswith("data-") and name not in NO_TEXT
        is_button = name == "value" and element.get("type") in {"submit", "button", "reset"}
        describes = name == "content" and (element.get("name") or element.get("property")) in DESCRIBES
        if name in READ_ALOUD or is_data or is_button or describes:
            yield value


def _text(element: Element) -> Iterator[str]:
    if element.tag not in UNSEEN and isinstance(element.tag, str):  # a comment's is none
        yield element.text or ""
        for child in element:
            yield from _text(child)
            yield child.tail or ""
        yield "\n"


def leaks(html: str | bytes) -> list[str]:
    """Every word that a visitor sees or hears, and that no translator gets."""
    page: Any = html5lib.parse(html, namespaceHTMLElements=False)
    found = [word for element in page.iter() for value in _attributes(element) for word in outside(value)]
    return found + outside("".join(_text(page)))
