"""A desk with 10,000 letters beside 100,000 articles, and how long each of its pages takes."""

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import Answer, AnswerStatus, Article, Column, Expert, Status, Tag, Tally
from advice.desk.filters import ARTICLES, LETTERS
from advice.letters.models import (
    Alarm,
    Enquiry,
    Letter,
    LetterEvent,
    LetterStatus,
    LetterVersion,
    Likened,
    Likeness,
    NearAnswer,
    SavedLetters,
    day_of,
)
from advice.search.models import Term, TermDay
from tests.searching.inside.loading import Progress, tidy
from tests.searching.language import Language

# Of ten letters, by what became of them. Those nobody took on are not kept longer than ninety days.
SHARES = {"received": 3, "spam": 1, "declined": 1, "in work": 1, "answered": 4}
STAGES = {"draft": 0.3, "assigned": 0.4, "filed": 0.15, "in_review": 0.15}
WORDS = 250
ROUNDS = 15
_BATCH = 1_000


def fill(progress: Progress, *, letters: int) -> int:
    """Beside the articles that are there already: letters in all states, drafts, votes, saved letters, searches."""
    desk = _Desk(letters)
    for step in (desk.staff, desk.drafts, desk.letters, desk.beside, desk.votes, desk.searches):
        step()
        progress(1)
    tidy()
    return Letter.objects.count()


def _made(rows: Iterator[Model]) -> None:
    batch: list[Model] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            type(row)._base_manager.bulk_create(batch)
            batch = []
    if batch:
        type(batch[0])._base_manager.bulk_create(batch)


class _Desk:
    def __init__(self, letters: int) -> None:
        self.number = letters
        self.dice = random.Random(5)
        self.language = Language()
        self.now = timezone.now()
        self.articles = Article.objects.order_by("pk").last().pk  # type: ignore[union-attr]
        self.in_work = letters // 10

    def staff(self) -> None:
        self.editor = User.objects.create_user(
            "editor@site.example", None, name="Editor", role="editor", may_publish=True
        )
        for number, expert in enumerate(Expert.objects.order_by("pk")):
            expert.user = User.objects.create_user(
                f"expert-{number}@site.example", None, name=expert.name, role="expert"
            )
            expert.save()

    def drafts(self) -> None:
        """The newest articles are not out: by their stages, and as many scheduled."""
        newest = range(self.articles - 2 * self.in_work + 1, self.articles + 1)
        rows = Article.objects.filter(pk__in=newest)
        for article in rows.filter(pk__gt=self.articles - self.in_work):
            later = self.now + dt.timedelta(hours=3 * (self.articles - article.pk + 1))
            Article.objects.filter(pk=article.pk).update(published_at=later)
        work = list(rows.filter(pk__lte=self.articles - self.in_work).order_by("pk"))
        Article.objects.filter(pk__in=[article.pk for article in work]).update(
            status=Status.DRAFT, published_at=None, created_at=self.now - dt.timedelta(days=20)
        )
        at = 0
        for stage, share in STAGES.items():
            pks = [article.pk for article in work[at : at + round(share * len(work))]]
            at += len(pks)
            answers = Answer.objects.filter(article__in=pks)
            if stage == "draft":
                answers.delete()
                Article.objects.filter(pk__in=pks[::4]).update(announced_as="Whether it is so")
            if stage == "assigned":
                answers.update(status=AnswerStatus.ASSIGNED, filed_at=None)
                for place, pk in enumerate(pks):
                    due = self.now.date() + dt.timedelta(days=place % 20 - 5)
                    Answer.objects.filter(article=pk).update(due_on=due)
            if stage == "in_review":
                Article.objects.filter(pk__in=pks).update(status=Status.IN_REVIEW)

    def _states(self) -> list[str]:
        tenth = self.number // 10
        return [state for state, share in SHARES.items() for _ in range(share * tenth)]

    def letters(self) -> None:
        columns = list(Column.objects.values_list("pk", flat=True))
        first_draft = self.articles - 2 * self.in_work + 1
        rows, self.came = [], []
        for number, state in enumerate(self._states()):
            days = self.dice.randrange(700 if state == "answered" else 30 if state == "in work" else 89)
            came = day_of(self.now - dt.timedelta(days=days)) if days else self.now
            article = None
            if state == "in work":  # some with two letters
                article = first_draft + (number * 7) % self.in_work
            if state == "answered":
                article = 1 + (number * 17) % (first_draft - 1)
            told = came + dt.timedelta(days=self.dice.randrange(1, 40)) if state == "answered" else None
            status = LetterStatus.ACCEPTED if article else state
            rows.append(
                Letter(
                    pk=number + 1,
                    form_key=f"{number:064x}",
                    column_id=self.dice.choice(columns),
                    signature="Sleepless",
                    email=None,
                    consent_version="2026-12",
                    status=status,
                    received_at=came,
                    reason="No." if state == "declined" else "",
                    article_id=article,
                    told_at=min(told, self.now) if told else None,
                )
            )
            self.came.append(came)
        _made(iter(rows))
        _made(self._versions(len(rows)))
        _made(
            LetterEvent(letter_id=number + 1, at=at, verb="receive", after="received")
            for number, at in enumerate(self.came)
        )
        _made(
            LetterEvent(letter_id=row.pk, at=row.received_at, verb="accept", after=row.status, by=self.editor)
            for row in rows
            if row.status != LetterStatus.RECEIVED
        )

    def _versions(self, count: int) -> Iterator[LetterVersion]:
        for number in range(count):
            words = self.language.words(self.dice, WORDS + 10)
            yield LetterVersion(
                letter_id=number + 1,
                question=" ".join(words[:10])[:160],
                text=" ".join(words[10:]),
                received_at=day_of(self.came[number]),
            )

    def beside(self) -> None:
        """What stands beside letters that wait: alarms, questions to their writers, near answers, likenesses."""
        received = list(Letter.objects.waiting().values_list("pk", flat=True))
        _made(Alarm(letter_id=pk, since=self.now) for pk in received[:20])
        _made(
            Enquiry(letter_id=pk, text="Since when?", by=self.editor, asked_at=self.now)
            for pk in received[100:250]
        )
        _made(LetterEvent(letter_id=pk, verb="change", after="received") for pk in received[300:330])
        _made(
            NearAnswer(
                letter_id=pk,
                article_id=1 + (pk * 31 + place) % min(1_000, self.articles // 2),
                place=place,
                score=0.5,
            )
            for pk in received
            for place in (1, 2, 3)
        )
        newest = sorted(received)[-1_000:]
        _made(Likened(letter_id=pk) for pk in newest)
        _made(
            Likeness(letter_id=pk, other_id=other, score=0.7)
            for start in range(0, len(newest) - 8, 8)
            for pk in newest[start : start + 3]
            for other in newest[start + 3 : start + 5]
        )

    def votes(self) -> None:
        """For a year: a thousand votes on a usual day, spread as readers are, and sixty letters saved."""
        today = self.now.date()
        seen: set[tuple[int, str, int]] = set()
        for ago in range(365):
            for _ in range(400):
                article = min(int(self.dice.paretovariate(0.6)), self.articles - 2 * self.in_work)
                seen.add((article, self.dice.choice(["helpful", "helpful", "unhelpful"]), ago))
        _made(
            Tally(article_id=article, kind=kind, day=today - dt.timedelta(days=ago), count=2)
            for article, kind, ago in sorted(seen)
        )
        drafts = Article.objects.exclude(announced_as="").values_list("pk", flat=True)
        _made(Tally(article_id=pk, kind="asked_too", day=today, count=3) for pk in drafts)
        saved = {
            (self.dice.randrange(1, min(5_000, self.articles)), ago) for ago in range(365) for _ in range(30)
        }
        _made(
            SavedLetters(article_id=article, day=today - dt.timedelta(days=ago), count=2)
            for article, ago in sorted(saved)
        )

    def searches(self) -> None:
        today = self.now.date()
        terms = [
            Term(pk=number + 1, digest=f"{number:064x}", words=" ".join(words), since=today, found=number % 3)
            for number in range(2_000)
            for words in [self.language.words(self.dice, 2)]
        ]
        _made(iter(terms))
        _made(
            TermDay(term=term, day=today - dt.timedelta(days=ago), count=3, in_vain=0 if term.found else 3)
            for term in terms
            for ago in self.dice.sample(range(89), 10)
        )


# -- times -------------------------------------------------------------------------------------------------------


def measure(progress: Progress) -> dict[str, Any]:
    """By page: milliseconds of each request, its queries, and which of them took longest."""
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(User.objects.get(role="editor"))
    found: dict[str, Any] = {}
    for number, (name, path) in enumerate(_pages(client).items(), start=1):
        found[name] = _timed(lambda path=path: client.get(path))  # type: ignore[misc]
        progress(number)
    return found


def _pages(client: Client) -> dict[str, str]:
    tag, column, expert = Tag.objects.first(), Column.objects.first(), Expert.objects.first()
    assert tag
    assert column
    assert expert
    narrowed = {
        "letters of a column": f"/desk/?show=received&column={column.pk}",
        "with expert, by due day": "/desk/articles/?show=assigned&sort=due",
        "with one expert": f"/desk/articles/?show=assigned&expert={expert.pk}",
        "published with a tag": f"/desk/articles/?show=published&tag={tag.slug}",
        "published, of one expert": f"/desk/articles/?show=published&expert={expert.pk}",
        "overdue": "/desk/articles/?show=assigned&overdue=on",
        "received, a late page": "/desk/?show=received&page=90",
        "published, a late page": "/desk/articles/?show=published&page=3000",
    }
    response = client.post("/desk/letters/search/", {"q": Language().roots[60]})
    waiting = Letter.objects.waiting().values_list("pk", flat=True)
    lead = Letter.objects.filter(article__status=Status.DRAFT).values_list("pk", flat=True)
    draft = Article.objects.filter(status=Status.DRAFT, answers__status=AnswerStatus.ASSIGNED).first()
    assert draft
    return {
        "the queue": "/desk/",
        **{f"letters: {key}": f"/desk/?show={key}" for key in LETTERS},
        **{f"articles: {key}": f"/desk/articles/?show={key}" for key in ARTICLES},
        **narrowed,
        "found in letters": response["Location"].partition("#")[0],
        "a letter that waits": f"/desk/letters/{waiting[len(waiting) - 50]}/",
        "the oldest that waits": f"/desk/letters/{waiting[0]}/",
        "a letter in work": f"/desk/letters/{lead[0]}/",
        "a draft": f"/desk/articles/{draft.pk}/",
        "the calendar": "/desk/calendar/",
        "load of the experts": "/desk/load/",
        "letters saved": "/desk/letters/saved/",
        "searched in vain": "/desk/search/",
        "dashboard, 12 weeks": "/desk/dashboard/",
        "dashboard, a year": "/desk/dashboard/?weeks=52",
        "demand board": "/desk/demand/",
    }


def _timed(ask: Callable[[], Any]) -> dict[str, Any]:
    for _ in range(2):
        assert ask().status_code == 200
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - began))
    queries: list[tuple[float, str]] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            queries.append((1000 * (time.perf_counter() - began), sql))

    with connection.execute_wrapper(record):
        ask()
    return {"milliseconds": times, "queries": len(queries), "slowest": max(queries)}
