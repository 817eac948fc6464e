"""Where it is measured: databases under var/bench/ that are kept between runs, and processes with their settings."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.servers import beside, conninfo, embedded_postgres
from tests.site import PROJECT, Site

KEPT = PROJECT / "var" / "bench"
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_ENGINE = (
    "advice/search/*.py",
    "advice/articles/indexing.py",
    "advice/articles/related.py",
    "advice/articles/searching.py",
)
_LOADING = (
    "advice/*/migrations/*.py",
    "tests/searching/language.py",
    "tests/searching/sets.py",
    "tests/searching/inside/loading.py",
)


def server() -> str:
    """The PostgreSQL server that TEST_DATABASE_URL names, or our own with its data in var/bench/."""
    os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
    return os.environ.get("TEST_DATABASE_URL") or embedded_postgres(KEPT / "postgres").url


def print_of(patterns: Iterable[str]) -> str:
    """A short sum of what these files say, to know whether a kept database is still what would be made."""
    paths = sorted(path for pattern in patterns for path in PROJECT.glob(pattern))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:16]


@dataclass
class Done:
    result: Any
    seconds: float
    peak: float  # MiB
    said: list[int]  # what it gave as its progress
    killed: bool = False


class Place:
    """A site's database by the name of what is in it, and what was found out about it."""

    def __init__(self, name: str, database: str, postgres: str = "") -> None:
        self.database = database
        self.folder = KEPT / f"{database}-{name}"
        self._server = postgres
        self._base = f"advice_bench_{name.replace('-', '_')}"
        extra = {}
        if database == "postgres":
            extra["DATABASE_URL"] = beside(postgres, self._base)
        self.site = Site(self.folder, environment=extra)

    @property
    def url(self) -> str:
        return self.site.environment["DATABASE_URL"]

    def prepare(self, *, fresh: bool, by_engine: bool) -> bool:
        """Make it, where it is not there or was made by other code. Gives whether it is new, and so has nothing in it.

        With `by_engine` it is made anew when the search has changed, too, and else only said that it has.
        """
        wanted = {"loading": print_of(_LOADING), "engine": print_of(_ENGINE)}
        known = self.state
        is_stale = known.get("loading") != wanted["loading"]
        if not is_stale and known.get("engine") != wanted["engine"]:
            is_stale = by_engine
            if not by_engine:
                print(
                    f"  {self.folder.name} was built before the search was changed; --part building or --fresh builds it anew"
                )
        if not (fresh or is_stale):
            return False
        shutil.rmtree(self.folder, ignore_errors=True)
        self.site.var.mkdir(parents=True)
        if self.database == "postgres":
            self._make_database()
        self.site.manage("migrate", "--verbosity=0")
        self.site.manage("collectstatic", "--noinput", "--verbosity=0")
        self.remember(**wanted)
        return True

    def _make_database(self) -> None:
        import psycopg

        with psycopg.connect(conninfo(self._server), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self._base} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {self._base}")

    @property
    def state(self) -> dict[str, Any]:
        path = self.folder / "state.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def remember(self, **facts: Any) -> None:
        (self.folder / "state.json").write_text(json.dumps(self.state | facts))

    def remember_engine(self) -> None:
        """All that the search keeps was made by the code as it is now."""
        self.remember(engine=print_of(_ENGINE))

    def run(
        self,
        what: str,
        *,
        without_model: bool = False,
        kill: Callable[[int], bool] = lambda done: False,
        **named: Any,
    ) -> Done:
        """Have tests.searching.inside do `what` ("module.function"), until `kill` says of its progress to end it."""
        command = [sys.executable, "-m", "tests.searching.child", what]
        environment = {**self.site.environment, "BENCH_WITHOUT_MODEL": "1" if without_model else ""}
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin
        assert process.stdout
        with process.stdin as file:
            json.dump(named, file)
        done = Done(None, 0, 0, [])
        try:
            for line in process.stdout:
                message = json.loads(line)
                if "result" in message:
                    done.result = message["result"]
                    continue
                done.said.append(message["progress"])
                if not done.killed and kill(done.said[-1]):
                    process.kill()
                    done.killed = True
        except BaseException:
            process.kill()
            raise
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode and not done.killed:
            raise RuntimeError(f"{what} failed on {self.folder.name}")
        done.seconds = time.monotonic() - began
        done.peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 2**10) / 2**20
        return done
