"""The labelled queries, asked through the site's own door."""

import json
import time
from pathlib import Path

from advice.articles import indexing, searching
from tests.searching.inside.loading import Progress
from tests.searching.sets import ASKED


def similar(progress: Progress, *, path: str) -> list[tuple[list[int], float]]:
    """For each text of a JSON file: the places of what is found, best first, and the milliseconds that took."""
    texts = json.loads(Path(path).read_text())
    for text in texts[:5]:
        searching.similar(text, limit=ASKED)  # warm
    answers = []
    for number, text in enumerate(texts, start=1):
        began = time.perf_counter()
        found = searching.similar(text, limit=ASKED)
        took = 1000 * (time.perf_counter() - began)
        answers.append(([one.article.pk - 1 for one in found], took))
        progress(number)
    return answers


def index(progress: Progress) -> int:
    return indexing.rebuild(progress)
