"""The labelled sets: questions, and for each query those that ask the same. And how an answer to them is judged."""

import gzip
import json
import os
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.site import PROJECT

# As in the measurements that chose the model: twelve thousand questions at random, and all that some query asks for.
_SEED, _QUESTIONS, _QUERIES = 7, 12_000, 300
DEPTH = 10  # how far down an answer is looked through
ASKED = DEPTH + 1  # how many are asked for, because one of them may be the query itself
FIRST = 5
SETS = ("mqp", "rqe-train", "semeval-dev", "semeval-train")
# What is compared with the goals: the two parts of one forum are too small each.
GOALS = {
    "mqp": ("mqp",),
    "rqe-train": ("rqe-train",),
    "semeval, pooled": ("semeval-dev", "semeval-train"),
}


def folder() -> Path | None:
    """Where the labelled sets are, if they are: they are not ours to hand on."""
    place = Path(os.environ.get("TEST_DATA") or PROJECT.parent / "shared" / "data")
    return place if (place / "related" / "queries.jsonl").exists() else None


@dataclass(frozen=True)
class Query:
    set: str
    text: str
    relevant: frozenset[int]  # places in the corpus
    itself: int | None = None  # where the corpus has the very same text, which is left out of its answer


@dataclass(frozen=True)
class Sets:
    texts: list[str]
    queries: list[Query]


def read(place: Path) -> Sets:
    with gzip.open(place / "related" / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = {row["id"]: row["text"] for row in map(json.loads, lines)}
    asked: dict[str, list[dict]] = {}
    for line in (place / "related" / "queries.jsonl").read_text().splitlines():
        row = json.loads(line)
        asked.setdefault(row["set"], []).append(row)
    dice = random.Random(_SEED)
    rows = [
        row
        for some in asked.values()
        for row in (dice.sample(some, _QUERIES) if len(some) > _QUERIES else some)
    ]
    chosen = set(dice.sample(list(texts), _QUESTIONS)).union(*(row["rel"] for row in rows))
    return gather({key: text for key, text in texts.items() if key in chosen}, rows)


def gather(texts: dict[str, str], rows: Sequence[dict]) -> Sets:
    """Texts by their ids, and rows of {set, query, rel}. A text that comes twice is taken once.

    The query itself, where it is among them, is no answer; a query that only itself would answer is not asked.
    """
    places: dict[str, int] = {}
    kept: list[str] = []
    for text in texts.values():
        if places.setdefault(_plain(text), len(kept)) == len(kept):
            kept.append(text)
    queries = []
    for row in rows:
        itself = places.get(_plain(row["query"]))
        relevant = {places[_plain(texts[key])] for key in row["rel"]} - {itself}
        if relevant:
            queries.append(Query(row["set"], row["query"], frozenset(relevant), itself))
    return Sets(kept, queries)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


# -- judging ------------------------------------------------------------------------------------------------------


def recall(query: Query, found: Sequence[int]) -> float:
    """What share of the relevant ones stands among the first five."""
    return len(query.relevant.intersection(_without_itself(query, found)[:FIRST])) / len(query.relevant)


def reciprocal_rank(query: Query, found: Sequence[int]) -> float:
    """One part in n for the first relevant one in the place n, and nothing beyond the tenth."""
    for place, one in enumerate(_without_itself(query, found)[:DEPTH], start=1):
        if one in query.relevant:
            return 1 / place
    return 0.0


def _without_itself(query: Query, found: Sequence[int]) -> list[int]:
    return [one for one in dict.fromkeys(found) if one != query.itself]


@dataclass
class Judged:
    """One approach's answers to all queries."""

    recalls: dict[str, list[float]] = field(default_factory=dict)
    ranks: dict[str, list[float]] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)

    def recall(self, *sets: str) -> float:
        return 100 * statistics.mean(one for name in sets for one in self.recalls.get(name, [0]))

    def rank(self, *sets: str) -> float:
        return 100 * statistics.mean(one for name in sets for one in self.ranks.get(name, [0]))


def judge(sets: Sets, answers: Sequence[tuple[Sequence[int], float]]) -> Judged:
    """`answers` are, for each query in order, the places found, best first, and the milliseconds that took."""
    judged = Judged()
    for query, (found, took) in zip(sets.queries, answers, strict=True):
        judged.recalls.setdefault(query.set, []).append(recall(query, found))
        judged.ranks.setdefault(query.set, []).append(reciprocal_rank(query, found))
        judged.milliseconds.append(took)
    return judged
