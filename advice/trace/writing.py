"""Adding to the trace, and what is erased of it when its time is over."""

import datetime as dt
import re
from typing import Any, Protocol

from django.db import connection, models
from django.utils import timezone

from advice.keeping import day_of
from advice.trace.models import KEPT, Act, Kind

# What may stand behind a verb: words of ours, so that nothing that somebody wrote can slip in.
DETAILS = {
    *("", "expert", "editor", "owner", "may publish", "may review", "may publish and review"),
    *("password", "code", "passkey", "at a time", "person", "articles", "subscribers"),
}
_VERB = re.compile(r"[a-z][a-z -]{1,29}")


class Somebody(Protocol):
    @property
    def pk(self) -> Any: ...


def write_down(
    verb: str,
    kind: Kind,
    number: int | None = None,
    *,
    by: Somebody | None,
    detail: str = "",
    day_alone: bool = False,
) -> None:
    """Add that `by` did `verb` to the `kind` with this number; call it in the transaction of the act itself.

    By nobody (the site itself, or a letter's writer) nothing is added: this is about the staff. Nothing in a line can be
    cut later: one that would tell when a letter came has its `day_alone` from the beginning.
    """
    if by is not None:
        _add(verb, kind, number, person=by.pk, detail=detail, day_alone=day_alone)


def write_down_command(verb: str, kind: Kind, number: int | None = None, *, detail: str = "") -> None:
    """Add what was done by somebody at the command line, or by somebody who is not signed in."""
    _add(verb, kind, number, person=None, detail=detail)


def _add(
    verb: str, kind: Kind, number: int | None, *, person: int | None, detail: str, day_alone: bool = False
) -> None:
    if not _VERB.fullmatch(verb) or detail not in DETAILS:
        raise ValueError("The trace takes words of ours alone.")
    at = day_of(timezone.now()) if day_alone else timezone.now()
    Act.objects.create(at=at, verb=verb, kind=Kind(kind), number=number, person=person, detail=detail)


def forget_old(*, now: dt.datetime | None = None) -> int:
    """Erase lines whose time is over; gives how many. The database lets no younger one go, whatever clock we have."""
    before = min(now or timezone.now(), _clock_of_database()) - KEPT
    return models.QuerySet(Act).filter(at__lt=before).delete()[0]


def _clock_of_database() -> dt.datetime:
    if connection.vendor == "sqlite":
        return dt.datetime.now(dt.UTC)  # the same machine's
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        found: dt.datetime = cursor.fetchone()[0]
        return found
