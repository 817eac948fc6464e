"""What the runner remembers: which daily and weekly jobs have had their turn."""

from django.db import models
from django.utils import timezone


class Run(models.Model):
    """One turn of a job that is due once a slot (a day, a week). Unique, so two runners do it once."""

    job = models.CharField(max_length=40)
    slot = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="run_once_a_slot")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot}"
