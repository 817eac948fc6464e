"""An answer that has its time before a turn, and is committed after it, is in the issue of that turn all the same."""

import datetime as dt

import pytest
import time_machine
from django.template import TemplateSyntaxError

from advice.newsletter import digests, issuing
from advice.newsletter.models import Issue, IssueStatus
from tests.factories import make_issue, make_newsletter
from tests.reading.printed import make_printed

pytestmark = pytest.mark.django_db

TURN = dt.datetime(2026, 5, 6, 7, 0, tzinfo=dt.UTC)
MINUTE, SECOND = dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.fixture
def clock():
    with time_machine.travel(TURN, tick=False) as traveller:
        yield traveller


def held():
    return [[item.headline for item in issue.items.all()] for issue in Issue.objects.order_by("pk")]


@pytest.mark.parametrize("rhythm", ["daily", "weekly"])
def test_a_turn_is_taken_a_minute_after_it(clock, rhythm):
    make_newsletter(rhythm=rhythm, hour=7, weekday=2)
    make_printed(headline="Sooner", published_at=TURN - 60 * MINUTE)
    for _ in range(2):
        assert digests.make_due() == 0
        clock.shift(59 * SECOND)
    make_printed(headline="Committed late", published_at=TURN - SECOND)
    make_printed(headline="After the turn", published_at=TURN + SECOND)
    clock.move_to(TURN + MINUTE)
    assert digests.make_due() == 1
    assert held() == [["Committed late", "Sooner"]]


def test_each_answer_is_told_a_minute_after_it_came_out(clock):
    make_newsletter(rhythm="each")
    make_printed(headline="Seen at once", published_at=TURN)
    assert digests.make_due() == 0
    clock.shift(50 * SECOND)
    make_printed(headline="Committed late", published_at=TURN - SECOND)
    clock.shift(10 * SECOND)
    assert digests.make_due() == 1
    assert held() == [["Seen at once", "Committed late"]]


# -- one that is broken -----------------------------------------------------------------------------------------------


def test_a_newsletter_of_which_no_issue_can_be_made_holds_up_no_other(clock, monkeypatch, caplog):
    broken, fine = make_newsletter(rhythm="daily"), make_newsletter(rhythm="daily")
    make_printed(published_at=TURN - 60 * MINUTE)
    clock.shift(MINUTE)
    store = digests._store

    def breaks(issue, *arguments):
        if issue.newsletter == broken:
            raise KeyError("Canaryword")
        return store(issue, *arguments)

    monkeypatch.setattr(digests, "_store", breaks)
    with pytest.raises(KeyError):
        digests.make_due()
    assert [issue.newsletter for issue in Issue.objects.all()] == [fine]
    said = f"Due work, daily issue of newsletter {broken.pk}: failed (KeyError)."
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [said]


def test_an_issue_that_cannot_be_let_go_holds_up_no_other_and_says_so(clock, monkeypatch):
    broken, fine = (issuing.schedule(make_issue()) for _ in range(2))
    freeze = issuing._freeze

    def breaks(issue):
        if issue == broken:
            raise TemplateSyntaxError("Canaryword")
        freeze(issue)

    monkeypatch.setattr(issuing, "_freeze", breaks)
    clock.move_to(broken.leaves_at)
    with pytest.raises(TemplateSyntaxError):
        issuing.let_go_due()
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.status, fine.status) == (IssueStatus.SCHEDULED, IssueStatus.SENDING)
    assert (
        broken.trouble
        == "Something of this site is broken (TemplateSyntaxError). It is tried again by itself."
    )
    monkeypatch.undo()
    assert issuing.let_go_due() == 1
    broken.refresh_from_db()
    assert (broken.trouble, broken.trouble_since) == ("", None)
