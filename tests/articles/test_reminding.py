"""Experts are reminded once before an answer is due and once when it is late, and never of what they do not owe."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Answer, Reminder
from advice.articles.reminding import remind_due
from advice.letters import asking
from advice.mail.models import Message
from advice.operations.due import run_due
from tests.factories import make_column, make_draft, make_expert, make_letter, make_user

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 5, 20)


def at(days, hour=9):
    """So many days after the answer was due."""
    day = DUE + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(hour), timezone.get_current_timezone())


def owed(expert=None, *, article=None, due_on=DUE) -> Answer:
    article = article or workflow.draft(by=None, headline="Secret headline", column=make_column())
    answer = workflow.assign(
        article, expert=expert or make_expert(make_user("expert")), by=None, due_on=due_on
    )
    Answer.objects.filter(pk=answer.pk).update(assigned_at=at(-10))
    Message.objects.all().delete()
    return answer


def mailed():
    return Message.objects.filter(kind="reminder").count()


def test_once_before_and_once_late_however_often_it_runs():
    answer = owed()
    counts = [(day, remind_due(now=at(day)), remind_due(now=at(day))) for day in range(-3, 6)]
    assert [entry for entry in counts if entry[1]] == [(-1, 1, 0), (3, 1, 0)]
    assert [entry[2] for entry in counts] == [0] * 9
    assert list(Reminder.objects.order_by("pk").values_list("answer", "kind", "due_on")) == [
        (answer.pk, "due", DUE),
        (answer.pk, "late", DUE),
    ]
    assert [event.verb for event in answer.article.events.order_by("pk")][-2:] == ["remind", "remind"]
    assert mailed() == 2


def test_the_mail_holds_no_word_of_the_letter():
    answer = owed()
    remind_due(now=at(-1))
    message = Message.objects.get(kind="reminder").content
    assert message["to"] == answer.expert.user.email
    assert answer.article.column.name in message["text"]
    assert "20 May 2026" in message["text"]
    assert f"/desk/articles/{answer.article_id}/" in message["text"]
    assert "Secret" not in str(message)


def test_a_new_day_is_reminded_of_anew():
    answer = owed()
    remind_due(now=at(-1))
    Answer.objects.filter(pk=answer.pk).update(due_on=DUE + dt.timedelta(days=7))
    assert [remind_due(now=at(day)) for day in range(7)] == [0, 0, 0, 0, 0, 0, 1]


def test_nobody_is_reminded_of_what_they_do_not_owe():
    filed, gone, in_review, nameless = owed(), owed(), owed(), owed(make_expert())
    workflow.file_answer(filed, text="It passes.", by=None, version=1)
    gone.expert.user.is_active = False
    gone.expert.user.save()
    workflow.file_answer(in_review, text="It passes.", by=None, version=1)
    owed(due_on=None)
    today = owed()
    Answer.objects.filter(pk=today.pk).update(assigned_at=at(-1, hour=1))  # told the day an hour ago
    assert remind_due(now=at(-1)) == 0
    assert remind_due(now=at(0)) == 1
    assert nameless.pk not in Reminder.objects.values_list("answer", flat=True)


def test_nobody_is_late_while_the_letters_writer_is_waited_for():
    by, letter = make_user(), make_letter()
    article = make_draft(letter, by=by)
    owed(article=article)
    asking.ask_back(letter, text="Since when?", by=by)
    run_due(now=at(3))
    assert mailed() == 0
    asking.go_on(letter, by=by)
    Answer.objects.filter(article=article, status="assigned").update(due_on=DUE)
    assert run_due(now=at(4, hour=6)).get("experts reminded") is None  # not before seven
    assert run_due(now=at(4))["experts reminded"] == 1
    assert run_due(now=at(4)).get("experts reminded") is None
