"""What two people made of one text, as one text again, sentence by sentence.

A three-way merge as diff3 does it (Khanna, Kunal and Pierce, 2007): what only one of them changed is taken over, and where
both did, both wordings stand, marked. Without the text that both began with, all that either has is kept.
"""

import re
from collections.abc import Sequence
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


def merge(base: str | None, theirs: str, yours: str) -> Merged:
    left, right = _pieces(theirs, yours, base or "")
    first = _common(left, right) if base is None else _pieces(base, theirs, yours)[0]
    in_left, in_right = _places(first, left), _places(first, right)
    merged, clashes = "", 0
    at = at_left = at_right = 0
    for stop in [*sorted(in_left.keys() & in_right.keys()), len(first)]:
        to_left, to_right = in_left.get(stop, len(left)), in_right.get(stop, len(right))
        for part in _parts(first[at:stop], left[at_left:to_left], right[at_right:to_right]):
            text, clash = _region(*part)
            merged += text
            clashes += clash
        merged += first[stop] if stop < len(first) else ""
        at, at_left, at_right = stop + 1, to_left + 1, to_right + 1
    return Merged(merged, clashes)


def has_marks(text: str) -> bool:
    """Whether two wordings still stand beside each other."""
    return _MARKS.search(text) is not None


def _parts(
    base: list[str], theirs: list[str], yours: list[str]
) -> list[tuple[list[str], list[str], list[str]]]:
    """Sentence by sentence, where neither of them has made more or fewer of these."""
    if len(base) == len(theirs) == len(yours):
        return [([one], [two], [three]) for one, two, three in zip(base, theirs, yours, strict=True)]
    return [(base, theirs, yours)]


def _region(base: list[str], theirs: list[str], yours: list[str]) -> tuple[str, bool]:
    if yours in (base, theirs):
        return "".join(theirs), False
    if theirs == base:
        return "".join(yours), False
    left, right = "".join(theirs), "".join(yours)
    space = right[len(right.rstrip()) :] or left[len(left.rstrip()) :]
    return f"{THEIRS} {left.strip()} {YOURS} {right.strip()} {END}{space or ' '}", True


def _pieces(*texts: str) -> tuple[list[str], list[str]]:
    """The first two of these, cut alike."""
    for cut in (_SENTENCES, _PARAGRAPHS):
        found = [cut.findall(text) for text in texts]
        if all(len(pieces) <= _MOST for pieces in found):
            return found[0], found[1]
    return [texts[0]], [texts[1]]


def _common(left: Sequence[str], right: Sequence[str]) -> list[str]:
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return [piece for block in blocks for piece in left[block.a : block.a + block.size]]


def _places(base: Sequence[str], text: Sequence[str]) -> dict[int, int]:
    """Where the pieces of `base` that are still there stand in `text`."""
    blocks = SequenceMatcher(None, base, text, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}
