"""The one door to search: plain documents go in, their keys come out, best first.

Two engines stand behind it and answer alike: SQLite's FTS5 and PostgreSQL's tsvector. Writing takes part in the
caller's transaction, so that what is found and what is published never differ.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from django.db import connection, transaction

from advice.search import meaning, postgresql, sqlite
from advice.search.engine import Engine, Row, WordsOf
from advice.search.models import IndexedDocument, Word
from advice.search.words import joined, stem, words

EDITION = 2  # of the way documents are indexed; the worker puts those of an older one in anew
OWED = "!"  # no word: its count is the minute at which the counts were last left behind
_UNHEARD = 5  # minutes
MOST_TEXT, MOST_HEADLINE = 20_000, 300  # characters kept for showing


@dataclass(frozen=True)
class Document:
    """What can be found.

    `labels` are tags, found by their words and not shown; `facets` are short ASCII words ("tag12") by which a search
    can be narrowed.
    """

    key: str
    headline: str
    question: str
    answer: str
    published_at: dt.datetime
    labels: str = ""
    facets: Sequence[str] = ()


@dataclass(frozen=True)
class Hit:
    key: str
    score: float
    text: str = field(repr=False, default="")


def engine() -> Engine:
    return sqlite.ENGINE if connection.vendor == "sqlite" else postgresql.ENGINE


def written(now: dt.datetime) -> str:
    """A time as the database writes it, which is how the engines take it."""
    return str(connection.ops.adapt_datetimefield_value(now))


def facts(ids: list[int], now: dt.datetime | None) -> list[Row]:
    """These documents in no order; with `now` those of them that are public by then."""
    return engine().facts(ids, by=written(now) if now else None) if ids else []


def wait_for_turn() -> None:
    """Inside a transaction: wait until no other one is writing to the index. (SQLite lets only one write anyhow.)

    Whoever locks rows as well does so after this, so that nobody waits in a ring.
    """
    engine().wait_for_turn()


def much_to_write() -> AbstractContextManager[None]:
    """For as long as many documents are put in: the engine may take more memory, and is faster by it."""
    return engine().much_to_write()


@transaction.atomic
def put(documents: Iterable[Document], *, counted: bool = True) -> None:
    """Add documents, or replace those with the same keys.

    Counting in how many documents each word stands is a third of the work. Without it (`counted`) a `recount` is owed,
    and comes by itself if whoever owes it was killed (`recount_due`).
    """
    wanted = {document.key: document for document in documents}
    if not wanted:
        return
    wait_for_turn()
    engine().forget_words(list(wanted), counted=counted)
    before = meaning.texts(IndexedDocument.objects.filter(key__in=list(wanted)))
    rows: list[IndexedDocument] = []
    engine().put(_prepared(wanted.values(), rows), counted=counted)
    if not counted:
        Word.objects.bulk_create(
            [Word(word=OWED, documents=_minutes())],
            update_conflicts=True,
            unique_fields=["word"],
            update_fields=["documents"],
        )
    meaning.forget(
        row.pk for row in rows if meaning.meant(row.headline, row.text, row.asked) != before.get(row.pk)
    )


def _prepared(
    documents: Iterable[Document], rows: list[IndexedDocument]
) -> Iterator[tuple[IndexedDocument, WordsOf]]:
    """One after the other, for an engine that can store some while the next are prepared; `rows` gets them all."""
    for document in documents:
        of = _prepare(document)
        rows.append(_row(document, len(of)))
        yield rows[-1], of


def _row(document: Document, length: int) -> IndexedDocument:
    question = _shown(document.question)
    return IndexedDocument(
        key=document.key,
        published_at=document.published_at,
        headline=_shown(document.headline)[:MOST_HEADLINE],
        text=_shown(f"{question} {document.answer}")[:MOST_TEXT],
        asked=min(len(question), MOST_TEXT),
        length=length,
        facets=" ".join(document.facets),
        edition=EDITION,
    )


def _shown(text: str) -> str:
    return text.replace("\0", "").strip()


def _prepare(document: Document) -> WordsOf:
    texts = {
        "headline": document.headline,
        "question": document.question,
        "tags": document.labels,
        "answer": document.answer,
    }
    typed = {part: words(text) for part, text in texts.items()}
    for facet in document.facets:
        if not (facet.isascii() and facet.isalnum()):
            raise ValueError(f"A facet is letters and digits: {facet!r}")
    return WordsOf(
        **{part: [*map(stem, typed[part]), *joined(text)] for part, text in texts.items()},
        forms=sorted(set().union(*typed.values())),
        facets=list(document.facets),
    )


@transaction.atomic
def remove(keys: Iterable[str]) -> None:
    wanted = list(keys)
    wait_for_turn()
    engine().forget_words(wanted, counted=True)
    IndexedDocument.objects.filter(key__in=wanted).delete()


@transaction.atomic
def clear() -> None:
    wait_for_turn()
    engine().clear()


def all_keys() -> list[str]:
    """Of all documents that are in."""
    return list(IndexedDocument.objects.values_list("key", flat=True))


def outdated_keys(limit: int) -> list[str]:
    """Documents that were put in by an earlier release, and are found by nothing until they are put in again."""
    return list(
        IndexedDocument.objects.filter(edition__lt=EDITION)
        .order_by("-published_at", "-pk")
        .values_list("key", flat=True)[:limit]
    )


def _minutes() -> int:
    return int(time.time()) // 60


def recount_due() -> bool:
    """Count anew where somebody put documents in uncounted, and has not been heard of for minutes. Gives whether."""
    is_due = Word.objects.filter(word=OWED, documents__lt=_minutes() - _UNHEARD).exists()
    if is_due:
        recount()
    return is_due


@transaction.atomic
def recount() -> None:
    """Count anew in how many documents each word stands: somebody may have taken rows away without saying so."""
    wait_for_turn()
    Word.objects.all().delete()
    engine().recount()
