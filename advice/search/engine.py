"""What the index asks of a database."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from advice.search.models import IndexedDocument
from advice.search.words import Query

RANKED = 500  # documents that a search gives at most: fifty pages of ten


class Weights(NamedTuple):
    """How much a word counts by where it stands; `forms` are the words as they were typed."""

    headline: float
    question: float
    tags: float
    answer: float
    forms: float = 1


@dataclass(frozen=True)
class WordsOf:
    """A document's words as they are indexed: stems in their order, and each different word as it was typed."""

    headline: list[str]
    question: list[str]
    tags: list[str]
    answer: list[str]
    forms: list[str]
    facets: list[str]

    def __len__(self) -> int:
        return len(self.headline) + len(self.question) + len(self.tags) + len(self.answer)


@dataclass(frozen=True)
class Match:
    """What to look for: documents with every term, or with any of them.

    PostgreSQL ranks so many `candidates` at most: the newest ones with every term, or those with the rarest words; first
    so many as `titles` that have words in their headline. Of so many of the best it counts `exact` numbers.
    """

    query: Query
    weights: Weights
    facets: tuple[str, ...] = ()
    every: bool = True
    candidates: int = 1_000
    titles: int = 0
    exact: int = 50


class Scored(NamedTuple):
    id: int
    score: float


class Row(NamedTuple):
    """What a search asks of each document that it ranks, so that these need not be looked up once more.

    `published` are seconds since 1970: hundreds of them are read with every search, and a number is read ten times as fast.
    """

    id: int
    score: float
    published: float
    facets: str


class Engine(Protocol):
    def wait_for_turn(self) -> None: ...

    def much_to_write(self) -> AbstractContextManager[None]: ...

    def forget_words(self, keys: list[str], *, counted: bool) -> None:
        """Before these documents are put in anew or deleted: take their words off the counts, if they are in.

        A word that stands in no other document is deleted: it may be what nobody may read any more.
        """

    def put(self, documents: Iterable[tuple[IndexedDocument, WordsOf]], *, counted: bool) -> None:
        """Store each row, in the place of one with its key, with its words; and give the row the id that it has there."""

    def clear(self) -> None: ...

    def recount(self) -> None:
        """Fill the empty table of words from the documents that are in."""

    def best(self, match: Match, *, limit: int, by: str | None) -> list[Row]:
        """Best first, of equals the latest put; with `by` (a time as the database writes it) what is public by then."""

    def facts(self, ids: list[int], *, by: str | None) -> list[Row]:
        """These documents, with `by` those of them that are public by then, each with a score of nothing and in no order."""

    def with_headline(self, words: list[str], last: list[str], *, limit: int) -> list[int]:
        """The latest put documents that have all these stems and one of `last` in their headline."""
