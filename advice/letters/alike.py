"""Open letters that ask the same as another one, found while its page is drawn.

Letters stand in no index, so nothing is kept for this: the newest open ones are read and compared in memory, by words that
few of them have. What is found is found by those words alone, and they are shown: an editor judges.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass

from django.db.models.functions import Substr
from django.utils import timezone

from advice.letters.models import Letter, LetterStatus, LetterVersion
from advice.search.words import STOP_WORDS, stem, words

LATELY = dt.timedelta(days=90)
LOOKED_AT = 500  # the newest open letters
_READ = 1_000  # characters of a text: what is asked is mostly said by then
_MOST_WORDS = 30  # of a letter, to compare by
_LOOKED_FOR = 60  # its longest words, among which the others have few: each is looked for in all letters
_SHORTEST = 4  # letters of a word's stem; a shorter one stands within too many words
_FEWEST_SHARED = 3
_LEAST = 0.3  # of the weight of all its words
_SAID = 6  # shared words that are named
_SIGNS = re.compile(r"\s+")


@dataclass(frozen=True)
class Alike:
    letter: Letter
    question: str
    beginning: str
    shared: list[str]
    score: float


def alike(letter: Letter, *, limit: int = 5, now: dt.datetime | None = None) -> list[Alike]:
    """The open letters that share the most telling words with `letter`, most alike first; often none."""
    told = telling(f"{letter.current.question} {letter.current.text[:_READ]}")
    texts = _open_texts(letter, now or timezone.now()) if told else {}
    found, heaviest = _best(told, texts, limit)
    letters = (
        Letter.objects.select_related("column", "article").defer("email").in_bulk([pk for _, pk in found])
    )
    return [
        _alike(letters[pk], texts[pk], [(root, told[root]) for root in heaviest], score)
        for score, pk in found
        if pk in letters
    ]


def telling(text: str) -> dict[str, str]:
    """The stems a letter may be known by, each with the word as it stands there first."""
    found: dict[str, str] = {}
    for word in words(text):
        root = stem(word)
        if not word.startswith(root):
            root = root[:-1]  # “injuri”, of “injury”
        if word not in STOP_WORDS and len(root) >= _SHORTEST:
            found.setdefault(root, word)
    return found


def _open_texts(letter: Letter, now: dt.datetime) -> dict[int, tuple[str, str]]:
    """Question and beginning of each, by the letter's key; those of its own article are merged already."""
    rows = Letter.objects.unanswered(now).filter(received_at__gte=now - LATELY).exclude(pk=letter.pk)
    if letter.article_id:
        rows = rows.exclude(article=letter.article_id, status=LetterStatus.ACCEPTED)
    latest = rows.order_by("-received_at", "-pk").values("pk")[:LOOKED_AT]
    versions = LetterVersion.objects.filter(letter__in=latest).order_by("number")
    read = versions.values_list("letter", "question", Substr("text", 1, _READ))
    return {pk: (question, text) for pk, question, text in read}  # the newest version comes last


def _best(
    told: dict[str, str], texts: dict[int, tuple[str, str]], limit: int
) -> tuple[list[tuple[float, int]], list[str]]:
    """By the share of the weight of its words; a word weighs the more the fewer letters have it. And these, heaviest first."""
    low = {pk: f"{asked} {said}".casefold() for pk, (asked, said) in texts.items()}
    longest = sorted(told, key=len, reverse=True)[:_LOOKED_FOR]
    having = {root: [pk for pk, text in low.items() if root in text] for root in longest}
    weights = {root: math.log((1 + len(low)) / (0.5 + len(pks))) for root, pks in having.items()}
    chosen = sorted(having, key=lambda root: (-weights[root], root))
    chosen = [root for root in chosen if having[root]][:_MOST_WORDS]
    whole = sum(weights[root] for root in chosen) or 1
    scores: dict[int, float] = {}
    shared: dict[int, int] = {}
    for root in chosen:
        for pk in having[root]:
            scores[pk] = scores.get(pk, 0) + weights[root] / whole
            shared[pk] = shared.get(pk, 0) + 1
    near = [(score, pk) for pk, score in scores.items() if score >= _LEAST and shared[pk] >= _FEWEST_SHARED]
    return sorted(near, key=lambda one: (-one[0], -one[1]))[:limit], chosen


def _alike(letter: Letter, text: tuple[str, str], telling: list[tuple[str, str]], score: float) -> Alike:
    low = " ".join(text).casefold()
    shared = [word for root, word in telling if root in low]
    beginning = _SIGNS.sub(" ", text[1])[:200]
    return Alike(letter, text[0], beginning, shared[:_SAID], score)
