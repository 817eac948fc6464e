from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advice.articles.exporting import export_lines, exported
from advice.articles.models import Article, Status
from advice.operations.progress import Progress
from advice.trace.models import Kind
from advice.trace.writing import write_down_command


class Command(BaseCommand):
    help = "Export all articles into DIR/articles.jsonl, in the format that import_content takes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", type=Path)

    def handle(self, *, dir: Path, **options: Any) -> None:
        target, part = dir / "articles.jsonl", dir / "articles.jsonl.part"
        bar = Progress("Articles", exported().count())
        count = 0
        write_down_command("export", Kind.SITE, detail="articles")
        try:
            dir.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8", newline="\n") as file:
                for count, line in enumerate(export_lines(), start=1):
                    file.write(line + "\n")
                    bar(count)
            part.replace(target)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}") from error
        finally:
            bar.close()
        retracted = Article.objects.filter(status=Status.RETRACTED).count()
        left_out = f"; left out: {retracted} retracted" if retracted else ""
        self.stdout.write(f"{count} articles in {target}{left_out}")
