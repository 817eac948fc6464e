"""Markdown to safe HTML: the one way that text written by people becomes a page, a preview, a feed or a mail.

CommonMark by markdown-it-py with raw HTML off, then an allow-list by nh3. Rendered once, at save; RENDERER says by
which rules, so that stored HTML can be made anew when they change.
"""

import html as entities
import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import nh3
from django.conf import settings
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

RENDERER = 1  # raise it when the same text would give other HTML
MAX_BYTES = 50_000
MAX_COLUMNS = 30
MAX_CELLS = 2_000
_TOP_HEADING = 3  # the page's own headline is h1, its parts are h2

_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "id", "class"},
    "img": {"src", "alt", "title", "width", "height", "loading"},
    "th": {"class"},
    "td": {"class"},
    "ol": {"start", "class"},
    "li": {"id", "class"},
    "section": {"class"},
    "sup": {"class"},
    "hr": {"class"},
    "code": {"class"},
}
_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "s",
    "section", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_CLASSES = re.compile(
    r"^(?:align-(?:left|center|right)|footnotes?|footnote-(?:ref|item|backref)|footnotes-(?:sep|list))$"
)
_FOOTNOTE_ID = re.compile(r"^fn(?:ref)?[0-9:-]+$")


class TextTooLong(ValueError):
    """The text is over MAX_BYTES of UTF-8. The message may be shown to whoever wrote it."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"This text is too long: {size:,} bytes, and at most {MAX_BYTES:,} can be set. Please shorten it."
        )


def is_own_image(address: str) -> bool:
    """Whether an image address is one of ours: a picture elsewhere would tell its owner who reads the page."""
    return address.startswith((settings.MEDIA_URL, settings.STATIC_URL)) and ".." not in unquote(address)


def is_safe_link(address: str) -> bool:
    """http, https, mailto, or an address on this site. Not `//elsewhere`, not a script, not a file."""
    parts = urlsplit(address)
    if parts.scheme:
        # Without a host, "https:elsewhere" is one address to this function and another to a browser.
        return parts.scheme == "mailto" or (parts.scheme in {"http", "https"} and bool(parts.netloc))
    return not parts.netloc and not address.startswith(("//", "\\", "/\\"))


def _keep(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        try:
            return value if is_safe_link(value) else None
        except ValueError:
            return None
    if attribute == "src":
        return value if is_own_image(value) else None
    if attribute == "class":
        return " ".join(name for name in value.split() if _CLASSES.match(name)) or None
    if attribute == "id":
        return value if _FOOTNOTE_ID.match(value) else None
    return value


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow ugc",
        strip_comments=True,
    )


def _markdown(nesting: int) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False, "maxNesting": nesting})
    return parser.enable(["table", "strikethrough"]).use(footnote_plugin)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = _markdown(nesting=20)
    parser.core.ruler.at("inline", _parse_spans)
    return parser


@lru_cache(maxsize=1)
def _span_parser() -> MarkdownIt:
    return _markdown(nesting=10)


def _parse_spans(state: StateCore) -> None:
    """Parse the text within blocks, to a smaller depth than blocks: 20 kB of "![" cost as many tries as it is deep."""
    parser = _span_parser()
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            parser.inline.parse(token.content, parser, state.env, token.children)


def _split_row(line: str) -> int:
    return line.count("|") + 1


def _without_wide_tables(text: str) -> str:
    """Tables beyond what a page can show (and a parser can take cheaply) stay as text: their delimiter row is escaped.

    The parser builds a cell for every column of every row, so the size of a table is its columns times its rows.
    """
    if "|" not in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not _DELIMITER_ROW.match(line):
            continue
        columns = max(line.count("-|-") + 1, _split_row(line.strip().strip("|")))
        rows = 1
        for following in lines[number + 1 :]:
            if not following.strip():
                break
            rows += 1
        if columns > MAX_COLUMNS or columns * rows > MAX_CELLS:
            lines[number] = _escape_delimiter(line)
    return "\n".join(lines)


_DELIMITER_ROW = re.compile(r"^[ >\t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")


def _escape_delimiter(line: str) -> str:
    return line.replace("|", "\\|").replace("-", "\\-", 1)


def _words(token: Token) -> str:
    if token.children:
        return "".join(_words(child) for child in token.children)
    return "\n" if token.type in {"softbreak", "hardbreak"} else token.content


def _demote_and_align(tokens: list[Token]) -> None:
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + _TOP_HEADING - 1, 6)}"
        style = token.attrGet("style") if token.attrs else None
        if style is not None:
            # The policy on styles forbids `style=`; the parser writes one for a column's alignment.
            token.attrs.pop("style")
            token.attrSet("class", "align-" + str(style).rpartition(":")[2])
        for child in token.children or []:
            if child.type == "image" and not is_own_image(str(child.attrGet("src") or "")):
                # Its description stands in its place.
                child.content = _words(child)
                child.type, child.tag, child.attrs = "text", "", {}
            elif child.type == "image":
                child.attrSet("loading", "lazy")


def _parse(text: str) -> tuple[list[Token], dict[str, object]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    data = text.encode("utf-8", "replace")  # a lone surrogate, as JSON can carry, becomes "?"
    if len(data) > MAX_BYTES:
        raise TextTooLong(len(data))
    env: dict[str, object] = {}
    return _parser().parse(_without_wide_tables(data.decode()), env), env


def outside_pictures(text: str) -> list[tuple[str, str]]:
    """The pictures of elsewhere in Markdown `text`, which are never shown: the description and address of each."""
    inline = [child for token in _parse(text)[0] for child in token.children or []]
    pictures = [(_words(token), str(token.attrGet("src") or "")) for token in inline if token.type == "image"]
    return [picture for picture in pictures if not is_own_image(picture[1])]


def render(text: str) -> str:
    """Safe HTML for Markdown `text`: no script, no style, no remote image, headings from h3 down.

    Raises TextTooLong over 50 kB. Never raises otherwise, whatever the text.
    """
    tokens, env = _parse(text)
    _demote_and_align(tokens)
    parser = _parser()
    return _cleaner().clean(parser.renderer.render(tokens, parser.options, env)).strip()


def plain(html: str) -> str:
    """The words of rendered HTML, one space between them: for search, descriptions and word counts."""
    return " ".join(entities.unescape(nh3.clean(_BLOCK_END.sub(" \\g<0>", html), tags=set())).split())


def blocks(html: str) -> list[str]:
    """The same, one text for each paragraph, heading, list item and the like."""
    return [text for part in _BLOCK_OVER.split(html) if (text := plain(part))]


_BLOCK_OVER = re.compile(r"</(?:p|li|h[1-6]|tr|blockquote|pre)>|<hr|<(?:p|[uo]l|h[1-6]|table|pre)\b[^>]*>")
_BLOCK_END = re.compile(r"<(?:/p|/li|/h[1-6]|/t[dh]|br|hr)\b")


# What is markup wherever it stands: escapes, code, emphasis, links, autolinks, entities, strikethrough.
_INLINE = re.compile(r"[\\`*\[]|(?<![^\W_])_|_(?![^\W_])|<(?=\S)|&(?=#|\w+;)|~(?=~)|(?<=~)~")
# What is markup where a line begins: headings, quotes, lists, rules and underlines, a table's second row.
_OPENING = re.compile(r"#{1,6}(?:\s|$)|>|[-+](?:\s|$)|[=|:\-][=|:\-\s]*$")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")


def paragraphs(text: str) -> str:
    """Plain text as Markdown that reads the same: what a reader typed is not markup until an editor says so.

    An indent goes, because it would make code of a line.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_as_typed(line.strip()) for line in lines).strip()


def _as_typed(line: str) -> str:
    opens = _OPENING.match(line) is not None
    escaped = _NUMBERED.sub(r"\1\\\2", _INLINE.sub(r"\\\g<0>", line))
    return f"\\{escaped}" if opens else escaped
