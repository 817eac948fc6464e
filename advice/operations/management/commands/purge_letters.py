from typing import Any

from django.core.management.base import BaseCommand

from advice.letters import days
from advice.letters.retention import purge
from advice.trace.models import Kind
from advice.trace.writing import write_down_command


class Command(BaseCommand):
    help = "Erase what letters hold beyond its time (see docs/operators.md); `worker` does it every day."

    def handle(self, *args: Any, **options: Any) -> None:
        purged = purge()
        write_down_command("purge letters", Kind.SITE)
        cut = days.cut()
        self.stdout.write(
            f"Erased {purged.addresses} addresses, {purged.texts} texts of answered letters, {purged.letters} whole letters."
            f" Cut {cut} times to their day."
        )
