"""A letter as words that know where they stand: in which sentence, at its beginning, with which capitals."""

import re
from dataclasses import dataclass
from functools import cached_property

from advice.anonymity import vocabulary
from advice.anonymity.vocabulary import fold

LETTER = "(?:[^\\W\\d_][\u0300-\u036f]{0,3})"
# What has figures in it ("5k", "HbA1c") is matched, so that its letters are no word of their own, and left out.
_WORD = re.compile(f"\\w{{0,40}}\\d\\w*|(?P<word>{LETTER}+(?:['’‘‐‑-]{LETTER}+)*)")
_END = re.compile(r"[.!?…]|\n\s*\n")
_POSSESSIVE = ("'s", "’s", "‘s")
TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "doctor", "prof", "professor", "sir", "dame", "rev", "revd", "reverend", "fr", "sgt", "sergeant", "cllr", "councillor", "capt", "captain", "lt", "col", "mme", "mlle", "madame", "monsieur", "herr", "frau", "señor", "señora", "senor", "senora", "signor", "signora", "sr", "sra", "st", "ste"]
)  # fmt: skip
_NO_END = TITLES | frozenset(
    [
        "vs",
        "eg",
        "ie",
        "etc",
        "no",
        "nr",
        "approx",
        "ext",
        "dept",
        "est",
        "inc",
        "ltd",
        "jr",
        "apt",
        "ave",
        "rd",
        "mt",
        "ft",
    ]
)


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
        openers = [word for word in self.words if word.opens and word.text.lower() != "i"]
        lowly = sum(word.text[0].islower() for word in openers)
        self.small = 2 * lowly > len(openers)

    def near(self, word: int, back: int) -> Word | None:
        """The word so many places before (or, negative, after), if in the same sentence."""
        at = word - back
        if not 0 <= at < len(self.words) or self.words[at].sentence != self.words[word].sentence:
            return None
        return self.words[at]

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
        written, end = match.group(), match.end()
        if written.endswith(_POSSESSIVE) and len(written) > 2:
            written, end = written[:-2], end - 2
        gap = text[before : match.start()]
        ended = bool(_END.search(gap)) and not _goes_on(previous, gap)
        sentence += ended
        opens = ended or not words or _opens(gap)
        words.append(
            Word(
                match.start(),
                end,
                written,
                fold(written),
                gap,
                sentence,
                opens,
                any(a <= match.start() < b for a, b in shouted),
            )
        )
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
    if any(mark in gap for mark in ':“"•|') or gap.endswith(("‘", " '", "– ", "— ", "* ")) or " - " in gap:
        return True
    return "\n" in gap and gap.strip(" ") != "\n"  # a line that was merely broken begins nothing


def _shouted(text: str) -> list[tuple[int, int]]:
    """Stretches of text in capitals only."""
    found = []
    for match in re.finditer(r"[^.!?\n]+", text):
        letters = [letter for letter in match.group() if letter.isalpha()]
        if len(letters) > 11 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters):
            found.append(match.span())
    if sum(b - a for a, b in found) > 0.6 * len(text):
        return [(0, len(text))]
    return found


def _public(words: list[Word]) -> list[bool]:
    """Which words belong to the name of something everybody knows."""
    public = [False] * len(words)
    keys = [word.key for word in words]
    at = 0
    while at < len(words):
        length = _phrase(words, keys, at)
        for each in range(at, at + length):
            public[each] = True
        at += max(length, 1)
    return public


def _phrase(words: list[Word], keys: list[str], at: int) -> int:
    rest = keys[at : at + 6]
    whole = f"{keys[at]}'s"
    # "Sainsbury's" and "Alzheimer's" are listed with the ending that was cut off.
    length = vocabulary.phrase_length(rest) or vocabulary.phrase_length([whole, *rest[1:]])
    for each in range(at + 1, at + length):
        if words[each].gap.strip(" -'’.s") != "" or "\n\n" in words[each].gap:
            return 0 if vocabulary.phrase_length(rest[: each - at]) == 0 else each - at
    return length
