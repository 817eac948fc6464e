"""Promise 6: what is scheduled appears at its time, once, and its writer is told once; whatever the clocks do."""

import datetime as dt
import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from zoneinfo import ZoneInfo

import pytest

from tests.site import PROJECT, Site

BERLIN = ZoneInfo("Europe/Berlin")
TOLD = "Your letter has been answered"
# The nights in which the clocks go forward and back; both changes are at 01:00 UTC.
CHANGES = [dt.datetime(2027, 3, 28, 1, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 1, tzinfo=dt.UTC)]
# Minutes around the change at which the runners look: some steps, a jump into the future by mistake, and back.
STEPS = [-90, -1, 0, 1, 30, 200, 45, 59, 60, 61, 240]


class Runner:
    def __init__(self, site: Site, stack: ExitStack) -> None:
        self.process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.drills.clockwork"],
                cwd=PROJECT,
                env=site.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(self.process.kill)

    def begin(self, at, do, *given):
        self.process.stdin.write(json.dumps({"at": at.isoformat(), "do": do, "with": given}) + "\n")
        self.process.stdin.flush()

    def end(self):
        line = self.process.stdout.readline()
        while line and not line.startswith('{"answer"'):
            line = self.process.stdout.readline()
        return json.loads(line)["answer"]

    def does(self, at, do, *given):
        self.begin(at, do, *given)
        return self.end()


@pytest.mark.parametrize(
    ("articles", "steps"),
    [
        pytest.param(24, STEPS[1:4] + STEPS[5:7] + STEPS[-1:], marks=pytest.mark.quick, id="24"),
        pytest.param(200, STEPS, marks=pytest.mark.full, id="200"),
    ],
)
def test_what_is_scheduled_appears_on_time_and_its_writer_is_told_once(tmp_path, either, articles, steps):
    """Three runners at once, in each night in which the clocks change."""
    environment = {"TIME_ZONE": "Europe/Berlin"}
    site = Site(tmp_path, database=either, environment=environment)
    with site.without_serving(), ExitStack() as stack:
        site.manage("collectstatic", "--noinput", "--verbosity=0")
        runners = [Runner(site, stack) for _ in range(3)]
        early = late = 0
        told_before_it_was_out: list[str] = []
        told: Counter[str] = Counter()
        due: dict[str, tuple[str, dt.datetime]] = {}
        for change in CHANGES:
            times = _times(change, articles // 2)
            made = runners[0].does(
                change - dt.timedelta(hours=12), "scheduled", [at.isoformat() for at in times]
            )
            due |= {slug: (to, at) for (slug, to), at in zip(made, times, strict=True)}
            _all(runners, change - dt.timedelta(hours=11))
            latest = change - dt.timedelta(hours=11)
            for minutes in steps:
                now = change + dt.timedelta(minutes=minutes, seconds=1)
                latest = max(latest, now)
                _all(runners, now)
                seen = set(runners[0].does(now, "look"))
                expected = {slug for slug, (_, at) in due.items() if at <= now}
                early += len(seen - expected)
                late += len(expected - seen)
                hidden = [slug for slug in due if slug not in expected][:10]
                early += sum(status != 404 for status in runners[1].does(now, "hidden", hidden))
                told = Counter(mail.to for mail in site.mails() if mail.subject == TOLD)
                told_before_it_was_out += [to for to, at in due.values() if told[to] and at > latest]
            assert {told[to] for to, _ in due.values()} == {1}, Counter(told.values())
        print(f"publishing on {either}: {len(due)} articles around {len(CHANGES)} changes of the clock, {len(steps)} looks at",
              f"each with three runners: {early} early, {late} late, {len(told_before_it_was_out)} told too early")  # fmt: skip
        assert (early, late, told_before_it_was_out) == (0, 0, [])


def _times(change, number):
    """Minutes of the site's own clock, those among them that this clock skips or shows twice; some of them the same."""
    some = random.Random(number)
    minutes = [-60, -1, 0, 0, 1, 30, 59, 60, 61, *(some.randint(-80, 200) for _ in range(number))][:number]
    return [(change + dt.timedelta(minutes=one)).astimezone(BERLIN) for one in minutes]


def _all(runners, now):
    """All of them begin at once."""
    for runner in runners:
        runner.begin(now, "run")
    for runner in runners:
        runner.end()
