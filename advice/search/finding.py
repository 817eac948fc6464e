"""What is found for a query: by its words, by what it means, and with its typing errors mended."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.db import connection

from advice.search import fusing, index, spelling
from advice.search.engine import RANKED, Match, Row, Scored, Weights
from advice.search.index import Hit
from advice.search.models import FORM, IndexedDocument, Synonym, Word
from advice.search.words import Phrase, Query, Synonyms, parse, stem, words

FEW = 3  # fewer than this with all the words, and those with any of them are given too
_FIND = Weights(headline=10, question=4, tags=3, answer=1)
_SUGGESTED_WORDS = 12
_CANDIDATES = 520  # a little more than can be seen
_TITLES = 200  # of them may be older, with words in their headline
_EXACT = 20  # two pages of them
_NEAR, _LEAST = 30, 0.4  # documents near in meaning that join, and the cosine they must have
_DAMPING = 10
_READ = 500  # characters of a query; the model reads fewer


@dataclass(frozen=True)
class Hits:
    """Some of the documents found, best first, and what is known of all that were ranked.

    `total` of them can be seen, and with `is_more` there are more; `fitting` have all the words or are near in meaning,
    the others some word. `counts` says how many have each facet. `meant` is
    the query with its typing errors mended, and with `is_for_meant` the hits are for that one.
    """

    total: int
    hits: list[Hit]
    is_more: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    meant: str = ""
    is_for_meant: bool = False
    query: Query = field(default_factory=lambda: Query(()))
    fitting: int = 0


def find(
    query: str, *, now: dt.datetime, limit: int = 10, offset: int = 0, facets: Sequence[str] = ()
) -> Hits:
    """The documents published by `now` that have all the words, best first; where these are few, any of the words.

    Whatever was typed, it is words to be looked for, never an error. All `facets` must be the document's.
    """
    known = synonyms()
    parsed = parse(query, known)
    ranked = _by_words(parsed, now, tuple(facets))
    meant = "" if ranked.found else spelling.mended(query, parsed.typed, _Public(now).has)
    is_for_meant = False
    if meant:
        other = _by_words(parse(meant, known), now, tuple(facets))
        if not other.rows:
            meant = ""
        elif not ranked.rows:
            ranked, is_for_meant = other, True
    ranked = _with_meaning(ranked, meant if is_for_meant else query, now, tuple(facets))
    return replace(_page(ranked, limit, offset), meant=meant, is_for_meant=is_for_meant)


class _Public:
    """Which words stand in what is public by `now`: surely those in more documents than are scheduled."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    @cached_property
    def scheduled(self) -> int:
        return IndexedDocument.objects.filter(published_at__gt=self.now).count()

    def has(self, word: str, documents: int) -> bool:
        if documents > self.scheduled:
            return True
        match = Match(Query((((Phrase((stem(word),)),),),)), _FIND)
        by = connection.ops.adapt_datetimefield_value(self.now)
        return bool(index.engine().best(match, limit=1, by=str(by)))


def synonyms() -> Synonyms:
    return Synonyms(Synonym.objects.values_list("words", "also"))


@dataclass(frozen=True)
class _Ranked:
    query: Query
    rows: list[Row]
    found: int  # with all the words
    is_more: bool = False
    near: int = 0  # in meaning


def _by_words(query: Query, now: dt.datetime, facets: tuple[str, ...]) -> _Ranked:
    if not query.terms:
        return _Ranked(query, [], 0)
    match = Match(query, _FIND, facets, candidates=_CANDIDATES, titles=_TITLES, exact=_EXACT)
    rows, is_more = _public(match, now)
    found = len(rows)
    if found < FEW and (len(query.terms) > 1 or any(len(phrases) > 1 for phrases in query.terms[0])):
        known = {row.id for row in rows}
        others, is_more = _public(replace(match, every=False), now)
        rows += [row for row in others if row.id not in known]
    return _Ranked(query, rows[:RANKED], found, is_more or len(rows) > RANKED)


def _public(match: Match, now: dt.datetime) -> tuple[list[Row], bool]:
    """What is public of the best. Scheduled documents are few, so their time is looked at after the ranking, mostly."""
    limit = RANKED + 1
    best = index.engine().best(match, limit=limit, by=None)
    rows = [row for row in best if row.published_at <= now]
    if len(rows) < len(best) == limit:
        by = connection.ops.adapt_datetimefield_value(now)
        rows = index.engine().best(match, limit=limit, by=str(by))
    rows.sort(key=_order, reverse=True)
    return rows[:RANKED], len(rows) > RANKED


def _order(row: Row) -> tuple[float, dt.datetime, int]:
    return row.score, row.published_at, row.id


def _looked_up(found: list[Scored], now: dt.datetime) -> list[Row]:
    """Those that are public, in the order in which they came."""
    wanted = IndexedDocument.objects.filter(pk__in=[pk for pk, _ in found], published_at__lte=now)
    facts = {pk: (at, facets) for pk, at, facets in wanted.values_list("pk", "published_at", "facets")}
    return [Row(pk, score, *facts[pk]) for pk, score in found if pk in facts]


def _with_meaning(ranked: _Ranked, text: str, now: dt.datetime, facets: tuple[str, ...]) -> _Ranked:
    """What is near in meaning joins what was found by words, by reciprocal ranks (Cormack and others, 2009).

    Where few have all the words, meaning weighs more. Who used signs means the words themselves.
    """
    query = ranked.query
    vector = None if query.exact or not query.terms else fusing.vector_of(text[:_READ])
    if vector is None:
        return ranked
    near = _looked_up(fusing.nearest(vector, count=_NEAR, least=_LEAST), now)
    near = [row for row in near if set(facets) <= set(row.facets.split())]
    weight = 1 if ranked.found >= FEW else 2
    rows = {row.id: row for row in (*near, *ranked.rows)}
    scores = dict.fromkeys(rows, 0.0)
    for share, order in ((1, ranked.rows), (weight, near)):
        for place, row in enumerate(order, start=1):
            scores[row.id] += share / (_DAMPING + place)
    order = sorted((row._replace(score=scores[pk]) for pk, row in rows.items()), key=_order, reverse=True)
    return replace(ranked, rows=order[:RANKED], is_more=ranked.is_more or len(order) > RANKED, near=len(near))


def _page(ranked: _Ranked, limit: int, offset: int) -> Hits:
    rows = ranked.rows[offset : offset + limit]
    texts = IndexedDocument.objects.in_bulk([row.id for row in rows])
    hits = [Hit(texts[row.id].key, row.score, texts[row.id].text) for row in rows if row.id in texts]
    counts = Counter(facet for row in ranked.rows for facet in row.facets.split())
    return Hits(
        len(ranked.rows),
        hits,
        ranked.is_more,
        dict(counts),
        query=ranked.query,
        fitting=max(ranked.found, ranked.near),
    )


def with_headline(typed: str, *, now: dt.datetime, limit: int) -> list[str]:
    """The keys of documents whose headline has all these words, the last of which may be unfinished; newest first."""
    found = words(typed[:200])
    if not found:
        return []
    *before, beginning = found[:8]
    completions = Word.typed(beginning).order_by("-documents")[:_SUGGESTED_WORDS]
    last = {stem(beginning), *(stem(row.word.removeprefix(FORM)) for row in completions)}
    ids = index.engine().with_headline([stem(word) for word in before], sorted(last), limit=limit)
    rows = IndexedDocument.objects.filter(pk__in=ids, published_at__lte=now).order_by("-published_at", "-pk")
    return list(rows.values_list("key", flat=True))
