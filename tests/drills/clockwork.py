"""A process whose clock is what it is told: python -m tests.drills.clockwork, with the site's environment.

Each line that it reads is JSON: `at` (ISO 8601 with offset) is the time from which its clock goes on, `do` is what it does
then: "run" the work that is due, "look" at what readers see, or "scheduled" with how many articles to make and at which
times they are to appear. It answers each with one line.
"""

import datetime as dt
import json
import logging
import math
import os
import re
import sys
from typing import Any

import time_machine


def run() -> dict[str, int]:
    from advice.operations.due import run_due

    return run_due(seconds=math.inf)


def look() -> list[str]:
    """The slugs in the sitemaps, and of these the pages that answer."""
    from django.test import Client

    client = Client(headers={"host": f"127.0.0.1:{os.environ['PORT']}"})
    index = client.get("/sitemap.xml").content.decode()
    parts = [
        path for path in re.findall(r"<loc>https?://[^/]+(/[^<]+)</loc>", index) if path.endswith(".xml")
    ]
    pages = index if not parts else "".join(_read(client, path) for path in parts)
    listed = sorted(set(re.findall(r"<loc>https?://[^/]+/questions/([^/<]+)/</loc>", pages)))
    return [slug for slug in listed if client.get(f"/questions/{slug}/").status_code == 200]


def _read(client: Any, path: str) -> str:
    response = client.get(path)
    return b"".join(response).decode()


def hidden(slugs: list[str]) -> list[int]:
    """The status of each page."""
    from django.test import Client

    client = Client(headers={"host": f"127.0.0.1:{os.environ['PORT']}"})
    return [client.get(f"/questions/{slug}/").status_code for slug in slugs]


def scheduled(times: list[str]) -> list[tuple[str, str]]:
    """An article from a letter for each of these times; gives their slugs and the addresses of their writers."""
    from advice.articles.models import Article
    from tests import factories

    made = []
    for number, at in enumerate(times):
        stamp = f"{dt.datetime.now():%m%d}-{number}"
        letter = factories.make_letter(email=f"w{stamp}@example.org", question=f"Question {stamp}")
        article = factories.make_published(
            letter, at=dt.datetime.fromisoformat(at), headline=f"Answer {stamp}"
        )
        made.append((Article.objects.get(pk=article.pk).slug, f"w{stamp}@example.org"))
    return made


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "advice.settings"
    import django

    django.setup()
    logging.disable(logging.WARNING)  # pages that are not there yet are asked for
    for line in sys.stdin:
        asked = json.loads(line)
        with time_machine.travel(dt.datetime.fromisoformat(asked["at"]), tick=True):
            act = {"run": run, "look": look, "hidden": hidden, "scheduled": scheduled}[asked["do"]]
            answer = act(*asked.get("with", []))
        print(json.dumps({"answer": answer}), flush=True)


if __name__ == "__main__":
    main()
