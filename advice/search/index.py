"""The one door to search: plain documents go in, their keys come out, best first.

Two engines stand behind it and answer alike: SQLite's FTS5 and PostgreSQL's tsvector. Writing takes part in the
caller's transaction, so that what is found and what is published never differ.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from advice.search import meaning, postgresql, sqlite
from advice.search.engine import Engine, Match, Weights, WordsOf
from advice.search.models import IndexedDocument, Word
from advice.search.words import STOP_WORDS, Phrase, parse, stem, stems, words

FEW = 3  # fewer than this with all the words, and those with any of them are given too
_TELLING, _FEWEST_TELLING = 25, 3
_MOST_FOUND = 1_000
_MOST_TEXT = 20_000  # characters kept for showing
_MOST_HEADLINE = 300
_MOST_WORDS = 120  # different words of a text that are looked up to choose the telling ones among them
_FIND = Weights(headline=10, question=4, answer=1)
_SIMILAR = Weights(headline=3, question=2, answer=1)


@dataclass(frozen=True)
class Document:
    """What can be found.

    `labels` are words that count like those of the question and are not shown; `facets` are short ASCII words
    ("tag12") by which a search can be narrowed.
    """

    key: str
    headline: str
    question: str
    answer: str
    published_at: dt.datetime
    labels: str = ""
    facets: Sequence[str] = ()


@dataclass(frozen=True)
class Hit:
    key: str
    score: float
    text: str = field(repr=False, default="")


@dataclass(frozen=True)
class Hits:
    total: int
    hits: list[Hit]


def engine() -> Engine:
    return sqlite.ENGINE if connection.vendor == "sqlite" else postgresql.ENGINE


def wait_for_turn() -> None:
    """Inside a transaction: wait until no other one is writing to the index. (SQLite lets only one write anyhow.)

    Whoever locks rows as well does so after this, so that nobody waits in a ring.
    """
    engine().wait_for_turn()


@transaction.atomic
def put(documents: Iterable[Document]) -> None:
    """Add documents, or replace those with the same keys."""
    wanted = {document.key: document for document in documents}
    if not wanted:
        return
    wait_for_turn()
    engine().forget_words(list(wanted))
    before = meaning.texts(IndexedDocument.objects.filter(key__in=list(wanted)))
    prepared = {key: _prepare(document) for key, document in wanted.items()}
    rows = IndexedDocument.objects.bulk_create(
        [
            IndexedDocument(
                key=document.key,
                published_at=document.published_at,
                headline=_shown(document.headline)[:_MOST_HEADLINE],
                text=_shown(f"{_shown(document.question)} {document.answer}")[:_MOST_TEXT],
                asked=min(len(_shown(document.question)), _MOST_TEXT),
                length=len(prepared[document.key]),
            )
            for document in wanted.values()
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["published_at", "headline", "text", "asked", "length"],
    )
    engine().put_words([(row.pk, prepared[row.key]) for row in rows])
    meaning.forget(
        row.pk for row in rows if meaning.meant(row.headline, row.text, row.asked) != before.get(row.pk)
    )


def _shown(text: str) -> str:
    return text.replace("\0", "").strip()


def _prepare(document: Document) -> WordsOf:
    question = f"{document.question} {document.labels}"
    typed = {*words(document.headline), *words(question), *words(document.answer)}
    for facet in document.facets:
        if not (facet.isascii() and facet.isalnum()):
            raise ValueError(f"A facet is letters and digits: {facet!r}")
    return WordsOf(
        headline=stems(document.headline),
        question=stems(question),
        answer=stems(document.answer),
        forms=sorted(word for word in typed if stem(word) != word),
        facets=list(document.facets),
    )


@transaction.atomic
def remove(keys: Iterable[str]) -> None:
    wanted = list(keys)
    wait_for_turn()
    engine().forget_words(wanted)
    IndexedDocument.objects.filter(key__in=wanted).delete()


@transaction.atomic
def clear() -> None:
    wait_for_turn()
    engine().clear()


def all_keys() -> list[str]:
    """Of all documents that are in."""
    return list(IndexedDocument.objects.values_list("key", flat=True))


@transaction.atomic
def recount() -> None:
    """Count anew in how many documents each word stands: somebody may have taken rows away without saying so."""
    wait_for_turn()
    Word.objects.all().delete()
    engine().recount()


def find(
    query: str, *, now: dt.datetime, limit: int = 10, offset: int = 0, facets: Sequence[str] = ()
) -> Hits:
    """The documents published by `now` that have all the words, best first; where these are few, any of the words.

    Whatever was typed, it is words to be looked for, never an error. All `facets` must be the document's.
    """
    groups = parse(query)
    if not groups:
        return Hits(0, [])
    match = Match(groups, weights=_FIND, now=now, facets=tuple(facets))
    total = engine().count(match)
    if total < FEW and len(groups) > 1:
        best = tuple(row.id for row in engine().best(match, limit=FEW, offset=0)) if total else ()
        match = Match(groups, weights=_FIND, now=now, facets=tuple(facets), every=False, first=best)
        total = engine().count(match)
    if not total:
        return Hits(0, [])
    return Hits(total, _hits(match, limit, offset))


def similar(text: str, *, now: dt.datetime | None, limit: int = 5, indexed: bool = False) -> list[Hit]:
    """The documents that share the most telling words of `text`. With `now` None also those not published yet.

    With `indexed` the text is itself in the index, and so words that stand in one document only tell nothing.
    """
    telling = telling_words(text, least=2 if indexed else 1)
    if not telling:
        return []
    groups = tuple((Phrase(word),) for word in telling)
    return _hits(Match(groups, weights=_SIMILAR, now=now, every=False), limit, 0)


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


def _hits(match: Match, limit: int, offset: int) -> list[Hit]:
    found = engine().best(match, limit=limit, offset=offset)
    rows = IndexedDocument.objects.in_bulk([row.id for row in found])
    return [Hit(rows[row.id].key, row.score, rows[row.id].text) for row in found if row.id in rows]
