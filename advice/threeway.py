"""What two people made of one text, as one text again, sentence by sentence.

A three-way merge as diff3 does it (Khanna, Kunal and Pierce, 2007): what only one of them changed is taken over, and where
both did, both wordings stand, marked. Without the text that both began with, all that either has is kept.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

THEIRS, YOURS, END = "⟪theirs⟫", "⟪yours⟫", "⟪end⟫"
_MARKS = re.compile("|".join((THEIRS, YOURS, END)))
_SENTENCES = re.compile(r".+?(?:[.!?…]+[\"'”’)\]]*[ \t]+|\n+|\Z)", re.DOTALL)
_PARAGRAPHS = re.compile(r".+?(?:\n\s*\n|\Z)", re.DOTALL)
_MOST = 2_000  # pieces; a comparison of more could take seconds


@dataclass(frozen=True)
class Merged:
    text: str
    clashes: int  # places that both changed, each in their own way


@dataclass(frozen=True)
class _Edit:
    """`base[start:stop]` became `pieces`."""

    start: int
    stop: int
    pieces: list[str]

    def meets(self, other: "_Edit") -> bool:
        """Whether both are about the same pieces, or put something into the same place."""
        if self.start == self.stop == other.start == other.stop:
            return True
        return self.start < other.stop and other.start < self.stop


def merge(base: str | None, theirs: str, yours: str) -> Merged:
    left, right, *rest = _pieces(theirs, yours, *([] if base is None else [base]))
    began = rest[0] if rest else _common(left, right)
    merged, clashes, at = "", 0, 0
    for place, one, other in _places(_edits(began, left), _edits(began, right)):
        text, clash = _put(began[place.start : place.stop], one, other)
        merged += "".join(began[at : place.start]) + text
        clashes += clash
        at = place.stop
    return Merged(merged + "".join(began[at:]), clashes)


def has_marks(text: str) -> bool:
    """Whether two wordings still stand beside each other."""
    return _MARKS.search(text) is not None


def _edits(base: list[str], text: list[str]) -> list[_Edit]:
    """Sentence by sentence where as many came as went; and the breaks after those that stayed."""
    found = []
    for kind, start, stop, from_, to in _matcher(base, text).get_opcodes():
        if stop - start != to - from_:
            found.append(_Edit(start, stop, text[from_:to]))
            continue
        pairs = zip(range(start, stop), text[from_:to], strict=True)
        found += [_Edit(at, at + 1, [piece]) for at, piece in pairs if kind != "equal" or base[at] != piece]
    return found


def _places(theirs: list[_Edit], yours: list[_Edit]) -> list[tuple[_Edit, list[_Edit], list[_Edit]]]:
    """The places that somebody changed, in order: from where to where, and with which edits of each."""
    found: list[tuple[_Edit, list[_Edit], list[_Edit]]] = []
    for edit, is_theirs in sorted(
        [(edit, True) for edit in theirs] + [(edit, False) for edit in yours],
        key=lambda one: (one[0].start, one[0].stop),
    ):
        if not found or not found[-1][0].meets(edit):
            found.append((edit, [], []))
        place, one, other = found[-1]
        (one if is_theirs else other).append(edit)
        found[-1] = (_Edit(place.start, max(place.stop, edit.stop), []), one, other)
    return found


def _put(base: list[str], theirs: list[_Edit], yours: list[_Edit]) -> tuple[str, bool]:
    """What becomes of a place; where both changed it, each in their own way, both wordings."""
    if not theirs or not yours:
        return "".join(piece for edit in theirs or yours for piece in edit.pieces), False
    start = min(edit.start for edit in (*theirs, *yours))
    left, right = _applied(base, theirs, start), _applied(base, yours, start)
    if _words(right) in (_words(base), _words(left)):
        return "".join(left if _words(right) != _words(left) else right), False
    if _words(left) == _words(base):
        return "".join(right), False
    one, other = "".join(left), "".join(right)
    space = other[len(other.rstrip()) :] or one[len(one.rstrip()) :]
    return f"{THEIRS} {one.strip()} {YOURS} {other.strip()} {END}{space or ' '}", True


def _applied(base: list[str], edits: list[_Edit], start: int) -> list[str]:
    found, at = [], start
    for edit in edits:
        found += base[at - start : edit.start - start] + edit.pieces
        at = edit.stop
    return found + base[at - start :]


def _pieces(*texts: str) -> list[list[str]]:
    """All of them cut alike."""
    for cut in (_SENTENCES, _PARAGRAPHS):
        found = [cut.findall(text) for text in texts]
        if all(len(pieces) <= _MOST for pieces in found):
            return found
    return [[text] for text in texts]


def _common(left: list[str], right: list[str]) -> list[str]:
    blocks = _matcher(left, right).get_matching_blocks()
    return [piece for block in blocks for piece in left[block.a : block.a + block.size]]


def _matcher(one: list[str], other: list[str]) -> "SequenceMatcher[str]":
    return SequenceMatcher(None, _words(one), _words(other), autojunk=False)


def _words(pieces: list[str]) -> list[str]:
    """A sentence stays the same when the one after it is taken away, and with it the space between them."""
    return [piece.rstrip() for piece in pieces]
