import math
from typing import Any

from django.core.management.base import BaseCommand

from advice.operations.due import run_due


class Command(BaseCommand):
    help = "Do all work that is due, once, and say what was done."

    def handle(self, *args: Any, **options: Any) -> None:
        done = run_due(seconds=math.inf)  # nobody looks again soon, as the worker does
        self.stdout.write(", ".join(f"{count} {name}" for name, count in done.items()) or "Nothing was due.")
