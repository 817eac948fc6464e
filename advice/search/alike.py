"""Which documents are like a text: by the words that set it apart, and by what it means."""

import datetime as dt
import math
from collections import Counter

from advice.search import fusing, index
from advice.search.engine import Match, Scored, Weights
from advice.search.index import Hit
from advice.search.models import IndexedDocument, Word
from advice.search.words import STOP_WORDS, Phrase, Query, stem, words

_TELLING, _FEWEST_TELLING = 25, 5
_MOST_FOUND = 3_000
_MOST_WORDS = 120  # different words of a text that are looked up to choose the telling ones among them
_CONSIDERED = 50  # documents by words and as many by meaning
_LEAST = 0.25  # of a cosine: what is farther is about something else
_READ = 4_000  # characters of a text; the model reads fewer
# A headline mostly repeats the question, so that its words count already.
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


def by_words(text: str, *, limit: int, indexed: bool = False) -> list[Scored]:
    """The documents that share the most telling words of `text`."""
    telling = telling_words(text, least=2 if indexed else 1)
    if not telling:
        return []
    query = Query(tuple(((Phrase((word,)),),) for word in telling))
    return index.engine().best(Match(query, _SIMILAR, every=False), limit=limit, by=None)


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
