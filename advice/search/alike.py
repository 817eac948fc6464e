"""Which documents are like a text: by the words that set it apart, and by what it means."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advice.search import fusing, held, index, model
from advice.search.engine import Match, Scored, Weights
from advice.search.index import Hit
from advice.search.models import IndexedDocument, Vector, Word
from advice.search.words import STOP_WORDS, Phrase, Query, stem, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TELLING, _FEWEST_TELLING = 25, 5
_MOST_FOUND = 3_000
_MOST_WORDS = 120  # different words of a text that are looked up to choose the telling ones among them
_CONSIDERED = 50  # documents by words and as many by meaning
_LEAST = 0.25  # of a cosine: what is farther is about something else
# What is near enough to be shown unasked. Of pairs of questions that ask the same (doctors' paraphrases and consumers'
# questions), 97 of 100 are nearer than this; of the nearest that asks something else, half are farther.
_NEAR_BY_WORDS, _NEAR_BY_MEANING = 0.2, 0.5
# A whole letter tells much besides, so that even its answer shares less with it; so does everything else.
_MANY_WORDS, _NEAR_BY_MANY_WORDS = 60, 0.14
_SHARE = 0.4  # half of a text's words are as good as the least cosine
_FEWEST_SHARED = 2  # words; one alone says nothing
_READ = 4_000  # characters of a text; the model reads fewer
# A headline mostly repeats the question, so that its words count already.
_HEADLINES = 3  # how often the words of an article's headline count when its neighbours are looked for
_TELLING_OF_ARTICLES = 12  # of its words; more take longer and find the same
_CANDIDATES_OF_ARTICLES = 250  # the same of documents that have them
_SIMILAR = Weights(headline=0.7, question=1, tags=1, answer=1)


def similar(text: str, *, now: dt.datetime | None, limit: int = 5, indexed: bool = False) -> list[Hit]:
    """The documents that are most like `text`, in words and, where there is a model, in what they mean.

    With `now` None also those not published yet. With `indexed` the text is itself in the index, and so words that stand
    in one document only tell nothing.
    """
    found, _ = _found(text, indexed=indexed)
    return [Hit(row.key, score, row.text) for row, score in _best(found, now, limit)]


def near_enough(text: str, *, now: dt.datetime | None, limit: int = 5) -> list[Hit]:
    """As `similar`, but only what seems to be about the same. The score says how near it is, 1 for the same.

    A list that is always full of the least bad ones would teach nobody to look at it.
    """
    found, vector = _found(text)
    rows = {row.key: row for row, _ in _best(found, now, limit)}
    cosines = {} if vector is None else held.cosines(vector, [row.pk for row in rows.values()])
    own = _counted(text[:_READ])
    likeness = _likeness(own, rows)
    least = _NEAR_BY_WORDS if len(own) < _MANY_WORDS else _NEAR_BY_MANY_WORDS
    near = []
    for key, row in rows.items():
        by_words_alone, cosine = likeness[key], cosines.get(row.pk, 0)
        if by_words_alone >= least or cosine >= _NEAR_BY_MEANING:
            near.append(Hit(key, min(max(by_words_alone, cosine), 1), row.text))
    return near


def _found(text: str, *, indexed: bool = False) -> "tuple[list[Scored], NDArray[np.float32] | None]":
    """By words and meaning, unsorted; and what the text means, where there is a model."""
    found = by_words(text, limit=_CONSIDERED, indexed=indexed)
    vector = fusing.vector_of(text[:_READ])
    if vector is not None:
        found = fusing.fused(vector, found, count=_CONSIDERED, least=_LEAST)
    return found, vector


def _likeness(own: Counter[str], rows: dict[str, IndexedDocument]) -> dict[str, float]:
    """Of headline and question: the cosine of their weighted words and a text's, or the share of the text's words that
    stand in them, whichever is more. A short text has few of a long question's words, but may have none besides."""
    counts = {key: _counted(f"{row.headline} {row.text[: row.asked or _READ]}") for key, row in rows.items()}
    total, documents = Word.counts(list(set(own).union(*counts.values())))

    def weighed(count: Counter[str]) -> dict[str, float]:
        return {
            word: (1 + math.log(often)) * math.log(1 + total / max(documents.get(word, 0), 0.5))
            for word, often in count.items()
        }

    mine = weighed(own)
    return {key: _nearness(mine, weighed(count)) for key, count in counts.items()}


def _nearness(mine: dict[str, float], theirs: dict[str, float]) -> float:
    shared = mine.keys() & theirs.keys()
    if len(shared) < _FEWEST_SHARED:
        return 0
    cosine = sum(mine[word] * theirs[word] for word in shared) / (_length(mine) * _length(theirs))
    share = sum(mine[word] for word in shared) / sum(mine.values())
    return max(cosine, share * _SHARE)


def _length(weights: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))


def _counted(text: str) -> Counter[str]:
    return Counter(stem(word) for word in words(text) if word not in STOP_WORDS and len(word) > 1)


def by_words(text: str, *, limit: int, indexed: bool = False) -> list[Scored]:
    """The documents that share the most telling words of `text`."""
    return _with(telling_words(text, least=2 if indexed else 1), limit=limit)


def _with(telling: Sequence[str], *, limit: int, candidates: int = Match.candidates) -> list[Scored]:
    if not telling:
        return []
    query = Query(tuple(((Phrase((word,)),),) for word in telling))
    match = Match(query, _SIMILAR, every=False, candidates=candidates)
    return [Scored(row.id, row.score) for row in index.engine().best(match, limit=limit, by=None)]


@dataclass(frozen=True)
class Near:
    """What lies near a document: by the share of its telling words, 1 for all of them, and by cosines of meaning."""

    words: dict[str, float]
    meaning: dict[str, float]


def near(keys: Sequence[str], *, count: int) -> dict[str, Near]:
    """For each of these documents up to `count` others by its words, and as many by meaning where it has a vector."""
    rows = {row.pk: row for row in IndexedDocument.objects.filter(key__in=keys)}
    words = {pk: _shares(row, count) for pk, row in rows.items()}
    meaning = _by_meaning(list(rows), count)
    ids = {pk for found in (*words.values(), *meaning.values()) for pk in found}
    names = dict(IndexedDocument.objects.filter(pk__in=ids).values_list("pk", "key"))

    def named(found: dict[int, float]) -> dict[str, float]:
        return {names[pk]: value for pk, value in found.items() if pk in names}

    return {row.key: Near(named(words[pk]), named(meaning.get(pk, {}))) for pk, row in rows.items()}


def _shares(row: IndexedDocument, count: int) -> dict[int, float]:
    text = " ".join([row.headline] * _HEADLINES + [row.text])
    telling = telling_words(text, least=2)[:_TELLING_OF_ARTICLES]
    found = dict(_with(telling, limit=count + 1, candidates=_CANDIDATES_OF_ARTICLES))
    most = max((found.get(row.pk, 0), *found.values()), default=0)
    return {pk: score / most for pk, score in found.items() if pk != row.pk and score > 0}


def _by_meaning(ids: Sequence[int], count: int) -> dict[int, dict[int, float]]:
    if not _have_vectors(ids):
        return {}
    return {pk: dict(found) for pk, found in held.nearest_many(ids, count).items()}


def _have_vectors(ids: Sequence[int]) -> bool:
    return model.is_available() and Vector.objects.filter(document__in=ids, made_with=model.NAME).exists()


def twins(keys: Sequence[str], *, least: float) -> dict[str, set[str]]:
    """For those of these documents that nearly say the same as others of them, by the cosine: which ones."""
    if not model.is_available():
        return {}
    names = dict(IndexedDocument.objects.filter(key__in=keys).values_list("pk", "key"))
    if not _have_vectors(list(names)):
        return {}
    found = held.twins(list(names), least=least)
    return {names[pk]: {names[other] for other in others} for pk, others in found.items()}


def _best(found: list[Scored], now: dt.datetime | None, limit: int) -> "list[tuple[IndexedDocument, float]]":
    """The public ones of these, best first and of equals the newest, each with its score."""
    scores = dict(found)
    best = sorted(
        index.facts(list(scores), now), key=lambda row: (scores[row.id], row.published, row.id), reverse=True
    )[:limit]
    rows = IndexedDocument.objects.in_bulk([row.id for row in best])
    return [(rows[row.id], scores[row.id]) for row in best if row.id in rows]


def telling_words(text: str, *, least: int = 1) -> list[str]:
    """The stems that set `text` apart: often in it, in `least` documents or more, and not in more than half of all.

    Together they stand in a few thousand documents at most: with more it takes longer and finds nothing better.
    """
    often = _counted(text)
    candidates = dict(often.most_common(_MOST_WORDS))
    total, counts = Word.counts(list(candidates))
    scores = {
        word: (1 + math.log(candidates[word])) * math.log(1 + total / count)
        for word, count in counts.items()
        if least <= count <= max(total // 2, 1)
    }
    telling: list[str] = []
    found = 0
    for word in sorted(scores, key=lambda word: (-scores[word], word)):
        if len(telling) < _FEWEST_TELLING or (
            found + counts[word] <= _MOST_FOUND and len(telling) < _TELLING
        ):
            telling.append(word)
            found += counts[word]
    return telling
