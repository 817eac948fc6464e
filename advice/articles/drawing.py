"""Draws a card: the picture that other sites show beside a link. It is set like the page: paper, Q, headline, signature.

Its font has the Latin script with all its accents (Vietnamese too), Greek and Cyrillic. What is in another script or is
a picture (Chinese, Japanese, Korean, Arabic, Hebrew, the scripts of India, emoji) is left out, with the quotation marks
or brackets that held nothing else. Of a headline that would lose more than a fifth of its letters nothing is drawn: its
column's name stands there instead. The page itself shows every script, in the reader's own fonts.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import astuple, dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
DESIGN = 2  # raise it when the same words would be drawn otherwise

# The light theme of static/css/base.css.
_PAPER, _INK, _SOFT, _LINE, _ACCENT = "#fcfaf6", "#1d1b18", "#5b554c", "#ddd5c8", "#a8341a"
# Source Serif 4 (SIL OFL 1.1, see LICENSE.txt there): one roman for all of Latin, Greek and Cyrillic, one italic.
_FONTS = Path(__file__).parent / "fonts"
_ROMAN, _ITALIC = "source-serif.ttf", "source-serif-italic.ttf"

_MARGIN = 76
_RULE = 138  # the line under the masthead
_TEXT = 262  # where kicker and headline begin; the Q hangs before them, as on the page
_MEASURE = WIDTH - _MARGIN - _TEXT
_FOOT = HEIGHT - 60  # the base line of the signature
_SIZES = range(108, 28, -2)
_LEADING = 1.1
_REFERENCE = 200  # words are measured once at this size
_LARGEST_LOSS = 0.2  # of a text's letters, before what is left of it makes no sense

_GAP = "\0"  # where something was that cannot be drawn
_BESIDE_GAPS = r"[\0\s.,;:!?…·–—-]*"
# Marks that hold nothing but a gap. Those whose closing one can open as well hold it closely: in “"a" 跑 "b"” they do not.
_EMPTIED = re.compile(
    "|".join(
        [
            *(
                rf"{re.escape(opening)}{_BESIDE_GAPS}\0{_BESIDE_GAPS}{re.escape(closing)}"
                for opening, closing in ("()", "[]", "{}", "“”", "«»", "‹›")
            ),
            *(
                rf"{opening}\0(?:{_BESIDE_GAPS}\0)?{closing}"
                for opening, closing in ('""', "''", "‘’", "„“", "‚‘", "»«")
            ),
        ]
    )
)
# What ended a sentence or joined two parts of which the first is gone.
_LOOSE_START = re.compile(r"^\0[\0\s]*(?:[.,;:!?–—-][\0\s]*)*")


@dataclass(frozen=True)
class Card:
    """All that is drawn of one: nothing else, so that two that are equal look the same."""

    site: str
    kicker: str
    headline: str
    signature: str = ""

    @property
    def digest(self) -> str:
        """The same for the same words, in all processes and for ever: the name under which the picture is kept."""
        drawn = json.dumps([DESIGN, *astuple(self)]).encode()
        return hashlib.sha256(drawn).hexdigest()[:24]


@dataclass(frozen=True)
class Setting:
    """A headline broken into lines that fit."""

    size: int
    lines: list[str]

    @property
    def height(self) -> int:
        return round(len(self.lines) * self.size * _LEADING)


def png(card: Card) -> bytes:
    picture = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(picture)
    kicker, headline, signature = map(drawable, (card.kicker, card.headline, card.signature))
    if not headline:  # it is in a script that the font does not have
        headline, kicker = kicker or drawable(card.site) or "?", ""
    _masthead(draw, card.site)
    _question(draw, kicker, headline, bottom=_FOOT - (58 if signature else 0))
    if signature:
        _signature(draw, signature)
    data = BytesIO()
    picture.quantize(48, dither=Image.Dither.NONE).save(data, "PNG")  # half the bytes, and nobody sees it
    return data.getvalue()


def _question(draw: ImageDraw.ImageDraw, kicker: str, headline: str, *, bottom: int) -> None:
    """Kicker and headline, in the middle between the masthead and `bottom`."""
    above = 56 if kicker else 0
    room = bottom - _RULE - 40 - above
    setting = fitted(headline, _MEASURE, room)
    top = _RULE + 40 + max(0, (room - setting.height) // 2)
    if kicker:
        font, text = _in_one_line(kicker, 32, _MEASURE)
        draw.text((_TEXT, top + 30), text, _ACCENT, font, anchor="ls")
    _headline(draw, setting, top + above)


def drawable(text: str) -> str:
    """`text` without what the font cannot draw; nothing where too much of it would be missing."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    kept = "".join(sign if _has(sign) else _GAP for sign in text)
    letters, left = _letters(text), _letters(kept)
    if not left or letters - left > letters * _LARGEST_LOSS:
        return ""
    before = ""
    while before != kept:  # one pair may have held another
        before, kept = kept, _EMPTIED.sub(_GAP, kept)
    kept = _LOOSE_START.sub("", kept).replace(_GAP, "")
    return re.sub(r"\s+([.,;:!?…])", r"\1", " ".join(kept.split()))


def _letters(text: str) -> int:
    return sum(sign.isalnum() for sign in text)


@lru_cache(maxsize=4096)
def _has(sign: str, name: str = _ROMAN) -> bool:
    if sign == " ":
        return True
    # C: unassigned, private, invisible. M: what a letter carries that has no form of its own with it.
    if unicodedata.category(sign)[0] == "C" or "\ufe00" <= sign <= "\ufe0f":
        return False
    font = _font(name, 40)
    return bytes(font.getmask(sign)) != bytes(font.getmask("\U0010fffd"))


@lru_cache(maxsize=96)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / name, size)


def fitted(headline: str, width: int, height: int) -> Setting:
    """The headline as large as it fits, in lines of about the same length. Nothing of it is left out.

    A word that is too long for a line makes all smaller, and only where that is not enough it is broken.
    """
    words = headline.split()
    for breaking in (False, True):
        for size in _SIZES:
            parts = _broken(words, size, width) if breaking else words
            setting = Setting(size, _balanced(parts, size, width))
            if setting.height <= height and all(_length(line, size) <= width for line in setting.lines):
                return setting
    return setting


def _length(text: str, size: int, name: str = _ROMAN) -> float:
    return _font(name, size).getlength(text)


def _balanced(words: list[str], size: int, width: int) -> list[str]:
    """As few lines as the width allows, and of these the ones whose longest is shortest."""
    lengths = [_length(word, _REFERENCE) * size / _REFERENCE for word in words]
    space = _length(" ", _REFERENCE) * size / _REFERENCE
    lines = _filled(words, lengths, space, width)
    least, most = 0.0, float(width)
    while most - least > 2:
        middle = (least + most) / 2
        tried = _filled(words, lengths, space, middle)
        if len(tried) == len(lines):
            lines, most = tried, middle
        else:
            least = middle
    return lines


def _filled(words: list[str], lengths: list[float], space: float, width: float) -> list[str]:
    lines: list[list[str]] = []
    used = 0.0
    for word, length in zip(words, lengths, strict=True):
        if lines and used + space + length <= width:
            lines[-1].append(word)
            used += space + length
        else:
            lines.append([word])
            used = length
    return [" ".join(line) for line in lines]


def _broken(words: list[str], size: int, width: int) -> list[str]:
    """The words, with a hyphen in each that no line could hold."""
    parts = []
    for word in words:
        part = ""
        for sign in word:
            if part and _sum(part) + _sum(sign) + _sum("-") > width * _REFERENCE / size:
                parts.append(part + "-")
                part = ""
            part += sign
        parts.append(part)
    return parts


def _sum(text: str) -> float:
    """The length at the reference size, sign by sign: a little more than when they are set together."""
    return sum(_of_sign(sign) for sign in text)


@lru_cache(maxsize=4096)
def _of_sign(sign: str) -> float:
    return _length(sign, _REFERENCE)


def _in_one_line(text: str, size: int, width: int) -> tuple[ImageFont.FreeTypeFont, str]:
    """Somewhat smaller where it is long; what even then has no room ends in an ellipsis."""
    while size > 24 and _length(text, size) > width:
        size -= 1
    if _length(text, size) > width:
        while _length(text + " …", size) > width:
            text = text[:-1].rstrip()
        text += " …"
    return _font(_ROMAN, size), text


def _masthead(draw: ImageDraw.ImageDraw, site: str) -> None:
    """The site's name with its last word in italics, as at the head of each page."""
    first, _, last = drawable(site).rpartition(" ")
    italic = _ITALIC if all(_has(sign, _ITALIC) for sign in last) else _ROMAN
    first = f"{first} " if first else ""
    size, room, base = 46, WIDTH - 2 * _MARGIN, _RULE - 42
    while size > 24 and _length(first, size) + _length(last, size, italic) > room:
        size -= 1
    begun = _length(first, size)
    if begun + _length(last, size, italic) > room:
        font, text = _in_one_line(first + last, size, room)
        draw.text((_MARGIN, base), text, _INK, font, anchor="ls")
    else:
        draw.text((_MARGIN, base), first, _INK, _font(_ROMAN, size), anchor="ls")
        draw.text((_MARGIN + begun, base), last, _ACCENT, _font(italic, size), anchor="ls")
    draw.line((_MARGIN, _RULE, WIDTH - _MARGIN, _RULE), _LINE, 2)


def _headline(draw: ImageDraw.ImageDraw, setting: Setting, top: int) -> None:
    font = _font(_ROMAN, setting.size)
    base = top + round(setting.size * 0.82)
    for number, line in enumerate(setting.lines):
        at = base + round(number * setting.size * _LEADING)
        draw.text((_TEXT, at), line, _INK, font, anchor="ls")
    # The Q is as high as the first line's capitals begin, and hangs in the margin.
    height = font.getbbox("H", anchor="ls")[1]
    mark = _font(_ROMAN, 190)
    draw.text(
        (_MARGIN - 6, base + height - mark.getbbox("H", anchor="ls")[1]), "Q", _ACCENT, mark, anchor="ls"
    )


def _signature(draw: ImageDraw.ImageDraw, signature: str) -> None:
    """In small, spaced capitals, as under the letter."""
    text, tracking = signature.upper(), 3
    font, text = _in_one_line(text, 28, _MEASURE - tracking * len(text))
    at = WIDTH - _MARGIN - font.getlength(text) - tracking * (len(text) - 1)
    for place, sign in enumerate(text):
        # From the whole text before it, so that pairs are kerned as in a word.
        draw.text(
            (at + font.getlength(text[:place]) + tracking * place, _FOOT), sign, _SOFT, font, anchor="ls"
        )
