"""One sending of a newsletter, what is in it, and each copy of it."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice import markup
from advice.accounts.models import User
from advice.articles.models import Article, ArticleEvent, Correction, Status
from advice.newsletter.models.lists import Newsletter, Rhythm
from advice.newsletter.models.people import Subscriber


class IssueKind(models.TextChoices):
    DIGEST = "digest", _("Made by itself")
    EDITED = "edited", _("Edited")
    CORRECTION = "correction", _("Correction")


class IssueStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    SENDING = "sending", _("Being sent")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")
    SENT = "sent", _("Sent")


# Which status may follow which; issuing.py is the only place that moves one. Back to SENDING from SENT goes an issue of
# which somebody decided that an uncertain copy is to be sent again; from DRAFT at once, one that makes itself.
ISSUE_MOVES: dict[str, set[str]] = {
    IssueStatus.DRAFT: {IssueStatus.SCHEDULED, IssueStatus.SENDING},
    IssueStatus.SCHEDULED: {IssueStatus.DRAFT, IssueStatus.SENDING},
    IssueStatus.SENDING: {IssueStatus.PAUSED, IssueStatus.CANCELLED, IssueStatus.SENT},
    IssueStatus.PAUSED: {IssueStatus.SENDING, IssueStatus.CANCELLED},
    IssueStatus.CANCELLED: set(),
    IssueStatus.SENT: {IssueStatus.SENDING},
}


class IssueQuerySet(models.QuerySet["Issue"]):
    def left(self) -> Self:
        """What was mailed to anybody, or is being mailed: it has a number, and a page in the web archive."""
        return self.filter(number__isnull=False)

    def archived(self) -> Self:
        """What the archive lists: not the same answers again in another rhythm, nor single corrections."""
        return self.left().filter(is_listed=True)


class Issue(models.Model):
    """One sending of a newsletter. From the moment it leaves its text is frozen, in itself and in its items."""

    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="issues")
    kind = models.CharField(max_length=10, choices=IssueKind.choices, default=IssueKind.EDITED)
    status = models.CharField(max_length=10, choices=IssueStatus.choices, default=IssueStatus.DRAFT)
    number = models.PositiveIntegerField(null=True, blank=True, help_text="Its place; given when it leaves.")
    subject = models.CharField(max_length=120, blank=True)
    preheader = models.CharField(
        max_length=160, blank=True, help_text="The line that mail programs show after the subject."
    )
    intro = models.TextField(blank=True, max_length=20_000, help_text="Markdown.")
    intro_html = models.TextField(editable=False, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(
        default=timezone.now, help_text="When an editor last saved it, and so knew what was in it."
    )
    picks = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="How many answers it had then. Fewer now: one was deleted."
    )
    leaves_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    amended_at = models.DateTimeField(
        null=True, blank=True, help_text="When an editor last changed its own words after it had left."
    )
    # Of a digest: which stream, which turn of it, and what came out when.
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, blank=True)
    slot = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    correction = models.ForeignKey(
        Correction, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # Copies are made in portions, in the order of the subscribers' numbers.
    copied_to = models.BigIntegerField(default=0)
    copied_at = models.DateTimeField(null=True, blank=True, help_text="When every recipient had a copy.")
    finished_at = models.DateTimeField(null=True, blank=True)
    # Decided when it leaves: the newsletter may have another rhythm by and by.
    is_listed = models.BooleanField(default=False, editable=False, help_text="The archive lists it.")
    trouble = models.CharField(max_length=200, blank=True, help_text="Why it does not go on at the moment.")
    trouble_since = models.DateTimeField(null=True, blank=True)
    # What the mail server did with the last copies, whoever sent them; see delivering.py.
    refused_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    uncertain_in_a_row = models.PositiveIntegerField(default=0, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=IssueKind.values), name="issue_kind_known"),
            models.CheckConstraint(condition=Q(status__in=IssueStatus.values), name="issue_status_known"),
            models.CheckConstraint(
                condition=~Q(status=IssueStatus.SCHEDULED) | Q(leaves_at__isnull=False),
                name="issue_scheduled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[IssueStatus.DRAFT, IssueStatus.SCHEDULED])
                | Q(number__isnull=False, left_at__isnull=False),
                name="issue_left_has_number",
            ),
            models.UniqueConstraint(fields=["newsletter", "number"], name="issue_number_once"),
            models.UniqueConstraint(
                fields=["newsletter", "rhythm", "slot"],
                condition=Q(kind=IssueKind.DIGEST),
                name="issue_digest_once_a_slot",
            ),
            models.UniqueConstraint(
                fields=["newsletter", "correction"],
                condition=Q(correction__isnull=False),
                name="issue_correction_once",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or f"{self.newsletter} {self.number or ''}".strip()

    def get_absolute_url(self) -> str:
        return reverse("newsletter:issue", args=[self.newsletter.slug, self.number])

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields is None or "intro" in fields:
            self.intro_html = markup.render(self.intro)
            if fields is not None:
                kwargs["update_fields"] = {*fields, "intro_html"}
        super().save(*args, **kwargs)

    @property
    def can_be_undone(self) -> bool:
        return self.status == IssueStatus.SCHEDULED


FORGET_UNPUBLISHED_AFTER = dt.timedelta(days=7)


class IssueItemQuerySet(models.QuerySet["IssueItem"]):
    def public(self) -> Self:
        """What may still be shown and mailed of a frozen text: not what was withdrawn, nor what a privacy note took.

        What was forgotten stays so when its article comes back.
        """
        published = Article.objects.published().filter(pk=OuterRef("article"))
        return self.filter(Exists(published)).exclude(Exists(self._taken())).exclude(headline="")

    def to_forget(self, now: dt.datetime) -> Self:
        """Whose frozen text is kept for nothing. What an editor unpublished is often back soon, and waits for a while.

        Not what the letter's writer took back: that is unpublished by nobody, or emptied.
        """
        of_late = ArticleEvent.objects.filter(
            article=OuterRef("article"), at__gt=now - FORGET_UNPUBLISHED_AFTER
        )
        unpublished = of_late.filter(verb="unpublish", by__isnull=False)
        may_return = self.filter(Exists(unpublished)).exclude(Exists(of_late.filter(verb="empty")))
        may_return = may_return.exclude(article__status=Status.RETRACTED).exclude(Exists(self._taken()))
        return self.exclude(pk__in=self.public().values("pk")).exclude(pk__in=may_return.values("pk"))

    @staticmethod
    def _taken() -> "models.QuerySet[Correction]":
        """The notes about privacy that were made after the issue had left."""
        return Correction.objects.filter(
            article=OuterRef("article"), is_privacy=True, made_at__gte=OuterRef("issue__left_at")
        )


class IssueItem(models.Model):
    """An article in an issue. What was mailed of it is frozen here, and goes with the article."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="items")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    in_full = models.BooleanField(
        default=False, help_text="The whole text is mailed, not only its beginning."
    )
    remark = models.CharField(
        max_length=300,
        blank=True,
        help_text="An editor’s line above it. Empty: the article’s dek is printed.",
    )
    headline = models.CharField(max_length=160, blank=True)
    dek = models.CharField(max_length=300, blank=True)
    column = models.CharField(max_length=80, blank=True)
    byline = models.CharField(max_length=300, blank=True)
    path = models.CharField(max_length=120, blank=True)
    signature = models.CharField(max_length=80, blank=True)
    question = models.TextField(blank=True)
    question_html = models.TextField(blank=True)
    answers = models.JSONField(default=list, help_text="[{byline, html, text}], where it is mailed in full.")

    objects = IssueItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["issue", "article"], name="issue_item_once")]

    def __str__(self) -> str:
        return self.headline or f"item {self.pk}"


# Who got which issue is of no use after this; how many is.
FORGET_COPIES_AFTER = dt.timedelta(days=365)


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Refused")
    UNCERTAIN = "uncertain", _("Uncertain: it may have been sent")


class Delivery(models.Model):
    """One subscriber's copy of one issue. Claimed, and that committed, before the mail server hears of it."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="deliveries")
    # A subscriber who has left with all their data leaves a number in the count, and nothing more.
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    since = models.DateTimeField(null=True, blank=True, help_text="What came out until then, they have had.")
    not_before = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    first_tried_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=60, blank=True, help_text="Its kind and code; never the words.")
    bounced_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True, help_text="When its link to stop was used.")

    class Meta:
        indexes = [
            models.Index(fields=["issue", "state", "id"], name="delivery_next"),
            models.Index(
                fields=["claimed_at"], condition=Q(state=DeliveryState.SENDING), name="delivery_claimed"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["issue", "subscriber"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENDING) | Q(claimed_at__isnull=False),
                name="delivery_claimed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"copy {self.pk}"


class BounceKind(models.TextChoices):
    HARD = "hard", _("Hard")
    SOFT = "soft", _("Soft")
    COMPLAINT = "complaint", _("Complaint")


class Bounce(models.Model):
    """A copy that came back, or that its reader's mail program complained of."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="bounces")
    kind = models.CharField(max_length=10, choices=BounceKind.choices)
    code = models.CharField(max_length=12, blank=True, help_text="Enhanced status code (RFC 3463), “5.1.1”.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            # The same report read twice is one bounce.
            models.UniqueConstraint(fields=["delivery", "kind", "code"], name="bounce_once"),
            models.CheckConstraint(condition=Q(kind__in=BounceKind.values), name="bounce_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"
