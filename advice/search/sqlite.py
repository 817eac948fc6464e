"""Search in SQLite: FTS5 with bm25."""

from collections import Counter
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from advice.search.engine import Match, Scored, WordsOf
from advice.search.models import IndexedDocument, Word
from advice.search.words import Group

_CHUNK = 500


def _expression(match: Match) -> str:
    """The query in FTS5's language. Words are letters, digits and underscores; quoted they mean only themselves."""
    groups = [f"({' OR '.join(_phrases(group))})" for group in match.groups]
    matched = (" AND " if match.every else " OR ").join(groups)
    facets = "".join(f' AND facets : "{facet}"' for facet in match.facets)
    return f"({{headline question answer forms}} : ({matched})){facets}"


def _phrases(group: Group) -> list[str]:
    return [f'"{phrase.word}"{" *" if phrase.prefix else ""}' for phrase in group]


class Fts5:
    def wait_for_turn(self) -> None:
        pass

    def forget_words(self, keys: list[str]) -> None:
        with connection.cursor() as cursor:
            for start in range(0, len(keys), _CHUNK):
                chunk = keys[start : start + _CHUNK]
                cursor.execute(
                    "SELECT d.id, search_index.headline, question, answer, forms FROM search_document d"  # noqa: S608
                    f" JOIN search_index ON search_index.rowid = d.id WHERE key IN ({_marks(chunk)})",
                    chunk,
                )
                rows = cursor.fetchall()
                gone = [set(" ".join(row[1:]).split()) for row in rows]
                _add_counts(cursor, gone, -1)
                cursor.executemany(
                    "DELETE FROM search_word WHERE word = %s AND documents <= 0",
                    [(word,) for word in set().union(*gone)],
                )
                cursor.executemany("DELETE FROM search_index WHERE rowid = %s", [row[:1] for row in rows])

    def put_words(self, documents: list[tuple[int, WordsOf]]) -> None:
        rows: list[tuple[Any, ...]] = [
            (pk, *(" ".join(part) for part in (of.headline, of.question, of.answer, of.forms, of.facets)))
            for pk, of in documents
        ]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_index (rowid, headline, question, answer, forms, facets)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                rows,
            )
            _add_counts(
                cursor, [{*of.headline, *of.question, *of.answer, *of.forms} for _, of in documents], 1
            )

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_index")
        IndexedDocument.objects.all().delete()
        Word.objects.all().delete()

    def recount(self) -> None:
        """From FTS5's own lists of its words: of all columns together, and of each, to know the facets."""
        with connection.cursor() as cursor:
            for kind in ("row", "col"):
                cursor.execute(
                    f"CREATE VIRTUAL TABLE temp.search_words_by_{kind} USING fts5vocab('main', 'search_index', '{kind}')"
                )
            cursor.execute(
                "INSERT INTO search_word (word, documents) SELECT term, doc FROM search_words_by_row"
                " WHERE term IN (SELECT term FROM search_words_by_col WHERE col <> 'facets')"
                " UNION ALL SELECT '', count(*) FROM search_document"
            )
            for kind in ("row", "col"):
                cursor.execute(f"DROP TABLE temp.search_words_by_{kind}")

    def count(self, match: Match) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {_matched(match)}", _values(match))
            return int(cursor.fetchone()[0])

    def best(self, match: Match, *, limit: int, offset: int) -> list[Scored]:
        weights = ", ".join(str(weight) for weight in (*match.weights, 0))
        first = f"id IN ({_marks(match.first)}) DESC, " if match.first else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT d.id AS id, -bm25(search_index, {weights}) AS score {_matched(match)}"
                f" ORDER BY {first} score DESC, d.published_at DESC, d.id DESC LIMIT %s OFFSET %s",
                [*_values(match), *match.first, limit, offset],
            )
            return [Scored(*row) for row in cursor.fetchall()]


def _add_counts(cursor: CursorWrapper, documents: list[set[str]], sign: int) -> None:
    counts = Counter(word for words in documents for word in words)
    counts[""] = len(documents)
    cursor.executemany(
        "INSERT INTO search_word (word, documents) VALUES (%s, %s)"
        " ON CONFLICT (word) DO UPDATE SET documents = documents + excluded.documents",
        [(word, sign * count) for word, count in counts.items()],
    )


def _marks(values: Any) -> str:
    return ", ".join(["%s"] * len(values))


def _matched(match: Match) -> str:
    by = " AND d.published_at <= %s" if match.now else ""
    return f"FROM search_index JOIN search_document d ON d.id = search_index.rowid WHERE search_index MATCH %s{by}"


def _values(match: Match) -> list[Any]:
    if match.now is None:
        return [_expression(match)]
    return [_expression(match), connection.ops.adapt_datetimefield_value(match.now)]


ENGINE = Fts5()
