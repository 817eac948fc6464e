"""What a letter's writer tells of since the answer, until an editor lets it be printed."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from advice.articles.models import Status
from advice.letters.models.letter import Letter, LetterStatus


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def waiting(self) -> Self:
        """For an editor's word, the first one first. Not while the answer is off the site: it has nothing to stand under."""
        return self.filter(
            declined_at__isnull=True,
            letter__status=LetterStatus.ACCEPTED,
            letter__article__status=Status.PUBLISHED,
            letter__article__published_at__lte=timezone.now(),
        ).order_by("pk")


class FollowUp(models.Model):
    """The writer's text as it was sent last. Approved it goes, edited, to the article (articles.models.Update), and this row
    is deleted; else it goes with the letter's words."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="follow_up")
    text = models.TextField(max_length=5_000)
    consent_version = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Raised by each change.")
    sent_on = models.DateField(default=timezone.localdate, help_text="Nobody needs to know the hour.")
    declined_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=500, blank=True, help_text="Shown on the writer's page.")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="follow_up_has_text"),
            models.CheckConstraint(
                condition=Q(reason="") | Q(declined_at__isnull=False), name="follow_up_reason_of_declined"
            ),
        ]

    def __str__(self) -> str:
        return str(self.letter_id)
