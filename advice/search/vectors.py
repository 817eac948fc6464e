"""Likeness by meaning: a vector for each document, made after it is put, the same on both databases.

`held.py` has what is asked of them. Which documents have none is found by query, so nothing is remembered.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from advice.search import index, model
from advice.search.held import cosines, nearest, nearest_many
from advice.search.meaning import forget, meant, texts
from advice.search.models import IndexedDocument, Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "cosines",
    "forget",
    "make_all",
    "make_due",
    "meant",
    "nearest",
    "nearest_many",
    "new",
    "seen",
    "texts",
]

_BATCH, _LARGE_BATCH = 16, 128
_WORK, _PAUSE = 0.5, 0.12  # seconds: articles/indexing.py says why


# -- making ------------------------------------------------------------------------------------------------------


def make_due(*, stop: Callable[[], bool] = lambda: False, seconds: float = 10) -> int:
    """Make vectors that are missing, the newest documents' first, for about as long as `seconds`. Gives how many."""
    if not _are_missing() or not model.is_available(wait=True):
        return 0
    end = time.monotonic() + seconds
    return _make(_missing(), _BATCH, threads=1, stop=lambda: stop() or time.monotonic() > end)


def make_all(progress: Callable[[int], None] | None = None, stop: Callable[[], bool] = lambda: False) -> int:
    """Make all that are missing, on all cores. Stopped and called again, it goes on where it was."""
    if not _are_missing() or not model.is_available(wait=True):
        return 0
    return _make(_missing(), _LARGE_BATCH, threads=os.cpu_count() or 1, stop=stop, progress=progress)


def _current() -> QuerySet[Vector]:
    return Vector.objects.filter(made_with=model.NAME)


def _are_missing() -> bool:
    """Asked every few seconds, and mostly there are none: indexes answer it."""
    return IndexedDocument.objects.count() != _current().count()


def _missing() -> list[int]:
    """The documents without a vector of this model, the newest first."""
    without = IndexedDocument.objects.exclude(Exists(_current().filter(document=OuterRef("pk"))))
    return list(without.order_by("-published_at", "-pk").values_list("pk", flat=True))


def _make(
    due: Sequence[int],
    size: int,
    *,
    threads: int,
    stop: Callable[[], bool],
    progress: Callable[[int], None] | None = None,
) -> int:
    made = 0
    since = time.monotonic()
    for start in range(0, len(due), size):
        if stop():
            break
        read = texts(_without(due[start : start + size]))
        rows = model.encode(list(read.values()), threads=threads)
        made += _keep(read, rows)
        if progress:
            progress(min(start + size, len(due)))
        if connection.vendor == "sqlite" and time.monotonic() - since > _WORK:
            time.sleep(_PAUSE)  # others may write
            since = time.monotonic()
    return made


def _without(pks: Sequence[int]) -> QuerySet[IndexedDocument]:
    """Those that no other worker has made meanwhile."""
    return IndexedDocument.objects.filter(pk__in=pks).exclude(
        Exists(_current().filter(document=OuterRef("pk")))
    )


@transaction.atomic
def _keep(read: dict[int, str], rows: NDArray[np.float32]) -> int:
    """Store the vectors of those documents that still say what was read. Gives how many.

    The turn sees to it that numbers are given in the order in which they are seen.
    """
    index.wait_for_turn()
    now = texts(_without(list(read)))
    kept = [
        Vector(document_id=pk, made_with=model.NAME, data=data)
        for (pk, text), data in zip(read.items(), packed(rows), strict=True)
        if now.get(pk) == text
    ]
    forget(vector.document_id for vector in kept)  # what another model made
    Vector.objects.bulk_create(kept)
    return len(kept)


def packed(rows: NDArray[np.float32]) -> list[bytes]:
    """Each row in 384 bytes: its largest number is 127. What that loses is in docs/decisions/0011-meaning.md."""
    largest = abs(rows).max(axis=1, keepdims=True) if len(rows) else 1
    return [row.tobytes() for row in (rows / largest * 127).round().astype("int8")]


# -- what has been made ------------------------------------------------------------------------------------------


def new(limit: int) -> dict[int, str]:
    """The keys of documents whose vector nobody has looked at yet, by the vector's number: they have new neighbours."""
    return dict(_current().filter(is_new=True).order_by("pk").values_list("pk", "document__key")[:limit])


def seen(vectors: Iterable[int]) -> None:
    Vector.objects.filter(pk__in=list(vectors)).update(is_new=False)
