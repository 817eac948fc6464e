"""Plans, and who asked for one. Nothing is charged here: an editor answers each request. Knows no letters."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice import markup
from advice.accounts.models import User
from advice.crypto import EncryptedTextField

NOTE_LENGTH = 1_000


class Plan(models.Model):
    """What a member pays, and what for, in the editors' words."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    price = models.CharField(max_length=60, help_text="As it is printed: “£4 a month”.")
    promise = models.CharField(max_length=160, help_text="One line: “Pays for one answer a year”.")
    description = models.TextField(max_length=2_000, blank=True, help_text="Markdown.")
    description_html = models.TextField(editable=False, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_open = models.BooleanField("takes new members", default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.description_html = markup.render(self.description)
        super().save(*args, **kwargs)


class RequestStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")


# Which status may follow which; workflow.py is the only place that moves one.
MOVES: dict[str, set[str]] = {
    RequestStatus.REQUESTED: {RequestStatus.CONFIRMED, RequestStatus.DECLINED},
    RequestStatus.CONFIRMED: set(),
    RequestStatus.DECLINED: set(),
}


class MembershipRequestQuerySet(models.QuerySet["MembershipRequest"]):
    def waiting(self) -> Self:
        return self.filter(status=RequestStatus.REQUESTED)

    def waiting_first(self) -> Self:
        """The oldest that waits first; after those the decided ones, the newest decision first."""
        return self.order_by(F("decided_at").desc(nulls_first=True), "requested_at", "pk")

    def with_sealed(self) -> "models.QuerySet[Any]":
        """The address as it is stored, to be opened one by one: one that no key opens must not hide the others."""
        return self.defer("email").annotate(sealed=Cast("email", models.TextField()))


class MembershipRequest(models.Model):
    """Somebody asked for a plan. A confirmed one is the membership itself."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="requests")
    name = models.CharField(max_length=80, blank=True)
    email = EncryptedTextField()
    email_digest = models.CharField(max_length=64, editable=False)
    note = models.TextField(max_length=NOTE_LENGTH, blank=True)
    status = models.CharField(
        max_length=10, choices=RequestStatus.choices, default=RequestStatus.REQUESTED, db_index=True
    )
    requested_at = models.DateTimeField(default=timezone.now, help_text="When it was last sent.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    consent_version = models.CharField(max_length=20)

    objects = MembershipRequestQuerySet.as_manager()

    class Meta:
        ordering = ["requested_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RequestStatus.values), name="membership_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=RequestStatus.REQUESTED, decided_at__isnull=True)
                | (~Q(status=RequestStatus.REQUESTED) & Q(decided_at__isnull=False)),
                name="membership_decided_has_date",
            ),
            models.UniqueConstraint(
                fields=["email_digest", "status"],
                condition=~Q(status=RequestStatus.DECLINED),
                name="membership_once_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_waiting(self) -> bool:
        return self.status == RequestStatus.REQUESTED

    @property
    def is_confirmed(self) -> bool:
        return self.status == RequestStatus.CONFIRMED
