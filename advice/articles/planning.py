"""What comes out on which day of a month, and where a column misses its rhythm."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone

from advice.articles.models import Article, Column, Status

SHOWN = 6  # articles in one day; the rest is counted
WEEKS = 8  # of which a rhythm is read
USUAL = 5  # in so many of them something came out on that weekday
_WEEK = dt.timedelta(weeks=1)


@dataclass
class Day:
    date: dt.date
    is_in_month: bool
    is_today: bool
    is_past: bool
    articles: list[Article] = field(default_factory=list)
    more: int = 0
    missing: list[Column] = field(default_factory=list)  # columns that usually have something on this weekday


@dataclass(frozen=True)
class Month:
    first: dt.date
    weeks: list[list[Day]]
    rhythm: list[tuple[Column, list[dt.date]]]  # a day of each usual weekday, for its name

    @property
    def before(self) -> dt.date:
        return (self.first - dt.timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> dt.date:
        return (self.first + dt.timedelta(days=31)).replace(day=1)


def month(first: dt.date, *, now: dt.datetime | None = None) -> Month:
    """Whole weeks from Monday, in the site's zone. Takes the same few queries for any number of articles."""
    today = timezone.localdate(now or timezone.now())
    begin = first - dt.timedelta(days=first.weekday())
    end = (first + dt.timedelta(days=31)).replace(day=1)
    end += dt.timedelta(days=-end.weekday() % 7)
    columns = {column.pk: column for column in Column.objects.all()}
    counts = _counts(begin, end)
    usual = _rhythm(today)
    shown = _shown(begin, end)
    days = []
    for date in (begin + dt.timedelta(days=number) for number in range((end - begin).days)):
        day = Day(date, date.month == first.month, date == today, date < today, shown.get(date, []))
        day.more = sum(counts[date].values()) - len(day.articles)
        if date >= today:
            missed = [pk for pk in columns if date.weekday() in usual[pk] and not counts[date][pk]]
            day.missing = [columns[pk] for pk in missed]
        days.append(day)
    rhythm = [
        (column, [begin + dt.timedelta(days=weekday) for weekday in sorted(usual[pk])])
        for pk, column in columns.items()
        if usual[pk]
    ]
    return Month(first, [days[start : start + 7] for start in range(0, len(days), 7)], rhythm)


def _public(begin: dt.date, end: dt.date) -> Any:
    zone = timezone.get_current_timezone()
    times = [dt.datetime.combine(date, dt.time(), zone) for date in (begin, end)]
    return Article.objects.filter(
        status=Status.PUBLISHED, published_at__gte=times[0], published_at__lt=times[1]
    ).annotate(day=TruncDate("published_at", tzinfo=zone))


def _counts(begin: dt.date, end: dt.date) -> dict[dt.date, Counter[int]]:
    """How many come out, by day and column."""
    counts: dict[dt.date, Counter[int]] = defaultdict(Counter)
    grouped = _public(begin, end).order_by().values("day", "column").annotate(n=Count("pk"))
    for day, column, n in grouped.values_list("day", "column", "n"):
        counts[day][column] = n
    return counts


def _rhythm(today: dt.date) -> dict[int, set[int]]:
    """The weekdays on which each column had something in most of the last weeks."""
    weeks: Counter[tuple[int, int]] = Counter()
    for day, columns in _counts(today - WEEKS * _WEEK, today).items():
        weeks.update((column, day.weekday()) for column in columns)
    usual: dict[int, set[int]] = defaultdict(set)
    for (column, weekday), n in weeks.items():
        if n >= USUAL:
            usual[column].add(weekday)
    return usual


def _shown(begin: dt.date, end: dt.date) -> dict[dt.date, list[Article]]:
    place = Window(RowNumber(), partition_by=[F("day")], order_by=["published_at", "pk"])
    found: dict[dt.date, list[Article]] = defaultdict(list)
    articles = _public(begin, end).annotate(place=place).filter(place__lte=SHOWN).select_related("column")
    for article in articles.only("headline", "slug", "status", "published_at", "column__name").order_by(
        "published_at", "pk"
    ):
        found[article.day].append(article)
    return found
