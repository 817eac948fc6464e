"""Which words are right English: who writes one is not told that another was meant."""

import gzip
import re
from functools import cache
from pathlib import Path

SHORTEST = 5  # letters of the words that are listed

# How British and American spelling differ in words of health and food, each way.
_SPELLINGS = [
    (re.compile(pattern), other)
    for pattern, other in (
        *(("aem", "em"), ("em", "aem"), ("oea", "ea"), ("ea", "oea"), ("paed", "ped"), ("ped", "paed")),
        *(("^oe", "e"), ("^e", "oe"), ("tre$", "ter"), ("ter$", "tre"), ("bre$", "ber"), ("ber$", "bre")),
        *((r"([aeiou]\w+)our", r"\1or"), (r"([aeiou]\w+)or", r"\1our")),
    )
]


@cache
def _listed() -> bytes:
    return gzip.decompress((Path(__file__).parent / "words.txt.gz").read_bytes())


def is_right(word: str) -> bool:
    """Of a folded word of `SHORTEST` letters or more."""
    return word.isalpha() and f"\n{word}\n".encode() in _listed()


def spelt_otherwise(word: str) -> list[str]:
    """A right word as the other English has it: “fiber” is “fibre”."""
    found = (pattern.sub(other, word, count=1) for pattern, other in _SPELLINGS)
    return [other for other in found if other != word and len(other) >= SHORTEST and is_right(other)]
