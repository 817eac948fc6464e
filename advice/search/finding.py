"""What is found for a query: by its words, by what it means, and with its typing errors mended."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain

from advice.prepared import Prepared
from advice.search import fusing, index
from advice.search.engine import RANKED, Match, Row, Scored, Weights
from advice.search.index import Hit
from advice.search.models import FORM, IndexedDocument, Synonym, Word
from advice.search.spelling import Mended, mended
from advice.search.words import Phrase, Phrases, Query, Synonyms, parse, stem, words

FEW = 3  # fewer than this with all the words, and those with any of them are given too
_FIND = Weights(headline=10, question=4, tags=3, answer=1)
_SUGGESTED_WORDS = 12
_CANDIDATES = 520  # a little more than can be seen
_TITLES = 200  # of them may be older, with words in their headline
_EXACT = 20  # two pages of them
_NEAR, _LEAST = 30, 0.4  # documents near in meaning that join, and the cosine they must have
_LOOKED_AT = 150  # of the nearest, for those that are within what the search is narrowed to
_SURE = 0.5  # a cosine: what is so near to words with an error in them is rather meant than other words
_LOOKS = 6  # for public documents with a word that may have been meant
_ALTERNATIVES, _OWN = 12, 2  # what a term is looked for by, and how many of these are the words themselves
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
    narrow = tuple(facets)
    parsed = _of_few(parse(query, known))
    by_words = _by_words(parsed, now, narrow)
    ranked = _with_meaning(by_words, query, now, narrow)
    meant = Mended() if by_words.found else mended(query, parsed.typed, known.taught, _Public(now).has)
    is_for_meant = False
    if meant:
        other = _by_words(_of_few(parse(meant.text, known)), now, narrow)
        if not other.rows:
            meant = Mended()
        elif meant.is_sure and not by_words.rows and ranked.cosine < _SURE:
            ranked, is_for_meant = _with_meaning(other, meant.text, now, narrow), True
    return replace(_page(ranked, limit, offset), meant=meant.text, is_for_meant=is_for_meant)


class _Public:
    """Which words stand in what is public by `now`: surely those in more documents than are scheduled.

    The others are looked for, a few of them; what was not looked for is not known to be public.
    """

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.looks = _LOOKS

    @cached_property
    def scheduled(self) -> int:
        return IndexedDocument.objects.filter(published_at__gt=self.now).count()

    def has(self, word: str, documents: int) -> bool:
        if documents > self.scheduled:
            return True
        if not self.looks:
            return False
        self.looks -= 1
        match = Match(Query((((Phrase((stem(word),)),),),)), _FIND)
        return bool(index.engine().best(match, limit=1, by=index.written(self.now)))


_stored_synonyms = Prepared(lambda: Synonym.objects.order_by("pk").values_list("words", "also"))


def synonyms() -> Synonyms:
    return _synonyms(tuple(_stored_synonyms()))


@lru_cache(maxsize=4)
def _synonyms(entries: tuple[tuple[str, str], ...]) -> Synonyms:
    """Nothing changes it, so that the words of all entries are stemmed once and not with each search."""
    return Synonyms(entries)


def _of_few(query: Query) -> Query:
    """With the rarest of a term's alternatives, where it has many: all of them would be looked for in each candidate."""
    if all(len(term) <= _ALTERNATIVES for term in query.terms):
        return query
    words = {word for term in query.terms for phrases in term for one in phrases for word in one.words}
    _, counts = Word.counts(list(words))

    def rarity(phrases: Phrases) -> int:
        return min(counts.get(word, 0) for one in phrases for word in one.words)

    terms = []
    for term in query.terms:
        own, others = term[:_OWN], [phrases for phrases in term[_OWN:] if rarity(phrases)]
        terms.append((*own, *sorted(others, key=rarity)[: _ALTERNATIVES - _OWN]))
    return replace(query, terms=tuple(terms))


@dataclass(frozen=True)
class _Ranked:
    query: Query
    rows: list[Row]
    found: int  # with all the words
    is_more: bool = False
    near: tuple[Row, ...] = ()  # in meaning, nearest first, and more of them than join
    cosine: float = 0  # of the nearest
    by_words: tuple[Row, ...] = ()


def _by_words(query: Query, now: dt.datetime, facets: tuple[str, ...]) -> _Ranked:
    if not query.terms:
        return _Ranked(query, [], 0)
    match = Match(query, _FIND, facets, candidates=_CANDIDATES, titles=_TITLES, exact=_EXACT)
    rows, is_more = _public(match, now)
    found = len(rows)
    if found < FEW and _are_several(query) and _are_few(match, now):
        known = {row.id for row in rows}
        others, is_more = _public(replace(match, every=False), now)
        rows += [row for row in others if row.id not in known]
    best = rows[:RANKED]
    return _Ranked(query, best, found, is_more or len(rows) > RANKED, by_words=tuple(best))


def _are_several(query: Query) -> bool:
    return len(query.terms) > 1 or any(len(phrases) > 1 for phrases in query.terms[0])


def _are_few(match: Match, now: dt.datetime) -> bool:
    """Whether few have all the words wherever they stand: a search that is narrowed finds what was counted before."""
    return not match.facets or len(_public(replace(match, facets=()), now, most=FEW)[0]) < FEW


def _public(match: Match, now: dt.datetime, *, most: int = RANKED) -> tuple[list[Row], bool]:
    """What is public of the best. Scheduled documents are few, so their time is looked at after the ranking, mostly."""
    limit = most + 1
    best = index.engine().best(match, limit=limit, by=None)
    by_now = now.timestamp()
    rows = [row for row in best if row.published <= by_now]
    if len(rows) < len(best) == limit:
        rows = index.engine().best(match, limit=limit, by=index.written(now))
    rows.sort(key=_order, reverse=True)
    return rows[:most], len(rows) > most


def _order(row: Row) -> tuple[float, float, int]:
    return row.score, row.published, row.id


def _looked_up(found: list[Scored], now: dt.datetime) -> list[Row]:
    """Those that are public, in the order in which they came."""
    facts = {row.id: row for row in index.facts([pk for pk, _ in found], now)}
    return [Row(pk, score, *facts[pk][2:]) for pk, score in found if pk in facts]


def _with_meaning(ranked: _Ranked, text: str, now: dt.datetime, facets: tuple[str, ...]) -> _Ranked:
    """What is near in meaning joins what was found by words, by reciprocal ranks (Cormack and others, 2009).

    Where few have all the words, meaning weighs more. Who used signs means the words themselves.
    """
    query = ranked.query
    vector = None if query.exact or not query.terms else fusing.vector_of(text[:_READ])
    if vector is None:
        return ranked
    nearest = _looked_up(fusing.nearest(vector, count=_LOOKED_AT, least=_LEAST), now)
    within = tuple(row for row in nearest if set(facets) <= set(row.facets.split()))
    near = within[:_NEAR]
    weight = 1 if ranked.found >= FEW else 2
    rows = {row.id: row for row in (*near, *ranked.rows)}
    scores = dict.fromkeys(rows, 0.0)
    for share, order in ((1, ranked.rows), (weight, near)):
        for place, row in enumerate(order, start=1):
            scores[row.id] += share / (_DAMPING + place)
    order = sorted((Row(pk, scores[pk], *row[2:]) for pk, row in rows.items()), key=_order, reverse=True)
    return replace(
        ranked,
        rows=order[:RANKED],
        is_more=ranked.is_more or len(order) > RANKED,
        near=within,
        cosine=nearest[0].score if nearest else 0,
    )


def _page(ranked: _Ranked, limit: int, offset: int) -> Hits:
    rows = ranked.rows[offset : offset + limit]
    texts = IndexedDocument.objects.in_bulk([row.id for row in rows])
    hits = [Hit(texts[row.id].key, row.score, texts[row.id].text) for row in rows if row.id in texts]
    return Hits(
        len(ranked.rows),
        hits,
        ranked.is_more,
        _counts(ranked),
        query=ranked.query,
        fitting=max(ranked.found, min(len(ranked.near), _NEAR)),
    )


def _counts(ranked: _Ranked) -> dict[str, int]:
    """How many the same search finds within each facet: there as many join that are near in meaning, so farther ones."""
    by_words = {row.id for row in ranked.by_words}
    counts = Counter(chain.from_iterable(row.facets.split() for row in ranked.by_words))
    joined: Counter[str] = Counter()
    for row in ranked.near:
        for facet in row.facets.split():
            joined[facet] += 1
            if joined[facet] <= _NEAR and row.id not in by_words:
                counts[facet] += 1
    return dict(counts)


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
