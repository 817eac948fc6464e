"""Who has how much to write: the load of each expert, and who was reminded of what."""

import datetime as dt

from django.db.models import Count, IntegerField, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from advice.articles.models import Answer, AnswerStatus, Expert, Reminder, Status
from advice.desk.frame import page
from advice.desk.permissions import for_editors
from advice.desk.queue import overdue
from advice.paging import paged


def _count(answers: "QuerySet[Answer]") -> Coalesce:
    of_one = answers.filter(expert=OuterRef("pk")).order_by().values("expert")
    counted = of_one.annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def experts() -> "QuerySet[Expert]":
    """With what each has to write, what of it is late, and what they filed this month; who has most comes first."""
    to_write = Answer.objects.filter(status=AnswerStatus.ASSIGNED, article__status=Status.DRAFT)
    first = timezone.localdate().replace(day=1)
    month = dt.datetime.combine(first, dt.time(), timezone.get_current_timezone())
    next_due = to_write.filter(expert=OuterRef("pk")).order_by().values("expert")
    return (
        Expert.objects.annotate(
            open=_count(to_write),
            late=_count(overdue()),
            filed=_count(Answer.objects.filter(status=AnswerStatus.FILED, filed_at__gte=month)),
            next_due=Subquery(next_due.annotate(first=Min("due_on")).values("first")),
        )
        .defer("bio", "bio_html")
        .order_by("-open", "-late", "name", "pk")
    )


@for_editors
@require_GET
def load(request: HttpRequest) -> HttpResponse:
    current = paged(request, experts())
    context = {"here": "load", "experts": list(current), "page": current}
    return page(request, "load.html", context, section="board")


@for_editors
@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    sent = Reminder.objects.select_related("answer__article", "answer__expert").defer(
        "answer__text", "answer__html", "answer__article__question", "answer__article__question_html"
    )
    current = paged(request, sent)
    context = {"here": "reminders", "reminders": list(current), "page": current}
    return page(request, "reminders.html", context, section="board")
