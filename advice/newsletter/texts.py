"""A text of the site as a mail carries it. Nothing in it is fetched: a picture becomes a link to it, for to fetch one
would tell when and where a mail is read. No link leads nowhere. As plain text it says the same."""

import re
import textwrap
from html.parser import HTMLParser
from itertools import takewhile

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from advice.site import whole_addresses

WIDTH = 72
# In rendered HTML a "<" is always a tag, and a ">" its end: elsewhere they are escaped.
_TAG = re.compile(r"<[^>]*>")
_BACK = re.compile(r'\s*<a [^>]*"footnote-backref"[^>]*>.*?</a>', re.DOTALL)
# The numbers of footnotes: few mail programs let a link lead to another place in the mail.
_NUMBER = re.compile(r'<a href="#fn[^>]*>(\[[^<]*\])</a>')
_ID = re.compile(r'\sid="[^"]*"')
_ATTRIBUTE = {name: re.compile(rf'\s{name}="([^"]*)"') for name in ("src", "alt", "href")}


def mailed(html: str, *, page: str) -> SafeString:
    """The rendered HTML of a text that stands on `page`, for a mail, or for the copy of it in the web archive."""
    in_link = False

    def put(found: re.Match[str]) -> str:
        nonlocal in_link
        tag = whole_addresses(_ID.sub("", found[0]), page=page)
        if tag.startswith("<img"):
            return _picture(tag, is_link=not in_link)
        if tag.startswith(("<a ", "</a")):
            in_link = tag.startswith("<a ")
        return {"<table>": '<div class="wide"><table>', "</table>": "</table></div>"}.get(tag, tag)

    return mark_safe(_TAG.sub(put, _NUMBER.sub(r"\1", _BACK.sub("", html))))


def _picture(tag: str, *, is_link: bool) -> str:
    alt, source = _attribute(tag, "alt"), _attribute(tag, "src")
    words = _("Picture: %(alt)s") % {"alt": alt} if alt else _("Picture")
    return f'<a href="{source}">{words}</a>' if is_link and source else words


def _attribute(tag: str, name: str) -> str:
    found = _ATTRIBUTE[name].search(tag)
    return found[1] if found else ""


def as_text(html: str) -> str:
    """What `mailed` gives, as plain text: wrapped, each link on a line of its own after the paragraph it stands in."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    writer.end_block()
    return "\n".join(writer.lines)


class _Writer(HTMLParser):
    """Blocks become lines. `_margins` is what stands before the lines of the block that is being written: of a quote
    ">", of an entry of a list its sign, and on further lines as much room."""

    _BLOCKS = frozenset(
        [
            "p",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "blockquote",
            "pre",
            "table",
            "tr",
            "hr",
            "section",
            "div",
        ]
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._margins: list[list[str]] = []  # [on the first line, on the others]
        self._lists: list[int | None] = []  # the next number of each open list
        self._said = ""
        self._links: list[str] = []  # of this block
        self._link: tuple[str, int] | None = None  # its address, and where its words begin
        self._count = 0
        self._in_pre = self._wants_gap = False
        self._last_margin = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self._BLOCKS:
            self.end_block()
        if tag == "blockquote":
            self._margins.append(["> ", "> "])
        elif tag in {"ul", "ol"}:
            self._lists.append(int(given.get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            self._margins.append(self._sign())
        elif tag == "pre":
            self._in_pre = True
        elif tag == "hr":
            self._said = "* * *"
            self.end_block()
            self._wants_gap = True
        elif tag == "br":
            self._said += "\n"
        elif tag in {"td", "th"} and self._said:
            self._said = f"{self._said.rstrip()} | "
        elif tag == "a":
            self._link = (given.get("href") or "", len(self._said))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            self._end_link()
        if tag not in self._BLOCKS:
            return
        self.end_block(is_heading=tag.startswith("h") and tag != "hr")
        if tag in {"blockquote", "li"} and self._margins:
            self._margins.pop()
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        self._in_pre = self._in_pre and tag != "pre"
        self._wants_gap |= tag not in {"li", "tr"} and not (tag in {"ul", "ol"} and self._lists)

    def handle_data(self, data: str) -> None:
        if self._in_pre:
            self._said += data
            return
        words = re.sub(r"\s+", " ", data)
        self._said += words.lstrip(" ") if not self._said or self._said.endswith(("\n", " ")) else words

    def _sign(self) -> list[str]:
        number = self._lists[-1] if self._lists else None
        sign = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1
        return [sign, " " * len(sign)]

    def _end_link(self) -> None:
        assert self._link is not None
        (address, start), self._link = self._link, None
        address = address.removeprefix("mailto:")
        if address and address != self._said[start:].strip():
            self._count += 1
            mark = _("link %(number)d") % {"number": self._count}
            self._said += f" [{mark}]"
            self._links.append(f"[{mark}] {address}")

    def end_block(self, *, is_heading: bool = False) -> None:
        said, self._said = self._said.strip("\n") if self._in_pre else self._said.strip(), ""
        if not said:
            return
        room = max(24, WIDTH - sum(len(first) for first, _rest in self._margins))
        written = [line for part in said.split("\n") for line in self._wrap(part, room)]
        if is_heading:
            written.append("-" * min(room, max(map(len, written))))
        self._write(written + self._links)
        self._links = []

    def _wrap(self, part: str, room: int) -> list[str]:
        if self._in_pre:
            return [f"    {part}".rstrip()]
        return textwrap.wrap(part, room, break_long_words=False, break_on_hyphens=False) or [""]

    def _write(self, written: list[str]) -> None:
        margin = "".join(rest for _first, rest in self._margins)
        if self._wants_gap and self.lines:
            self.lines.append(_shared(self._last_margin, margin).rstrip())
        for line in written:
            self.lines.append(f"{''.join(first for first, _rest in self._margins)}{line}".rstrip())
            for pair in self._margins:
                pair[0] = pair[1]
        self._wants_gap, self._last_margin = False, margin


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    return "".join(
        sign for sign, same in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
