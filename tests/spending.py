"""How long something takes, for tests that compare one time with another on the same machine."""

import time
from collections.abc import Callable
from typing import Any


def spent(do: Callable[[], Any]) -> float:
    """Seconds of this process, the least of three times: other work on the machine only adds to them."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        do()
        times.append(time.process_time() - begun)
    return min(times)
