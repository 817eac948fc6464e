"""What the desk writes for itself: notes beside a letter or an article, and replies that are used again and again."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.articles.models import Article
from advice.letters.models.letter import Letter


class NoteQuerySet(models.QuerySet["Note"]):
    def about(self, letters: "models.QuerySet[Letter]") -> Self:
        """Those beside these letters, and beside the articles that were made from their words."""
        made = letters.filter(Q(is_lead=True) | Q(was_lead=True), article__isnull=False).order_by()
        return self.filter(
            Q(letter__in=letters.order_by().values("pk")) | Q(article__in=made.values("article"))
        )


class Note(models.Model):
    """An editor's note for the other editors, beside a letter or an article. It may be about the letter's writer, so it goes
    with the letter's words; no expert, no writer and no reader sees it."""

    letter = models.ForeignKey(Letter, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(max_length=4_000)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(letter__isnull=True, article__isnull=False)
                | Q(letter__isnull=False, article__isnull=True),
                name="note_beside_one",
            )
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"


class ReplyKind(models.TextChoices):
    DECLINE = "decline", _("Declining a letter")
    ASK = "ask", _("Asking the writer")


class SavedReply(models.Model):
    """Words that a letter's page puts into a form with one press; whoever presses it may still change them."""

    kind = models.CharField(max_length=10, choices=ReplyKind.choices)
    name = models.CharField(max_length=60)
    text = models.TextField(max_length=2_000)

    class Meta:
        ordering = ["kind", "name"]
        verbose_name_plural = "saved replies"
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="saved_reply_once_by_name"),
            models.CheckConstraint(condition=Q(kind__in=ReplyKind.values), name="saved_reply_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name
