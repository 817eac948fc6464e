"""A text as readers will see it, which is how it tells: with the place in the typed text of all that is printed."""

import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from advice.anonymity.sorts import Span

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_UNUSUAL = re.compile(r"[^\x00-\x7f]")
# A line that was merely broken: the next one is neither empty nor an item of a list; it may go on in a quotation.
_BREAK = re.compile(r"(?<=\S)[ \t\r]{0,20}\n[ \t]{0,20}(?:>[ \t]?)?(?=[^\s>])(?![-+*]\s|\d{1,3}[.)]\s)")
_MARKS = re.compile(r"(?P<run>(?P<mark>[*_`])(?P=mark)*|~~+)|(?P<end>\n[ \t]*\n)")
_SAME = frozenset(["<wide>", "<narrow>", "<font>", "<circle>"])  # another form of the same sign
_UNSEEN = frozenset("\ufe0e\ufe0f\u20e3")  # what dresses a figure as a key or a picture


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    printed: str


@dataclass
class _Pairs:
    """Marks of emphasis around the same words: by where the first one ends, and by where the second one begins."""

    opened: dict[int, tuple[int, int]] = field(default_factory=dict)
    closed: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, opening: tuple[int, int], closing: tuple[int, int]) -> None:
        self.opened[opening[1]] = (opening[0], closing[0])
        self.closed[closing[0]] = (opening[1], closing[1])


class Printed:
    """`text` is what is printed. `joined`: a single line break is a space, as it is on the page."""

    def __init__(self, typed: str, *, joined: bool = False) -> None:
        self._pairs = _Pairs()
        edits = sorted(_edits(typed, self._pairs), key=lambda edit: edit.start)
        breaks = [_Edit(*found.span(), " ") for found in _BREAK.finditer(typed)] if joined else []
        self.breaks: list[int] = []
        self._write(typed, sorted([*edits, *breaks], key=lambda edit: (edit.start, -edit.end)), breaks)

    def _write(self, typed: str, edits: list[_Edit], breaks: list[_Edit]) -> None:
        broken = {edit.start for edit in breaks}
        pieces, self._starts, self._ends, at = [], list[int](), list[int](), 0
        for edit in edits:
            if edit.start < at:
                continue
            pieces += [typed[at : edit.start], edit.printed]
            self._starts += [*range(at, edit.start), *([edit.start] * len(edit.printed))]
            self._ends += [*range(at + 1, edit.start + 1), *([edit.end] * len(edit.printed))]
            if edit.start in broken:
                self.breaks.append(len(self._starts) - 1)
            at = edit.end
        self._starts += range(at, len(typed))
        self._ends += range(at + 1, len(typed) + 1)
        self.text = "".join([*pieces, typed[at:]])

    def typed(self, span: Span) -> Span:
        """Where it was typed, with both marks of an emphasis that it would else tear in two."""
        start, end = self._starts[span.start], self._ends[span.end - 1]
        while True:
            before, after = self._pairs.opened.get(start), self._pairs.closed.get(end)
            if before and start < before[1] < end:
                start = before[0]
            elif after and start < after[0] < end:
                end = after[1]
            else:
                return Span(span.sort, start, end, span.suggestion)


def _edits(typed: str, pairs: _Pairs) -> Iterator[_Edit]:
    for found in _ENTITY.finditer(typed):
        sign = html.unescape(found.group())
        if sign != found.group():
            yield _Edit(*found.span(), "".join(_plain(each) for each in sign))
    for found in _UNUSUAL.finditer(typed):
        if (sign := _plain(found.group())) != found.group():
            yield _Edit(*found.span(), sign)
    yield from _emphasis(typed, pairs)


@lru_cache(maxsize=5_000)
def _plain(sign: str) -> str:
    """A full-width figure is a figure, any space a space, and what has no width is not there."""
    kind = unicodedata.category(sign)
    if kind == "Zs":
        return " "
    if kind == "Cf" or sign in _UNSEEN:
        return ""
    if unicodedata.decomposition(sign).partition(" ")[0] in _SAME:
        return unicodedata.normalize("NFKC", sign)
    return sign


def _emphasis(typed: str, pairs: _Pairs) -> Iterator[_Edit]:
    """The marks that come in twos, as Markdown pairs them, within one paragraph."""
    open_runs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for found in _MARKS.finditer(typed):
        if found["end"]:
            open_runs.clear()
            continue
        run, (start, end) = found["run"], found.span()
        before, after = typed[start - 1 : start], typed[end : end + 1]
        if before == "\\":
            continue
        within = run[0] == "_" and before.isalnum() and after.isalnum()
        waiting = open_runs[run]
        if waiting and not within and before.strip() and not (run[0] == "_" and after.isalnum()):
            opening = waiting.pop()
            pairs.add(opening, (start, end))
            yield _Edit(*opening, "")
            yield _Edit(start, end, "")
        elif not within and after.strip() and not (run[0] == "_" and before.isalnum()):
            waiting.append((start, end))
