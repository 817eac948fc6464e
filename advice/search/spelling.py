"""Typing errors: the words of a query that stand nowhere, and those they were probably meant to be."""

import heapq
import re
from collections.abc import Callable, Iterable

from django.db.models.functions import Length
from rapidfuzz.distance import OSA

from advice.search.models import FORM, Word
from advice.search.words import STOP_WORDS, fold, stem

_SHORTEST = 4  # letters; of three nearly everything is near
_FULL_LOOK = 20_000  # words looked through when none with a likely beginning is near
_TRIED = 10  # of the nearest words, until one is public

IsPublic = Callable[[str, int], bool]  # of a word that stands in so many documents, published or not


def mended(query: str, typed: Iterable[str], is_public: IsPublic) -> str:
    """`query` with the words put right that stand in no document; "" where there is nothing to put right.

    By words that are public only: what is still to be published is not told by a hint.
    """
    wrong = _unknown(list(typed))
    right = {word: better for word in wrong if (better := _meant(word, is_public))}
    if not right:
        return ""
    pattern = re.compile(r"\w+(?:['’ʼ]\w+)*")
    return pattern.sub(lambda match: right.get(fold(match[0]), match[0]), query)


def _unknown(typed: list[str]) -> list[str]:
    """Those that are long enough to be judged, and stand nowhere, nor begin a word, where they are the last one."""
    judged = [word for word in typed if len(word) >= _SHORTEST and word.isalpha() and word not in STOP_WORDS]
    _, counts = Word.counts([stem(word) for word in judged])
    wrong = [word for word in judged if not counts.get(stem(word))]
    if wrong and wrong[-1] == typed[-1] and Word.typed(wrong[-1]).exists():
        wrong.pop()
    return wrong


def _meant(word: str, is_public: IsPublic) -> str:
    """The nearest known word: of equally near ones the one that stands in most documents."""
    farthest = 1 if len(word) <= 5 else 2
    best = _nearest(word, _likely(word), farthest, is_public) or _nearest(
        word, _of_its_length(word, farthest), farthest, is_public
    )
    parts = _parts(word, is_public)
    if parts and (best is None or best[0] > 1):
        return parts
    return best[2] if best else ""


Found = tuple[str, int]  # a word, and in how many documents it stands
Near = tuple[int, int, str]  # how far, in how many documents (negative), which word


def _likely(word: str) -> list[Found]:
    """Words with the same first letter, or with the first two changed about or one of them left out or put in."""
    beginnings = {word[0], word[1] + word[0], word[1:3]}
    return [
        found
        for beginning in beginnings
        for found in Word.typed(beginning)
        .annotate(size=Length("word"))
        .filter(size__gte=len(word) - 1, size__lte=len(word) + 3)
        .values_list("word", "documents")
    ]


def _of_its_length(word: str, farthest: int) -> list[Found]:
    least, most = len(FORM) + len(word) - farthest, len(FORM) + len(word) + farthest
    sized = Word.typed("").annotate(size=Length("word"))
    rows = sized.filter(size__gte=least, size__lte=most).order_by("-documents")
    return list(rows.values_list("word", "documents")[:_FULL_LOOK])


def _nearest(word: str, found: list[Found], farthest: int, is_public: IsPublic) -> Near | None:
    nearest = heapq.nsmallest(_TRIED, _near(word, found, farthest))
    return next((one for one in nearest if is_public(one[2], -one[1])), None)


def _near(word: str, found: list[Found], farthest: int) -> list[Near]:
    near = []
    for marked, documents in found:
        known = marked.removeprefix(FORM)
        distance = OSA.distance(word, known, score_cutoff=farthest)
        if distance <= farthest and known.isalpha():
            near.append((distance, -documents, known))
    return near


def _parts(word: str, is_public: IsPublic) -> str:
    """Two known words that were typed as one: “calfcramp”."""
    cuts = [(word[:at], word[at:]) for at in range(3, len(word) - 2)]
    names = {FORM + part for cut in cuts for part in cut}
    known = dict(Word.objects.filter(word__in=names, documents__gt=0).values_list("word", "documents"))
    fit = [
        (min(known[FORM + first], known[FORM + second]), f"{first} {second}")
        for first, second in cuts
        if FORM + first in known and FORM + second in known
    ]
    best = max(fit, default=(0, ""))[1]
    return best if all(is_public(part, known[FORM + part]) for part in best.split()) else ""
