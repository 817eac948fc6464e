"""When experts' answers are due, while somebody else is waited for."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import AnswerStatus, Article
from advice.articles.workflow import _locked, _record


@transaction.atomic
def postpone(article: Article, *, since: dt.datetime, by: User | None) -> int:
    """The clock stood still from `since` until now, so what is not filed is due as many days later. Gives how many answers.

    A day that was set meanwhile was set by somebody who knew; only the time after that is added.
    """
    row, today, count = _locked(article), timezone.localdate(), 0
    for answer in row.answers.filter(status=AnswerStatus.ASSIGNED, due_on__isnull=False).select_for_update():
        assert answer.due_on is not None
        days = (today - timezone.localdate(max(since, answer.assigned_at))).days
        if days > 0:
            answer.due_on += dt.timedelta(days=days)
            answer.save(update_fields=["due_on"])
            count += 1
    if count:
        _record(row, "postpone", by=by, before=row.status)
    return count
