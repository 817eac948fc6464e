"""What the desk asks a letter's writer: a question back, and whether the edited wording still says what was meant."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.letters.models.letter import Letter


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def open(self) -> Self:
        return self.filter(replied_at__isnull=True, closed_at__isnull=True)


class Enquiry(models.Model):
    """An editor's question to the writer, open until it is replied to, or the desk goes on without a reply.

    The database refuses to change a reply.
    """

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="enquiries")
    text = models.TextField(max_length=2_000)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    reminded_at = models.DateTimeField(null=True, blank=True)
    reply = models.TextField(max_length=10_000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the desk went on without a reply."
    )

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        verbose_name_plural = "enquiries"
        constraints = [
            models.UniqueConstraint(
                fields=["letter"],
                condition=Q(replied_at__isnull=True, closed_at__isnull=True),
                name="enquiry_one_open",
            ),
            models.CheckConstraint(
                condition=Q(replied_at__isnull=True, reply="") | (Q(replied_at__isnull=False) & ~Q(reply="")),
                name="enquiry_reply_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id}/{self.pk}"


class Verdict(models.TextChoices):
    FINE = "fine", _("This is fine")
    CHANGED = "changed", _("This changes my meaning")


class Wording(models.Model):
    """One round: the words that will be printed, as the writer was shown them, and what the writer said.

    It informs the editor. Nothing waits for it: silence after `until` is derived, and may still be broken.
    """

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="wordings")
    text = models.TextField(help_text="Markdown: a copy of the article's question as it stood.")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(help_text="After this the desk says that the writer was silent.")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    note = models.TextField(max_length=2_000, blank=True)
    said_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=["", *Verdict.values]), name="wording_known"),
            models.CheckConstraint(
                condition=Q(said_at__isnull=True, verdict="") | (Q(said_at__isnull=False) & ~Q(verdict="")),
                name="wording_said_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id}/{self.pk}"

    def is_silent(self, now: dt.datetime | None = None) -> bool:
        return not self.verdict and self.until < (now or timezone.now())

    @property
    def state(self) -> str:
        """What the desk shows: the verdict, "silent", or "waits"."""
        return self.verdict or ("silent" if self.is_silent() else "waits")
