"""What was saved, save by save."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models.pieces import Answer, Article


class Revision(models.Model):
    """The words of a question (with its headline, dek, signature and sources) or of one answer, as somebody saved them.

    Kept by history.py inside the transaction of the save; never changed. The newest of a part is how it stands now.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    answer = models.ForeignKey(
        Answer,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="revisions",
        help_text="Empty: it is of the question.",
    )
    version = models.PositiveIntegerField(
        null=True, help_text="Of the piece, from which on it stood so. Empty: it was kept before these were."
    )
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=200, blank=True)
    headline = models.CharField(max_length=160, blank=True)
    dek = models.CharField(max_length=300, blank=True)
    signature = models.CharField(max_length=80, blank=True)
    text = models.TextField(blank=True, help_text="Markdown.")
    sources = models.JSONField(default=list, blank=True, help_text="As in Article.sources.")

    class Meta:
        ordering = ["-id"]  # clocks are set back, numbers are not

    if TYPE_CHECKING:
        answer_id: int | None

    def __str__(self) -> str:
        return f"{self.article_id}, {self.at:%Y-%m-%d %H:%M}"
