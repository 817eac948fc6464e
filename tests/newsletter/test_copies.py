"""Who gets an issue: each of its readers one copy, whoever crashes, and however many make them."""

import datetime as dt
import threading

import pytest
from django.db import connection

from advice.newsletter import copies, issuing, records, workflow
from advice.newsletter.models import Delivery, Issue, IssueStatus, Subscriber
from tests.factories import make_issue, make_newsletter, make_reader, make_readers

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_portions(monkeypatch):
    monkeypatch.setattr(copies, "PORTION", 3)


@pytest.fixture
def newsletter():
    return make_newsletter()


def leave(newsletter):
    """An issue that has left, and has no copies yet."""
    issue = issuing.schedule(make_issue(newsletter))
    issuing.let_go_due(now=issue.leaves_at)
    return Issue.objects.get(pk=issue.pk)


def owners(issue):
    return sorted(issue.deliveries.values_list("subscriber", flat=True))


def pks(readers):
    return sorted(reader.pk for reader in readers)


def stop_after(portions):
    """To be asked before each portion."""
    asked = iter([False] * portions)
    return lambda: next(asked, True)


def test_each_reader_of_the_newsletter_gets_one_copy(newsletter):
    readers = make_readers(newsletter, 3)
    make_readers(make_newsletter(), 2)
    issue = leave(newsletter)
    assert copies.make_due() == 3
    assert owners(issue) == pks(readers)
    assert copies.make_due() == 0
    issue.refresh_from_db()
    assert issue.copied_at is not None


def test_who_must_not_be_mailed_today_gets_none(newsletter):
    today = dt.datetime.now(dt.UTC).date()
    awake = make_reader(newsletter, paused_until=today)
    make_reader(newsletter, paused_until=today + dt.timedelta(days=1))
    workflow.leave(make_reader(newsletter))
    workflow.suppress(make_reader(newsletter), because="asked")
    workflow.subscribe(email="pending@example.org", newsletters=[newsletter])
    issue = leave(newsletter)
    assert copies.make_due() == 1
    assert owners(issue) == [awake.pk]


def test_an_issue_without_readers_is_sent_at_once(newsletter):
    issue = leave(newsletter)
    assert copies.make_due() == 0
    assert issuing.finish_due() == 1
    issue.refresh_from_db()
    assert issue.status == IssueStatus.SENT


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_portions_of_three_make_one_copy_each(newsletter, small_portions, count):
    readers = make_readers(newsletter, count)
    issue = leave(newsletter)
    assert copies.make_due() == count
    assert owners(issue) == pks(readers)
    issue.refresh_from_db()
    assert issue.copied_at is not None


def test_an_issue_is_not_finished_while_readers_wait_for_their_copy(newsletter, small_portions):
    make_readers(newsletter, 5)
    issue = leave(newsletter)
    assert copies.make_due(stop=stop_after(1)) == 3
    issue.deliveries.update(state="sent")
    assert issuing.finish_due() == 0
    assert copies.make_due() == 2


def test_what_was_stopped_between_two_portions_goes_on_where_it_was(newsletter, small_portions):
    readers = make_readers(newsletter, 8)
    issue = leave(newsletter)
    assert copies.make_due(stop=stop_after(2)) == 6
    issue.refresh_from_db()
    assert issue.copied_at is None
    assert copies.make_due() == 2
    assert owners(issue) == pks(readers)


def test_a_crash_within_a_portion_makes_nothing_of_it(newsletter, small_portions, monkeypatch):
    readers = make_readers(newsletter, 5)
    issue = leave(newsletter)
    copies.make_due(stop=stop_after(1))
    whole = copies._make

    def dies(*arguments):
        whole(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(copies, "_make", dies)
    with pytest.raises(KeyboardInterrupt):
        copies.make_due()
    assert issue.deliveries.count() == 3
    monkeypatch.setattr(copies, "_make", whole)
    assert copies.make_due() == 2
    assert owners(issue) == pks(readers)


def test_who_subscribes_while_copies_are_made_gets_one(newsletter, small_portions):
    readers = make_readers(newsletter, 4)
    issue = leave(newsletter)
    copies.make_due(stop=stop_after(1))
    late = make_reader(newsletter)
    copies.make_due()
    assert owners(issue) == pks([*readers, late])


def test_who_subscribes_after_all_copies_were_made_waits_for_the_next_issue(newsletter):
    readers = make_readers(newsletter, 2)
    issue = leave(newsletter)
    copies.make_due()
    make_reader(newsletter)
    assert copies.make_due() == 0
    assert owners(issue) == pks(readers)


@pytest.mark.parametrize("stop", [workflow.leave, records.erase], ids=["leaves", "is erased"])
@pytest.mark.parametrize("which", [0, 4], ids=["with a copy", "without"])
def test_who_goes_while_copies_are_made_gets_none(newsletter, small_portions, stop, which):
    readers = make_readers(newsletter, 5)
    issue = leave(newsletter)
    copies.make_due(stop=stop_after(1))
    stop(readers.pop(which))
    copies.make_due()
    assert owners(issue) == pks(readers)


@pytest.mark.parametrize("move", [issuing.pause, issuing.cancel])
def test_no_copies_are_made_of_what_is_paused_or_cancelled(newsletter, small_portions, move):
    make_readers(newsletter, 5)
    issue = leave(newsletter)
    copies.make_due(stop=stop_after(1))
    move(issue)
    assert copies.make_due() == 0


def test_a_paused_issue_has_the_rest_of_its_copies_made_when_it_goes_on(newsletter, small_portions):
    readers = make_readers(newsletter, 5)
    issue = leave(newsletter)
    copies.make_due(stop=stop_after(1))
    issuing.pause(issue)
    issuing.resume(issue)
    assert copies.make_due() == 2
    assert owners(issue) == pks(readers)


def test_a_portion_costs_the_same_queries_for_one_reader_and_for_many(newsletter, django_assert_num_queries):
    for count in (1, 30):
        newsletter = make_newsletter()
        make_readers(newsletter, count)
        leave(newsletter)
        # The issues; a savepoint, the lock, the readers, their copies (in a savepoint of their own), where it stands;
        # then whether more are to be made.
        with django_assert_num_queries(10):
            assert copies.make_due() == count


@pytest.mark.django_db(transaction=True)
def test_two_runners_at_once_make_each_copy_once(small_portions):
    newsletter = make_newsletter()
    readers = make_readers(newsletter, 20)
    issue = leave(newsletter)
    ready, made = threading.Barrier(2), []

    def run():
        ready.wait()
        try:
            made.append(copies.make_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 20
    assert owners(issue) == pks(readers)
    assert Delivery.objects.count() == 20
    assert Subscriber.objects.count() == 20
