from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advice.newsletter.csv_files import NotAList, Reader
from advice.newsletter.importing import Importer
from advice.newsletter.models import Newsletter
from advice.operations.progress import Progress
from advice.trace.models import Kind
from advice.trace.writing import write_down_command

# As they are told, in this order; what did not happen is not.
SAID = {
    "created": "subscribed",
    "here": "already here, left as they are",
    "left": "noted as having left",
    "suppressed": "never to be mailed from now on",
    "stay left": "have left here, and are not subscribed again",
    "stay suppressed": "must not be mailed, and are not subscribed",
    "stay pending": "were asked here and have not confirmed yet: they still have to",
    "stay subscribed": "have left there and are subscribed here: left as they are",
    "not confirmed": "had not confirmed there, and are not subscribed",
    "broken": "broken",
}


class Command(BaseCommand):
    help = (
        "Import subscribers who agreed elsewhere, from a CSV file with the columns email, newsletters, status,"
        " confirmed_at, consent_source, topics, rhythm, text_only and paused_until. Nobody is mailed, nobody who has left is"
        " subscribed again, and who is subscribed here already is left as they are. A second import of the same file changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="write nothing, say what would happen")
        parser.add_argument(
            "--newsletter",
            action="append",
            default=[],
            metavar="SLUG",
            help="for rows that name no newsletter; may be given more than once",
        )
        parser.add_argument(
            "--consent-source",
            default="",
            metavar="TEXT",
            help="where and how they agreed, for rows that do not say so themselves",
        )

    def handle(
        self, *, file: Path, dry_run: bool, newsletter: list[str], consent_source: str, **options: Any
    ) -> None:
        importer = Importer(
            newsletters=_newsletters(newsletter), consent_source=consent_source, dry_run=dry_run
        )
        bar = Progress("Subscribers", 0)
        if not dry_run:
            write_down_command("import", Kind.SITE, detail="subscribers")
        try:
            with file.open("rb") as source:
                counts = self._import(importer, Reader(source), bar)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
        except NotAList as error:
            raise CommandError(f"{file} is no list of subscribers. {error}") from error
        finally:
            bar.close()
        self._say(counts, dry_run=dry_run)

    def _import(self, importer: Importer, reader: Reader, bar: Progress) -> Counter[str]:
        if reader.unknown:
            self.stdout.write(f"note: these columns are not read: {', '.join(reader.unknown)}")
        return importer.run(reader, broken=self._tell_broken, progress=bar)

    def _tell_broken(self, number: int, reason: str) -> None:
        self.stderr.write(f"line {number}: {reason}")

    def _say(self, counts: Counter[str], *, dry_run: bool) -> None:
        for outcome, words in SAID.items():
            if counts[outcome]:
                self.stdout.write(f"{counts[outcome]} {words}")
        if not counts:
            self.stdout.write("The file holds no subscribers.")
        if dry_run:
            self.stdout.write("Nothing was written: this is what an import would do.")
        if broken := counts["broken"]:
            raise CommandError(f"{broken} of the lines {'is' if broken == 1 else 'are'} broken.")


def _newsletters(slugs: list[str]) -> list[Newsletter]:
    found = {row.slug: row for row in Newsletter.objects.filter(slug__in=slugs)}
    if unknown := [slug for slug in slugs if slug not in found]:
        known = ", ".join(Newsletter.objects.values_list("slug", flat=True)) or "none"
        raise CommandError(f"There is no newsletter “{unknown[0]}”. There are: {known}.")
    return list(found.values())
