"""Likeness of words and of meaning as one order. Where there is no model the words' order stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advice.search import held, model
from advice.search.engine import Scored

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What the likeness of words adds to a cosine, at most. Chosen by `make bench-search` (docs/performance.md).
WORDS = 0.12


def vector_of(text: str) -> NDArray[np.float32] | None:
    """None where meanings cannot be known here."""
    if not text.strip() or not model.is_available():
        return None
    row: NDArray[np.float32] = model.encode([text])[0]
    return row


def nearest(vector: NDArray[np.float32], *, count: int, least: float) -> list[Scored]:
    """The documents nearest by meaning, with their cosines of `least` or more, best first."""
    return [Scored(pk, cosine) for pk, cosine in held.nearest(vector, k=count) if cosine >= least]


def fused(
    vector: NDArray[np.float32], by_words: Sequence[Scored], *, count: int, least: float
) -> list[Scored]:
    """The documents found by their words and those nearest by meaning, best first."""
    words = dict(by_words)
    near = dict(nearest(vector, count=count, least=least))
    cosines = near | held.cosines(vector, [pk for pk in words if pk not in near])
    most = max(words.values(), default=0) or 1
    found = [Scored(pk, cosines.get(pk, 0) + WORDS * words.get(pk, 0) / most) for pk in {**near, **words}]
    return sorted(found, key=lambda one: (-one.score, -one.id))
