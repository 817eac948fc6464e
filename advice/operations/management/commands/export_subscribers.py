import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advice.newsletter.exporting import export_lines, exported
from advice.newsletter.models import Subscriber, SubscriberStatus
from advice.operations.progress import Progress


class Command(BaseCommand):
    help = "Export the subscribers as CSV, to FILE or to standard output, in the form that import_subscribers takes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        count = self._to_file(file) if file else self._to_output()
        pending = Subscriber.objects.filter(status=SubscriberStatus.PENDING).count()
        left_out = f"; left out: {pending} who have not confirmed" if pending else ""
        self.stderr.write(f"{count} subscribers{f' in {file}' if file else ''}{left_out}")

    def _to_output(self) -> int:
        lines = 0
        for line in export_lines():
            self.stdout.write(line, ending="")
            lines += 1
        return lines - 1  # the first names the columns

    def _to_file(self, file: Path) -> int:
        part = file.with_name(f"{file.name}.part")
        bar = Progress("Subscribers", exported().count())
        count = -1
        try:
            part.unlink(missing_ok=True)
            # Addresses: for nobody's eyes but those of whoever asked for them.
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as target:
                for count, line in enumerate(export_lines()):
                    target.write(line)
                    bar(count)
            part.replace(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        finally:
            bar.close()
        return count
