"""`make sending`: how fast newsletters leave, as ratios to a bare loop of smtplib that runs beside them.

For each database, against the same mail server (tests/relay.py): the loop hands over a mail of the same size again and
again on one line; one worker, and two, send an issue to as many readers. They take turns in short stretches, so that
whatever else the machine does happens to all. Then the memory of a worker with a thousand readers and with a hundred
thousand, and how long readers of the site wait while an issue is sent. The medians are written into docs/reliability.md.
Absolute figures are this machine's and are worth little.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import fetch, gunicorn, lines
from tests.press import Press
from tests.relay import Relay
from tests.servers import postgres
from tests.site import PROJECT, Site

ROUNDS, STRETCHES, COPIES = 3, 3, 300  # in a round each has its turn so often, with so many copies
SIZES = (1_000, 10_000, 100_000)
SECONDS_A_SIZE = 4.0  # of sending: a hundred thousand copies are made, and not all of them sent
PACE = 100  # settings.WORKER_PACE, where nobody sets it
REQUESTS, READERS = 200, 4
RELAYS = 2
REPORT = PROJECT / "docs" / "reliability.md"
BEGIN, END = "<!-- make sending writes from here -->", "<!-- to here -->"
SPEED, GAIN, GROWTH, SLOWER = 0.5, 1.3, 1.1, 1.5


# -- measuring ----------------------------------------------------------------------------------------------------


@dataclass
class Measured:
    size: int = 0
    ratios: list[float] = field(default_factory=list)  # one worker, to the loop
    gains: list[float] = field(default_factory=list)  # two workers, to one
    memory: dict[int, float] = field(default_factory=dict)  # MiB
    waits: list[float] = field(default_factory=list)  # the page's p95 while an issue is sent, to without
    pages: int = 0  # read meanwhile


def rate(answers: list[dict[str, float]]) -> float:
    seconds = max(one["ended"] for one in answers) - min(one["began"] for one in answers)
    return sum(one["sent"] for one in answers) / seconds


def together(presses: list[Press], what: str, **named: Any) -> float:
    for press in presses:
        press.ask(what, **named)
    return rate([press.answer() for press in presses])


def measure_speed(presses: list[Press], measured: Measured, rounds: int) -> None:
    """Each stretch: the loop, one worker, two workers. The first round warms everything up and is not counted."""
    first = presses[0]
    first.do("readers", name="Speed", count=3 * STRETCHES * COPIES)
    for number in range(rounds + 1):
        measured.size = first.do("size", issue=first.do("issue", name="Speed", articles=4))
        first.do("copy")
        loop, one, two = [], [], []
        for _ in range(STRETCHES):
            loop.append(together([first], "loop", count=COPIES, size=measured.size))
            one.append(together([first], "send", count=COPIES))
            two.append(together(presses, "send", count=COPIES))
        first.do("cancel")
        ratio, gain = (
            statistics.harmonic_mean(one) / statistics.harmonic_mean(loop),
            statistics.harmonic_mean(two) / statistics.harmonic_mean(one),
        )
        print(
            f"  round {number} of {rounds}: one worker {ratio:.2f} x the loop, two {gain:.2f} x one",
            flush=True,
        )
        if number:
            measured.ratios.append(ratio)
            measured.gains.append(gain)


def measure_memory(site: Site, maker: Press, measured: Measured) -> None:
    for count in SIZES:
        maker.do("readers", name=f"{count} readers", count=count)
        maker.do("issue", name=f"{count} readers", articles=4)
        worker = Press(site)  # one that has done nothing else
        worker.do("copy")
        measured.memory[count] = worker.do("send", seconds=SECONDS_A_SIZE, weigh=True)["peak"] / 2**20
        worker.do("cancel")
        worker.end()
        print(f"  {count:,} readers: {measured.memory[count]:.1f} MiB at most", flush=True)


def measure_readers(site: Site, press: Press, measured: Measured, rounds: int) -> None:
    """How long readers wait for a page, in turns without and while an issue is sent."""
    address = f"{site.url}/questions/bench-5/"
    press.do("issue", name=f"{max(SIZES)} readers", articles=4)
    press.do("copy")
    with gunicorn("advice.wsgi:application", site, site.port):
        fetch(address)
        times(address)
        for number in range(rounds):
            without = p95(times(address))
            with being_sent(press):
                meanwhile = times(address)
            measured.waits.append(p95(meanwhile) / without)
            measured.pages = len(meanwhile)
            print(
                f"  round {number + 1} of {rounds}: p95 {measured.waits[-1]:.2f} x while sending", flush=True
            )
    press.do("cancel")


@contextmanager
def being_sent(press: Press) -> Iterator[None]:
    """An issue is on its way as long as this lasts."""
    is_over, has_begun = threading.Event(), threading.Event()

    def send() -> None:
        while not is_over.is_set():
            press.do("send", seconds=1, pace=PACE)
            has_begun.set()

    thread = threading.Thread(target=send)
    thread.start()
    has_begun.wait(30)
    yield
    is_over.set()
    thread.join()


def times(address: str) -> list[float]:
    """What each of some hundred requests took, first one after the other, then several readers at once."""
    alone = read(address, REQUESTS)
    with ThreadPoolExecutor(READERS) as pool:
        crowd = pool.map(lambda _: read(address, REQUESTS // READERS), range(READERS))
        return [*alone, *(one for some in crowd for one in some)]


def read(address: str, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        began = time.monotonic()
        with urllib.request.urlopen(address, timeout=20) as response:
            response.read()
        taken.append(time.monotonic() - began)
    return taken


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def measure(database: str, rounds: int) -> Measured:
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="advice-sending-") as folder, ExitStack() as stack:
        relay = stack.enter_context(Relay(Path(folder) / "relay", processes=RELAYS))
        site = Site(Path(folder), database=database, environment={"EMAIL_URL": relay.address})
        stack.enter_context(site.without_serving())
        content = Path(folder) / "articles.jsonl"
        content.write_text("\n".join(list(lines())[:20]))
        site.manage("import_content", "jsonl", str(content))
        site.manage("collectstatic", "--noinput", "--verbosity=0")
        presses = [Press(site) for _ in range(2)]
        for press in presses:
            stack.callback(press.end)
        print(f"{database}:", flush=True)
        measure_speed(presses, measured, rounds)
        measure_memory(site, presses[0], measured)
        measure_readers(site, presses[0], measured, rounds)
    return measured


# -- telling ------------------------------------------------------------------------------------------------------


def spread(values: list[float]) -> str:
    return f"**{statistics.median(values):.2f}** ({min(values):.2f} to {max(values):.2f})"


def growth(measured: Measured) -> float:
    return measured.memory[max(SIZES)] / measured.memory[min(SIZES)]


def told(results: dict[str, Measured], rounds: int) -> str:
    size = next(iter(results.values())).size
    rows = {
        f"one worker, to the bare loop (goal: {SPEED} at least)": lambda found: spread(found.ratios),
        f"two workers, to one (goal on PostgreSQL: {GAIN} at least)": lambda found: spread(found.gains),
        f"a page's p95 while an issue is sent at {PACE} a second (WORKER_PACE as it comes), to without (goal: {SLOWER} at most)": lambda found: (
            spread(found.waits)
        ),
        f"memory with 100,000 readers, to 1,000 (goal: {GROWTH} at most)": lambda found: (
            f"**{growth(found):.2f}**"
        ),
        "memory of a worker with 1,000 / 10,000 / 100,000 readers": lambda found: (
            " / ".join(f"{found.memory[count]:.0f}" for count in SIZES) + " MiB"
        ),
    }
    return "\n".join(
        [
            BEGIN,
            "",
            f"| median of {rounds} rounds (lowest to highest) | {' | '.join(results)} |",
            f"|---|{'---|' * len(results)}",
            *(f"| {name} | {' | '.join(map(tell, results.values()))} |" for name, tell in rows.items()),
            "",
            f"Measured {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on {os.cpu_count()} cores, shared with the "
            f"mail server (aiosmtpd, {RELAYS} processes on one port) and the readers. A mail has {size:,} bytes. Loop, one worker "
            f"and two take turns every {COPIES} copies, {STRETCHES} times a round. Page: {REQUESTS} requests one after the other and "
            f"{REQUESTS} from {READERS} readers at once.",
            "",
            END,
        ]
    )


def missed(results: dict[str, Measured]) -> Iterator[str]:
    for name, found in results.items():
        if statistics.median(found.ratios) < SPEED:
            yield f"On {name} a worker is below {SPEED} x the bare loop."
        if name == "PostgreSQL" and statistics.median(found.gains) < GAIN:
            yield f"On {name} two workers are below {GAIN} x one."
        if growth(found) > GROWTH:
            yield f"On {name} a worker needs more memory for more readers."
        if statistics.median(found.waits) > SLOWER:
            yield f"On {name} readers wait more than {SLOWER} x as long while an issue is sent."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument(
        "--dry-run", action="store_true", help="print the figures, and leave the document alone"
    )
    options = parser.parse_args()
    os.environ["DATABASE_URL"] = postgres().url  # where the PostgreSQL site makes its database
    results = {
        name: measure(database, options.rounds)
        for name, database in (("SQLite", "sqlite"), ("PostgreSQL", "postgres"))
        if options.only in {None, database}
    }
    text = told(results, options.rounds)
    print(text)
    if not (options.dry_run or options.only):
        before, _, rest = REPORT.read_text().partition(BEGIN)
        REPORT.write_text(before + text + rest.partition(END)[2])
    complaints = list(missed(results))
    print("\n".join(complaints) or "All goals are met.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
