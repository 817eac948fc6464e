"""What somebody is typing at the desk and has not saved."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models.pieces import Answer, Article


class Autosave(models.Model):
    """The fields of a form as they stood a moment ago: one row for a person and a piece, overwritten as they type.

    Nobody else sees it, and it is no part of the piece: no revision, no line of history. autosaving.py keeps it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    article = models.ForeignKey(
        Article, null=True, blank=True, on_delete=models.CASCADE, related_name="autosaves"
    )
    answer = models.ForeignKey(
        Answer, null=True, blank=True, on_delete=models.CASCADE, related_name="autosaves"
    )
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(help_text="Of the piece, when the form was opened.")
    fields = models.JSONField(help_text="As the form would send them: {name: [value]}.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(article__isnull=False, answer__isnull=True)
                | Q(article__isnull=True, answer__isnull=False),
                name="autosave_of_one_piece",
            ),
            models.UniqueConstraint(fields=["user", "article"], name="autosave_once_an_article"),
            models.UniqueConstraint(fields=["user", "answer"], name="autosave_once_an_answer"),
        ]

    if TYPE_CHECKING:
        article_id: int | None
        answer_id: int | None

    def __str__(self) -> str:
        return f"{self.user}, {self.at:%Y-%m-%d %H:%M}"
