"""The real site, as `make run` starts it, in a place of its own: for the browser tests and the drills."""

import atexit
import email
import email.policy
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil

from tests.servers import DEVELOPERS_OWN, fresh_database

PROJECT = Path(__file__).resolve().parent.parent
T = TypeVar("T")
_LINK = re.compile(r"https?://[^\s<>\"')]+[^\s<>\"').,;:!?]")


@dataclass(frozen=True)
class Mail:
    path: Path
    message: EmailMessage

    @classmethod
    def read(cls, path: Path) -> "Mail":
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return cls(path, message)

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""

    @property
    def links(self) -> list[str]:
        """Each address in the text part, in order."""
        return _LINK.findall(self.text)

    def link(self, containing: str, *, without: str | None = None) -> str:
        """The one address in the text part that holds `containing`, and does not hold `without`."""
        found = {
            link for link in self.links if containing in link and (without is None or without not in link)
        }
        assert len(found) == 1, f"{len(found)} links with {containing!r} in {self.subject!r}: {self.links}"
        return found.pop()


class Site:
    """Started by `with`. `folder` is a temporary one; the database is a file in it, or a new one on PostgreSQL.

    `environment` is set on top of what `make run` sets. After the stop no process of it may be left. With `prepared`
    it begins as a copy of one that has its demo content, which is made once in each process.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: str = "sqlite",
        environment: dict[str, str] | None = None,
        prepared: bool = False,
    ) -> None:
        self.folder = folder
        self.var = folder / "var"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # Passkeys need a name: this is how the desk is opened.
        self.desk_url = f"http://localhost:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()
        self._database = database
        self._like = _prepared(database, os.environ.get("DATABASE_URL", "")) if prepared else None
        self._extra = environment or {}
        self._environment: dict[str, str] | None = None

    def __enter__(self) -> "Site":
        try:
            self.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._stack.close()

    @contextmanager
    def without_serving(self) -> Iterator["Site"]:
        """Its database and no process, for what runs processes of its own."""
        with self._stack:
            self.var.mkdir(parents=True, exist_ok=True)
            self.manage("migrate", "--verbosity=0")
            yield self

    @property
    def environment(self) -> dict[str, str]:
        if self._environment is None:
            self._environment = self._make_environment()
        return self._environment

    def _make_environment(self) -> dict[str, str]:
        theirs = {
            *DEVELOPERS_OWN,
            "ADVICE_TESTING",
            "ADVICE_TEST_DB",
            "ADVICE_TEST_DB_NAME",
            "DJANGO_ALLOW_ASYNC_UNSAFE",
        }
        environment = {key: value for key, value in os.environ.items() if key not in theirs}
        environment |= {"ADVICE_LOCAL": "1", "VAR_DIR": str(self.var), "PORT": str(self.port)}
        environment |= {
            "PYTHONUNBUFFERED": "1",
            "WORKER_PACE": "0",
            "MAKELEVEL": "1",
        }  # as under make: it ends when we are killed
        if self._database == "postgres":
            name = f"advice_site_{os.getpid()}_{secrets.token_hex(3)}"
            like = self._like.environment["DATABASE_URL"].rpartition("/")[2] if self._like else None
            environment["DATABASE_URL"] = fresh_database(
                os.environ["DATABASE_URL"], name, self._stack, like=like
            )
        else:
            environment["DATABASE_URL"] = f"sqlite:///{self.var / 'advice.sqlite3'}"
        return environment | self._extra

    def start(self, *, timeout: float = 90) -> float:
        """Serve, until /healthz answers. Gives the seconds that took."""
        assert self.process is None
        if self._like and not self.var.exists():
            shutil.copytree(self._like.var, self.var)
        self.var.mkdir(parents=True, exist_ok=True)
        begin = time.monotonic()
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - begin > timeout:
                self.process.kill()
                self.process = None
                raise AssertionError(f"The site did not start. What it said:\n{self.log()}")
            time.sleep(0.05)
        return time.monotonic() - begin

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it as Ctrl-C or a service manager would. Gives its exit status; fails when a process is left."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        try:
            family = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        process.send_signal(number)
        try:
            status = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        _, left = psutil.wait_procs(family, timeout=2)
        for one in left:
            one.kill()
        assert not left, f"still running after the site was stopped: {left}\n{self.log()}"
        return status

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    @property
    def _log(self) -> Path:
        return self.folder / "serve.log"

    def log(self) -> str:
        """All that the site and its job runner have printed so far."""
        return self._log.read_text() if self._log.exists() else ""

    def manage(self, *arguments: str, stdin: str = "", check: bool = True) -> str:
        """Run a command of manage.py on this site's data; gives what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stderr + done.stdout  # what was printed comes last
        assert not (check and done.returncode), f"manage.py {' '.join(arguments)} failed:\n{output}"
        return output

    def mails(self) -> list[Mail]:
        """What the site has mailed, oldest first."""
        paths = (self.var / "mail").glob("*.eml")
        return [
            Mail.read(path) for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))
        ]

    def wait_for_mail(self, to: str, containing: str = "", *, timeout: float = 90) -> Mail:
        """The newest mail to `to` whose subject or text holds `containing`, as soon as there is one."""

        def found() -> Mail | None:
            matching = (
                m for m in self.mails() if to in m.to and (containing in m.subject or containing in m.text)
            )
            return max(matching, key=lambda mail: mail.path.stat().st_mtime_ns, default=None)

        return wait_for(
            found, timeout, lambda: f"no mail to {to}; there are: {[(m.to, m.subject) for m in self.mails()]}"
        )


@lru_cache
def _prepared(database: str, server: str) -> Site:
    """One that was served until it was whole, to copy from; gone when Python ends."""
    folder = Path(tempfile.mkdtemp(prefix="advice-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    site = Site(folder, database=database)
    atexit.register(site.__exit__, None, None, None)
    site.start()
    site.stop()
    return site


def wait_for(found: Callable[[], T | None], timeout: float, complaint: Callable[[], str]) -> T:
    deadline = time.monotonic() + timeout
    while (result := found()) is None:
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.1)
    return result


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
