"""`make sending`: how fast newsletters leave, as ratios to a bare loop of smtplib that runs beside them.

For each database, against the same mail server (tests/relay.py): the loop hands over one mail of the same size again and
again on one connection; one worker, and two, send an issue to as many readers. They take turns in several rounds, so that
whatever else the machine does happens to all. The medians are written into docs/reliability.md. Absolute figures are this
machine's and are worth little.
"""

import json
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.bench import fetch, gunicorn, lines
from tests.relay import Relay
from tests.servers import postgres
from tests.site import PROJECT, Site

COPIES, ROUNDS = 2_000, 3
SIZES = (1_000, 10_000, 100_000)
SECONDS_A_SIZE = 4.0  # of sending, where there are more copies than that
REQUESTS, READERS = 200, 4
RELAYS = 2
REPORT = PROJECT / "docs" / "reliability.md"
BEGIN, END = "<!-- make sending writes from here -->", "<!-- to here -->"
GOALS = {"one": 0.5, "two": 1.3, "memory": 1.1, "readers": 1.5}


# -- in a process with the site's settings ------------------------------------------------------------------------


class Doing:
    """What a worker's process is asked to do; each gives what is to be told of it."""

    def __init__(self) -> None:
        import django

        django.setup()
        from advice.newsletter import copies, delivering, issuing
        from advice.newsletter.models import Newsletter
        from tests import factories

        self.copies, self.delivering, self.issuing = copies, delivering, issuing
        self.newsletters, self.factories = Newsletter.objects, factories

    def readers(self, *, name: str, count: int) -> None:
        newsletter = self.factories.make_newsletter(name)
        for _ in range(0, count, 10_000):
            self.factories.make_readers(newsletter, min(count, 10_000))

    def issue(self, *, name: str) -> int:
        """An issue on its way, as long as a real one: an introduction and an article in full. Gives a mail's size."""
        from advice.articles.models import Article

        issue = self.factories.make_issue(
            self.newsletters.get(name=name),
            self.issuing.Pick(Article.objects.published().order_by("pk")[0], in_full=True),
            *map(self.issuing.Pick, Article.objects.published().order_by("pk")[1:4]),
            intro="Good morning. " * 20,
        )
        issue = self.issuing.schedule(issue)
        self.issuing.let_go_due(now=issue.leaves_at)
        return len(self._mail(issue))

    def _mail(self, issue: Any) -> bytes:
        from django.utils import timezone

        from advice.newsletter.models import Delivery
        from advice.newsletter.rendering import Renderer

        issue.refresh_from_db()
        reader = issue.newsletter.subscribers.first()
        mail = Renderer(issue).mail_for(
            Delivery(pk=1, issue=issue, subscriber=reader), reader, topics=set(), now=timezone.now()
        )
        assert mail
        return mail.raw

    def bare(self, *, count: int, size: int) -> dict[str, float]:
        from django.conf import settings

        raw = b"Subject: Hello\r\n\r\n" + (b"x" * 74 + b"\r\n") * (size // 76)
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=20) as line:
            began = time.monotonic()
            for number in range(count):
                line.sendmail("letters@example.org", [f"reader-{number}@example.org"], raw)
            return {"began": began, "ended": time.monotonic(), "sent": count}

    def copy(self) -> int:
        return self.copies.make_due()

    def send(self, *, seconds: float = 600) -> dict[str, float]:
        began = time.monotonic()
        peak, looked = 0, 0.0

        def look() -> bool:
            nonlocal peak, looked
            if time.monotonic() - looked > 0.2:
                looked = time.monotonic()
                peak = max(peak, psutil.Process().memory_full_info().uss)
            return False

        look()
        counts = self.delivering.deliver_due(seconds=seconds, stop=look)
        assert counts["sent"] == sum(counts.values()), counts
        return {"began": began, "ended": time.monotonic(), "sent": counts["sent"], "peak": peak}

    def finish(self) -> None:
        from advice.newsletter.models import Issue

        for issue in Issue.objects.filter(status="sending"):
            self.issuing.cancel(issue)


def obey() -> None:
    doing = Doing()
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(doing, order.pop("do"))(**order)), flush=True)


class Worker:
    """Such a process."""

    def __init__(self, site: Site, extra: dict[str, str]) -> None:
        environment = {**site.environment, **extra, "DJANGO_SETTINGS_MODULE": "advice.settings"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sending", "--obey"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, **named: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": what, **named}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said, "The worker's process has died."
        return json.loads(said)

    def do(self, what: str, **named: Any) -> Any:
        self.ask(what, **named)
        return self.answer()

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)


# -- measuring ----------------------------------------------------------------------------------------------------


@dataclass
class Measured:
    size: int = 0
    bare: list[float] = field(default_factory=list)  # mails a second
    one: list[float] = field(default_factory=list)
    two: list[float] = field(default_factory=list)
    memory: dict[int, float] = field(default_factory=dict)  # MiB
    quiet: list[float] = field(default_factory=list)  # a page's p95, ms
    busy: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(one / bare for one, bare in zip(self.one, self.bare, strict=True))

    @property
    def gain(self) -> float:
        return statistics.median(two / one for two, one in zip(self.two, self.one, strict=True))

    @property
    def growth(self) -> float:
        return self.memory[max(SIZES)] / self.memory[min(SIZES)]

    @property
    def slower(self) -> float:
        return statistics.median(busy / quiet for busy, quiet in zip(self.busy, self.quiet, strict=True))


def rate(answers: list[dict[str, float]]) -> float:
    seconds = max(a["ended"] for a in answers) - min(a["began"] for a in answers)
    return sum(a["sent"] for a in answers) / seconds


def measure_speed(workers: list[Worker], measured: Measured, rounds: int, copies: int, both: bool) -> None:
    first = workers[0]
    first.do("readers", name="Speed", count=copies)
    for number in range(rounds + 1):
        size = measured.size = first.do("issue", name="Speed")
        first.do("copy")
        bare = rate([first.do("bare", count=copies, size=size)])
        one = rate([first.do("send")])
        two = 0.0
        if both:
            first.do("issue", name="Speed")
            first.do("copy")
            for worker in workers:
                worker.ask("send")
            two = rate([worker.answer() for worker in workers])
        first.do("finish")
        print(
            f"  round {number} of {rounds}: loop {bare:.0f}/s, one {one:.0f}/s, two {two:.0f}/s", flush=True
        )
        if number:  # the first warms everything up
            measured.bare.append(bare)
            measured.one.append(one)
            measured.two += [two] if both else []


def measure_memory(site: Site, extra: dict[str, str], measured: Measured) -> None:
    for count in SIZES:
        worker = Worker(site, extra)
        worker.do("readers", name=f"{count} readers", count=count)
        worker.end()
        worker = Worker(site, extra)  # one that has seen nothing else
        worker.do("issue", name=f"{count} readers")
        worker.do("copy")
        measured.memory[count] = worker.do("send", seconds=SECONDS_A_SIZE)["peak"] / 2**20
        worker.do("finish")
        worker.end()
        print(f"  {count:,} readers: at most {measured.memory[count]:.1f} MiB", flush=True)


def measure_readers(site: Site, extra: dict[str, str], worker: Worker, measured: Measured) -> None:
    """The page's p95, in turns while nothing is sent and while an issue is."""
    address = f"{site.url}/questions/bench-500/"
    with gunicorn("advice.wsgi:application", site, site.port):
        fetch(address)
        times(address)
        for number in range(ROUNDS):
            measured.quiet.append(p95(times(address)))
            worker.do("issue", name=f"{max(SIZES)} readers")
            with sending(worker):
                measured.busy.append(p95(times(address)))
            print(
                f"  round {number + 1}: page's p95 {measured.quiet[-1]:.1f} ms, while sending {measured.busy[-1]:.1f} ms",
                flush=True,
            )


@contextmanager
def sending(worker: Worker) -> Iterator[None]:
    raise NotImplementedError


def times(address: str) -> list[float]:
    with ThreadPoolExecutor(READERS) as pool:
        return [one for some in pool.map(_read, [address] * READERS) for one in some]


def _read(address: str) -> list[float]:
    taken = []
    for _ in range(REQUESTS // READERS):
        began = time.monotonic()
        with urllib.request.urlopen(address, timeout=20) as response:
            response.read()
        taken.append((time.monotonic() - began) * 1000)
    return taken


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    if sys.argv[1:] == ["--obey"]:
        obey()
        sys.exit()
    import shutil

    db = sys.argv[1]
    os.environ["DATABASE_URL"] = postgres().url
    folder = Path(tempfile.mkdtemp(prefix="snd"))
    with Relay(folder / "relay", processes=RELAYS) as relay, ExitStack() as stack:
        site = Site(folder, database=db)
        stack.callback(site._stack.close)
        site.var.mkdir(parents=True)
        site.manage("migrate", "--verbosity=0")
        c = folder / "a.jsonl"
        c.write_text("\n".join(list(lines())[:20]))
        site.manage("import_content", "jsonl", str(c))
        ws = [Worker(site, relay.environment) for _ in range(2)]
        m = Measured()
        measure_speed(ws, m, 3, 1000, db == "postgres")
        print(m, m.ratio, m.gain if m.two else "")
        for w in ws:
            w.end()
    shutil.rmtree(folder)
