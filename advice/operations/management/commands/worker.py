import logging
import os
import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

from advice.operations.due import run_due

logger = logging.getLogger("advice.worker")
NICE = 10
LONGEST_PAUSE = 60  # seconds between tries while something is away


class Command(BaseCommand):
    help = "Do due work for ever. Any number may run, on any number of machines."

    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=2, help="Seconds between two looks (default 2).")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        # Readers come first: on one small server they share the processor with an issue that is being sent.
        os.nice(NICE)
        every = pause = options["every"]
        while self._waited(pause):
            try:
                close_old_connections()
                done = run_due(stop=lambda: self.stopping)
            except Exception as error:
                # Whatever is away (database, disk) comes back; what is due is still found then. The error's words
                # may hold what people wrote, so only its kind is logged.
                logger.error("Due work failed (%s); trying again.", type(error).__name__)
                connections.close_all()
                pause = min(max(pause, 1) * 2, LONGEST_PAUSE)
            else:
                # A run sends for a while and looks at other work again; an issue under way need not wait for it.
                pause = 0 if done.get("copies sent") or done.get("vectors made") else every
                if done:
                    logger.info(", ".join(f"{count} {name}" for name, count in done.items()))

    def _stop(self, *args: Any) -> None:
        # A plain flag: a lock taken in a signal handler could be one that this very thread holds.
        self.stopping = True

    def _waited(self, seconds: float) -> bool:
        """Wait, in short naps so that a signal ends it soon; false once it is time to stop."""
        end = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < end:
            time.sleep(0.2)
        return not self.stopping
