"""Which database a run uses (`--db=sqlite`, the default, or `--db=postgres`), and what every test may ask for."""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.servers import prepare_environment


def _choice() -> str:
    """`--db` as pytest will parse it: Django's settings must know before pytest has parsed anything."""
    arguments = sys.argv[1:]
    for position, argument in enumerate(arguments):
        if argument.startswith("--db="):
            return argument.removeprefix("--db=")
        if argument == "--db" and position + 1 < len(arguments):
            return arguments[position + 1]
    return os.environ.get("ADVICE_TEST_DB", "sqlite")


DATABASE = prepare_environment(_choice())
os.environ["DJANGO_SETTINGS_MODULE"] = "advice.settings"

import django  # noqa: E402
from django.conf import settings  # noqa: E402

# A password costs a third of a second to hash as it should be; here it need not be hard to guess.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.WORKER_PACE = 0  # nobody reads beside a test
django.setup()  # so that the conftest files and helpers below this folder can import models


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=("sqlite", "postgres"),
        default=os.environ.get("ADVICE_TEST_DB", "sqlite"),
        help="the database to test on: SQLite in a file, or a real PostgreSQL",
    )


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks the database is marked so: the rest comes to the same on each, and runs on the first alone."""
    fixtures = {"db", "transactional_db", "django_db_setup"}
    for item in items:
        if item.get_closest_marker("django_db") or fixtures & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


def pytest_report_header() -> str:
    return f"database: {DATABASE}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Whoever empties a whole database after a test may empty the trace, too; its own tests put the guards up again."""
    from django.db import connection

    from advice.trace import guards

    with django_db_blocker.unblock():
        guards.take_down(connection)


@pytest.fixture(scope="module")
def rows_for_module(django_db_setup, django_db_blocker) -> Iterator[None]:
    """What fixtures of a module make on top of this stands for all its tests, and goes after the last of them.

    It is a transaction around theirs, so none of them may be marked `django_db(transaction=True)`.
    """
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def meaning(settings) -> Iterator[None]:
    """Search by meaning with the real model, which other tests do without."""
    from advice.search import held, model

    settings.MEANING = True
    model.forget()
    held.reset()
    assert model.is_available(wait=True)
    yield
    held.reset()
