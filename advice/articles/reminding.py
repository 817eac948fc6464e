"""Experts are reminded by mail of what they owe: once before it is due, once when it is late."""

import datetime as dt
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from advice.articles.models import Answer, AnswerStatus, Reminder, ReminderKind, Status
from advice.articles.workflow import _mail_expert, _record

BEFORE = dt.timedelta(days=1)
LATE_AFTER = dt.timedelta(days=3)


def remind_due(*, now: dt.datetime | None = None, waiting: Collection[int] = ()) -> int:
    """Mail each expert once of each answer that is due tomorrow, and once more when it is late by some days.

    `waiting` are the keys of articles that somebody else is waited for: of them nothing is late. Gives how many were mailed.
    """
    today = timezone.localdate(now or timezone.now())
    reminded = 0
    for kind, answers in (
        (ReminderKind.DUE, _to_come(today)),
        (ReminderKind.LATE, _late(today)),
    ):
        for pk in list(_unreminded(kind, answers.exclude(article__in=waiting)).values_list("pk", flat=True)):
            reminded += _remind(pk, kind)
    return reminded


def _owed() -> "QuerySet[Answer]":
    """By experts who sign in: nobody else could be mailed a link to the desk."""
    return Answer.objects.filter(
        status=AnswerStatus.ASSIGNED, article__status=Status.DRAFT, expert__user__is_active=True
    )


def _to_come(today: dt.date) -> "QuerySet[Answer]":
    # Who was given it today has just been told the day.
    begin = dt.datetime.combine(today, dt.time(), timezone.get_current_timezone())
    return _owed().filter(due_on__range=(today, today + BEFORE), assigned_at__lt=begin)


def _late(today: dt.date) -> "QuerySet[Answer]":
    return _owed().filter(due_on__lte=today - LATE_AFTER)


def _unreminded(kind: str, answers: "QuerySet[Answer]") -> "QuerySet[Answer]":
    sent = Reminder.objects.filter(answer=OuterRef("pk"), kind=kind, due_on=OuterRef("due_on"))
    return answers.filter(~Exists(sent)).order_by("due_on", "pk")


def _remind(pk: int, kind: ReminderKind) -> bool:
    try:
        with transaction.atomic():
            answer = Answer.objects.select_related("article__column", "expert__user").get(pk=pk)
            if answer.status != AnswerStatus.ASSIGNED or answer.due_on is None or answer.expert is None:
                return False  # filed in this moment
            Reminder.objects.create(answer=answer, kind=kind, due_on=answer.due_on)
            _record(answer.article, "remind", by=None, before=answer.article.status, note=answer.expert.name)
            _mail_expert("reminder", answer, by=None)
    except (IntegrityError, Answer.DoesNotExist):
        return False  # another runner was first, or it was taken away
    return True
