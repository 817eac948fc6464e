"""What came near to a letter while it was written, and how often that spared somebody the letter."""

from django.db import models

from advice.articles.models import Article
from advice.letters.models.letter import Letter


class NearAnswer(models.Model):
    """A published answer that was near to a letter when it was sent: it travels with the letter to the editors."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="near")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()
    score = models.FloatField(help_text="How near: 1 is the same.")
    was_shown = models.BooleanField(default=False, help_text="Whether the writer saw it before sending.")

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "article"], name="near_answer_once"),
            models.UniqueConstraint(fields=["letter", "place"], name="near_answer_one_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.place}: {self.article_id}"


class SavedLetters(models.Model):
    """How many readers said on one day, before they sent a letter, that this article answers it. A count is all there is."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "saved letters"
        indexes = [models.Index(fields=["day"], name="saved_letters_day")]
        constraints = [
            models.UniqueConstraint(fields=["article", "day"], name="saved_letters_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.day}: {self.count}"
