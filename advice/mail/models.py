"""What is to be mailed. A message stands here, encrypted, from the commit that caused it until it was handed over.

It is claimed (SENDING, committed) before the mail server is spoken to. One that was claimed and never settled is
unclear: it may have gone out. It is shown at the desk and never resent by itself.
"""

import datetime as dt
import json
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.crypto import EncryptedTextField

UNCLEAR_AFTER = dt.timedelta(minutes=10)
RETRY_AFTER = [dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360)]
# A server that is away costs nobody anything to ask again, and never makes us give up.
RETRY_CONNECTION_AFTER = dt.timedelta(minutes=5)
GIVE_UP_AFTER = dt.timedelta(days=2)
FORGET_TROUBLED_AFTER = dt.timedelta(days=30)


class State(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    UNCLEAR = "unclear", _("Unclear: it may have been sent")
    FAILED = "failed", _("Refused by the mail server")


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: dt.datetime | None = None) -> Self:
        return self.filter(state=State.PENDING, not_before__lte=now or timezone.now())

    def troubled(self) -> Self:
        """What a person has to decide about."""
        return self.filter(state__in=[State.UNCLEAR, State.FAILED])


class Message(models.Model):
    kind = models.CharField(max_length=40, help_text="Which templates it was made from.")
    payload = EncryptedTextField(help_text="JSON: to, subject, text, html, headers, from.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    first_tried_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mail server first asked us to come again later."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["not_before", "id"]
        indexes = [models.Index(fields=["state", "not_before"], name="message_due")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(
                condition=~Q(state=State.SENDING) | Q(claimed_at__isnull=False),
                name="message_claimed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.payload)


def claim_next(now: dt.datetime | None = None) -> Message | None:
    """Take one due message for this process alone, committed before anything is sent."""
    now = now or timezone.now()
    with transaction.atomic():
        # The payload is read later: one that no key opens must not hold up the others.
        message = Message.objects.due(now).defer("payload").select_for_update(skip_locked=True).first()
        if message is None:
            return None
        message.state, message.claimed_at, message.attempts = State.SENDING, now, message.attempts + 1
        message.save(update_fields=["state", "claimed_at", "attempts"])
        return message
