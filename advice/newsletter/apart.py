"""Several pieces of due work, of which a broken one must not keep the others from being done."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

logger = logging.getLogger("advice.newsletter")


class Apart:
    """Each piece is done within `piece`; what broke is logged, and raised by `end`, so that the caller hears of it.

    Where the database is away no piece can be done: that is raised at once.
    """

    def __init__(self) -> None:
        self._error: Exception | None = None

    @contextmanager
    def piece(self, name: str, broken: Callable[[Exception], None] = lambda error: None) -> Iterator[None]:
        """`broken` is called with what was raised, to note it where somebody looks."""
        try:
            yield
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # The error's words may hold what people wrote, so only its kind is logged.
            logger.error("Due work, %s: failed (%s).", name, type(error).__name__)
            self._error = error
            broken(error)

    def end(self) -> None:
        if self._error is not None:
            raise self._error
