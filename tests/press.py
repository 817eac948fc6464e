"""A process with a site's settings that makes issues, sends them and decides about them as it is told: for the drills of
the newsletters and for `make sending`. One order a line, in JSON, and one answer a line.
"""

import json
import smtplib
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import psutil

from tests.site import PROJECT, Site


class Doing:
    """What it can be told to do. Each gives what is to be answered."""

    def __init__(self) -> None:
        import django

        django.setup()
        from advice.newsletter import copies, delivering, issuing, models
        from tests import factories

        self.copies, self.delivering, self.issuing = copies, delivering, issuing
        self.models, self.factories = models, factories

    def readers(self, *, name: str, count: int) -> None:
        newsletter = self.factories.make_newsletter(name)
        for first in range(0, count, 10_000):
            self.factories.make_readers(newsletter, min(count - first, 10_000))

    def issue(self, *, name: str, articles: int = 0) -> int:
        """An issue that leaves now; the first of its articles in full. Gives its number."""
        from advice.articles.models import Article

        found = Article.objects.published().order_by("pk")[:articles]
        picks = [self.issuing.Pick(one, in_full=number == 0) for number, one in enumerate(found)]
        newsletter = self.models.Newsletter.objects.get(name=name)
        issue = self.factories.make_issue(newsletter, *picks, intro="Good morning. " * 20)
        issue = self.issuing.schedule(issue)
        self.issuing.let_go_due(now=issue.leaves_at)
        return issue.pk

    def size(self, *, issue: int) -> int:
        """How long a mail of it is."""
        from django.utils import timezone

        from advice.newsletter.rendering import Renderer

        row = self.models.Issue.objects.get(pk=issue)
        reader = row.newsletter.subscribers.first()
        copy = self.models.Delivery(pk=1, issue=row, subscriber=reader)
        mail = Renderer(row).mail_for(copy, reader, topics=set(), now=timezone.now())
        assert mail
        return len(mail.raw)

    def copy(self) -> int:
        return self.copies.make_due()

    def send(
        self, *, count: int = 0, seconds: float = 600, weigh: bool = False, pace: int = 0
    ) -> dict[str, float]:
        """Send what waits, or `count` copies of it: when that began and ended, how many, and (`weigh`) the most memory."""
        from django.conf import settings

        settings.WORKER_PACE = pace
        began, sent, peak, looked = time.monotonic(), 0, 0, 0.0

        def look() -> bool:
            nonlocal peak, looked, sent
            sent += 1
            if weigh and time.monotonic() - looked > 0.2:
                looked = time.monotonic()
                peak = max(peak, psutil.Process().memory_full_info().uss)
            return bool(count) and sent > count

        counts = self.delivering.deliver_due(seconds=seconds, stop=look)
        assert counts["sent"] == sum(counts.values()), counts
        return {"began": began, "ended": time.monotonic(), "sent": counts["sent"], "peak": peak}

    def loop(self, *, count: int, size: int) -> dict[str, float]:
        """What cannot be beaten: the same bytes handed over again and again, on one line, and nothing written down."""
        from django.conf import settings

        raw = b"Subject: Hello\r\n\r\n" + (b"x" * 74 + b"\r\n") * (size // 76)
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=20) as line:
            began = time.monotonic()
            for number in range(count):
                line.sendmail("letters@example.org", [f"reader-{number}@example.org"], raw)
            return {"began": began, "ended": time.monotonic(), "sent": count}

    def cancel(self) -> None:
        for issue in self.models.Issue.objects.filter(status="sending"):
            self.issuing.cancel(issue)

    def state(self, *, issue: int) -> dict[str, Any]:
        from django.db.models import Count

        row = self.models.Issue.objects.get(pk=issue)
        found = row.deliveries.order_by().values_list("state").annotate(Count("pk"))
        return {"status": row.status, "trouble": row.trouble, "copies": dict(found)}

    def readers_of(self, *, issue: int) -> list[str]:
        return list(
            self.models.Delivery.objects.filter(issue=issue).values_list("subscriber__email", flat=True)
        )

    def wake(self) -> None:
        """As if the time had come of all that was put off."""
        self.models.Delivery.objects.filter(state="pending").update(not_before=None)

    def age(self) -> int:
        """As if ten minutes had gone by for what workers claimed that are no more."""
        from django.utils import timezone

        later = timezone.now() + self.issuing.UNCERTAIN_AFTER + timedelta(minutes=1)
        return self.issuing.mark_uncertain(now=later)

    def uncertain(self, *, issue: int) -> dict[str, int]:
        rows = self.issuing.uncertain(self.models.Issue.objects.get(pk=issue))
        return dict(rows.values_list("subscriber__email", "pk"))

    def decide(self, *, issue: int, arrived: list[int], again: list[int]) -> list[int]:
        row = self.models.Issue.objects.get(pk=issue)
        return [
            self.issuing.take_uncertain_for_sent(row, copies=arrived),
            self.issuing.send_uncertain_again(row, copies=again),
        ]


class Press:
    """Such a process. Orders are given with `do`, or with `ask` and `answer` where several are to work at once."""

    def __init__(self, site: Site) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.press"],
            cwd=PROJECT,
            env={**site.environment, "DJANGO_SETTINGS_MODULE": "advice.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, **named: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": what, **named}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said, "The process has died; what it said stands above."
        return json.loads(said)

    def do(self, what: str, **named: Any) -> Any:
        self.ask(what, **named)
        return self.answer()

    def end(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


if __name__ == "__main__":
    doing = Doing()
    for order in map(json.loads, sys.stdin):
        print(json.dumps(getattr(doing, order.pop("do"))(**order)), flush=True)
