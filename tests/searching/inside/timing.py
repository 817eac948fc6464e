"""How long readers wait: half of the searches through the door, and half, which nothing has been kept of, as a page."""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from advice.articles import related, searching
from advice.articles.models import Article
from tests.searching.inside.loading import Progress

_OFTEN = 200


def measure(progress: Progress, *, asked: dict[str, list[str]]) -> dict[str, Any]:
    """Milliseconds by what was done; and how the related articles are asked for."""
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    searches = {
        name: texts for name, texts in asked.items() if name.split()[0] in ("rare", "middling", "common")
    }
    letters = {name: texts for name, texts in asked.items() if name.startswith("letter")}
    pks = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    some = pks[:: max(1, len(pks) // _OFTEN)][:_OFTEN]
    trivial = Article.objects.values_list("headline", flat=True)
    times = {"one row by its key": taken(lambda pk: trivial.get(pk=pk), some)}
    for name, texts in searches.items():
        times[f"search, {name}"] = taken(searching.search, texts[::2])
        progress(len(times))
    for name, texts in searches.items():
        times[f"page, {name}"] = taken(lambda text: _page(client, text), texts[1::2])
        progress(len(times))
    for name, texts in letters.items():
        times[f"similar, {name}"] = taken(searching.similar, texts)
    if suggest := getattr(searching, "suggest", None):
        times["suggestions"] = taken(suggest, asked["beginning"])
    articles = list(Article.objects.filter(pk__in=some))
    times["related"] = taken(related.shown, articles)
    return {"milliseconds": times, "related": _plan(articles[0])}


def taken(ask: Callable[[Any], Any], values: Iterable[Any]) -> list[float]:
    values = list(values)
    for value in values[:3]:
        ask(value)  # warm
    times = []
    for value in values:
        began = time.perf_counter()
        ask(value)
        times.append(1000 * (time.perf_counter() - began))
    return times


def _page(client: Client, text: str) -> None:
    response = client.get("/search/", {"q": text})
    assert response.status_code == 200, response.status_code


def _plan(article: Article) -> dict[str, Any]:
    """The number of queries for an article's neighbours, and what the database says of how it answers them."""
    asked: list[tuple[str, Any]] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(record):
        related.shown(article)
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    plan: list[str] = []
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(explain + sql, params)
            plan += [str(row[-1]) for row in cursor.fetchall()]
    # A handful of columns is rightly read whole; what grows with the site is not.
    whole = [
        line for line in plan if re.search(r"(?:^SCAN|Seq Scan on) articles_(?:article|related)\b", line)
    ]
    return {"queries": len(asked), "plan": plan, "whole tables": whole}
