"""What the site keeps of people: a register, from which the privacy page's tables are printed.

Each app says in its own keeping.py what it keeps, in words for readers, and takes every time it names from the constant
that its erasing goes by. Nobody who prints the register has to know the apps: `reading` may not import letters. A test
walks all columns of the database and fails on one that is neither declared here nor known to say nothing of a person.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

PLACEHOLDER = "{what_we_keep}"
COOKIES = "{cookies}"
YEAR = dt.timedelta(days=365)
Words = str | Promise


class Of(Enum):
    """Whose data it is: each has a table of its own, in this order."""

    VISITORS = _("If you read, vote or send a form")
    WRITERS = _("If you write to us")
    PRINTED = _("If your letter is printed")
    SUBSCRIBERS = _("If you subscribe")
    MEMBERS = _("If you ask to become a member")
    ANYBODY = _("If we mail you")
    STAFF = _("If you work here")


@dataclass(frozen=True)
class Kept:
    """One thing that is kept. `how_long` is asked anew for each page, so that it says what holds now."""

    key: str
    of: Of
    what: Words
    why: Words
    how_long: Callable[[], Words]
    seen_by: Words
    fields: tuple[
        str, ...
    ]  # where it stands: "letters.Letter.email", or the name of a table that has no model


@dataclass(frozen=True)
class Cookie:
    """A cookie, or something else that a browser keeps for us."""

    name: str
    what: Words
    why: Words
    how_long: Callable[[], Words]


_kept: dict[str, Kept] = {}
_cookies: dict[str, Cookie] = {}


def columns(model: str, names: str) -> tuple[str, ...]:
    """
    >>> columns("letters.Letter", "email nonce")
    ('letters.Letter.email', 'letters.Letter.nonce')
    """
    return tuple(f"{model}.{name}" for name in names.split())


def declare(*things: Kept | Cookie) -> None:
    """Called once by each app when it is ready. Two of one name are a mistake."""
    for thing in things:
        if isinstance(thing, Cookie):
            _add(_cookies, thing.name, thing)
        else:
            _add(_kept, thing.key, thing)


def _add(register: dict[str, Any], name: str, thing: Any) -> None:
    if register.setdefault(name, thing) is not thing:
        raise ValueError(f"{name} is declared twice.")


def kept() -> list[Kept]:
    return list(_kept.values())


def tables() -> list[tuple[Words, list[Kept]]]:
    """All that is declared, by whose it is; nothing is said of those of whom nothing is kept."""
    found = [(of.value, [thing for thing in _kept.values() if thing.of is of]) for of in Of]
    return [(title, rows) for title, rows in found if rows]


def cookies() -> list[Cookie]:
    return list(_cookies.values())


def day_of(at: dt.datetime) -> dt.datetime:
    """The midnight, in the site's zone, that the day of `at` began with."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def in_words(time: dt.timedelta) -> str:
    """A time as people say it, in its largest whole unit: “30 days”, “12 months”, “15 minutes”.

    Years are said in months, because “a year” would leave open which.
    """
    seconds = int(time.total_seconds())
    days = seconds // 86_400
    if days and not seconds % 86_400:
        if not days % YEAR.days:
            months = days // YEAR.days * 12
            return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    hours, minutes = seconds // 3600, -(-seconds // 60)
    if hours and not seconds % 3600:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
