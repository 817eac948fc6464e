"""The trace: one line for each act of the staff. Lines are added, and nobody changes or deletes one."""

import datetime as dt
from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KEPT = dt.timedelta(days=730)


class Kind(models.TextChoices):
    """What an act was done to."""

    LETTER = "letter", _("Letter")
    ARTICLE = "article", _("Article")
    ANSWER = "answer", _("Answer")
    UPDATE = "update", _("Update")
    PICTURE = "picture", _("Picture")
    COLUMN = "column", _("Column")
    TAG = "tag", _("Tag")
    EXPERT = "expert", _("Expert")
    SNIPPET = "snippet", _("Snippet")
    REPLY = "saved reply", _("Saved reply")
    REDIRECT = "redirect", _("Redirect")
    RED_FLAG = "red flag", _("Red flag")
    PAGE = "page", _("Page")
    PERSON = "person", _("Person")
    PLAN = "plan", _("Plan")
    MEMBER = "membership", _("Membership")
    ISSUE = "issue", _("Issue")
    NEWSLETTER = "newsletter", _("Newsletter")
    SUBSCRIBER = "subscriber", _("Subscriber")
    ADDRESS = "address", _("Address that must not be mailed")
    TERM = "search term", _("Search term")
    SYNONYM = "synonym", _("Synonym")
    PROMOTION = "promoted answer", _("Promoted answer")
    DEMAND = "demand", _("Line of the demand board")
    MAIL = "mail", _("Mail")
    SITE = "site", _("The site")


class OnlyAdded(Exception):
    """The trace is only added to."""


class ActQuerySet(models.QuerySet["Act"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise OnlyAdded

    def delete(self) -> NoReturn:
        raise OnlyAdded


class Act(models.Model):
    """Who did what to what, and when: numbers and words of ours alone, never anything that somebody wrote.

    `person` is the number of an account, and no foreign key: a line stays as it was when an account is erased, and
    then names nobody any more. None: the command line, or nobody who was signed in.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    person = models.PositiveBigIntegerField(null=True, editable=False)
    verb = models.CharField(max_length=30, editable=False)
    kind = models.CharField(max_length=20, editable=False)
    number = models.PositiveBigIntegerField(null=True, editable=False)
    detail = models.CharField(max_length=30, blank=True, editable=False)

    objects = ActQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="trace_at"),
            models.Index(fields=["person", "id"], name="trace_person"),
            models.Index(fields=["verb", "id"], name="trace_verb"),
            models.Index(fields=["kind", "number", "id"], name="trace_object"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.number or ''}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise OnlyAdded
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OnlyAdded
