"""How letters fare, in numbers for the desk: nothing of their words, and of their times only the days, in the site's zone."""

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from advice.articles.models import Answer, AnswerStatus, Status
from advice.letters.models import Enquiry, Letter, LetterStatus, SavedLetters

FEWEST = 3  # letters; a median of fewer says nothing
_WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True)
class Period:
    """Whole weeks from Monday, the last of them the one that it is now; and as many before, to compare with."""

    first: dt.date
    weeks: int

    @classmethod
    def of(cls, weeks: int, *, now: dt.datetime | None = None) -> "Period":
        return cls(monday(timezone.localdate(now)) - (weeks - 1) * _WEEK, weeks)

    @property
    def begins(self) -> list[dt.date]:
        return [self.first + number * _WEEK for number in range(self.weeks)]

    @property
    def before(self) -> dt.date:
        return self.first - self.weeks * _WEEK

    def by_week(self, days: Iterable[tuple[dt.date, int]]) -> list[int]:
        found: Counter[dt.date] = Counter()
        for day, count in days:
            found[monday(day)] += count
        return [found[week] for week in self.begins]


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


# -- what waits --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    stage: str
    letters: int
    oldest: int
    since: dt.datetime


def waiting() -> list[Waiting]:
    """By stage how many letters wait, and which of them has waited longest. Whose writer is asked something is not counted
    among the received: the clock of such a letter stands still."""
    asked = Enquiry.objects.open().filter(letter=OuterRef("pk"))
    received = Letter.objects.waiting().filter(~Exists(asked))
    stages: dict[str, list[tuple[dt.datetime, int]]] = defaultdict(list)
    for pk, since, status, is_unfiled, is_answered in _in_work():
        in_draft = "assigned" if is_unfiled else "filed" if is_answered else "draft"
        stages["in_review" if status == Status.IN_REVIEW else in_draft].append((since, pk))
    found = [Waiting(stage, len(rows), min(rows)[1], min(rows)[0]) for stage, rows in stages.items()]
    for pk, since in received.values_list("pk", "received_at")[:1]:
        found.append(Waiting("received", received.count(), pk, since))
    return found


def _in_work() -> Any:
    answers = Answer.objects.filter(article=OuterRef("article"))
    rows = Letter.objects.filter(
        status=LetterStatus.ACCEPTED, article__status__in=[Status.DRAFT, Status.IN_REVIEW]
    )
    unfiled = Exists(answers.filter(status=AnswerStatus.ASSIGNED))
    return rows.order_by().values_list("pk", "received_at", "article__status", unfiled, Exists(answers))


# -- week by week ------------------------------------------------------------------------------------------------


def came(period: Period) -> list[int]:
    """How many letters came in each week: no spam, and none that its writer took back."""
    counted = (
        Letter.objects.filter(received_at__gte=_midnight(period.first))
        .exclude(status__in=[LetterStatus.SPAM, LetterStatus.WITHDRAWN])
        .order_by()
        .values("received_at")  # mostly a day: of an older letter nothing else is kept
        .annotate(count=Count("pk"))
    )
    return period.by_week(
        (timezone.localdate(at), count) for at, count in counted.values_list("received_at", "count")
    )


def saved(period: Period) -> list[int]:
    rows = SavedLetters.objects.filter(day__gte=period.first).order_by().values("day")
    return period.by_week(rows.annotate(sum=Sum("count")).values_list("day", "sum"))


def saved_most(period: Period, *, limit: int = 10) -> list[dict[str, Any]]:
    """The articles that spared readers most letters: `article`, `article__headline` and `sum`."""
    rows = SavedLetters.objects.filter(day__gte=period.first).order_by().values("article")
    most = list(rows.annotate(sum=Sum("count")).order_by("-sum", "-article")[:limit])
    named = SavedLetters.objects.filter(article__in=[row["article"] for row in most]).order_by()
    names = dict(named.values_list("article", "article__headline").distinct())
    return [{**row, "headline": names[row["article"]]} for row in most]


# -- how long an answer takes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Median:
    """Of how many letters, and after how many days the middle one of them was answered: None where they are too few."""

    letters: int
    days: float | None

    @classmethod
    def of(cls, days: list[int]) -> "Median":
        return cls(len(days), statistics.median(days) if len(days) >= FEWEST else None)


@dataclass(frozen=True)
class Compared:
    name: str
    now: Median
    before: Median


@dataclass(frozen=True)
class Answered:
    """The letters whose answers came out in a period, and in the one before it."""

    weeks: list[int]
    all: Compared
    by_column: list[Compared]
    by_expert: list[Compared]


def answered(period: Period, *, now: dt.datetime | None = None) -> Answered:
    """A letter is answered when its writer was told of the answer, or, where that is still to come, when it came out.

    One that several experts answered counts with each of them.
    """
    days: dict[int, tuple[dt.date, int]] = {}
    columns: dict[str, set[int]] = defaultdict(set)
    experts: dict[str, set[int]] = defaultdict(set)
    zone = timezone.get_current_timezone()
    for pk, came, out, column, expert in _answers(period, now or timezone.now()):
        if pk not in days:
            day = out.astimezone(zone).date()
            days[pk] = day, max(0, (day - came.astimezone(zone).date()).days)
        columns[column].add(pk)
        if expert:
            experts[expert].add(pk)

    def compared(name: str, pks: Iterable[int]) -> Compared:
        lately: list[int] = []
        before: list[int] = []
        for pk in pks:
            day, waited = days[pk]
            (lately if day >= period.first else before).append(waited)
        return Compared(name, Median.of(lately), Median.of(before))

    def each(found: dict[str, set[int]]) -> list[Compared]:
        rows = [compared(name, found[name]) for name in sorted(found, key=str.casefold)]
        return sorted(rows, key=lambda row: row.now.letters, reverse=True)

    weeks = period.by_week((day, 1) for day, _ in days.values())
    return Answered(weeks, compared("", days), each(columns), each(experts))


def _answers(period: Period, now: dt.datetime) -> Any:
    since = _midnight(period.before)
    is_lately = Q(told_at__gte=since) | Q(told_at=None, article__published_at__gte=since)
    rows = Letter.objects.filter(
        is_lately,
        status=LetterStatus.ACCEPTED,
        article__status__in=[Status.PUBLISHED, Status.RETRACTED],
        article__published_at__lte=now,
    )
    out = Coalesce("told_at", "article__came_out_at", "article__published_at")
    return (
        rows.order_by()
        .annotate(out=out)
        .filter(out__gte=since)
        .values_list("pk", "received_at", "out", "column__name", "article__answers__expert__name")
    )
