"""What `make run` starts: the site and its job runner, with everything they need made first."""

import ctypes
import hashlib
import http.client
import io
import os
import signal
import socket
import sys
import time
import traceback
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

HOST = "127.0.0.1"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 10
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stop(BaseException):
    """Somebody asked us to end. No Exception, so that nothing on the way takes it for a fault."""


@dataclass
class _Children:
    living: dict[int, str] = field(default_factory=dict)  # process id: name
    groups: list[int] = field(default_factory=list)  # each leads a process group, which may outlive it


class Command(BaseCommand):
    help = "Prepares the database and the static files, then serves the site and runs its jobs until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        _refuse_a_taken_port(port)
        if "MAKELEVEL" in os.environ:
            _end_with_parent()  # started by make: whatever ends make ends the site
        children = _Children()
        for number in _STOPPING:
            signal.signal(number, _on_signal)
        try:
            is_new = self._prepare_database()
            self._collect_static()
            if is_new and settings.LOCAL:
                self.stdout.write("Loading the demo content ...")
                self.stdout.flush()
                _disconnect()
                _finish(children, "loading of the demo content", _load_demo)
            _disconnect()
            self.stdout.flush()
            _start(children, "web server", lambda: _serve(port))
            _start(children, "job runner", lambda: call_command("worker", skip_checks=True))
            _wait_until_it_answers(port, children)
            self._greet(port)
            _watch(children)
        except _Stop:
            self.stdout.write("Stopping.")
        finally:
            _ignore_signals()
            _stop(children)

    def _prepare_database(self) -> bool:
        """Apply the migrations that wait. Says whether the site is empty: nobody to sign in and nothing to read."""
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        executor = MigrationExecutor(connections["default"])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.stdout.write(f"Preparing the database: {len(plan)} migrations ...")
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        from advice.accounts.models import User
        from advice.articles.models import Article

        return not User.objects.exists() and not Article.objects.exists()

    def _collect_static(self) -> None:
        """Copy, name by content and compress what is under static/, when it differs from the last time."""
        stamp = settings.VAR_DIR / "static.stamp"
        signature = _signature_of_static_files()
        if Path(settings.STATIC_ROOT).exists() and stamp.exists() and stamp.read_text() == signature:
            return
        self.stdout.write("Preparing the static files ...")
        call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
        stamp.write_text(signature)

    def _greet(self, port: int) -> None:
        lines = [
            "",
            f"  The site   http://{HOST}:{port}/",
            f"  The desk   http://localhost:{port}/desk/",
        ]
        if settings.EMAIL_BACKEND.endswith("EmlFileBackend"):
            lines.append(f"  Its mail   http://{HOST}:{port}/dev/mail/  (nothing is really sent)")
        if sign_ins := _demo_sign_ins():
            lines += ["", "  To sign in at the desk:"]
            width = max(len(email) for _, email, _ in sign_ins)
            lines += [f"    {email:<{width}}  {password}   ({role})" for role, email, password in sign_ins]
        self.stdout.write("\n".join([*lines, "", "Ctrl-C stops it."]))
        self.stdout.flush()


# -- before the start -------------------------------------------------------------------------------------------


def _refuse_a_taken_port(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
            trial.listen(1)
        except PermissionError:
            raise CommandError(
                f"Port {port} is reserved for the system. Choose another: PORT=9000 make run"
            ) from None
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} cannot be used ({error}). Is the site running already? Choose another: PORT=9000 make run"
            ) from None


def _signature_of_static_files() -> str:
    from django.contrib.staticfiles.finders import get_finders
    from django.contrib.staticfiles.storage import staticfiles_storage

    found = hashlib.blake2b(type(staticfiles_storage._wrapped).__qualname__.encode(), digest_size=16)  # type: ignore[attr-defined]
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            found.update(f"{name}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
    return found.hexdigest()


def _disconnect() -> None:
    """A database connection that two processes share is broken for both."""
    for connection in connections.all(initialized_only=True):
        connection.close()


def _demo_sign_ins() -> list[tuple[str, str, str]]:
    """(role, e-mail, password) of the demo content's staff, when it is loaded."""
    try:
        from advice.operations.demo import sign_ins
    except ImportError:
        return []
    try:
        return list(sign_ins())
    finally:
        _disconnect()


def _load_demo() -> None:
    from advice.search import model

    call_command("demo", stdout=io.StringIO(), skip_checks=True)  # the sign-ins come later
    model.settle()


# -- the two processes ------------------------------------------------------------------------------------------
# They are forked from this one, which has loaded the site already: that halves the time to start. It must have no
# thread and no model then, so what comes before and may have either runs in a process that ends.


def _start(children: _Children, name: str, run: Callable[[], Any]) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        pid = os.fork()
        if pid:
            children.living[pid] = name
            children.groups.append(pid)
        else:
            _be_child(run)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


def _finish(children: _Children, name: str, run: Callable[[], Any]) -> None:
    _start(children, name, run)
    pid = children.groups[-1]
    status = os.waitpid(pid, 0)[1]
    del children.living[pid]
    children.groups.remove(pid)
    if status:
        raise CommandError(f"The {name} failed; see the lines above.")


def _be_child(run: Callable[[], Any]) -> NoReturn:
    status = 1
    try:
        for number in _STOPPING:
            signal.signal(number, signal.SIG_DFL)
        # Out of the terminal's reach: Ctrl-C is for the parent, which stops us in good order.
        os.setpgid(0, 0)
        _end_with_parent()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        status = 130
    except CommandError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _serve(port: int) -> None:
    from gunicorn.app.base import BaseApplication

    from advice.operations.web import SETTINGS

    class Site(BaseApplication):
        def load_config(self) -> None:
            for name, value in {
                **SETTINGS,
                "bind": f"{HOST}:{port}",
                "workers": int(os.environ.get("WEB_CONCURRENCY") or 2),
                "preload_app": True,
                "graceful_timeout": SECONDS_TO_STOP - 2,
                "loglevel": "warning",
                "proc_name": "advice",
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from django.urls import get_resolver

            from advice.wsgi import application

            _ = get_resolver().url_patterns  # loads every view, once for all workers
            _disconnect()
            return application

    Site().run()


def _wait_until_it_answers(port: int, children: _Children) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not _answers(port):
        if ended := os.waitpid(-1, os.WNOHANG)[0]:
            raise CommandError(
                f"The {children.living.pop(ended)} ended while it was starting; see the lines above."
            )
        if time.monotonic() > deadline:
            raise CommandError(f"The site did not answer within {SECONDS_TO_START} seconds.")
        time.sleep(0.03)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(settings.SITE_URL).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _watch(children: _Children) -> NoReturn:
    pid, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    how = f"signal {-code}" if code < 0 else f"status {code}"
    raise CommandError(f"The {children.living.pop(pid)} ended by itself ({how}), so everything is stopped.")


# -- the end ----------------------------------------------------------------------------------------------------


def _on_signal(number: int, frame: FrameType | None) -> None:
    _ignore_signals()  # one is enough: a second must not cut the stopping short
    raise _Stop


def _ignore_signals() -> None:
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)


def _stop(children: _Children) -> None:
    living = children.living
    for pid in living:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + SECONDS_TO_STOP
    while living and time.monotonic() < deadline:
        for pid in list(living):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del living[pid]
        time.sleep(0.02)
    for pid in children.groups:  # what does not end by itself, and what a killed child left behind
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    for pid in living:
        os.waitpid(pid, 0)


def _end_with_parent() -> None:
    """Where the system can do it (Linux): when the parent is killed, we get a SIGTERM."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
