"""Search in SQLite: FTS5 with bm25."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper

from advice.search.engine import Match, Row, WordsOf
from advice.search.models import FORM, IndexedDocument, Word
from advice.search.words import Phrase, Phrases

_CHUNK = 500
_ROWS = 140  # of seven values: SQLite may take no more than 999
_ROOM = 64 * 1024  # KiB
_PARTS = ("headline", "question", "tags", "answer")
_COLUMNS = (*_PARTS, "forms", "facets")
_STEMS = "{" + " ".join(_PARTS) + "}"


def _expression(match: Match) -> str:
    """The query in FTS5's language. Words are letters, digits and underscores; quoted they mean only themselves."""
    if match.every:
        terms = [f"({' OR '.join(map(_all_of, term))})" for term in match.query.terms]
        matched = " AND ".join(terms)
    else:
        phrases = [phrase for term in match.query.terms for phrases in term for phrase in phrases]
        matched = " OR ".join(dict.fromkeys(map(_one, phrases)))
    facets = "".join(f" AND (facets : {facet})" for facet in match.facets)
    without = "".join(f" NOT {_one(phrase)}" for phrase in match.query.without)
    return f"(({matched}){facets}){without}"


def _all_of(phrases: Phrases) -> str:
    return f"({' AND '.join(map(_one, phrases))})"


def _one(phrase: Phrase) -> str:
    words = f'"{" ".join(phrase.words)}"'
    return f"(forms : {words} *)" if phrase.prefix else f"({_STEMS} : {words})"


class Fts5:
    def wait_for_turn(self) -> None:
        pass

    @contextmanager
    def much_to_write(self) -> Iterator[None]:
        """With room for the pages that every document touches; SQLite's usual 2 MB read them again and again."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size")
            usual = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA cache_size = -{_ROOM}")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA cache_size = {int(usual)}")

    def forget_words(self, keys: list[str], *, counted: bool) -> None:
        for start in range(0, len(keys), _CHUNK):
            self._forget(keys[start : start + _CHUNK], counted=counted)

    def _forget(self, keys: list[str], *, counted: bool) -> None:
        these = f"rowid IN (SELECT id FROM search_document WHERE key IN ({_marks(keys)}))"  # noqa: S608
        with connection.cursor() as cursor:
            if counted:
                cursor.execute(
                    f"SELECT {', '.join(_PARTS)}, forms FROM search_index WHERE {these}",  # noqa: S608
                    keys,
                )
                gone = [_counted(" ".join(row[:-1]).split(), row[-1].split()) for row in cursor.fetchall()]
                _add_counts(cursor, gone, -1)
                cursor.executemany(
                    "DELETE FROM search_word WHERE word = %s AND documents <= 0",
                    [(word,) for word in set().union(*gone)],
                )
            cursor.execute(f"DELETE FROM search_index WHERE {these}", keys)  # noqa: S608

    def put(self, documents: Iterable[tuple[IndexedDocument, WordsOf]], *, counted: bool) -> None:
        rows, words = [], []
        for row, of in documents:
            rows.append(row)
            words.append(of)
        stored = IndexedDocument.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["key"], update_fields=IndexedDocument.WRITTEN
        )
        self._put_words([(row.pk, of) for row, of in zip(stored, words, strict=True)], counted=counted)

    def _put_words(self, documents: list[tuple[int, WordsOf]], *, counted: bool) -> None:
        row = f"({_marks(('rowid', *_COLUMNS))})"
        with connection.cursor() as cursor:
            # FTS5 writes out what it has with each statement, so many rows in one are many times as fast.
            for start in range(0, len(documents), _ROWS):
                chunk = documents[start : start + _ROWS]
                cursor.execute(
                    f"INSERT INTO search_index (rowid, {', '.join(_COLUMNS)})"  # noqa: S608
                    f" VALUES {', '.join([row] * len(chunk))}",
                    [value for one in chunk for value in _values(*one)],
                )
            if counted:
                sets = [
                    _counted((word for part in _PARTS for word in getattr(of, part)), of.forms)
                    for _, of in documents
                ]
                _add_counts(cursor, sets, 1)

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_index")
        IndexedDocument.objects.all().delete()
        Word.objects.all().delete()

    def recount(self) -> None:
        """From FTS5's own list of where its words stand; a stem may stand in several columns of one document."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE VIRTUAL TABLE temp.search_instances USING fts5vocab('main', 'search_index', 'instance')"
            )
            cursor.execute(
                "INSERT INTO search_word (word, documents)"  # noqa: S608
                f" SELECT CASE col WHEN 'forms' THEN '{FORM}' ELSE '' END || term AS of, count(DISTINCT doc)"
                " FROM search_instances WHERE col <> 'facets' GROUP BY of"
                " UNION ALL SELECT '', count(*) FROM search_index"
            )
            cursor.execute("DROP TABLE temp.search_instances")

    def best(self, match: Match, *, limit: int, by: str | None) -> list[Row]:
        weights = ", ".join(str(weight) for weight in (*match.weights, 0))
        public = "AND rowid IN (SELECT id FROM search_document WHERE published_at <= %s)" if by else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT id, score, published_at, facets FROM (
                    SELECT rowid AS found, -bm25(search_index, {weights}) AS score FROM search_index
                    WHERE search_index MATCH %s {public} ORDER BY score DESC, rowid DESC LIMIT %s
                ) JOIN search_document ON id = found ORDER BY score DESC, id DESC""",  # noqa: S608
                [_expression(match), *([by] if by else []), limit],
            )
            return _rows(cursor)

    def facts(self, ids: list[int], *, by: str | None) -> list[Row]:
        public = "AND published_at <= %s" if by else ""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, 0.0, published_at, facets FROM search_document"  # noqa: S608
                f" WHERE id IN ({_marks(ids)}) {public}",
                [*ids, *([by] if by else [])],
            )
            return _rows(cursor)

    def with_headline(self, words: list[str], last: list[str], *, limit: int) -> list[int]:
        either = " OR ".join(f'"{word}"' for word in last)
        wanted = " AND ".join([*(f'"{word}"' for word in words), f"({either})"])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rowid FROM search_index WHERE search_index MATCH %s ORDER BY rowid DESC LIMIT %s",
                [f"headline : ({wanted})", limit],
            )
            return [row[0] for row in cursor.fetchall()]


def _rows(cursor: CursorWrapper) -> list[Row]:
    return [
        Row(pk, score, at.replace(tzinfo=dt.UTC).timestamp(), facets)
        for pk, score, at, facets in cursor.fetchall()
    ]


def _values(pk: int, of: WordsOf) -> tuple[int | str, ...]:
    return (pk, *(" ".join(getattr(of, name)) for name in _COLUMNS))


def _counted(stems: Iterable[str], forms: Iterable[str]) -> set[str]:
    return {*stems, *(FORM + form for form in forms)}


def _add_counts(cursor: CursorWrapper, documents: list[set[str]], sign: int) -> None:
    counts = Counter(word for words in documents for word in words)
    counts[""] = len(documents)
    cursor.executemany(
        "INSERT INTO search_word (word, documents) VALUES (%s, %s)"
        " ON CONFLICT (word) DO UPDATE SET documents = documents + excluded.documents",
        [(word, sign * count) for word, count in counts.items()],
    )


def _marks(values: Sized) -> str:
    return ", ".join(["%s"] * len(values))


ENGINE = Fts5()
