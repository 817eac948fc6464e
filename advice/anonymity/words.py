"""A letter as words that know where they stand: in which sentence, at its beginning, with which capitals."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

from advice.anonymity import vocabulary
from advice.anonymity.vocabulary import fold, section

LETTER = "(?:[^\\W\\d_][\u0300-\u036f]{0,3})"
# What has figures in it ("5k", "HbA1c") is matched, so that its letters are no word of their own, and left out.
_WORD = re.compile(f"\\w{{0,40}}\\d\\w*|(?P<word>{LETTER}+(?:['’‘‐‑-]{LETTER}+)*)")
_END = re.compile(r"[.!?…]|\n\s*\n")
_POSSESSIVE = ("'s", "’s", "‘s")
# After these a full stop ends no sentence.
_NO_END = section("titles") | section("end no sentence")
# Words that stand with a capital anywhere, and are nobody; some as people write them who are in a hurry.
NOBODY = section("nobody")
_WHOLE = 0.6  # of a text in capitals: then it is all shouted


@dataclass(frozen=True)
class Word:
    start: int
    end: int  # without a possessive 's
    text: str
    key: str
    gap: str  # what stands between the word before and this one
    sentence: int
    opens: bool  # a capital here says nothing: it begins a sentence, a line or a quotation
    shouted: bool  # so do capitals all over

    @cached_property
    def capital(self) -> bool:
        """Written with a capital that says something about the word itself."""
        return self.text[0].isupper() and not self.shouted

    @cached_property
    def acronym(self) -> bool:
        return self.capital and len(self.text) > 1 and self.text.isupper()

    @cached_property
    def initial(self) -> bool:
        return len(self.text) == 1 and self.text.isupper() and self.text != "I"

    @cached_property
    def common(self) -> bool:
        return vocabulary.is_common(self.key)

    @cached_property
    def given(self) -> bool:
        if self.key in vocabulary.given():
            return True
        first, _, second = self.key.partition("-")
        return bool(second) and first in vocabulary.given() and not self.common

    @cached_property
    def ambiguous(self) -> bool:
        return self.key in vocabulary.ambiguous()


class Letter:
    """A text with its words. `small`: its writer does without capitals, so that small letters say nothing either."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _words(text)
        self.public = _public(self.words)
        self._starts = [word.start for word in self.words]
        openers = [word for word in self.words if word.opens and word.key not in NOBODY]
        lowly = sum(word.text[0].islower() for word in openers)
        self.small = 2 * lowly > len(openers)

    def near(self, word: int, back: int) -> Word | None:
        """The word so many places before (or, negative, after), if in the same sentence."""
        at = word - back
        if not 0 <= at < len(self.words) or self.words[at].sentence != self.words[word].sentence:
            return None
        return self.words[at]

    def between(self, start: int, end: int) -> range:
        """The words that begin between two offsets."""
        return range(bisect_left(self._starts, start), bisect_left(self._starts, end))

    def sentence(self, offset: int) -> int:
        at = bisect_right(self._starts, offset)
        return self.words[at - 1].sentence if at else 0

    def loose(self, word: Word) -> bool:
        """Whether the writer's capitals say nothing here."""
        return self.small or word.shouted


def _words(text: str) -> list[Word]:
    words: list[Word] = []
    sentence, before = 0, 0
    previous = ""
    shouted = _shouted(text)
    for match in _WORD.finditer(text):
        if match["word"] is None:
            continue
        start, end = match.span()
        written = match.group()
        if written.endswith(_POSSESSIVE) and len(written) > 2:
            written, end = written[:-2], end - 2
        gap = text[before:start]
        ended = bool(_END.search(gap)) and not _goes_on(previous, gap)
        sentence += ended
        opens = ended or not words or _opens(gap)
        while shouted and shouted[0][1] <= start:
            shouted.pop(0)
        loud = bool(shouted) and shouted[0][0] <= start
        words.append(Word(start, end, written, fold(written), gap, sentence, opens, loud))
        before, previous = end, written
        if text[end : end + 2] in _POSSESSIVE:
            before = end + 2
    return words


def _goes_on(previous: str, gap: str) -> bool:
    """A point after an abbreviation or an initial ends nothing."""
    if gap.strip(" ") != "." and gap != ".\n":
        return False
    return fold(previous) in _NO_END or (len(previous) == 1 and previous.isupper() and previous != "I")


def _opens(gap: str) -> bool:
    if (
        any(mark in gap for mark in ":•|")
        or gap.endswith(("“", '"', "‘", " '", "– ", "— ", "* "))
        or " - " in gap
    ):
        return True
    return "\n" in gap and gap.strip(" ") != "\n"  # a line that was merely broken begins nothing


def _shouted(text: str) -> list[tuple[int, int]]:
    """Stretches of text in capitals only, in order."""
    found = []
    for match in re.finditer(r"[^.!?\n]+", text):
        written = match.group()
        if written.casefold() == written or written.lower() == written:
            continue
        letters = [letter for letter in written if letter.isalpha()]
        if len(letters) > 11 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters):
            found.append(match.span())
    if sum(end - start for start, end in found) > _WHOLE * len(text):
        return [(0, len(text))]
    return found


def _public(words: list[Word]) -> list[int]:
    """Which words belong to the name of something everybody knows: the same number for each word of one name, or nought."""
    public = [0] * len(words)
    keys = [word.key for word in words]
    at = 0
    while at < len(words):
        length = _phrase(words, keys, at)
        for each in range(at, at + length):
            public[each] = at + 1
        at += max(length, 1)
    return public


def _phrase(words: list[Word], keys: list[str], at: int) -> int:
    """How many words from here are such a name. "Sainsbury's" is listed with the ending that a word here has lost, "Nikes"
    without its plural."""
    first = keys[at]
    if not (vocabulary.begins(first) or vocabulary.begins(f"{first}'s") or vocabulary.begins(first[:-1])):
        return 0
    rest = keys[at : at + vocabulary.LONGEST]
    plural = words[at].capital and len(rest[0]) > 4 and rest[0].endswith("s")
    forms = (rest[0], f"{rest[0]}'s", rest[0][:-1]) if plural else (rest[0], f"{rest[0]}'s")
    length = max(vocabulary.phrase_length([form, *rest[1:]]) for form in forms)
    for each in range(at + 1, at + length):
        if words[each].gap.strip(" -'’.s&") != "" or "\n\n" in words[each].gap:
            return vocabulary.phrase_length(rest[: each - at])
    return length
