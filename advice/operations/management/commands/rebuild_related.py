import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from advice.articles import related
from advice.articles.models import Article, Status
from advice.operations.progress import Progress
from advice.search import model, vectors


class Command(BaseCommand):
    help = (
        "Make the vectors that are missing, and compute the related articles of every article anew. Ctrl-C stops it after"
        " what it is at; run again, it goes on from there."
    )
    stopped = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="begin at the first article")

    def handle(self, *, fresh: bool, **options: Any) -> None:
        before = [signal.signal(one, self._stop) for one in (signal.SIGINT, signal.SIGTERM)]
        try:
            self._work(going_on=not fresh)
        finally:
            for one, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
                signal.signal(one, handler)
        if self.stopped:
            raise CommandError("Stopped. Run it again to go on.", returncode=130)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True

    def _work(self, *, going_on: bool) -> None:
        total = Article.objects.filter(status=Status.PUBLISHED).count()
        made = self._with_bar("Vectors", total, lambda bar: vectors.make_all(bar, self._is_stopped))
        if made:
            self.stdout.write(f"{made} vectors made")
        if not model.is_available():
            self.stdout.write("Without the model, by words and tags alone (see docs/operators.md)")
        if self.stopped:
            return
        after = related.unfinished()
        if going_on and after:
            self.stdout.write(f"Going on after article {after} (--fresh begins anew)")
        count = self._with_bar(
            "Articles", total, lambda bar: related.rebuild(bar, stop=self._is_stopped, going_on=going_on)
        )
        self.stdout.write(f"Related articles of {count} articles computed")

    def _is_stopped(self) -> bool:
        return self.stopped

    def _with_bar(self, label: str, total: int, work: Any) -> int:
        bar = Progress(label, total)
        try:
            return int(work(bar))
        finally:
            bar.close()
