"""Typing errors: the words of a query that stand nowhere, and those they were probably meant to be.

Words of health are near to others that mean something else: angina and hanging, callus and calls. So a word that is
right English is left alone, a short one too, and only what is one error away is taken for what was meant.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from string import ascii_lowercase
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.functions import Length
from rapidfuzz import process
from rapidfuzz.distance import OSA

from advice.search import english
from advice.search.models import FORM, Word
from advice.search.words import STOP_WORDS, fold, stem

_SHORTEST = english.SHORTEST  # letters; to four of them nearly everything is near
_LONG = 8  # letters, of which two may be wrong, or the first one
_MENDED = 3  # words of a query
_MOST_WRONG = 6  # with more of them it is another language, or nonsense
_TRIED = 3  # of the nearest words, until one is public

IsPublic = Callable[[str, int], bool]  # of a word that stands in so many documents, published or not


@dataclass(frozen=True)
class Mended:
    """A query put right; with `is_sure` each word had one error only."""

    text: str = ""
    is_sure: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)


class _Near(NamedTuple):
    distance: int
    documents: int
    text: str


def mended(query: str, typed: Iterable[str], taught: Collection[str], is_public: IsPublic) -> Mended:
    """`query` with the words put right that stand in no document; nothing where there is nothing to put right.

    By words that are public only: what is still to be published is not told by a hint. `taught` are the words that have
    synonyms, wherever they stand.
    """
    right: dict[str, _Near] = {}
    wrong = _unknown(list(typed), taught)
    if len(wrong) > _MOST_WRONG:
        return Mended()
    for word in wrong[:_MENDED]:
        if better := _meant(word, taught, is_public):
            right[word] = better
    if not right:
        return Mended()
    pattern = re.compile(r"\w+(?:['’ʼ]\w+)*")
    text = pattern.sub(
        lambda match: right[fold(match[0])].text if fold(match[0]) in right else match[0], query
    )
    return Mended(text, all(near.distance <= 1 for near in right.values()))


def _unknown(typed: list[str], taught: Collection[str]) -> list[str]:
    """Those that are long enough to be judged, and stand nowhere, nor begin a word, where they are the last one."""
    judged = [
        word
        for word in typed
        if len(word) >= _SHORTEST and word.isalpha() and word not in STOP_WORDS and word not in taught
    ]
    _, counts = Word.counts([stem(word) for word in judged])
    wrong = [word for word in judged if not counts.get(stem(word))]
    if wrong and wrong[-1] == typed[-1] and Word.typed(wrong[-1]).exists():
        wrong.pop()
    return [word for word in wrong if not english.is_right(word) or english.spelt_otherwise(word)]


def _meant(word: str, taught: Collection[str], is_public: IsPublic) -> _Near | None:
    """The nearest known word: of equally near ones the one that stands in most documents."""
    if english.is_right(word):
        return _spelt_otherwise(word, is_public)
    farthest = 1 if len(word) < _LONG else 2
    found = dict(_likely(word, farthest)) | dict.fromkeys((FORM + other for other in taught), 0)
    best = _nearest(word, found, taught, farthest, is_public)
    if best is None or best.distance > 1:
        return _parts(word, is_public) or best
    return best


def _spelt_otherwise(word: str, is_public: IsPublic) -> _Near | None:
    names = [FORM + other for other in english.spelt_otherwise(word)]
    rows = Word.objects.filter(word__in=names, documents__gt=0).order_by("-documents")
    for name, documents in rows.values_list("word", "documents"):
        if is_public(name.removeprefix(FORM), documents):
            return _Near(0, documents, name.removeprefix(FORM))
    return None


def _likely(word: str, farthest: int) -> QuerySet[Word, tuple[str, int]]:
    """Words of nearly its length with the same first letter, or with the first two changed about; and those of which a
    long one has lost its first letter, or to which it has one more."""
    least, most = len(FORM) + len(word) - farthest, len(FORM) + len(word) + farthest
    beginnings = [
        Word.typed(beginning).annotate(size=Length("word")).filter(size__gte=least, size__lte=most)
        for beginning in dict.fromkeys((word[0], word[1] + word[0]))
    ]
    if len(word) >= _LONG:
        names = [FORM + word[1:], *(FORM + letter + word for letter in ascii_lowercase)]
        beginnings.append(Word.objects.annotate(size=Length("word")).filter(word__in=names, documents__gt=0))
    rows = [some.values_list("word", "documents") for some in beginnings]
    return rows[0].union(*rows[1:], all=True)


def _nearest(
    word: str, found: dict[str, int], taught: Collection[str], farthest: int, is_public: IsPublic
) -> _Near | None:
    names = [name.removeprefix(FORM) for name in found]
    rows = process.extract(word, names, scorer=OSA.distance, score_cutoff=farthest, limit=None)
    near = [
        _Near(int(distance), found[FORM + name], name)
        for name, distance, _ in rows
        if name.isalpha() and _begins_alike(word, name)
    ]
    near.sort(key=lambda one: (one.distance, -one.documents, one.text))
    return next(
        (one for one in near[:_TRIED] if one.text in taught or is_public(one.text, one.documents)), None
    )


def _begins_alike(word: str, other: str) -> bool:
    """Nobody errs in the first letter of a short word, but by changing it about with the second."""
    is_swapped = other[:2] == word[1::-1]
    is_shifted = len(word) >= _LONG and (other[1:] == word or word[1:] == other)
    return other[0] == word[0] or is_swapped or is_shifted


def _parts(word: str, is_public: IsPublic) -> _Near | None:
    """Two known words that were typed as one: “calfcramp”."""
    cuts = [(word[:at], word[at:]) for at in range(3, len(word) - 2)]
    names = {FORM + part for cut in cuts for part in cut}
    known = dict(Word.objects.filter(word__in=names, documents__gt=0).values_list("word", "documents"))
    fit = [
        _Near(1, min(known[FORM + first], known[FORM + second]), f"{first} {second}")
        for first, second in cuts
        if FORM + first in known and FORM + second in known
    ]
    best = max(fit, key=lambda one: (one.documents, one.text), default=None)
    if best and all(is_public(part, known[FORM + part]) for part in best.text.split()):
        return best
    return None
