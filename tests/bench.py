"""`make bench`: how fast the pages are, as ratios to a bare Django page that runs beside them.

For each database: a site with 1,000 articles, and the bare page (tests/bare.py) on the same database, each under
gunicorn with two sync workers. wrk loads them in turn, in interleaved rounds, on this machine. The medians, as ratios,
are written into docs/performance.md. Absolute figures are this machine's and are worth little.
"""

import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from tests.servers import postgres
from tests.site import PROJECT, Site

ARTICLES = 1_000
WORDS = 426  # as long as the letters of the reference measurement
TAGS = [f"Topic {number}" for number in range(40)]
CONNECTIONS, SECONDS, ROUNDS = 16, 4, 5
WORKERS = ["-k", "sync", "-w", "2", "--log-level", "warning"]
REPORT = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"
GOAL = 0.2
TEXT = (
    "my calf cramps at night and nobody can tell me why because the doctor says that it is nothing to worry about but "
    "after each long run in the heat it comes back so I drink more water eat a banana stretch the muscle against a wall "
    "and sleep badly all the same what would you do if this were your leg and your race in three weeks"
)
VOCABULARY = TEXT.split()


@dataclass
class Measured:
    rates: list[float] = field(default_factory=list)  # requests a second
    p99: list[float] = field(default_factory=list)  # milliseconds
    bytes: int = 0

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


def lines() -> Iterator[str]:
    dice = random.Random(1)
    for number in range(ARTICLES):
        text = " ".join(dice.choices(VOCABULARY, k=WORDS // 2))
        yield json.dumps(
            {
                "id": f"bench-{number}",
                "slug": f"bench-{number}",
                "headline": f"Question {number}: " + " ".join(dice.choices(VOCABULARY, k=7)),
                "dek": " ".join(dice.choices(VOCABULARY, k=18)),
                "question": text,
                "signature": "Sleepless",
                "answers": [{"text": f"Dear Sleepless,\n\n{text}", "expert": f"Expert {number % 12}"}],
                "tags": dice.sample(TAGS, 4),
                "column": f"Column {number % 4}",
                "published_at": (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)).isoformat(),
            }
        )


@contextmanager
def gunicorn(application: str, site: Site, port: int) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "gunicorn", *WORKERS, "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, application], cwd=PROJECT, env={**site.environment, "PORT": str(port)}
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def fetch(address: str) -> int:
    """The size of the page, once it answers."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return len(response.read())
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{address} does not answer")


def load(wrk: str, address: str, measured: Measured, seconds: int) -> None:
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if re.search(r"Non-2xx|Socket errors: connect [1-9]", said):
        raise AssertionError(f"{address} did not answer each request:\n{said}")
    rate, p99 = (
        re.search(r"Requests/sec:\s+([\d.]+)", said),
        re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said),
    )
    assert rate
    assert p99
    measured.rates.append(float(rate[1]))
    measured.p99.append(float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])


def memory(process: psutil.Process) -> float:
    """MiB of a server with its workers, what they share counted once (Linux), else as often as it is mapped."""
    family = [process, *process.children(recursive=True)]
    sizes = (getattr(one.memory_full_info(), "pss", 0) or one.memory_info().rss for one in family)
    return sum(sizes) / 2**20


def measure(database: str, wrk: str, rounds: int, seconds: int) -> tuple[dict[str, Measured], float, float]:
    """Requests a second of each page on this database, and the MiB of the site and of the bare page."""
    with tempfile.TemporaryDirectory(prefix="advice-bench-") as folder, ExitStack() as stack:
        # Neither the demo nor its job runner: only what is measured runs.
        site = Site(Path(folder), database=database)
        stack.callback(site._stack.close)
        site.var.mkdir(parents=True)
        content = Path(folder) / "articles.jsonl"
        content.write_text("\n".join(lines()))
        site.manage("migrate", "--verbosity=0")
        site.manage("collectstatic", "--noinput", "--verbosity=0")
        site.manage("import_content", "jsonl", str(content))
        other = Site(Path(folder))  # for a port that is free
        ours = stack.enter_context(gunicorn("advice.wsgi:application", site, site.port))
        bare = stack.enter_context(gunicorn("tests.bare:application", site, other.port))
        addresses = {
            "bare page": f"{other.url}/bench-500/",
            "article": f"{site.url}/questions/bench-500/",
            "front page": f"{site.url}/",
            "tag page": f"{site.url}/tags/topic-7/",
        }
        found = {name: Measured(bytes=fetch(address)) for name, address in addresses.items()}
        for address in addresses.values():
            load(wrk, address, Measured(), 1)  # warm
        for number in range(rounds):
            for name, address in addresses.items():
                print(f"  {database}, round {number + 1} of {rounds}: {name} ...", flush=True)
                load(wrk, address, found[name], seconds)
        return found, memory(ours), memory(bare)


def find_wrk() -> str | None:
    if not shutil.which("wrk") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing wrk with apt-get: it makes the load.")
        for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "wrk"]):
            subprocess.run(["apt-get", *arguments], capture_output=True, check=False)
    return shutil.which("wrk")


def told(results: dict[str, tuple[dict[str, Measured], float, float]], rounds: int, seconds: int) -> str:
    rows = [
        "| page | on | × the bare page | slowest and fastest round | p99, × the bare page's | bytes |",
        "|---|---|---|---|---|---|",
    ]
    for database, (found, _, _) in results.items():
        bare = found["bare page"]
        for name, page in found.items():
            ratios = [rate / bare.rate for rate in page.rates]
            rows.append(
                f"| {name} | {database} | **{page.rate / bare.rate:.2f}** | {min(ratios):.2f} to {max(ratios):.2f} "
                f"| {statistics.median(page.p99) / statistics.median(bare.p99):.1f} | {page.bytes:,} |"
            )
    memories = ", ".join(
        f"{site / bare:.1f} × the bare page's on {name}" for name, (_, site, bare) in results.items()
    )
    return "\n".join(
        [
            BEGIN,
            "",
            *rows,
            "",
            f"Memory of the master and two workers after the load: {memories}.",
            "",
            f"Measured {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on {os.cpu_count()} cores shared with the load: "
            f"wrk, {CONNECTIONS} connections, {rounds} interleaved rounds of {seconds} s, medians.",
            "",
            END,
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument(
        "--dry-run", action="store_true", help="print the figures, and leave the document alone"
    )
    options = parser.parse_args()
    wrk = find_wrk()
    if wrk is None:
        print("There is no wrk, which makes the load (Debian: apt install wrk; macOS: brew install wrk).")
        return 2
    os.environ["DATABASE_URL"] = postgres().url  # where the PostgreSQL site makes its database
    results = {
        name: measure(database, wrk, options.rounds, options.seconds)
        for name, database in (("SQLite", "sqlite"), ("PostgreSQL", "postgres"))
    }
    text = told(results, options.rounds, options.seconds)
    print(text)
    if not options.dry_run:
        before, _, rest = REPORT.read_text().partition(BEGIN)
        REPORT.write_text(before + text + rest.partition(END)[2])
    slow = [
        name
        for name, (found, _, _) in results.items()
        if found["article"].rate < GOAL * found["bare page"].rate
    ]
    for name in slow:
        print(f"The article page is below {GOAL} × the bare page on {name}.")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
