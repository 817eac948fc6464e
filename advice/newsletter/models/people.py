"""Who gets the newsletters, and who must not be mailed."""

import datetime as dt
import secrets
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.articles.models import Article, Tag
from advice.newsletter.models.lists import Newsletter, Rhythm


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


class SubscriberStatus(models.TextChoices):
    PENDING = "pending", _("Not confirmed yet")
    CONFIRMED = "confirmed", _("Confirmed")
    LEFT = "left", _("Left")
    SUPPRESSED = "suppressed", _("Must not be mailed")


# Which status may follow which; workflow.py is the only place that moves one.
MOVES: dict[str, set[str]] = {
    SubscriberStatus.PENDING: {
        SubscriberStatus.CONFIRMED,
        SubscriberStatus.LEFT,
        SubscriberStatus.SUPPRESSED,
    },
    SubscriberStatus.CONFIRMED: {SubscriberStatus.LEFT, SubscriberStatus.SUPPRESSED},
    SubscriberStatus.LEFT: {SubscriberStatus.PENDING, SubscriberStatus.SUPPRESSED},
    # Only by an editor, who is sure that the address works.
    SubscriberStatus.SUPPRESSED: {SubscriberStatus.LEFT},
}


class LeftBecause(models.TextChoices):
    TOO_MUCH = "too_much", _("Too much mail")
    NOT_FOR_ME = "not_for_me", _("It was not what I expected")
    ELSEWHERE = "elsewhere", _("I read it elsewhere, by feed or on the site")
    NOT_ASKED = "not_asked", _("I do not remember asking for it")
    OTHER = "other", _("Something else")


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def mailable(self, today: dt.date | None = None) -> Self:
        """Who may get an issue today: confirmed, and not taking a pause."""
        today = today or timezone.localdate()
        awake = Q(paused_until__isnull=True) | Q(paused_until__lte=today)
        return self.filter(awake, status=SubscriberStatus.CONFIRMED)


class Subscriber(models.Model):
    """Pending until the mailed link is confirmed (double opt-in)."""

    email = models.EmailField()
    canonical = models.CharField(max_length=254, unique=True)
    status = models.CharField(
        max_length=10, choices=SubscriberStatus.choices, default=SubscriberStatus.PENDING
    )
    nonce = models.CharField(max_length=32, default=new_nonce)
    created_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(default=timezone.now, help_text="When the last confirmation was mailed.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    address_since = models.DateTimeField(
        null=True, blank=True, help_text="When the address was changed to this one. Empty: never."
    )
    link_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the link to export, move and erase was last mailed."
    )
    left_at = models.DateTimeField(null=True, blank=True)
    consent_version = models.CharField(max_length=20, blank=True)
    form = models.CharField(max_length=40, blank=True, help_text="Where the form stood.")
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    consent_source = models.CharField(
        max_length=200, blank=True, help_text="For an imported address: where and how it was agreed to."
    )
    newsletters = models.ManyToManyField(Newsletter, through="Subscription", related_name="subscribers")
    topics = models.ManyToManyField(
        Tag, blank=True, related_name="+", help_text="Only these, in issues that make themselves. None: all."
    )
    rhythm = models.CharField(
        max_length=10,
        choices=[(Rhythm.DAILY, Rhythm.DAILY.label), (Rhythm.WEEKLY, Rhythm.WEEKLY.label)],
        blank=True,
        help_text="Empty: as each newsletter promises.",
    )
    text_only = models.BooleanField(default=False)
    paused_until = models.DateField(null=True, blank=True, help_text="The first day with mail again.")
    left_because = models.CharField(max_length=10, choices=LeftBecause.choices, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SubscriberStatus.values), name="subscriber_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=SubscriberStatus.CONFIRMED) | Q(confirmed_at__isnull=False),
                name="subscriber_confirmed_has_date",
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=["", Rhythm.DAILY, Rhythm.WEEKLY]), name="subscriber_rhythm_known"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def masked_email(self) -> str:
        """For pages whose link may have been passed on: “r…@example.org”."""
        local, _, domain = self.email.rpartition("@")
        return f"{local[:1]}…@{domain}"

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.localdate()

    def is_mailable(self, today: dt.date) -> bool:
        """As `mailable()`, for a row at hand."""
        is_awake = self.paused_until is None or self.paused_until <= today
        return is_awake and self.status == SubscriberStatus.CONFIRMED


class Subscription(models.Model):
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="subscriptions")
    since = models.DateTimeField(default=timezone.now)
    covered_until = models.DateTimeField(
        null=True, blank=True, help_text="What came out until then was mailed by an issue that made itself."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "newsletter"], name="subscription_once")]


class SuppressedBecause(models.TextChoices):
    BOUNCED = "bounced", _("Mail to it bounced")
    COMPLAINED = "complained", _("Its owner called our mail unwanted")
    ASKED = "asked", _("Its owner asked never to be mailed")
    IMPORTED = "imported", _("It was on a list of such addresses")


class Suppression(models.Model):
    """An address that must not be mailed again, known by its digest: it outlives the subscriber's erasure."""

    digest = models.CharField(
        max_length=64, unique=True, help_text="Of the canonical address, under our key."
    )
    because = models.CharField(max_length=10, choices=SuppressedBecause.choices)
    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(because__in=SuppressedBecause.values), name="suppression_reason_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.because} {self.pk}"
