import os

import pytest

from tests.servers import postgres


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each database in turn, whichever one the run is on: for `Site(database=...)`."""
    database = str(request.param)
    if database == "postgres" and os.environ["ADVICE_TEST_DB"] != "postgres":
        monkeypatch.setenv("DATABASE_URL", postgres().url)
    return database
