"""An issue is sent once, to each of its readers: whatever is killed, and whatever the mail server does."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.press import Press
from tests.relay import Relay
from tests.servers import postgres
from tests.site import PROJECT, Site, wait_for

TAKES_NOTHING = ("refuse", "421", "451", "hang")
FAULTS = (*TAKES_NOTHING, "reset", "slow", "550")


class Place:
    """A site of which only the job runners run, a mail server, and a process to look and to decide with."""

    def __init__(self, site: Site, relay: Relay, press: Press) -> None:
        self.site, self.relay, self.press = site, relay, press
        self.log = site.folder / "workers.log"

    @contextmanager
    def workers(self, count: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
        running = [self.worker() for _ in range(count)]
        try:
            yield running
        finally:
            for worker in running:
                worker.terminate()
            for worker in running:
                worker.wait(30)

    def worker(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", "worker", "--every=0.1"],
                cwd=PROJECT,
                env=self.site.environment,
                stdout=log,
                stderr=log,
            )

    def issue(self, name: str) -> int:
        return int(self.press.do("issue", name=name))

    def state(self, issue: int) -> dict[str, Any]:
        return dict(self.press.do("state", issue=issue))

    def wait(self, issue: int, done: Any, seconds: float = 900) -> None:
        def look() -> bool | None:
            return done(self.state(issue)) or None

        wait_for(
            look, seconds, lambda: f"{self.state(issue)}\n{self.log.read_text() if self.log.exists() else ''}"
        )

    def decide(self, issue: int) -> tuple[int, int]:
        """As an editor who can read the mail server's log: gives how many had arrived, and how many had not."""
        seen = {one.address for one in self.relay.taken()}
        uncertain = self.press.do("uncertain", issue=issue)
        arrived = [pk for address, pk in uncertain.items() if address in seen]
        again = [pk for address, pk in uncertain.items() if address not in seen]
        assert self.press.do("decide", issue=issue, arrived=arrived, again=again) == [
            len(arrived),
            len(again),
        ]
        return len(arrived), len(again)


@pytest.fixture(scope="module")
def server() -> str:
    """A PostgreSQL, whichever database the run is on."""
    return os.environ["DATABASE_URL"] if os.environ["ADVICE_TEST_DB"] == "postgres" else postgres().url


@pytest.fixture
def place(
    tmp_path: Path, database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    if database == "postgres":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("server"))
    with Relay(tmp_path / "relay") as relay:
        site = Site(
            tmp_path, database=database, environment={"EMAIL_URL": relay.address, "EMAIL_TIMEOUT": "1"}
        )
        with site.without_serving():
            press = Press(site)
            try:
                yield Place(site, relay, press)
            finally:
                press.end()


def is_settled(state: dict[str, Any]) -> bool:
    return (
        "pending" not in state["copies"] and state["status"] in {"sending", "sent"} and state["copies"] != {}
    )


def is_sent(state: dict[str, Any]) -> bool:
    return bool(state["status"] == "sent")


def kill_and_count(place: Place, readers: int, kills: int, at_once: int, patience: float) -> str:
    """Send one issue while workers are killed; gives the line of result."""
    dice = random.Random(kills)
    place.press.do("readers", name="Kills", count=readers)
    issue = place.issue("Kills")
    with place.workers(at_once) as running:
        for _ in range(kills):
            before = len(place.relay.taken())
            wait_for(lambda before=before: len(place.relay.taken()) > before or None, 60, place.log.read_text)
            time.sleep(dice.random() * patience)
            victim = running.pop(dice.randrange(len(running)))
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            running.append(place.worker())
        place.wait(issue, is_settled)
        killed = Counter(one.address for one in place.relay.taken())
        place.press.do("age")
        uncertain = len(place.press.do("uncertain", issue=issue))
        arrived, again = place.decide(issue)
        place.wait(issue, is_sent)
    taken = place.relay.taken()
    counts = Counter(one.address for one in taken)
    twice = sum(count > 1 for count in counts.values())
    missing = set(place.press.do("readers_of", issue=issue)) - set(counts)
    assert max(killed.values()) == 1
    assert uncertain <= kills
    assert (twice, len(missing), len(counts)) == (0, 0, readers)
    assert len({one.message_id for one in taken}) == readers
    assert place.state(issue)["copies"] == {"sent": readers}
    return (
        f"{kills} kill -9, {readers:,} readers, {at_once} at once: {twice} twice, {len(missing)} missing, {uncertain} "
        f"uncertain ({arrived} had arrived, {again} sent again)"
    )


def send_together(place: Place, readers: int, workers: int) -> str:
    place.press.do("readers", name="Together", count=readers)
    issue = place.issue("Together")
    with place.workers(workers):
        place.wait(issue, is_sent)
    counts = Counter(one.address for one in place.relay.taken())
    assert (len(counts), sum(counts.values())) == (readers, readers)
    return f"{workers} workers at once, {readers:,} readers: 0 twice, 0 missing"


def suffer(place: Place, fault: str, readers: int) -> str:
    """Send one issue through a fault of the mail server that passes."""
    place.relay.forget()
    place.press.do("readers", name=fault, count=readers)
    place.relay.stop() if fault == "refuse" else place.relay.be(fault)
    issue = place.issue(fault)
    recipients: list[str] = []
    if fault in TAKES_NOTHING:
        place.wait(issue, lambda state: bool(state["trouble"]))
        recipients = place.press.do("readers_of", issue=issue)
        assert place.relay.taken() == []
        assert place.state(issue)["copies"].keys() <= {"pending", "sending"}
        place.relay.start() if fault == "refuse" else place.relay.be("well")
        if fault == "451":
            place.wait(issue, lambda state: "sending" not in state["copies"])
            place.press.do("wake")
    place.wait(issue, is_sent)
    place.relay.be("well")
    recipients = recipients or place.press.do("readers_of", issue=issue)
    state = place.state(issue)
    counts = Counter(one.address for one in place.relay.taken())
    failed = state["copies"].get("failed", 0)
    assert max(counts.values()) == 1
    assert (len(counts) + failed, len(recipients)) == (readers, readers)
    assert set(counts) <= set(recipients)
    assert bool(failed) == (fault == "550")
    assert state["trouble"] == ""
    return f"{fault}: {len(counts)} sent once, {failed} refused, 0 twice, 0 lost"


@pytest.mark.quick
@pytest.mark.parametrize("database", [os.environ.get("ADVICE_TEST_DB", "sqlite")])
def test_workers_are_killed_and_the_mail_server_fails(place: Place) -> None:
    print(kill_and_count(place, readers=500, kills=5, at_once=2, patience=0.05))
    with place.workers(1):
        for fault in FAULTS:
            print(suffer(place, fault, readers=60))


@pytest.mark.full
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("at_once", [1, 2])
def test_fifty_workers_are_killed_over_ten_thousand_readers(place: Place, at_once: int) -> None:
    print(kill_and_count(place, readers=10_000, kills=50, at_once=at_once, patience=0.2))


@pytest.mark.full
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("workers", [2, 3])
def test_workers_at_once_send_nothing_twice(place: Place, workers: int) -> None:
    print(send_together(place, readers=10_000, workers=workers))


@pytest.mark.full
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_each_fault_of_the_mail_server_passes_without_loss(place: Place) -> None:
    with place.workers(2):
        for fault in FAULTS:
            print(suffer(place, fault, readers=600))
