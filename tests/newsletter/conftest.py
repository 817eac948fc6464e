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
