"""What editors decided about the check before publishing."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models.pieces import Article


class Waiver(models.Model):
    """That a point is left open on purpose, with the reason. It holds only for what it was given for (checking.py)."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="waivers")
    point = models.CharField(max_length=20)
    of = models.CharField(
        max_length=64, blank=True, help_text="A digest of what it was given for; empty: the point itself."
    )
    reason = models.TextField(max_length=500)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["article", "point", "of"], name="waiver_once_for_a_thing"),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.article_id}"


class AllowedName(models.Model):
    """A name that may stand in print: a public figure, a race, a brand. The check does not ask about it."""

    name = models.CharField(max_length=120, unique=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="allowed_name_is_one")]

    def __str__(self) -> str:
        return self.name
