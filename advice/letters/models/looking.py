"""Who looked at a writer's address."""

from typing import Any, NoReturn, Self

from django.db import models
from django.utils import timezone

from advice.accounts.models import User


class LookIsKept(TypeError):
    """What was written down of a look is neither changed nor deleted."""


class AddressLookQuerySet(models.QuerySet["AddressLook"]):
    def newest_first(self) -> Self:
        return self.select_related("by").order_by("-id")

    def update(self, **kwargs: Any) -> NoReturn:
        raise LookIsKept("A look stays as it was written down.")

    def delete(self) -> NoReturn:
        raise LookIsKept("A look stays as it was written down.")


class AddressLook(models.Model):
    """One look. It names the letter by its case number and not by a key, so that it outlives the letter's erasure; the
    database itself refuses to change a row (see the migrations)."""

    case_number = models.CharField(max_length=14, db_index=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = AddressLookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.case_number} {self.at:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LookIsKept("A look stays as it was written down.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LookIsKept("A look stays as it was written down.")
