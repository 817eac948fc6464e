"""The check before publishing: every point is met, or waived with a reason. It runs again after every later edit.

The points that need no letter are those of articles/checking.py. Publishing at the desk goes through here; what comes
from a file does not, for it was published elsewhere.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from advice.accounts.models import User
from advice.articles import checking, workflow
from advice.articles.checking import Point, State, Waivers
from advice.articles.models import Article, Status, Waiver
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.letters import workflow as letters
from advice.letters.models import Letter, LetterStatus

# What a later edit may not open again. A review is void by it; that is said at the desk, and not printed any more.
KEPT_UP = {"byline", "alt", "sources"}


@dataclass(frozen=True)
class Check:
    points: list[Point]

    def in_state(self, state: State) -> list[Point]:
        return [point for point in self.points if point.state == state]

    @property
    def open(self) -> list[Point]:
        return self.in_state(State.OPEN)

    @property
    def waived(self) -> list[Point]:
        return self.in_state(State.WAIVED)

    @property
    def met(self) -> list[Point]:
        return self.in_state(State.MET)

    @property
    def missing(self) -> list[str]:
        return [point.why for point in self.open]


def check(article: Article) -> Check:
    waivers = checking.waivers_of(article)
    return Check([*checking.points(article, waivers), *_consent(article, waivers)])


def _consent(article: Article, waivers: Waivers) -> list[Point]:
    """Who sends a letter agrees to the terms of the day, whose version it keeps. An article without letters needs none."""
    found = Letter.objects.filter(article=article).exclude(status=LetterStatus.WITHDRAWN)
    versions = dict(found.order_by("pk").values_list("pk", "consent_version"))
    if not versions:
        return []
    without = [pk for pk, version in versions.items() if not version.strip()]
    why = _("A letter came without its writer’s consent to print it.") if without else ""
    return [
        checking.waived(Point("consent", _("The writer’s consent"), why, checking.digest(*without)), waivers)
    ]


def _missing(article: Article) -> list[str]:
    return check(article).missing


def publish(article: Article, *, by: User, at: dt.datetime | None = None) -> Article:
    """Now, or at `at`. Raises NotReady with what is open, under the locks that nobody can write beside."""
    return letters.publish(article, by=by, at=at, ready=_missing)


def move(article: Article, *, by: User, at: dt.datetime, version: int) -> Article:
    return workflow.move(article, by=by, at=at, version=version, ready=_missing)


@transaction.atomic
def waive(article: Article, *, key: str, of: str, reason: str, by: User) -> Waiver:
    """Raises Stale where what is open is not what the editor read, and NotPermitted where nobody may waive it."""
    row = workflow._locked(article)
    point = next((one for one in check(row).points if one.key == key), None)
    if point is None or not point.why or point.of != of:
        raise Stale(row)
    if not point.may_waive or row.is_retracted:
        raise NotPermitted(_("This cannot be waived."))
    return checking.waive(row, point, reason=reason, by=by)


@contextmanager
def kept_up(article: Article) -> Iterator[None]:
    """Around a save: what is public, or will be by itself, may not lose what it was let through with. Raises NotReady."""
    with transaction.atomic():
        row = workflow._locked(article)
        before = {point.key for point in check(row).open} if row.status == Status.PUBLISHED else None
        yield
        if before is None:
            return
        row = Article.objects.get(pk=row.pk)
        lost = [point for point in check(row).open if point.key in KEPT_UP - before]
        if lost:
            raise NotReady([point.why for point in lost])
