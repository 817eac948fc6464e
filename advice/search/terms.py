"""What readers search for, counted by day. Of who searched nothing is kept, so a day counts once, whoever it was.

A term's words are kept only while it was seen on three different days of the last ninety. Before that there is a
keyed digest of them, which finds the term again and cannot be turned back without the site's key.
"""

import datetime as dt
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection, transaction
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac

from advice.erasing import empty_log
from advice.search.models import Term, TermDay
from advice.search.words import fold, words

FORGET_AFTER = dt.timedelta(days=90)
DAYS = 3  # on so many different ones it must be seen before its words are kept
NEW_A_DAY = 2_000  # so many unknown terms are begun on one day: a flood fills no disk
_LONGEST, _MOST_WORDS = 60, 6  # what is longer is a sentence, and may be from a letter
# Letters, a number of one or two digits (“couch to 5k”, “type 2 diabetes”), and what stands between words.
_WORD = r"(?:[^\W\d_]+(?:[0-9]{1,2}[^\W\d_]*)?|[0-9]{1,2}[^\W\d_]*)"
_PLAIN = re.compile(rf"""{_WORD}(?:[ \-'’ʼ"“”?!.,;&+]+{_WORD})*""")
# Written or spoken: “john at example com”, “john smith gmail”.
_ADDRESS = re.compile(
    r"\w\.\w|\b(?:www|https?|dot|e[ -]?mail|gmail|googlemail|hotmail|outlook|yahoo|icloud|aol|gmx|proton(?:mail)?)\b"
    r"|\bat\b.*\b(?:com|net|org|edu|gov|info|co|uk|de|eu|ie|au|ca)$"
    r"|\bflat [0-9]|\b[0-9]+\w? (?:\w+ ){1,3}?(?:street|road|avenue|lane|drive|close|court)\b"
)
_MIXED = re.compile(
    r"\b(?![0-9]+(?:k|km|m|mi|kg|g|mg|am|pm|x|st|nd|rd|th)?\b)\w*[0-9]\w*"
)  # postcodes have two
_DIGITS = 3
_NUMBERS = 3  # so many one after the other are a telephone's, a card's or a house's
_NUMBER_WORDS = frozenset(
    [
        "zero",
        "oh",
        "nought",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "double",
        "triple",
    ]
)
_LEFT_OUT = re.compile(r"(?:^|\s)-\w")  # “cramp -calf” is not the term “cramp calf”
_LOCK_TIMEOUT = "20ms"

logger = logging.getLogger("advice.search")


def note(q: str, *, found: int, now: dt.datetime | None = None) -> None:
    """Count one full search that a person made, and that found so much that fits. Any text will do, and nothing is ever raised.

    Where the database is busy with another's writing, or fails, the search is not counted: nobody waits for that.
    """
    term = countable(q)
    if not term:
        return
    try:
        with _never_waiting(), transaction.atomic():
            _count(term, found, timezone.localdate(now))
    except Error as error:
        logger.debug("A search was not counted (%s).", type(error).__name__)


def countable(q: str) -> str:
    """`q` as it is counted: folded, so that equals are one. Empty where it might name somebody or be from a letter."""
    if len(q) > _LONGEST or _LEFT_OUT.search(q):
        return ""
    plain = fold(q).strip(" \t\r\n\"“”?!.,;'’-&+")
    if not _PLAIN.fullmatch(plain) or _ADDRESS.search(plain):
        return ""
    term = words(plain)
    found = " ".join(term)
    if all(word.isdigit() for word in term):
        return ""
    is_short = len(term) <= _MOST_WORDS and 2 <= len(found) <= _LONGEST
    return found if is_short and not _has_number(term) else ""


def _has_number(term: list[str]) -> bool:
    """Many digits in all, several numbers in a row, written or spoken, or a postcode."""
    found = " ".join(term)
    if sum(map(str.isdigit, found)) > _DIGITS or len(_MIXED.findall(found)) > 1:
        return True
    numbers = [word.isdigit() or word in _NUMBER_WORDS for word in term]
    return any(all(numbers[at : at + _NUMBERS]) for at in range(len(term) - _NUMBERS + 1))


def _digest(term: str) -> str:
    return salted_hmac("advice.search.terms", term, algorithm="sha256").hexdigest()


@contextmanager
def _never_waiting() -> Iterator[None]:
    """On SQLite whoever finds another one writing gives up at once, instead of waiting for its turn."""
    if connection.vendor != "sqlite":
        yield
        return
    _wait(0)
    try:
        yield
    finally:
        _wait(connection.settings_dict["OPTIONS"]["timeout"])


def _wait(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _count(term: str, found: int, day: dt.date) -> None:
    if connection.vendor == "postgresql":
        _hurry()
    digest = _digest(term)
    if not Term.objects.filter(digest=digest).exists() and _are_enough(day):
        return
    rows = Term.objects.bulk_create(
        [Term(digest=digest, since=day, found=found)],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["found"],
    )
    _count_day(rows[0].pk, day, in_vain=not found)
    if TermDay.objects.filter(term=rows[0].pk, day__gt=day - FORGET_AFTER).count() >= DAYS:
        Term.objects.filter(pk=rows[0].pk, words="").update(words=term)


def _hurry() -> None:
    """Until the transaction ends: wait for no other one's rows, and not for the disk. What is lost is a count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true), set_config('synchronous_commit', 'off', true)",
            [_LOCK_TIMEOUT],
        )


def _are_enough(day: dt.date) -> bool:
    return Term.objects.filter(since=day).count() >= NEW_A_DAY


def _count_day(term: int, day: dt.date, *, in_vain: bool) -> None:
    """In one statement, so that of two at once both are counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_term_day (term_id, day, count, in_vain) VALUES (%s, %s, 1, %s)"
            " ON CONFLICT (term_id, day) DO UPDATE SET count = search_term_day.count + 1,"
            " in_vain = search_term_day.in_vain + excluded.in_vain",
            [term, connection.ops.adapt_datefield_value(day), int(in_vain)],
        )


# -- for the desk ------------------------------------------------------------------------------------------------


def searched(*, in_vain: bool = False, now: dt.datetime | None = None) -> QuerySet[Term]:
    """The terms whose words may be known, most searched first, with `count`, `count_in_vain`, `seen_on`, `last_day`.

    With `in_vain` those whose latest search found nothing. What is too old is not counted, erased already or not.
    """
    recent = Q(days__day__gt=timezone.localdate(now) - FORGET_AFTER)
    rows = Term.objects.exclude(words="")
    if in_vain:
        rows = rows.filter(found=0)
    return (
        rows.annotate(
            seen_on=Count("days", filter=recent),
            count=Sum("days__count", filter=recent),
            count_in_vain=Sum("days__in_vain", filter=recent),
            last_day=Max("days__day", filter=recent),
        )
        .filter(seen_on__gte=DAYS)
        .order_by("-count", "words", "pk")
    )


@transaction.atomic
def forget(pk: int) -> None:
    """One term at once: it may be somebody's name. It is known again when it was seen on three days more."""
    Term.objects.filter(pk=pk).delete()
    transaction.on_commit(empty_log, robust=True)


@transaction.atomic
def forget_old(*, now: dt.datetime | None = None) -> int:
    """Forget days that are over, terms without any, and the words of those with too few left; gives how many days."""
    before = timezone.localdate(now) - FORGET_AFTER
    days, _ = TermDay.objects.filter(day__lte=before).delete()
    if days:
        Term.objects.filter(days=None).delete()
        rare = Term.objects.exclude(words="").annotate(left=Count("days")).filter(left__lt=DAYS)
        Term.objects.filter(pk__in=rare.values("pk")).update(words="")
        transaction.on_commit(empty_log, robust=True)
    return days


def has_old(*, now: dt.datetime | None = None) -> bool:
    return TermDay.objects.filter(day__lte=timezone.localdate(now) - FORGET_AFTER).exists()
