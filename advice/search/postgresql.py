"""Search in PostgreSQL: a tsvector in a GIN index, and bm25 counted here over the best candidates.

The vectors and queries are written out by us, so no dictionary or parser of the server changes a word.
"""

import math
from typing import Any, NamedTuple

from django.db import connection

from advice.search.engine import Match, Scored, WordsOf
from advice.search.models import IndexedDocument, Word
from advice.search.words import Group

_LOCK = 0x5EA6C4  # the number of our advisory lock
_CANDIDATES = 1_000
_RANKED = 500  # what pages can show; each costs reading its whole vector
_K1, _B = 1.2, 0.75  # FTS5's own numbers
_LETTERS = {"headline": "A", "question": "B", "forms": "C", "answer": "D"}
_MOST_POSITIONS = 16_383  # what a tsvector can number


def _vector(of: WordsOf) -> str:
    """A tsvector in its own notation; facets are marked by a sign that no word has."""
    places: dict[str, list[str]] = {}
    at = 0
    for part, letter in _LETTERS.items():
        for word in getattr(of, part):
            at = min(at + 1, _MOST_POSITIONS)
            places.setdefault(word, []).append(f"{at}{letter}")
    found = [f"'{word}':{','.join(where[:250])}" for word, where in places.items()]
    return " ".join([*found, *(f"'#{facet}'" for facet in of.facets)])


def _query(match: Match, groups: tuple[Group, ...]) -> str:
    parts = [
        "(" + " | ".join(f"'{phrase.word}'{':*' if phrase.prefix else ''}" for phrase in group) + ")"
        for group in groups
    ]
    matched = (" & " if match.every else " | ").join(parts)
    return " & ".join([f"({matched})", *(f"'#{facet}'" for facet in match.facets)])


class _Row(NamedTuple):
    id: int
    published_at: Any
    length: int
    word: str
    letters: str


class Tsvector:
    def wait_for_turn(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])

    def forget_words(self, keys: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE search_word SET documents = documents - gone.count FROM (
                    SELECT word, count(*) FROM search_document, unnest(array_append(tsvector_to_array(vector), '')) AS word
                    WHERE key = ANY(%s) GROUP BY word
                ) AS gone WHERE search_word.word = gone.word""",
                [keys],
            )
            cursor.execute(
                """DELETE FROM search_word WHERE documents <= 0 AND word IN (
                    SELECT unnest(tsvector_to_array(vector)) FROM search_document WHERE key = ANY(%s)
                )""",
                [keys],
            )

    def put_words(self, documents: list[tuple[int, WordsOf]]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE search_document SET vector = put.vector::tsvector
                FROM unnest(%s::bigint[], %s::text[]) AS put (id, vector) WHERE search_document.id = put.id""",
                [[pk for pk, _ in documents], [_vector(of) for _, of in documents]],
            )
            cursor.execute(
                """INSERT INTO search_word (word, documents)
                SELECT word, count(*) FROM search_document, unnest(array_append(tsvector_to_array(vector), '')) AS word
                WHERE id = ANY(%s) GROUP BY word
                ON CONFLICT (word) DO UPDATE SET documents = search_word.documents + excluded.documents""",
                [[pk for pk, _ in documents]],
            )

    def clear(self) -> None:
        IndexedDocument.objects.all().delete()
        Word.objects.all().delete()

    def recount(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO search_word (word, documents)
                SELECT word, count(*) FROM search_document, unnest(array_append(tsvector_to_array(vector), '')) AS word
                GROUP BY word"""
            )

    def count(self, match: Match) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM search_document WHERE {_CONDITION}",  # noqa: S608
                {"match": _query(match, match.groups), "now": match.now},
            )
            return int(cursor.fetchone()[0])

    def best(self, match: Match, *, limit: int, offset: int) -> list[Scored]:
        counts = self._counts(match)
        rows = self._candidates(match, _rarest(match, counts))
        scores = _bm25(match, rows, counts)
        newest = {row.id: row.published_at for row in rows}
        best = sorted(scores, key=lambda pk: (pk in match.first, scores[pk], newest[pk], pk), reverse=True)
        return [Scored(pk, scores[pk]) for pk in best[offset : offset + limit]]

    def _counts(self, match: Match) -> dict[str, int]:
        """In how many documents each phrase stands, by its word (prefixes with a star); "" for all documents."""
        phrases = [phrase for group in match.groups for phrase in group]
        prefix = next((phrase.word for phrase in phrases if phrase.prefix), "")
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT word, documents FROM search_word WHERE word = ANY(%(words)s)
                UNION ALL SELECT %(prefix)s || '*', coalesce(sum(documents), 0) FROM search_word
                WHERE %(prefix)s <> '' AND word LIKE %(like)s""",
                {
                    "words": ["", *(phrase.word for phrase in phrases if not phrase.prefix)],
                    "prefix": prefix,
                    "like": prefix.replace("_", r"\_") + "%",
                },
            )
            return {word: int(count) for word, count in cursor.fetchall()}

    def _candidates(self, match: Match, groups: tuple[Group, ...]) -> list[_Row]:
        """One row for each of the wanted words in each of the best candidates."""
        phrases = [phrase for group in match.groups for phrase in group]
        weights = [weight / max(match.weights) for weight in match.weights]
        headline, question, answer, forms = weights
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH candidate AS MATERIALIZED (
                    SELECT id, published_at, length, vector FROM search_document WHERE {_CONDITION}
                    ORDER BY id = ANY(%(first)s) DESC, published_at DESC, id DESC LIMIT {_CANDIDATES}
                ), ranked AS MATERIALIZED (
                    SELECT * FROM candidate ORDER BY id = ANY(%(first)s) DESC,
                    ts_rank(%(weights)s::real[], vector, %(any)s::tsquery, 1) DESC, published_at DESC, id DESC
                    LIMIT {_RANKED}
                )
                SELECT id, published_at, length, lexeme, array_to_string(weights, '')
                FROM ranked, unnest(vector) AS place (lexeme, positions, weights)
                WHERE lexeme = ANY(%(words)s) OR (%(prefix)s <> '' AND starts_with(lexeme, %(prefix)s))""",  # noqa: S608
                {
                    "match": _query(match, groups),
                    "now": match.now,
                    "first": list(match.first),
                    "any": " | ".join(
                        f"'{phrase.word}'{':*' if phrase.prefix else ''}" for phrase in phrases
                    ),
                    "weights": [answer, forms, question, headline],
                    "words": [phrase.word for phrase in phrases if not phrase.prefix],
                    "prefix": next((phrase.word for phrase in phrases if phrase.prefix), ""),
                },
            )
            return [_Row(*row) for row in cursor.fetchall()]


_CONDITION = (
    "vector @@ %(match)s::tsquery AND (%(now)s::timestamptz IS NULL OR published_at <= %(now)s::timestamptz)"
)


def _rarest(match: Match, counts: dict[str, int]) -> tuple[Group, ...]:
    """The groups that choose the candidates: where any will do the rarest ones, as many as can be ranked."""
    if match.every:
        return match.groups

    def documents(group: Group) -> int:
        return sum(counts.get(phrase.word + "*" * phrase.prefix, 0) for phrase in group)

    chosen: list[Group] = []
    total = 0
    for group in sorted(match.groups, key=documents):
        total += documents(group)
        if chosen and total > _CANDIDATES:
            break
        chosen.append(group)
    return tuple(chosen)


def _bm25(match: Match, rows: list[_Row], counts: dict[str, int]) -> dict[int, float]:
    """Okapi BM25 as FTS5 counts it: a word's place weighs its frequency, each phrase adds its own part."""
    lengths = {row.id: row.length for row in rows}
    average = sum(lengths.values()) / len(lengths) if lengths else 1
    weights = {"A": match.weights.headline, "B": match.weights.question}
    weights |= {"C": match.weights.forms, "D": match.weights.answer}
    phrases = [phrase for group in match.groups for phrase in group]
    often: dict[tuple[int, int], float] = {}
    for row in rows:
        amount = sum(weights[letter] for letter in row.letters)
        for number, phrase in enumerate(phrases):
            if row.word == phrase.word or (phrase.prefix and row.word.startswith(phrase.word)):
                often[row.id, number] = often.get((row.id, number), 0) + amount
    scores = dict.fromkeys(lengths, 0.0)
    for (pk, number), amount in often.items():
        phrase = phrases[number]
        count = min(counts.get(phrase.word + "*" * phrase.prefix, 0), counts.get("", 0))
        rarity = max(math.log((counts.get("", 0) - count + 0.5) / (count + 0.5)), 1e-6)
        scores[pk] += rarity * amount * (_K1 + 1) / (amount + _K1 * (1 - _B + _B * lengths[pk] / average))
    return scores


ENGINE = Tsvector()
