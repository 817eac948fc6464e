from typing import Any

from django.core.management.base import BaseCommand

from advice.articles import indexing, promotions
from advice.articles.models import Article, Status
from advice.operations.progress import Progress


class Command(BaseCommand):
    help = "Index every article anew."

    def handle(self, **options: Any) -> None:
        bar = Progress("Articles", Article.objects.filter(status=Status.PUBLISHED).count())
        try:
            count = indexing.rebuild(bar)
        finally:
            bar.close()
        promotions.rekey()
        self.stdout.write(f"{count} articles indexed")
