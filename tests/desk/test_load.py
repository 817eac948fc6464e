"""Who has how much to write, and who was reminded of what."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Answer
from advice.articles.reminding import remind_due
from tests.factories import make_column, make_expert, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def give(expert, *, due=None, file=False):
    article = workflow.draft(by=None, headline="H", column=make_column())
    answer = workflow.assign(article, expert=expert, by=None, due_on=due)
    if file:
        workflow.file_answer(answer, text="x", by=None, version=1)
    return answer


def test_the_load_of_each_expert(at_desk):
    busy, idle, good = (make_expert(make_user("expert")) for _ in range(3))
    late, soon = TODAY() - dt.timedelta(days=2), TODAY() + dt.timedelta(days=2)
    give(busy, due=late)
    give(busy, due=soon)
    give(good, due=soon)
    give(good, file=True)
    old = give(good, file=True)
    Answer.objects.filter(pk=old.pk).update(filed_at=timezone.now() - dt.timedelta(days=40))
    page = at_desk.get("/desk/load/")
    assert [(e.pk, e.open, e.late, e.next_due, e.filed) for e in page.context["experts"]] == [
        (busy.pk, 2, 1, late, 0),
        (good.pk, 1, 0, soon, 1),
        (idle.pk, 0, 0, None, 0),
    ]
    text = assert_valid(page)
    link = f"/desk/articles/?show=assigned&expert={busy.pk}&overdue=on"
    assert link.replace("&", "&amp;") in text
    assert len(at_desk.get(link).context["queue"].rows) == 1


def test_what_was_reminded_of_is_listed_newest_first(at_desk):
    assert "Nobody was reminded yet." in assert_valid(at_desk.get("/desk/load/reminders/"))
    answers = [give(make_expert(make_user("expert")), due=TODAY() - dt.timedelta(days=n)) for n in (3, 5)]
    assert remind_due() == 2
    page = at_desk.get("/desk/load/reminders/")
    assert [one.answer_id for one in page.context["reminders"]] == [answers[0].pk, answers[1].pk]
    assert "Overdue" in assert_valid(page)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("/desk/load/", 6), ("/desk/load/reminders/", 6)])
def test_the_lists_are_flat_in_queries(at_desk, django_assert_num_queries, path, queries, count):
    for _ in range(count):
        give(make_expert(make_user("expert")), due=TODAY() - dt.timedelta(days=4))
    remind_due()
    with django_assert_num_queries(queries):
        at_desk.get(path)


def test_the_lists_are_paged(at_desk):
    for _ in range(21):
        make_expert()
    assert len(at_desk.get("/desk/load/").context["experts"]) == 20
    assert len(at_desk.get("/desk/load/?page=2").context["experts"]) == 1
