"""A bar for work that takes longer than a moment, on a terminal only."""

import sys
import time
from typing import TextIO

_WIDTH = 30


class Progress:
    """Call it with what is done so far. It shows itself after two seconds, and goes when it is closed."""

    def __init__(self, label: str, total: int, *, stream: TextIO | None = None) -> None:
        self.label, self.total = label, total
        self.stream = stream or sys.stderr
        self.begun = time.monotonic()
        self.shown = 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if not self.stream.isatty() or now - self.begun < 2 or now - self.shown < 0.1:
            return
        self.shown = now
        if self.total:
            full = min(done * _WIDTH // self.total, _WIDTH)
            bar = f"[{'#' * full}{' ' * (_WIDTH - full)}] {done:,} of {self.total:,}"
        else:
            bar = f"{done:,}"
        self.stream.write(f"\r{self.label} {bar} ")
        self.stream.flush()

    def close(self) -> None:
        if self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()
