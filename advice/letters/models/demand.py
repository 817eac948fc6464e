"""What the demand board is made of, and what an editor decided there: numbers of letters and searches, none of their words."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from advice.accounts.models import User
from advice.articles.models import Article
from advice.letters.models.letter import Letter
from advice.search.models import Term


class Likened(models.Model):
    """That a letter was compared with the others that wait (likening.py). One without a row is still to be compared."""

    letter = models.OneToOneField(Letter, primary_key=True, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.letter_id}"


class Likeness(models.Model):
    """Two letters that seem to ask the same."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(help_text="How near they are: 1 is the same.")

    class Meta:
        verbose_name_plural = "likenesses"
        constraints = [
            models.UniqueConstraint(fields=["letter", "other"], name="likeness_once"),
            models.CheckConstraint(condition=Q(letter__lt=F("other")), name="likeness_one_way"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.other_id}"


class Commission(models.Model):
    """The article that was begun for a search that found nothing: while there is one, nobody needs to begin another."""

    term = models.OneToOneField(Term, on_delete=models.CASCADE, related_name="+")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.term_id}: {self.article_id}"


class PutOff(models.Model):
    """An editor's “not now”: until a day the board leaves out this letter, this search or this announced question."""

    letter = models.OneToOneField(Letter, null=True, on_delete=models.CASCADE, related_name="+")
    term = models.OneToOneField(Term, null=True, on_delete=models.CASCADE, related_name="+")
    article = models.OneToOneField(Article, null=True, on_delete=models.CASCADE, related_name="+")
    until = models.DateField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(letter__isnull=False, term=None, article=None)
                | Q(letter=None, term__isnull=False, article=None)
                | Q(letter=None, term=None, article__isnull=False),
                name="put_off_one",
            )
        ]

    def __str__(self) -> str:
        what: Any = self.letter_id or self.term_id or self.article_id
        return f"{what} until {self.until}"
