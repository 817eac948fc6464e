import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from advice.articles.importing import Report, import_lines
from advice.articles.lines import MAX_LINE
from advice.operations.progress import Progress
from advice.trace.models import Kind
from advice.trace.writing import write_down_command


class Command(BaseCommand):
    help = "Import articles from a file of JSON lines. A second import of the same file changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kind", choices=["jsonl"], help="the format; for now only jsonl, one JSON object a line"
        )
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="write nothing, say what would happen")
        parser.add_argument("--strict", action="store_true", help="write nothing if any line is broken")

    def handle(self, *, file: Path, dry_run: bool, strict: bool, **options: Any) -> None:
        try:
            report = self._import(file, dry_run=dry_run, strict=strict)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
        for number, reason in report.problems:
            self.stderr.write(f"line {number}: {reason}")
        for note, count in report.notes.items():
            self.stdout.write(f"note: {note} ({count} {'time' if count == 1 else 'times'})")
        if report.created + report.updated and not dry_run:
            _learn_sizes()
        stopped = strict and report.problems
        counts = (
            f"{report.created} {'to create' if dry_run else 'created'}, "
            f"{report.updated} {'to update' if dry_run else 'updated'}, "
            f"{report.unchanged} unchanged, {len(report.problems)} broken"
        )
        self.stdout.write(
            "Nothing was written." if stopped else counts + (" (nothing was written)" if dry_run else "")
        )
        if report.problems:
            raise CommandError(f"{len(report.problems)} of the lines are broken.")

    def _import(self, file: Path, *, dry_run: bool, strict: bool) -> Report:
        lines = _Lines(file)
        with file.open("rb") as source:
            if source.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
                raise CommandError(f"{file} is UTF-16 text; it must be UTF-8.")
        if not dry_run:
            write_down_command("import", Kind.SITE, detail="articles")
        bars = {"lines": Progress("Articles", sum(1 for _ in lines)), "related": Progress("Related", 0)}
        try:
            return import_lines(
                lines, strict=strict, dry_run=dry_run, progress=lambda part, done: bars[part](done)
            )
        finally:
            for bar in bars.values():
                bar.close()


def _learn_sizes() -> None:
    """PostgreSQL plans by what it knows of its tables, and would learn of so much that is new only minutes later."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


class _Lines:
    """The lines of a file, from its beginning each time. Of one that is too long only so much that it is noticed."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes]:
        with self.file.open("rb") as source:
            while line := source.readline(MAX_LINE + 1):
                rest = line
                while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
                    rest = source.readline(MAX_LINE + 1)
                yield line
