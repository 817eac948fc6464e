"""Which of the letters that wait ask the same, found by the worker as they come.

No index of letters is kept: their words are read, compared in memory, and of what was found the pair is kept, until an
editor has decided about one of the two. Meanings are compared where the model is; else, and beyond the newest letters,
the words that few of them have.
"""

import datetime as dt
import heapq
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Substr
from django.utils import timezone

from advice.letters.alike import telling
from advice.letters.models import (
    Letter,
    LetterQuerySet,
    LetterStatus,
    LetterVersion,
    Likened,
    Likeness,
    PutOff,
)
from advice.search import model

LATELY = dt.timedelta(days=90)
COMPARED = 1_000  # the newest letters that wait
MEANT = 300  # the newest of them, whose meanings are compared
_READ = 1_000  # characters of a text
_MOST_WORDS = 30  # of a letter, to compare by
_FEWEST_SHARED = 3
# Of pairs of questions that ask the same (doctors' paraphrases, consumers' questions) 85 and 89 of 100 are nearer in
# meaning than this, and of the pairs that are, 92 and 86 of 100 ask the same. By words it is 69 and 79, and 73 and 81.
NEAR_BY_MEANING, NEAR_BY_WORDS = 0.65, 0.35

Scores = dict[int, float]
_meanings: dict[int, Any] = {}  # vectors of the newest versions, in this process's memory alone


def waiting(now: dt.datetime | None = None) -> LetterQuerySet:
    """The letters that the board is about: the newest of those that nobody has decided about."""
    since = (now or timezone.now()) - LATELY
    rows = Letter.objects.filter(status=LetterStatus.RECEIVED, received_at__gte=since)
    return rows.order_by("-received_at", "-pk")[:COMPARED]


def make_due(
    *, now: dt.datetime | None = None, stop: Callable[[], bool] = lambda: False, seconds: float = 5
) -> int:
    """Compare letters that have not been yet, the newest first, for about as long as `seconds`. Gives how many."""
    _forget(now)
    due = list(_due(now))
    if not due:
        return 0
    end = time.monotonic() + seconds
    shelf = _Shelf(waiting(now), due, end)
    done = 0
    for pk in due:
        if stop() or (done and time.monotonic() > end):
            break
        _keep(pk, shelf.near(pk))
        done += 1
    return done


def forget(letter: Letter) -> None:
    """Its words are others now: it is compared anew."""
    Likened.objects.filter(letter=letter).delete()
    Likeness.objects.filter(Q(letter=letter) | Q(other=letter)).delete()


def _due(now: dt.datetime | None) -> Any:
    known = Likened.objects.filter(letter=OuterRef("pk"))
    newest = waiting(now).values("pk")
    rows = Letter.objects.filter(~Exists(known), Exists(LetterVersion.objects.filter(letter=OuterRef("pk"))))
    return rows.filter(pk__in=newest).order_by("-received_at", "-pk").values_list("pk", flat=True)


def _forget(now: dt.datetime | None) -> None:
    """What was found of letters that somebody has decided about, or that are old; and decisions that are over."""
    PutOff.objects.filter(until__lt=timezone.localdate(now)).delete()
    since = (now or timezone.now()) - LATELY
    over = Likened.objects.filter(~Q(letter__status=LetterStatus.RECEIVED) | Q(letter__received_at__lt=since))
    if pks := list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            Likeness.objects.filter(Q(letter__in=pks) | Q(other__in=pks)).delete()
            Likened.objects.filter(pk__in=pks).delete()


@transaction.atomic
def _keep(pk: int, near: Scores) -> None:
    """Nothing of a letter that was decided about meanwhile."""
    still = Letter.objects.filter(pk__in=[pk, *near], status=LetterStatus.RECEIVED)
    there = set(still.select_for_update().order_by("pk").values_list("pk", flat=True))
    if pk not in there:
        return
    pairs = [
        Likeness(letter_id=min(pk, other), other_id=max(pk, other), score=score)
        for other, score in near.items()
        if other in there
    ]
    Likeness.objects.bulk_create(pairs, ignore_conflicts=True)
    Likened.objects.get_or_create(letter_id=pk)


class _Shelf:
    """The letters that are compared, as they are read once for all that are due."""

    def __init__(self, letters: LetterQuerySet, due: Collection[int], end: float) -> None:
        versions = LetterVersion.objects.filter(letter__in=letters.values("pk")).order_by("number")
        rows = versions.values_list("letter", "pk", "question", Substr("text", 1, _READ))
        read = {
            pk: (version, f"{question} {text}") for pk, version, question, text in rows
        }  # the newest comes last
        self.roots = {pk: telling(text).keys() for pk, (_version, text) in read.items()}
        having = Counter(root for roots in self.roots.values() for root in roots)
        self.weights = {
            root: math.log((1 + len(read)) / (0.5 + often)) for root, often in having.items() if often > 1
        }
        self.by_root: defaultdict[str, list[int]] = defaultdict(list)
        for pk, roots in self.roots.items():
            for root in roots & self.weights.keys():
                self.by_root[root].append(pk)
        self.meanings = _meant(read, due, end)
        self._chosen: dict[int, tuple[list[str], float]] = {}

    def near(self, pk: int) -> Scores:
        if pk not in self.roots:
            return {}
        found = {
            other: score for other, score in self._by_words(pk).items() if not self._both_meant(pk, other)
        }
        return {**found, **self._by_meaning(pk)}

    def _both_meant(self, pk: int, other: int) -> bool:
        return pk in self.meanings and other in self.meanings

    def _by_meaning(self, pk: int) -> Scores:
        if pk not in self.meanings:
            return {}
        own = self.meanings[pk]
        cosines = {other: float(own @ vector) for other, vector in self.meanings.items() if other != pk}
        return {other: cosine for other, cosine in cosines.items() if cosine >= NEAR_BY_MEANING}

    def _by_words(self, pk: int) -> Scores:
        """By the share of the weight of each one's telling words that the other has, in the middle of both."""
        shared: Counter[int] = Counter()
        for root in self._heaviest(pk)[0]:
            shared.update(self.by_root[root])
        enough = [other for other, count in shared.items() if count >= _FEWEST_SHARED and other != pk]
        scores = {other: (self._share(pk, other) + self._share(other, pk)) / 2 for other in enough}
        return {other: score for other, score in scores.items() if score >= NEAR_BY_WORDS}

    def _share(self, pk: int, other: int) -> float:
        chosen, whole = self._heaviest(pk)
        return sum(self.weights[root] for root in chosen if root in self.roots[other]) / (whole or 1)

    def _heaviest(self, pk: int) -> tuple[list[str], float]:
        """The words it is compared by, and their weight."""
        if pk not in self._chosen:
            known = sorted(self.roots[pk] & self.weights.keys())
            chosen = heapq.nlargest(_MOST_WORDS, known, key=lambda root: self.weights[root])
            self._chosen[pk] = chosen, sum(self.weights[root] for root in chosen)
        return self._chosen[pk]


def _meant(read: dict[int, tuple[int, str]], due: Collection[int], end: float) -> dict[int, Any]:
    """Vectors of the newest letters, as many as there is time for; those that are due come first. None without a model."""
    if not model.is_available(wait=True):
        return {}
    newest = heapq.nlargest(MEANT, read)
    versions = {read[pk][0] for pk in newest}
    for gone in _meanings.keys() - versions:
        del _meanings[gone]
    for pk in sorted(newest, key=lambda pk: (pk not in due, -pk)):
        version, text = read[pk]
        if version not in _meanings:
            if time.monotonic() > end:
                break
            _meanings[version] = model.encode([text])[0]
    return {pk: _meanings[read[pk][0]] for pk in newest if read[pk][0] in _meanings}
