"""All vectors in the memory of this process, loaded at first need: 40 MB at 100,000, looked through in 5 ms.

Each call asks the database once for those with higher numbers. What was deleted is missed by the count, once a minute;
until then it may be named, so callers ask the database for the documents that they show, as they do anyway.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from advice.prepared import Prepared
from advice.search import model
from advice.search.models import Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PAGE = 2_000
_CHUNK = 1_024  # rows turned into floats at once: what fits into a processor's cache
_ABREAST = 128  # documents whose neighbours are sought at once
_COUNT_EVERY = 60  # seconds


class Held:
    """Rows are only ever added behind; one that is gone becomes document 0, so whoever is reading is not disturbed."""

    vectors: NDArray[np.int64]
    documents: NDArray[np.int64]
    lengths: NDArray[np.float32]
    rows: NDArray[np.int8]

    def __init__(self) -> None:
        zeros = model.numpy().zeros
        self.size = 0
        self.last = 0  # the highest number that was loaded
        self.counted_at = time.monotonic()
        self.vectors = zeros(0, dtype="int64")
        self.documents = zeros(0, dtype="int64")
        self.lengths = zeros(0, dtype="float32")
        self.rows = zeros((0, model.SIZE), dtype="int8")

    def refresh(self) -> None:
        self._load()
        if time.monotonic() - self.counted_at > _COUNT_EVERY:
            self.counted_at = time.monotonic()
            if _stored().count() != int((self.documents[: self.size] > 0).sum()):
                self._reconcile()

    def _load(self) -> None:
        while page := _newer(self.last):
            if self.size + len(page) > len(self.documents):
                self._grow(len(page))
            self._add(page)
            self.last = page[-1][0]
            if len(page) < _PAGE:
                break

    def _grow(self, more: int) -> None:
        """Into new memory, without those that are gone."""
        np = model.numpy()
        kept = np.flatnonzero(self.documents[: self.size])
        room = max(_stored().filter(pk__gt=self.last).count(), more) + len(kept) // 8 + _CHUNK
        for name in ("vectors", "documents", "lengths", "rows"):
            old = getattr(self, name)
            larger = np.zeros((len(kept) + room, *old.shape[1:]), dtype=old.dtype)
            larger[: len(kept)] = old[kept]
            setattr(self, name, larger)
        self.size = len(kept)

    def _add(self, page: Sequence[tuple[int, int, Any]]) -> None:
        np = model.numpy()
        pks, documents, data = zip(*page, strict=True)
        self._drop(np.isin(self.documents[: self.size], documents))
        end = self.size + len(page)
        rows = np.frombuffer(b"".join(bytes(blob) for blob in data), dtype="int8").reshape(-1, model.SIZE)
        self.rows[self.size : end] = rows
        self.lengths[self.size : end] = np.linalg.norm(rows.astype("float32"), axis=1)
        self.vectors[self.size : end] = pks
        self.documents[self.size : end] = documents
        self.size = end

    def _drop(self, which: NDArray[np.bool_]) -> None:
        self.documents[: self.size][which] = 0

    def _reconcile(self) -> None:
        np = model.numpy()
        stored = np.fromiter(_stored().values_list("pk", flat=True).iterator(), dtype="int64")
        self._drop(~np.isin(self.vectors[: self.size], stored))


_FIELDS = ("pk", "document_id", "data")
_lock = threading.Lock()
_held: Held | None = None


def _stored() -> Any:
    return Vector.objects.filter(made_with=model.NAME)


# Asked before each search, and nearly always there is none.
_newer: Prepared[tuple[int, int, Any]] = Prepared(
    lambda last: _stored().filter(pk__gt=last).order_by("pk").values_list(*_FIELDS)[:_PAGE], int
)


def _now() -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.float32]]:
    """Documents, rows and lengths, as they are now."""
    global _held
    with _lock:
        _held = _held or Held()
        _held.refresh()
        size = _held.size
        return _held.documents[:size], _held.rows[:size], _held.lengths[:size]


def reset() -> None:
    """Let go of all."""
    global _held
    with _lock:
        _held = None


def nearest(vector: NDArray[np.float32], *, k: int) -> list[tuple[int, float]]:
    """The `k` documents nearest to a vector of unit length, with their cosines, nearest first."""
    documents, rows, lengths = _now()
    return _best(_products(rows, lengths, vector[None])[0], documents, k)


def cosines(vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
    """How near these documents are; those without a vector are left out."""
    np = model.numpy()
    documents, rows, lengths = _now()
    places = np.flatnonzero(np.isin(documents, [pk for pk in ids if pk]))
    values = _products(rows[places], lengths[places], vector[None])[0]
    return dict(zip(documents[places].tolist(), values.tolist(), strict=True))


def nearest_many(ids: Sequence[int], k: int) -> dict[int, list[tuple[int, float]]]:
    """For each of these documents that has a vector the `k` others nearest to it."""
    np = model.numpy()
    documents, rows, lengths = _now()
    found: dict[int, list[tuple[int, float]]] = {}
    places = np.flatnonzero(np.isin(documents, [pk for pk in ids if pk]))
    for start in range(0, len(places), _ABREAST):
        some = places[start : start + _ABREAST]
        wanted = rows[some].astype("float32") / lengths[some][:, None]
        products = _products(rows, lengths, wanted)
        for row, place in zip(products, some, strict=True):
            row[place] = -2  # itself
            found[int(documents[place])] = _best(row, documents, k)
    return found


def twins(ids: Sequence[int], *, least: float) -> dict[int, set[int]]:
    """For those of these documents that nearly say the same as another one of them: which ones."""
    np = model.numpy()
    documents, rows, lengths = _now()
    places = np.flatnonzero(np.isin(documents, [pk for pk in ids if pk]))
    some = rows[places].astype("float32") / lengths[places][:, None]
    pairs = np.argwhere(np.triu(some @ some.T, 1) >= least)
    found: dict[int, set[int]] = {}
    for one, other in documents[places][pairs].tolist():
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def _products(
    rows: NDArray[np.int8], lengths: NDArray[np.float32], wanted: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The cosine of each wanted vector, a line, with each row, a column."""
    np = model.numpy()
    found = np.empty((len(wanted), len(rows)), dtype="float32")
    floats = np.empty((_CHUNK, model.SIZE), dtype="float32")
    for start in range(0, len(rows), _CHUNK):
        some = floats[: len(rows[start : start + _CHUNK])]
        np.copyto(some, rows[start : start + _CHUNK])
        found[:, start : start + len(some)] = wanted @ some.T
    found /= lengths
    return found


def _best(values: NDArray[np.float32], documents: NDArray[np.int64], k: int) -> list[tuple[int, float]]:
    """Of equals the latest put."""
    np = model.numpy()
    values[documents == 0] = -2
    places = np.argpartition(-values, k)[:k] if k < len(values) else np.arange(len(values))
    places = places[np.lexsort((-documents[places], -values[places]))]
    return [(int(documents[place]), float(values[place])) for place in places if values[place] > -2]
