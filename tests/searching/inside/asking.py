"""The labelled queries, asked through the site's own door."""

import json
import time
from pathlib import Path

from django.test import Client
from django.urls import reverse

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


def posted(progress: Progress, *, path: str, near: bool) -> list[tuple[list[int], float]]:
    """The same through the address that the form for letters asks while somebody types; with `near` only what it shows."""
    client = Client(headers={"Accept": "application/json"})
    answers = []
    for number, text in enumerate(json.loads(Path(path).read_text()), start=1):
        given = {"q": text, "limit": str(ASKED), **({"near": "1"} if near else {})}
        began = time.perf_counter()
        response = client.post(reverse("letterbox:similar"), given, REMOTE_ADDR=f"192.0.2.{number % 250}")
        took = 1000 * (time.perf_counter() - began)
        assert response.status_code == 200, response.content
        slugs = [item["slug"] for item in response.json()["items"]]
        answers.append(([int(slug.removeprefix("article-")) - 1 for slug in slugs], took))
        progress(number)
    return answers


def index(progress: Progress) -> int:
    return indexing.rebuild(progress)
