from typing import Any

from django.core.management.base import BaseCommand

from advice.articles import related
from advice.articles.models import Article, Status
from advice.operations.progress import Progress


class Command(BaseCommand):
    help = "Compute the related articles of every article anew."

    def handle(self, **options: Any) -> None:
        bar = Progress("Articles", Article.objects.filter(status=Status.PUBLISHED).count())
        try:
            count = related.rebuild(bar)
        finally:
            bar.close()
        self.stdout.write(f"Related articles of {count} articles computed")
