"""Red-flag rules: words in a letter that must not wait, what their writer is shown, and which letters had them."""

import datetime as dt
from typing import Any, NoReturn, Self

from django.db import models
from django.db.models import Max, Q
from django.utils import timezone

from advice import markup
from advice.accounts.models import User
from advice.articles.models import Column
from advice.keeping import day_of, in_words
from advice.letters.models.letter import Letter

# How long it took until an urgent letter was seen, in minutes, once that is cut: a limit, or whole days.
ROUGHLY = (60, 6 * 60, 24 * 60)
CHECK_EVERY = dt.timedelta(days=365)
DAY = dt.timedelta(days=1)


class RedFlagQuerySet(models.QuerySet["RedFlag"]):
    def live(self, column: Column | None = None) -> Self:
        """The rules at work: for all columns and, where one is given, for it."""
        rules = self.filter(live__isnull=False).select_related("live").order_by("pk")
        return rules.filter(Q(live__column=None) | Q(live__column=column)) if column else rules


class RedFlag(models.Model):
    """A rule. What it says stands in its versions; one of them, or none, is at work."""

    key = models.CharField(
        max_length=40, null=True, blank=True, unique=True, help_text="Of a rule that came with the program."
    )
    live = models.ForeignKey(
        "RedFlagVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="live_for"
    )
    checked_on = models.DateField(
        null=True, blank=True, help_text="When an editor last said that it is still right."
    )
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = RedFlagQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"rule {self.pk}"

    @property
    def newest(self) -> "RedFlagVersion":
        return max(self.versions.all(), key=lambda version: version.number)

    @property
    def needs_check(self) -> bool:
        """Nobody has said for a year, or ever, that it is right; or one of its numbers is as old."""
        oldest = timezone.localdate() - CHECK_EVERY
        shown = self.live or self.newest
        numbers = [dt.date.fromisoformat(row["checked_on"]) for row in shown.numbers]
        return self.checked_on is None or any(day <= oldest for day in [self.checked_on, *numbers])


class VersionIsFixed(TypeError):
    """A rule's version is never edited: a letter remembers which one it had the words of."""


class RedFlagVersionQuerySet(models.QuerySet["RedFlagVersion"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise VersionIsFixed("A version of a rule is never edited; save another.")


class RedFlagVersion(models.Model):
    rule = models.ForeignKey(RedFlag, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80, help_text="For the desk alone.")
    column = models.ForeignKey(
        Column,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="None: all of them.",
    )
    words = models.TextField(help_text="A group a line, its phrases between commas.")
    without = models.TextField(blank=True, help_text="Phrases whose words do not count.")
    heeds_denial = models.BooleanField(default=False)
    text = models.TextField(help_text="Markdown, for the card.")
    numbers = models.JSONField(default=list, blank=True, help_text="locale, label, number, url, checked_on")
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = RedFlagVersionQuerySet.as_manager()

    class Meta:
        ordering = ["rule", "number"]
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="redflag_version_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise VersionIsFixed("A version of a rule is never edited; save another.")
        self.number = (self.rule.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        super().save(*args, **kwargs)

    @property
    def html(self) -> str:
        return markup.render(self.text)


class Alarm(models.Model):
    """That a letter is urgent, since when, and who has seen it."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="alarm")
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seen_after = models.PositiveIntegerField(
        null=True, blank=True, help_text="Minutes; both its times are cut to their days."
    )

    def __str__(self) -> str:
        return f"alarm {self.letter_id}"

    @property
    def waits(self) -> str:
        """What the desk's clock shows; it stands still once the letter is seen. Empty where it was not kept."""
        if self.seen_at is None:
            return waited(self.since)
        return "" if self.seen_after is None else in_words(dt.timedelta(minutes=self.seen_after))

    @property
    def is_rough(self) -> bool:
        """Whether `waits` is no more than a limit by now: the times were cut to their day, and it with them."""
        return self.seen_at is not None and self.seen_at == day_of(self.seen_at)


def waited(since: dt.datetime) -> str:
    """“4 minutes”. After a day only days are said, for of `since` only the day is kept then (days.py)."""
    return in_words(waiting(since))


def waiting(since: dt.datetime) -> dt.timedelta:
    """How long, no more exactly than may be known later: minutes for an hour, then hours, then days."""
    now = timezone.now()
    past = max(now - since, dt.timedelta())
    if past >= DAY:
        return DAY * max(1, (timezone.localdate(now) - timezone.localdate(since)).days)
    minutes = int(past.total_seconds() // 60)
    return dt.timedelta(minutes=minutes if minutes < 60 else minutes // 60 * 60)


class LetterFlag(models.Model):
    """Which version of which rule a letter had the words of."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="flags")
    version = models.ForeignKey(RedFlagVersion, on_delete=models.PROTECT, related_name="+")
    letter_version = models.PositiveSmallIntegerField(help_text="In which of the letter's own versions.")
    is_denied = models.BooleanField(default=False, help_text="The words are there, and said not to be so.")

    class Meta:
        ordering = ["letter_version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "version", "letter_version"], name="letter_flag_once")
        ]

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.version_id}"
