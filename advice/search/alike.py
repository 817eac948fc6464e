"""Which documents are like a text: by the words that set it apart, and by what it means."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from advice.search import fusing, held, index, model
from advice.search.engine import Match, Scored, Weights
from advice.search.index import Hit
from advice.search.models import IndexedDocument, Vector, Word
from advice.search.words import STOP_WORDS, Phrase, Query, stem, words

_TELLING, _FEWEST_TELLING = 25, 5
_MOST_FOUND = 3_000
_MOST_WORDS = 120  # different words of a text that are looked up to choose the telling ones among them
_CONSIDERED = 50  # documents by words and as many by meaning
_LEAST = 0.25  # of a cosine: what is farther is about something else
_READ = 4_000  # characters of a text; the model reads fewer
# A headline mostly repeats the question, so that its words count already.
_HEADLINES = 3  # how often the words of an article's headline count when its neighbours are looked for
_TELLING_OF_ARTICLES = 12  # of its words; more take longer and find the same
_SIMILAR = Weights(headline=0.7, question=1, tags=1, answer=1)


def similar(text: str, *, now: dt.datetime | None, limit: int = 5, indexed: bool = False) -> list[Hit]:
    """The documents that are most like `text`, in words and, where there is a model, in what they mean.

    With `now` None also those not published yet. With `indexed` the text is itself in the index, and so words that stand
    in one document only tell nothing.
    """
    found = by_words(text, limit=_CONSIDERED, indexed=indexed)
    vector = fusing.vector_of(text[:_READ])
    if vector is not None:
        found = fusing.fused(vector, found, count=_CONSIDERED, least=_LEAST)
    return _hits(found, now, limit)


def by_words(text: str, *, limit: int, indexed: bool = False, most: int = 0) -> list[Scored]:
    """The documents that share the most telling words of `text`, `most` of them at most."""
    telling = telling_words(text, least=2 if indexed else 1)[: most or None]
    if not telling:
        return []
    query = Query(tuple(((Phrase((word,)),),) for word in telling))
    return index.engine().best(Match(query, _SIMILAR, every=False), limit=limit, by=None)


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
    found = dict(by_words(text, limit=count + 1, indexed=True, most=_TELLING_OF_ARTICLES))
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


def _hits(found: list[Scored], now: dt.datetime | None, limit: int) -> list[Hit]:
    scores = dict(found)
    rows = IndexedDocument.objects.filter(pk__in=list(scores))
    facts = (rows if now is None else rows.filter(published_at__lte=now)).values_list("pk", "published_at")
    best = sorted(facts, key=lambda fact: (scores[fact[0]], fact[1], fact[0]), reverse=True)[:limit]
    texts = IndexedDocument.objects.in_bulk([pk for pk, _ in best])
    return [Hit(texts[pk].key, scores[pk], texts[pk].text) for pk, _ in best if pk in texts]


def telling_words(text: str, *, least: int = 1) -> list[str]:
    """The stems that set `text` apart: often in it, in `least` documents or more, and not in more than half of all.

    Together they stand in a few thousand documents at most: with more it takes longer and finds nothing better.
    """
    often = Counter(stem(word) for word in words(text) if word not in STOP_WORDS and len(word) > 1)
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
