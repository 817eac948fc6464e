"""Which documents are like a text: by the words that set it apart."""

import datetime as dt
import math
from collections import Counter

from advice.search import index
from advice.search.engine import Match, Weights
from advice.search.index import Hit
from advice.search.models import IndexedDocument, Word
from advice.search.words import STOP_WORDS, Phrase, Query, stem, words

_TELLING, _FEWEST_TELLING = 25, 3
_MOST_FOUND = 1_000
_MOST_WORDS = 120  # different words of a text that are looked up to choose the telling ones among them
_SIMILAR = Weights(headline=3, question=2, tags=2, answer=1)


def similar(text: str, *, now: dt.datetime | None, limit: int = 5, indexed: bool = False) -> list[Hit]:
    """The documents that share the most telling words of `text`. With `now` None also those not published yet.

    With `indexed` the text is itself in the index, and so words that stand in one document only tell nothing.
    """
    telling = telling_words(text, least=2 if indexed else 1)
    if not telling:
        return []
    query = Query(tuple(((Phrase((word,)),),) for word in telling))
    best = index.engine().best(Match(query, _SIMILAR, every=False), limit=2 * limit + 20, by=None)
    scores = dict(best)
    rows = IndexedDocument.objects.in_bulk(list(scores))
    public = [rows[pk] for pk in scores if pk in rows and (now is None or rows[pk].published_at <= now)]
    public.sort(key=lambda row: (scores[row.pk], row.published_at, row.pk), reverse=True)
    return [Hit(row.key, scores[row.pk], row.text) for row in public[:limit]]


def telling_words(text: str, *, least: int = 1) -> list[str]:
    """The stems that set `text` apart: often in it, in `least` documents or more, and not in more than half of all.

    Together they stand in about a thousand documents: more words than that find slower, and worse (measured).
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
