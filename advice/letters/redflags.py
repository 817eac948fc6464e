"""Red-flag rules: kept by editors in versions, looked for in every letter, and what a letter that has one sets off.

Nothing here decides about a person. A card is shown, editors are called, and the letter goes its way.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import Column
from advice.letters.matching import Match, Token, compiled, find, read
from advice.letters.models import (
    Alarm,
    Letter,
    LetterEvent,
    LetterFlag,
    LetterStatus,
    RedFlag,
    RedFlagVersion,
)
from advice.letters.models.redflag import waiting
from advice.letters.nearby import context_of
from advice.mail.sending import send_later
from advice.site import absolute
from advice.trace.models import Kind
from advice.trace.writing import write_down

SHIPPED = settings.BASE_DIR / "fixtures" / "red_flags.json"
SHIPPED_FIELDS = ("name", "words", "without", "heeds_denial", "text")
TRIED_AT_ONCE = 500


def whole(question: str, text: str, context: str | None = "") -> str:
    """What is looked through: the line, the letter, and the line for the expert."""
    return "\n\n".join(filter(None, (f"{question}\n\n{text}", context)))


# -- rules, kept by editors ----------------------------------------------------------------------------------------


@transaction.atomic
def save(rule: RedFlag | None, *, by: User | None, **fields: Any) -> RedFlagVersion:
    """A new version, of a new rule where there is none. It is not at work until it is put to work."""
    row = RedFlag.objects.select_for_update().get(pk=rule.pk) if rule else RedFlag.objects.create()
    write_down("edit" if rule else "make", Kind.RED_FLAG, row.pk, by=by)
    return RedFlagVersion.objects.create(rule=row, saved_by=by, **fields)


@transaction.atomic
def put_to_work(version: RedFlagVersion, *, by: User) -> None:
    """From the next letter on this version is looked for. Whoever does this has checked it."""
    rule = RedFlag.objects.select_for_update().get(pk=version.rule_id)
    rule.live = version
    rule.checked_on, rule.checked_by = timezone.localdate(), by
    rule.save(update_fields=["live", "checked_on", "checked_by"])
    write_down("put to work", Kind.RED_FLAG, rule.pk, by=by)


@transaction.atomic
def switch_off(rule: RedFlag, *, by: User | None = None) -> None:
    row = RedFlag.objects.select_for_update().get(pk=rule.pk)
    row.live = None
    row.save(update_fields=["live"])
    write_down("switch off", Kind.RED_FLAG, row.pk, by=by)


@transaction.atomic
def still_right(rule: RedFlag, *, by: User) -> None:
    row = RedFlag.objects.select_for_update().get(pk=rule.pk)
    row.checked_on, row.checked_by = timezone.localdate(), by
    row.save(update_fields=["checked_on", "checked_by"])
    write_down("check", Kind.RED_FLAG, row.pk, by=by)


def shipped() -> dict[str, RedFlagVersion]:
    """The rules that come with the program, by their keys; not saved."""
    return {
        row["key"]: RedFlagVersion(
            name=row["name"],
            words="\n".join(row["words"]),
            without=row.get("without", ""),
            heeds_denial=row.get("heeds_denial", False),
            text="\n\n".join(row["text"]),
        )
        for row in json.loads(SHIPPED.read_text())
    }


def news() -> dict[str, RedFlagVersion]:
    """Those that this site does not have, or has as an older program shipped them. What an editor saved stays theirs."""
    known = {rule.key: rule for rule in RedFlag.objects.exclude(key=None).prefetch_related("versions")}
    return {
        key: version
        for key, version in shipped().items()
        if key not in known or _is_older(known[key], version)
    }


def _is_older(rule: RedFlag, version: RedFlagVersion) -> bool:
    is_ours = all(one.saved_by_id is None for one in rule.versions.all())
    newest = rule.newest
    same = all(getattr(newest, name) == getattr(version, name) for name in SHIPPED_FIELDS)
    return is_ours and not same


@transaction.atomic
def load_shipped(*, by: User | None = None) -> int:
    """Add what is new, at work at once; that an editor has not checked it yet stands at the desk. Gives how many.

    A rule that was switched off stays off, with the newer words to look at.
    """
    versions = news()
    write_down("add shipped rules", Kind.RED_FLAG, by=by)
    for key, version in versions.items():
        rule, is_new = RedFlag.objects.get_or_create(key=key)
        version.rule = rule
        version.save()
        if is_new or rule.live_id is not None:
            rule.live, rule.checked_on, rule.checked_by = version, None, None
            rule.save(update_fields=["live", "checked_on", "checked_by"])
    return len(versions)


# -- letters -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flagged:
    version: RedFlagVersion
    match: Match


def matches(version: RedFlagVersion, tokens: list[Token]) -> Match | None:
    return find(compiled(version.words, version.without), tokens, heed_denial=version.heeds_denial)


def flags_in(*, question: str, text: str, column: Column, context: str = "") -> list[Flagged]:
    """The rules at work whose words stand in these ones."""
    return _flags(column, whole(question, text, context))


def flags_since(letter: Letter, text: str) -> list[Flagged]:
    """Those that fit what a letter's writer says later: alone, or only together with the letter (“Yes, when I run”)."""
    before = _whole_letter(letter)
    known = {one.version.pk for one in _flags(letter.column, before) if not one.match.is_denied}
    alone = {one.version.pk: one for one in _flags(letter.column, text)}
    together = _flags(letter.column, f"{before}\n\n{text}")
    return [
        alone.get(one.version.pk, one)
        for one in together
        if one.version.pk in alone or (one.version.pk not in known and not one.match.is_denied)
    ]


def _whole_letter(letter: Letter) -> str:
    return whole(letter.current.question, letter.current.text, context_of(letter))


def _flags(column: Column, text: str) -> list[Flagged]:
    tokens = read(text)
    found = []
    for rule in RedFlag.objects.live(column):
        assert rule.live is not None
        match = matches(rule.live, tokens)
        if match:
            found.append(Flagged(rule.live, match))
    return found


def look_through(
    letter: Letter, *, question: str, text: str, version: int, context: str = ""
) -> list[Flagged]:
    """Note which rules a received letter fits, and call the editors. In the transaction that stores the letter's words.

    It does not matter whether the writer saw a card. A letter that was seen already and is changed is urgent anew.
    """
    found = flags_in(question=question, text=text, context=context, column=letter.column)
    _note(letter, found, version)
    return found


def look_through_later(letter: Letter, text: str) -> list[Flagged]:
    """The same for what its writer says later. In the transaction that stores it, and before it is stored."""
    found = flags_since(letter, text) if text.strip() else []
    _note(letter, found, letter.current.number)
    return found


def _note(letter: Letter, found: list[Flagged], version: int) -> None:
    said = [one.version for one in found if not one.match.is_denied]
    LetterFlag.objects.bulk_create(
        [
            LetterFlag(
                letter=letter, version=one.version, letter_version=version, is_denied=one.match.is_denied
            )
            for one in found
        ],
        ignore_conflicts=True,  # a reply may have the words of the letter
    )
    LetterFlag.objects.filter(letter=letter, letter_version=version, version__in=said, is_denied=True).update(
        is_denied=False
    )
    if said:
        _raise_alarm(letter)


def _raise_alarm(letter: Letter) -> None:
    alarm, is_new = Alarm.objects.get_or_create(letter=letter)
    if not is_new:
        if alarm.seen_at is None:
            return  # the clock runs already, from the first time on
        alarm.since, alarm.seen_at, alarm.seen_by, alarm.seen_after = timezone.now(), None, None, None
        alarm.save(update_fields=["since", "seen_at", "seen_by", "seen_after"])
    LetterEvent.objects.create(letter=letter, verb="urgent", before=letter.status, after=letter.status)
    if letter.status == LetterStatus.SPAM:
        return  # call_for_tray tells of all of them together
    link = absolute(reverse("desk:letter", args=[letter.pk]))
    for address in settings.DUTY_EMAILS:
        # Neither the words nor the rule: a rule's name says how its writer is.
        send_later("urgent", to=address, context={"since": alarm.since, "link": link})


def _uncalled() -> "QuerySet[LetterEvent]":
    """That a letter in the tray became urgent, which the duty addresses have not been told."""
    # By their order and not by their times: of those only the day is kept after a while.
    called = LetterEvent.objects.filter(letter=OuterRef("letter"), pk__gt=OuterRef("pk"), verb="called")
    waiting = Alarm.objects.filter(seen_at=None, letter__status=LetterStatus.SPAM).values("letter")
    return LetterEvent.objects.filter(letter__in=waiting, verb="urgent", after=LetterStatus.SPAM).exclude(
        Exists(called)
    )


def is_tray_uncalled() -> bool:
    return _uncalled().exists()


@transaction.atomic
def call_for_tray() -> int:
    """Mail the duty addresses about urgent letters in the spam tray, one mail for all; gives how many letters are new.

    What a trap caught comes mostly from machines, which may send thousands: whoever is on duty must not be flooded, nor
    learn to look away. The caller sees to it that an hour lies between two of these mails.
    """
    letters = set(_uncalled().values_list("letter", flat=True))
    if not letters:
        return 0
    spam = LetterStatus.SPAM
    LetterEvent.objects.bulk_create(
        LetterEvent(letter_id=pk, verb="called", before=spam, after=spam) for pk in sorted(letters)
    )
    waiting = Alarm.objects.filter(seen_at=None, letter__status=spam).order_by("since")
    first = waiting[0]
    link = absolute(reverse("desk:spam_tray"))
    for address in settings.DUTY_EMAILS:
        context = {"count": waiting.count(), "since": first.since, "link": link}
        send_later("urgent_tray", to=address, context=context)
    return len(letters)


@transaction.atomic
def seen(letter: Letter, *, by: User) -> bool:
    """An editor has seen an urgent letter: the clock stops. Gives whether it was they who stopped it."""
    Letter.objects.select_for_update().only("pk").get(pk=letter.pk)
    alarm = Alarm.objects.filter(letter=letter, seen_at=None).first()
    if alarm is None:
        return False
    alarm.seen_after = int(waiting(alarm.since).total_seconds() // 60)
    alarm.seen_at, alarm.seen_by = timezone.now(), by
    alarm.save(update_fields=["seen_at", "seen_by", "seen_after"])
    LetterEvent.objects.create(letter=letter, verb="seen", by=by, before=letter.status, after=letter.status)
    # With how long it took, the moment would tell for ever when the letter came (days.py).
    write_down("seen", Kind.LETTER, letter.pk, by=by, day_alone=True)
    return True


def forget(letters: Iterable[int]) -> None:
    """With a letter's words goes what was found in them."""
    pks = list(letters)
    LetterFlag.objects.filter(letter__in=pks).delete()
    Alarm.objects.filter(letter__in=pks).delete()


# -- trying a rule on old letters ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    letter: Letter
    text: str
    match: Match
    change: str  # against the version at work: "new", "lost" or "same"


@dataclass(frozen=True)
class Trial:
    tried: list[Tried]
    looked_at: int
    before: int | None  # where an older batch begins, if there is one


def try_on(version: RedFlagVersion, *, before: int | None = None, limit: int = TRIED_AT_ONCE) -> Trial:
    """What `version` would find in letters that are here, newest first, and what the version at work finds besides."""
    letters = Letter.objects.order_by("-pk").defer("email").select_related("column")
    if before is not None:
        letters = letters.filter(pk__lt=before)
    if version.column_id is not None and (version.rule.live is None or version.rule.live.column_id):
        columns = {version.column_id, version.rule.live.column_id if version.rule.live else None}
        letters = letters.filter(column__in=columns - {None})
    batch = list(letters.prefetch_related("versions")[: limit + 1])
    tried = [one for letter in batch[:limit] if (one := _try(version, letter)) is not None]
    return Trial(tried, min(len(batch), limit), batch[limit - 1].pk if len(batch) > limit else None)


def _try(version: RedFlagVersion, letter: Letter) -> Tried | None:
    text = whole(letter.current.question, letter.current.text)
    tokens = read(text)
    now, old = (_applied(one, letter, tokens) for one in (version, version.rule.live))
    shown = now or old
    if shown is None:
        return None
    change = "same" if now and old and now.is_denied == old.is_denied else "new" if now else "lost"
    return Tried(letter, text, shown, change)


def _applied(version: RedFlagVersion | None, letter: Letter, tokens: list[Token]) -> Match | None:
    if version is None or version.column_id not in {None, letter.column_id}:
        return None
    return matches(version, tokens)


def cut(text: str, spots: Sequence[tuple[int, int]], *, around: int = 60) -> list[tuple[str, bool]]:
    """`text` round its marked words, piece by piece: each with whether it is one of them. “…” stands for what is left out."""
    pieces: list[tuple[str, bool]] = []
    last = 0
    for start, end in spots:
        gap = text[last:start]
        if last == 0 and len(gap) > around:
            gap = "… " + gap[-around:]
        elif last and len(gap) > 2 * around:
            gap = f"{gap[:around]} … {gap[-around:]}"
        pieces += [(gap, False), (text[start:end], True)]
        last = end
    rest = text[last:]
    return [*pieces, (rest if len(rest) <= around else rest[:around] + " …", False)]


def unseen() -> int:
    return Alarm.objects.filter(seen_at=None).count()


def stale(now: dt.date | None = None) -> int:
    """Rules at work that nobody has checked for a year."""
    rules = RedFlag.objects.live().prefetch_related("versions")
    return sum(rule.needs_check for rule in rules)
