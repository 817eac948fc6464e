"""How the desk is doing: what waits, what came and was answered, how long that takes, and what the answers do for readers."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from advice.articles import tallies
from advice.desk import plots
from advice.desk.filters import ARTICLES, LETTERS
from advice.desk.frame import page
from advice.desk.permissions import for_editors
from advice.letters import figures
from advice.letters.figures import Compared, Period, Waiting
from advice.letters.retention import UNUSED
from advice.search import terms

PERIODS: dict[str, Any] = {
    "4": gettext_lazy("4 weeks"),
    "12": gettext_lazy("12 weeks"),
    "52": gettext_lazy("a year"),
}
USUAL = "12"
STAGES = ("received", "draft", "assigned", "filed", "in_review")
SHOWN = 10


@dataclass(frozen=True)
class Stage:
    """Letters that are as far as this, with the filter of the queue that has them."""

    label: str
    address: str
    waiting: Waiting | None


@for_editors
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    chosen = request.GET.get("weeks", "")
    chosen = chosen if chosen in PERIODS else USUAL
    period = Period.of(int(chosen))
    answered = figures.answered(period)
    came, saved = figures.came(period), figures.saved(period)
    context = {
        "here": "dashboard",
        "periods": PERIODS,
        "chosen": chosen,
        "period": period,
        "forgets": UNUSED.days if period.weeks * 7 > UNUSED.days else 0,
        "stages": _stages(),
        "letters": _letters(period, came, answered.weeks),
        "answered": answered,
        "medians": _medians(answered),
        "saved": _saved(period, saved),
        "saved_most": figures.saved_most(period, limit=SHOWN),
        "helpful": tallies.helpful_in_all(period.first),
        "fewest": tallies.FEWEST,
        "rates": tallies.least_helpful(period.first, limit=SHOWN),
        "in_vain": list(terms.searched(in_vain=True)[:SHOWN]),
        "totals": {"came": sum(came), "answered": sum(answered.weeks), "saved": sum(saved)},
    }
    return page(request, "dashboard.html", context, section="board")


def _stages() -> list[Stage]:
    found = {one.stage: one for one in figures.waiting()}
    labels = {**LETTERS, **ARTICLES}

    def address(stage: str) -> str:
        view = "desk:home" if stage in LETTERS else "desk:articles"
        return f"{reverse(view)}?show={stage}&sort=oldest"

    return [Stage(str(labels[stage]), address(stage), found.get(stage)) for stage in STAGES]


def _letters(period: Period, came: list[int], answered: list[int]) -> plots.Plot:
    series = [(_("Received"), "hollow", came), (_("Answered"), "full", answered)]
    return plots.weekly("letters", _("Letters received and answered, week by week"), period.begins, series)


def _saved(period: Period, saved: list[int]) -> plots.Plot:
    title = _("Letters that an answer made needless, week by week")
    return plots.weekly("saved", title, period.begins, [(_("Saved"), "full", saved)])


@dataclass(frozen=True)
class Row:
    compared: Compared
    share: str  # of the longest, in percent


def _medians(answered: figures.Answered) -> list[tuple[str, list[Row]]]:
    """All letters, then by column and by expert, each beside a bar of one scale."""
    parts = [
        (_("All letters"), [answered.all]),
        (_("By column"), answered.by_column),
        (_("By expert"), answered.by_expert),
    ]
    longest = max((row.now.days or 0 for _name, rows in parts for row in rows), default=0) or 1
    return [
        (name, [Row(row, f"{100 * (row.now.days or 0) / longest:.0f}") for row in rows])
        for name, rows in parts
    ]
