"""Newsletters and who gets them. Knows no letters."""

import secrets
import unicodedata

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Article, Column


class Rhythm(models.TextChoices):
    EACH = "each", _("Each new answer")
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")


class Newsletter(models.Model):
    """A named list with a promise and a rhythm."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    promise = models.CharField(max_length=160, help_text="“Sundays, the week’s five best answers”")
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.WEEKLY)
    column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.SET_NULL, related_name="newsletters"
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_open = models.BooleanField("takes new subscribers", default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(rhythm__in=Rhythm.values), name="newsletter_rhythm_known")
        ]

    def __str__(self) -> str:
        return self.name


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def canonical(email: str) -> str:
    """One form for the spellings of one mailbox, so that nobody is written to twice: case, Unicode forms, IDN, +tags.

    Dots are dropped only where the provider is known to ignore them.
    """
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    try:
        domain = domain.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        pass
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


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
    SubscriberStatus.SUPPRESSED: set(),
}


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
    left_at = models.DateTimeField(null=True, blank=True)
    consent_version = models.CharField(max_length=20, blank=True)
    form = models.CharField(max_length=40, blank=True, help_text="Where the form stood.")
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    newsletters = models.ManyToManyField(Newsletter, through="Subscription", related_name="subscribers")

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
        ]

    def __str__(self) -> str:
        return self.email


class Subscription(models.Model):
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="subscriptions")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "newsletter"], name="subscription_once")]
