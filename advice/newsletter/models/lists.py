"""Newsletters: the named lists that people subscribe to."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Column, path_of


class Rhythm(models.TextChoices):
    EACH = "each", _("Each new answer")
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")


class Weekday(models.IntegerChoices):
    """As datetime.weekday() counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


_EVERY = {
    Weekday.MONDAY: _("Every Monday"),
    Weekday.TUESDAY: _("Every Tuesday"),
    Weekday.WEDNESDAY: _("Every Wednesday"),
    Weekday.THURSDAY: _("Every Thursday"),
    Weekday.FRIDAY: _("Every Friday"),
    Weekday.SATURDAY: _("Every Saturday"),
    Weekday.SUNDAY: _("Every Sunday"),
}


def rhythm_line(rhythm: str, weekday: int) -> str:
    """How often it comes, for readers: “Every Sunday”, “Daily”."""
    return str(_EVERY[Weekday(weekday)] if rhythm == Rhythm.WEEKLY else Rhythm(rhythm).label)


class Newsletter(models.Model):
    """A named list with a promise and a rhythm."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    promise = models.CharField(max_length=160, help_text="“The week’s five best answers”")
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.WEEKLY)
    column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.SET_NULL, related_name="newsletters"
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_open = models.BooleanField("takes new subscribers", default=True)
    makes_itself = models.BooleanField(
        "makes its issues from new answers",
        default=True,
        help_text="By its rhythm, when there is anything new. Editors can send issues of their own besides.",
    )
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, default=Weekday.SUNDAY)
    hour = models.PositiveSmallIntegerField(
        default=7, validators=[MaxValueValidator(23)], help_text="Not before this hour of the site’s day."
    )
    at_most = models.PositiveSmallIntegerField(
        "answers at most",
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="In an issue that makes itself.",
    )
    sender_name = models.CharField(max_length=80, blank=True, help_text="Empty: the site’s.")
    sender_address = models.EmailField(blank=True, help_text="Empty: the site’s.")

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(rhythm__in=Rhythm.values), name="newsletter_rhythm_known"),
            models.CheckConstraint(condition=Q(weekday__in=Weekday.values), name="newsletter_weekday_known"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="newsletter_hour_of_a_day"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return path_of("newsletter:newsletter", self.slug)

    @property
    def rhythm_line(self) -> str:
        return rhythm_line(self.rhythm, self.weekday)
