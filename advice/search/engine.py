"""What the index asks of a database."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from advice.search.words import Group


class Weights(NamedTuple):
    """How much a word counts by where it stands; `forms` are the unstemmed words."""

    headline: float
    question: float
    answer: float
    forms: float = 1


@dataclass(frozen=True)
class WordsOf:
    """A document's words as they are indexed."""

    headline: list[str]
    question: list[str]
    answer: list[str]
    forms: list[str]
    facets: list[str]

    def __len__(self) -> int:
        return len(self.headline) + len(self.question) + len(self.answer)


@dataclass(frozen=True)
class Match:
    """What to look for: every group or any of them; documents with an id in `first` stand first."""

    groups: tuple[Group, ...]
    weights: Weights
    now: dt.datetime | None
    facets: tuple[str, ...] = ()
    every: bool = True
    first: tuple[int, ...] = ()


class Scored(NamedTuple):
    id: int
    score: float


class Engine(Protocol):
    def wait_for_turn(self) -> None: ...

    def forget_words(self, keys: list[str]) -> None:
        """Take the words of these documents out, and off the counts, if they are in; the documents' rows stay.

        A word that stands in no other document is deleted: it may be what nobody may read any more.
        """

    def put_words(self, documents: list[tuple[int, WordsOf]]) -> None: ...

    def clear(self) -> None: ...

    def recount(self) -> None:
        """Fill the empty table of words from the documents that are in."""

    def count(self, match: Match) -> int: ...

    def best(self, match: Match, *, limit: int, offset: int) -> list[Scored]:
        """Best first; of equals the newest, then the latest put."""
