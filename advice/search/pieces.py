"""Texts as the model reads them: word pieces, by the rules of BERT for lower case (https://arxiv.org/abs/1609.08144)."""

import gzip
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

VOCABULARY = Path(__file__).parent / "minilm" / "vocab.txt.gz"
MOST = (
    128  # pieces of a text that are read: docs/decisions/0011-meaning.md has what more would cost and bring
)
_MOST_TEXT = 20_000  # characters; what follows is not read
_LONGEST = 100  # letters of a word; a longer one is unknown

# Letters of scripts that are written without spaces: each is a word.
_IDEOGRAPHS = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
    *((0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)
_SIGNS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@cache
def _vocabulary() -> dict[str, int]:
    with gzip.open(VOCABULARY, "rt", encoding="utf-8", newline="\n") as lines:
        return {line.rstrip("\n"): number for number, line in enumerate(lines)}


def numbers_of(text: str) -> list[int]:
    """The numbers of the first `MOST` pieces of `text`, between the marks of beginning and end."""
    known = _vocabulary()
    found = [known["[CLS]"]]
    for word in _words(text):
        found += _pieces(word, known)
        if len(found) >= MOST:
            break
    return [*found[: MOST - 1], known["[SEP]"]]


def _words(text: str) -> Iterator[str]:
    """Lower case without accents; a sign or an ideograph is a word by itself."""
    for part in text[:_MOST_TEXT].split():
        yield from _parted(part)


def _parted(part: str) -> Iterator[str]:
    word = ""
    for letter in unicodedata.normalize("NFD", part).lower():
        kind = unicodedata.category(letter)
        if kind in {"Mn", "Cc", "Cf", "Co", "Cs"} or letter == "\ufffd":
            continue  # an accent, or nothing that can be seen
        if letter in _SIGNS or kind[0] == "P" or _is_ideograph(letter):
            if word:
                yield word
            yield letter
            word = ""
        else:
            word += letter
    if word:
        yield word


def _is_ideograph(letter: str) -> bool:
    return letter >= "\u3400" and any(first <= ord(letter) <= last for first, last in _IDEOGRAPHS)


def _pieces(word: str, known: dict[str, int]) -> list[int]:
    """The longest pieces that are known, from the left; one that cannot be made of such is unknown as a whole."""
    unknown = [known["[UNK]"]]
    if len(word) > _LONGEST:
        return unknown
    found: list[int] = []
    start = 0
    while start < len(word):
        mark = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if mark + word[start:end] in known), start)
        if end == start:
            return unknown
        found.append(known[mark + word[start:end]])
        start = end
    return found
