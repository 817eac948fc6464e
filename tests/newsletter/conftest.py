import datetime as dt
from collections.abc import Iterator

import pytest

from tests.mail.sink import Sink, mail_to, start


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A mail server that takes everything."""
    sink = Sink()
    controller = start(sink)
    mail_to(settings, controller.port)
    yield sink
    controller.stop()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issues make themselves without the minute's wait, which test_digests_late.py is about."""
    monkeypatch.setattr("advice.newsletter.digests.SETTLED_AFTER", dt.timedelta())
