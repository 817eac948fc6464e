"""What ours is compared with on the same questions: each as its own documents show it, and nothing of ours in it."""

import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import Stemmer

from tests.searching.minilm import MiniLM
from tests.searching.sets import ASKED, Sets
from tests.servers import conninfo

Answers = list[
    tuple[Sequence[int], float]
]  # for each query the places found, best first, and the milliseconds
_WORD = re.compile(r"\w+")


def timed(sets: Sets, ask: Callable[[str], Sequence[int]]) -> Answers:
    for query in sets.queries[:5]:
        ask(query.text)  # warm
    answers: Answers = []
    for query in sets.queries:
        began = time.perf_counter()
        found = ask(query.text)
        answers.append((found, 1000 * (time.perf_counter() - began)))
    return answers


def fts5(sets: Sets) -> Answers:
    """SQLite's own full text search: any of the words, its bm25, its Porter stemmer."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE question USING fts5(text, tokenize = 'porter unicode61')")
    database.executemany("INSERT INTO question (rowid, text) VALUES (?, ?)", enumerate(sets.texts))
    select = "SELECT rowid FROM question WHERE question MATCH ? ORDER BY bm25(question), rowid LIMIT ?"

    def ask(text: str) -> list[int]:
        words = dict.fromkeys(_WORD.findall(text.lower()))
        any_of = " OR ".join(f'"{word}"' for word in words)
        return [row[0] for row in database.execute(select, [any_of, ASKED])]

    return timed(sets, ask)


_STEMMER = Stemmer.Stemmer("english")


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def bm25(sets: Sets) -> Answers:
    """Okapi BM25 over stemmed words, by the package bm25s with its own list of small words."""
    import bm25s
    from bm25s.stopwords import STOPWORDS_EN

    small = set(STOPWORDS_EN)

    def tokens(text: str) -> list[str]:
        return [_stem(word) for word in _WORD.findall(text.lower()) if len(word) > 1 and word not in small]

    index = bm25s.BM25()
    index.index([tokens(text) for text in sets.texts], show_progress=False)

    def ask(text: str) -> list[int]:
        known = [word for word in tokens(text) if word in index.vocab_dict]
        if not known:
            return []
        found, _ = index.retrieve([known], k=min(ASKED, len(sets.texts)), show_progress=False)
        return [int(place) for place in found[0]]

    return timed(sets, ask)


def minilm(sets: Sets, kept: Path) -> Answers:
    """The bare model: the nearest by cosine, of all. A query's own encoding is in its time."""
    import numpy as np

    model = MiniLM()
    vectors = model.encode_once(sets.texts, kept)

    def ask(text: str) -> list[int]:
        likeness: Any = vectors @ model.encode([text])[0]
        nearest = np.argpartition(-likeness, min(ASKED, len(likeness) - 1))[:ASKED]
        return [int(place) for place in nearest[np.argsort(-likeness[nearest])]]

    return timed(sets, ask)


def ts_rank(sets: Sets, url: str) -> Answers:
    """PostgreSQL's own: any of the words, its English dictionary, ts_rank. It weighs no word by its rarity."""
    import psycopg

    with psycopg.connect(conninfo(url)) as connection:
        connection.execute("CREATE TEMP TABLE question (place int PRIMARY KEY, words tsvector)")
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO question VALUES (%s, to_tsvector('english', %s))",
                [(place, text.replace("\0", " ")) for place, text in enumerate(sets.texts)],
            )
        connection.execute("CREATE INDEX ON question USING gin (words)")
        connection.execute("ANALYZE question")

        def ask(text: str) -> list[int]:
            any_of = " | ".join(f"'{word}'" for word in dict.fromkeys(_WORD.findall(text.lower())))
            rows = connection.execute(
                "SELECT place FROM question, to_tsquery('english', %s) AS query WHERE words @@ query"
                " ORDER BY ts_rank(words, query) DESC, place LIMIT %s",
                [any_of, ASKED],
            )
            return [row[0] for row in rows]

        return timed(sets, ask)
