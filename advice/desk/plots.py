"""Bars week by week as an SVG: where each stands. What it shows stands in a table beside it, too."""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

# In units of the drawing, which is about as wide as a telephone: there its text is as large as it says.
WIDTH, HEIGHT = 360, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 354, 10, 144
_GAP = 0.28  # of a week's width that stays free
_MOST_LINES = 4


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Series:
    name: str
    look: str  # hollow or full: told apart without their colours
    bars: list[Bar]
    values: Sequence[int]


@dataclass(frozen=True)
class Mark:
    at: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Plot:
    key: str
    title: str
    description: str
    series: list[Series]
    lines: list[Mark]  # of the scale, by their height
    weeks: list[Mark]  # the dates under it
    rows: list[tuple[dt.date, tuple[int, ...]]]

    width, height, left, right, text = WIDTH, HEIGHT, _LEFT, _RIGHT, _BOTTOM + 16

    @property
    def is_empty(self) -> bool:
        return not any(map(any, (one.values for one in self.series)))

    @property
    def is_long(self) -> bool:
        return len(self.rows) > 12


def weekly(
    key: str, title: str, begins: Sequence[dt.date], series: Sequence[tuple[str, str, Sequence[int]]]
) -> Plot:
    """`series`: names, their looks, and how many of each in the weeks that begin on these days."""
    top, lines = _scale(max((count for *_named, counts in series for count in counts), default=0))
    week = (_RIGHT - _LEFT) / len(begins)
    wide = week * (1 - _GAP) / len(series)

    def bar(week_number: int, place: int, count: int) -> Bar:
        tall = (_BOTTOM - _TOP) * count / top
        x = _LEFT + week * (week_number + _GAP / 2) + wide * place
        return Bar(_units(x), _units(_BOTTOM - tall), _units(wide), _units(tall))

    made = [
        Series(name, look, [bar(week_number, place, n) for week_number, n in enumerate(counts)], counts)
        for place, (name, look, counts) in enumerate(series)
    ]
    heights = [Mark(_units(_BOTTOM - (_BOTTOM - _TOP) * n / top), str(n), "end") for n in lines]
    rows = list(zip(begins, zip(*(counts for *_named, counts in series), strict=True), strict=True))
    return Plot(key, title, _told(begins, made), made, heights, _dates(begins), rows)


def _units(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _scale(most: int) -> tuple[int, list[int]]:
    """Round numbers, in steps of 1, 2, 5, 10 ..., up to one that is not less than `most`."""
    steps = (factor * 10**power for power in itertools.count() for factor in (1, 2, 5))
    step = next(step for step in steps if step * _MOST_LINES >= most)
    top = max(step, -(-most // step) * step)
    return top, list(range(0, top + 1, step))


def _dates(begins: Sequence[dt.date]) -> list[Mark]:
    """The first week, the last, and one between them."""
    last = len(begins) - 1
    week = (_RIGHT - _LEFT) / len(begins)
    places = {0: "start", last // 2: "middle", last: "end"}
    at = {"start": 0.0, "middle": 0.5, "end": 1.0}
    return [
        Mark(
            _units(_LEFT + week * (place + at[anchor])),
            date_format(begins[place], "MONTH_DAY_FORMAT"),
            anchor,
        )
        for place, anchor in places.items()
    ]


def _told(begins: Sequence[dt.date], series: list[Series]) -> str:
    """What a listener should know of the drawing."""
    weeks = _("%(weeks)s weeks, from the one of %(first)s.") % {
        "weeks": len(begins),
        "first": date_format(begins[0], "DATE_FORMAT"),
    }
    said = [
        _("%(name)s: %(sum)s in all, %(most)s in the week with most.")
        % {"name": one.name, "sum": sum(one.values), "most": max(one.values)}
        for one in series
    ]
    return " ".join([weeks, *said])
