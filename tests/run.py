"""`make test`: the suite in its parts, one after the other, and what came of each.

python -m tests.run [--full] [--part NAME]... [arguments for pytest]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

NO_TESTS = 5  # pytest's status when it found none
COUNTS = ("passed", "failed", "skipped")


@dataclass(frozen=True)
class Part:
    name: str
    title: str
    arguments: tuple[str, ...]
    needs_browser: bool = False


def parts(full: bool) -> list[Part]:
    http: tuple[str, ...] = ("tests", "--ignore=tests/browser", "--ignore=tests/drills")
    # Side by side on two cores, each half on a database of its own. Browser tests wait a lot, each file on a site of its own.
    jobs = os.environ.get("TEST_JOBS") or str(min(2, os.cpu_count() or 1))
    side_by_side: tuple[str, ...] = ("-n", jobs, "--dist", "loadfile") if jobs != "1" else ()
    if jobs != "1":
        http += ("-n", jobs)
    not_full = () if full else ("-m", "not full")
    database = ("-m", "database" if full else "database and not full")
    return [
        Part("sqlite", "pages and rules, on SQLite", (*http, *not_full, "--db=sqlite")),
        Part("postgres", "pages and rules, on PostgreSQL", (*http, *database, "--db=postgres")),
        Part(
            "browser",
            "in a real browser",
            ("tests/browser", "--tb=short", *side_by_side, *not_full),
            needs_browser=True,
        ),
        # They wait for mail servers and for processes that they kill, so two of them fit beside each other.
        Part("drills", "drills", ("tests/drills", *side_by_side, *(() if full else ("-m", "quick")))),
    ]


@dataclass
class Outcome:
    part: Part
    status: int
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def read(self, report: Path) -> None:
        if not report.exists():
            self.failed += self.status not in (0, NO_TESTS)
            return
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
            self.failed += number["failures"] + number["errors"]
            self.skipped += number["skipped"]
            self.passed += number["tests"] - number["failures"] - number["errors"] - number["skipped"]
        self.failed += self.status not in (0, NO_TESTS) and not self.failed

    @property
    def line(self) -> str:
        if self.status == NO_TESTS:
            return f"{'no tests':<10}{self.part.title}"
        verdict = "FAILED" if self.failed else "ok"
        counts = ", ".join(f"{getattr(self, key)} {key}" for key in COUNTS)
        return f"{verdict:<10}{self.part.title}: {counts}, {self.seconds:.0f} s"


def run(part: Part, extra: list[str]) -> Outcome:
    print(f"\n==> {part.title}", flush=True)
    folder = next(argument for argument in part.arguments if argument.startswith("tests"))
    if not Path(folder).is_dir():
        return Outcome(part, NO_TESTS, 0)
    with tempfile.TemporaryDirectory(prefix="advice-report-") as where:
        report = Path(where) / "report.xml"
        start = time.monotonic()
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *part.arguments, *extra]
        status = subprocess.run(command, check=False).returncode
        outcome = Outcome(part, status, time.monotonic() - start)
        outcome.read(report)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="with what is marked full")
    parser.add_argument("--part", action="append", choices=[part.name for part in parts(False)])
    options, extra = parser.parse_known_args()
    chosen = [part for part in parts(options.full) if not options.part or part.name in options.part]
    try:
        if any(part.needs_browser for part in chosen):
            # Says by itself, loudly, when there is none; the tests then skip, or fail when CI=true.
            subprocess.run([sys.executable, "-m", "tests.servers", "chromium"], check=False)
        outcomes = [run(part, extra) for part in chosen]
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    print("\n" + "=" * 80)
    for outcome in outcomes:
        print(outcome.line)
    total = {key: sum(getattr(outcome, key) for outcome in outcomes) for key in COUNTS}
    print(f"took {sum(outcome.seconds for outcome in outcomes):.0f} s")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    if not any(total.values()):
        print("No test was found.")
        return NO_TESTS
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
