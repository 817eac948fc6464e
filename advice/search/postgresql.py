"""Search in PostgreSQL: a tsvector in a GIN index, and BM25 over the best candidates, which ts_rank alone is not.

The vectors and queries are written out by us, so no dictionary or parser of the server changes a word.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import Any

from django.db import connection
from psycopg import Cursor, capabilities

from advice import prepared
from advice.search.engine import Match, Row, Weights, WordsOf
from advice.search.models import FORM, IndexedDocument, Word
from advice.search.words import Phrase, Query, Term

_LOCK = 0x5EA6C4  # the number of our advisory lock
_K1, _B = 1.2, 0.75  # FTS5's own numbers
_LETTERS = {"headline": "A", "question": "B", "tags": "C", "answer": "D"}
_MOST_POSITIONS = 16_383  # what a tsvector can number
_APART = 10  # positions between two parts, so that no phrase spans them
# ts_rank of one word is the sum of weight/number² over its places, divided by this (the sum of all 1/number²).
_TS_RANK = 1.64493406685
_COMMON = 0.25  # of all documents
_GATHERED = 7  # documents that are gathered from the index in the time that it takes to read one's words
_MANY = 5  # phrases, for which a vector is read once and kept; it takes as long as reading it four times
_TOGETHER = 500  # documents with all words of a phrase, that are counted at most
_SENT = 20  # documents in a statement
_WRITTEN = dict(
    zip(
        IndexedDocument.WRITTEN,
        ("timestamptz", "text", "text", "int", "int", "text", "smallint"),
        strict=True,
    )
)
_SECONDS = "extract(epoch FROM published_at)::float8"
_LENGTH = "#"  # the row of search_word that has the length of all documents together


def _vector(of: WordsOf) -> str:
    """A tsvector in its own notation; forms and facets stand in no place, and are marked by signs that no word has."""
    places: dict[str, list[str]] = {}
    at = 0
    for part, letter in _LETTERS.items():
        for word in getattr(of, part):
            at = min(at + 1, _MOST_POSITIONS)
            places.setdefault(word, []).append(f"{at}{letter}")
        at += _APART
    found = [f"'{word}':{','.join(where[:250])}" for word, where in places.items()]
    return " ".join(
        [*found, *(f"'{FORM}{form}'" for form in of.forms), *(f"'#{facet}'" for facet in of.facets)]
    )


def _headline(of: WordsOf) -> str:
    return " ".join(f"'{word}'" for word in dict.fromkeys(of.headline))


def _one(phrase: Phrase) -> str:
    if phrase.prefix:
        return f"'{FORM}{phrase.words[0]}':*"
    return "(" + " <-> ".join(f"'{word}'" for word in phrase.words) + ")"


def _in_headline(phrase: Phrase) -> str:
    """A headline's vector has stems alone and no places: what its words begin with is near enough, and so are all of them."""
    if phrase.prefix:
        return f"'{phrase.words[0]}':*"
    return "(" + " & ".join(f"'{word}'" for word in phrase.words) + ")"


def _every(terms: Iterable[Term], one: Callable[[Phrase], str]) -> str:
    return " & ".join(
        "(" + " | ".join("(" + " & ".join(map(one, phrases)) + ")" for phrases in term) + ")"
        for term in terms
    )


def _query(match: Match, chosen: Iterable[Phrase]) -> str:
    """The query in PostgreSQL's notation: every term, or any of the `chosen` phrases."""
    matched = _every(match.query.terms, _one) if match.every else " | ".join(map(_one, chosen))
    without = (f"!{_one(phrase)}" for phrase in match.query.without)
    return " & ".join([f"({matched})", *(f"'#{facet}'" for facet in match.facets), *without])


def _phrases(query: Query) -> list[Phrase]:
    return list(dict.fromkeys(phrase for term in query.terms for phrases in term for phrase in phrases))


def _headed(match: Match, phrases: list[Phrase], chosen: list[Phrase]) -> list[str | int | bool | None]:
    """What search_candidates is told of headlines: any of the words, all of them, what else these documents must match,
    how many of them come first, and whether the query does not say all that they may be found by."""
    is_narrow = match.every or match.facets or match.query.without
    return [
        " | ".join(map(_in_headline, phrases)),
        _every(match.query.terms, _in_headline) if len(match.query.terms) > 1 else None,
        _query(match, phrases) if is_narrow else None,
        match.titles,
        len(chosen) < len(phrases),
    ]


class Tsvector:
    def wait_for_turn(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])

    @contextmanager
    def much_to_write(self) -> Iterator[None]:
        """New words wait in a list of the index and are sorted in together: with the usual 4 MB that touches all of an
        index that no longer fits into memory, every few hundred documents. A search reads the list, too, so it ends empty.
        """
        with connection.cursor() as cursor:
            cursor.execute("SET gin_pending_list_limit = '32MB'; SET work_mem = '64MB'")
            try:
                yield
                cursor.execute("SELECT gin_clean_pending_list('search_document_vector')")
            finally:
                cursor.execute("RESET gin_pending_list_limit; RESET work_mem")

    def forget_words(self, keys: list[str], *, counted: bool) -> None:
        if not counted:
            return
        gone = _counted("key = ANY(%(keys)s)")
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE search_word SET documents = documents - gone.count FROM ({gone}) AS gone"  # noqa: S608
                " WHERE search_word.word = gone.word",
                {"keys": keys},
            )
            cursor.execute(
                "DELETE FROM search_word WHERE documents <= 0"  # noqa: S608
                f" AND word IN (SELECT word FROM ({gone}) AS gone)",
                {"keys": keys},
            )

    def put(self, documents: Iterable[tuple[IndexedDocument, WordsOf]], *, counted: bool) -> None:
        """Some are sent and the next prepared while the server is busy with them, which is two thirds of the time."""
        remaining = iter(documents)
        with connection.wrap_database_errors, _pipeline():
            sent = []
            while some := list(islice(remaining, _SENT)):
                sent.append(([row for row, _ in some], _send(some)))
        with connection.wrap_database_errors:
            for rows, answer in sent:
                ids = dict(answer.fetchall())
                for row in rows:
                    row.pk = ids[row.key]
        if counted:
            pks = [row.pk for rows, _ in sent for row in rows]
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO search_word (word, documents) {_counted('id = ANY(%(pks)s)')}"
                    " ON CONFLICT (word) DO UPDATE SET documents = search_word.documents + excluded.documents",
                    {"pks": pks},
                )

    def clear(self) -> None:
        IndexedDocument.objects.all().delete()
        Word.objects.all().delete()

    def recount(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO search_word (word, documents) {_counted('true')}")

    def best(self, match: Match, *, limit: int, by: str | None) -> list[Row]:
        """Of the candidates a rough order first, and of its best ones the exact numbers.

        Vectors are passed on as they are stored, out of line, and read where they are named: once for each phrase, unless
        these are many.
        """
        phrases = _phrases(match.query)
        total, average, counts = _counts(phrases)
        chosen = phrases if match.every else _rarest(phrases, counts, match.candidates)
        wanted = ", ".join("(%s::tsquery, %s::text, %s::float, %s::float)" for _ in phrases)
        values = [
            value
            for phrase in phrases
            for value in (
                _one(phrase),
                phrase.words[0] if len(phrase.words) == 1 and not phrase.prefix else None,
                _rarity(counts[phrase], total),
                match.weights.forms if phrase.prefix else None,
            )
        ]
        vector = "vector" if len(phrases) <= _MANY else "vector || ''::tsvector"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH wanted (query, word, rarity, fixed) AS (VALUES {wanted}),
                candidate AS MATERIALIZED (
                    SELECT id, length, published_at, facets, {vector} AS vector
                    FROM search_candidates(
                        %s::tsquery, %s::timestamptz, %s, %s, %s::tsquery, %s::tsquery, %s::tsquery, %s, %s
                    )
                ), average AS (SELECT %s::float AS length),
                rough AS MATERIALIZED (
                    SELECT id, vector, published_at, facets, {_K1} * ({1 - _B} + {_B} * candidate.length / average.length) AS damping,
                    (SELECT sum(rarity * amount / (amount + {_K1} * ({1 - _B} + {_B} * candidate.length / average.length)))
                    FROM (
                        SELECT rarity, CASE WHEN word IS NOT NULL THEN {_rough(match.weights)}
                        WHEN vector @@ query THEN coalesce(fixed, {_rough(match.weights)}) ELSE 0 END AS amount FROM wanted
                    ) AS found) AS score
                    FROM candidate, average ORDER BY score DESC NULLS LAST, id DESC LIMIT %s
                ), fine AS (
                    SELECT id, (SELECT sum(rarity * amount / (amount + damping)) FROM (
                        SELECT rarity, CASE WHEN word IS NOT NULL THEN coalesce({_exact(match.weights)}, 0)
                        WHEN vector @@ query THEN coalesce(fixed, {_rough(match.weights)}) ELSE 0 END AS amount
                        FROM wanted LEFT JOIN unnest(vector) AS place (lexeme, positions, weights) ON lexeme = word
                    ) AS found) AS score FROM (SELECT * FROM rough LIMIT {int(match.exact)}) AS first
                )
                SELECT id, coalesce(fine.score, rough.score, 0) * {_K1 + 1} AS score,
                {_SECONDS}, facets
                FROM rough LEFT JOIN fine USING (id) ORDER BY score DESC, id DESC""",  # noqa: S608
                [
                    *values,
                    _query(match, chosen),
                    by,
                    match.candidates,
                    _is_common(match, chosen, counts, total),
                    *_headed(match, phrases, chosen),
                    average,
                    limit,
                ],
            )
            return [Row(*row) for row in cursor.fetchall()]

    def facts(self, ids: list[int], *, by: str | None) -> list[Row]:
        public = "AND published_at <= %s::timestamptz" if by else ""
        with prepared.cursor() as cursor:
            cursor.execute(
                f"SELECT id, 0::float8, {_SECONDS}, facets FROM search_document"  # noqa: S608
                f" WHERE id = ANY(%s::bigint[]) {public}",
                [ids, *([by] if by else [])],
            )
            return [Row(*row) for row in cursor.fetchall()]

    def with_headline(self, words: list[str], last: list[str], *, limit: int) -> list[int]:
        either = " | ".join(f"'{word}'" for word in last)
        wanted = " & ".join([*(f"'{word}'" for word in words), f"({either})"])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM search_document WHERE headline_vector @@ %s::tsquery ORDER BY id DESC LIMIT %s",
                [wanted, limit],
            )
            return [row[0] for row in cursor.fetchall()]


def _pipeline() -> AbstractContextManager[Any]:
    """Statements go out without waiting for the answers to those before, where the client's library can do it."""
    return connection.connection.pipeline() if capabilities.has_pipeline() else nullcontext()


def _send(some: Sequence[tuple[IndexedDocument, WordsOf]]) -> "Cursor[tuple[str, int]]":
    """Row and words in one statement: to store a row twice takes the time of all its indexes twice."""
    columns = [
        ("key", "text", [row.key for row, _ in some]),
        *((name, kind, [getattr(row, name) for row, _ in some]) for name, kind in _WRITTEN.items()),
        ("vector", "text", [_vector(of) for _, of in some]),
        ("headline_vector", "text", [_headline(of) for _, of in some]),
    ]
    names = [name for name, _, _ in columns]
    values = ", ".join(f"{name}::tsvector" if name.endswith("vector") else name for name in names)
    cursor: Cursor[tuple[str, int]] = Cursor(connection.connection)
    cursor.execute(
        f"""INSERT INTO search_document ({", ".join(names)})
        SELECT {values} FROM unnest({", ".join(f"%s::{kind}[]" for _, kind, _ in columns)}) AS put ({", ".join(names)})
        ON CONFLICT (key) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in names[1:])}
        RETURNING key, id""".encode(),  # noqa: S608
        [value for _, _, value in columns],
    )
    return cursor


def _counted(condition: str) -> str:
    """In how many of these documents each word stands; the empty word stands in each of them, facets are no words."""
    indexed = f"vector <> '' AND {condition}"
    return f"""SELECT word, count(*) FROM search_document, unnest(array_append(tsvector_to_array(vector), '')) AS word
        WHERE {indexed} AND NOT starts_with(word, '#') GROUP BY word
        UNION ALL SELECT '{_LENGTH}', coalesce(sum(length), 0) FROM search_document WHERE {indexed}"""  # noqa: S608


def _counts(phrases: list[Phrase]) -> tuple[int, float, dict[Phrase, int]]:
    """How many documents there are, how long they are on average, and in how many each phrase stands, at most.

    Where words stand together is looked up, unless it is in many: such a phrase tells as little as its rarest word.
    """
    beginning = next((FORM + phrase.words[0] for phrase in phrases if phrase.prefix), "")
    wanted = [word for phrase in phrases if not phrase.prefix for word in phrase.words]
    together = [phrase for phrase in phrases if len(phrase.words) > 1]
    lookups = " UNION ALL SELECT %s, count(*) FROM search_candidates(%s::tsquery, NULL, %s, false)" * len(
        together
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT word, documents FROM search_word WHERE word = ANY(%s)
            UNION ALL SELECT %s, sum(documents) FROM search_word WHERE word >= %s AND word < %s {lookups}""",  # noqa: S608
            [
                ["", _LENGTH, *wanted],
                *(FORM, beginning, beginning and beginning + "\U0010ffff"),
                *(value for one in together for value in (_one(one), _one(one), _TOGETHER)),
            ],
        )
        counts = {word: int(count or 0) for word, count in cursor.fetchall()}
    total = counts.get("", 0)

    def standing(phrase: Phrase) -> int:
        if phrase.prefix:
            return counts[FORM]
        found = counts.get(_one(phrase), _TOGETHER)
        return found if found < _TOGETHER else min(counts.get(word, 0) for word in phrase.words)

    return (
        total,
        max(counts.get(_LENGTH, 0) / max(total, 1), 1),
        {phrase: standing(phrase) for phrase in phrases},
    )


def _rough(weights: Weights) -> str:
    """How often a phrase stands in a candidate, weighed by where, as near as ts_rank can say it."""
    top = max(weights)
    array = ",".join(str(weight / top) for weight in reversed(weights[: len(_LETTERS)]))
    return f"{top * _TS_RANK} * ts_rank('{{{array}}}', vector, query)"


def _exact(weights: Weights) -> str:
    """The same for a word that is found in its place."""
    cases = " ".join(f"WHEN '{letter}' THEN {getattr(weights, part)}" for part, letter in _LETTERS.items())
    return f"(SELECT sum(CASE letter {cases} END) FROM unnest(weights) AS letter)"  # noqa: S608


def _rarity(documents: int, total: int) -> float:
    documents = min(documents, total)
    return max(math.log((total - documents + 0.5) / (documents + 0.5)), 1e-6)


def _is_common(match: Match, chosen: list[Phrase], counts: dict[Phrase, int], total: int) -> bool:
    """Whether so many documents should match that the newest of them are found sooner by reading the newest of all.

    `candidates / share` are read then, and else `share * total` gathered.
    """
    if match.every:
        shares = (
            sum(min(counts[phrase] for phrase in phrases) for phrases in term) / max(total, 1)
            for term in match.query.terms
        )
        share = 0 if match.facets else math.prod(min(share, 1) for share in shares)
    else:
        share = sum(counts[phrase] for phrase in chosen) / max(total, 1)
    return share > max(_COMMON, math.sqrt(_GATHERED * match.candidates / max(total, 1)))


def _rarest(phrases: list[Phrase], counts: dict[Phrase, int], most: int) -> list[Phrase]:
    """The phrases that choose the candidates where any will do: the rarest, as many as can be ranked."""
    chosen: list[Phrase] = []
    found = 0
    for phrase in sorted(phrases, key=lambda phrase: counts[phrase]):
        found += counts[phrase]
        if chosen and found > most:
            break
        chosen.append(phrase)
    return chosen


ENGINE = Tsvector()
