"""Issues that make themselves: what is new, when, for whom, once; whatever clocks and runners do."""

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from advice.articles import workflow as articles
from advice.articles.models import Article
from advice.newsletter import digests, issuing
from advice.newsletter.models import Delivery, Issue, IssueStatus, Newsletter, Subscriber
from advice.newsletter.rendering import Renderer
from advice.operations.due import run_due
from tests import factories
from tests.factories import (
    make_column,
    make_published,
    make_reader,
    make_readers,
    make_tag,
    make_user,
)
from tests.newsletter.mailing import send
from tests.reading.printed import make_printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

NOON = dt.datetime(2026, 5, 6, 12, 0, tzinfo=dt.UTC)  # a Wednesday
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def make_newsletter(**fields) -> Newsletter:
    """Its turn comes at noon."""
    return factories.make_newsletter(**{"hour": 12, **fields})


def new(headline: str, *, ago: dt.timedelta = HOUR, **fields) -> Article:
    return make_printed(headline=headline, published_at=timezone.now() - ago, **fields)


def held(issue: Issue) -> list[str]:
    return [item.headline for item in issue.items.all()]


def made(**filters) -> list[list[str]]:
    return [held(issue) for issue in Issue.objects.filter(kind="digest", **filters).order_by("number")]


# -- what is new ----------------------------------------------------------------------------------------------------


def test_with_nothing_new_there_is_no_issue():
    make_reader(make_newsletter(rhythm="daily"))
    make_reader(make_newsletter(rhythm="each"))
    assert digests.make_due() == 0


def test_an_issue_leaves_by_itself_and_is_sent(sink, clock):
    newsletter = make_newsletter(rhythm="daily")
    reader = make_reader(newsletter)
    new("Out at dawn", ago=6 * HOUR)
    done = run_due()
    assert {name: done.get(name) for name in ("digests made", "copies made", "copies sent", "issues sent")} == {
        "digests made": 1, "copies made": 1, "copies sent": 1, "issues sent": 1,
    }  # fmt: skip
    assert sink.addresses == [reader.email]
    issue = Issue.objects.get()
    assert (issue.status, issue.number, issue.left_at) == (IssueStatus.SENT, 1, NOON)
    assert "digests made" not in run_due()


@pytest.mark.parametrize(
    ("rhythm", "weekday", "turns"),
    [
        ("each", 6, [["Later"], ["Sooner"]]),
        ("daily", 6, [["Sooner"], ["Later"]]),
        ("weekly", 4, [["Later", "Sooner"]]),
    ],
)
def test_each_rhythm_has_its_turns(clock, rhythm, weekday, turns):
    make_newsletter(rhythm=rhythm, weekday=weekday)
    digests.make_due()
    new("Sooner", ago=6 * HOUR)
    if rhythm == "each":
        new("Later", ago=-HOUR)
    for hour in range(49):
        if hour == 20:
            new("Later") if rhythm != "each" else None
        digests.make_due()
        clock.shift(HOUR)
    assert sorted(made()) == sorted(turns)


def test_the_newest_answers_come_first(clock):
    newsletter = make_newsletter(rhythm="weekly", weekday=2)
    for number in range(3):
        new(f"Answer {number}", ago=(number + 6) * HOUR)
    digests.make_due()
    assert made() == [["Answer 0", "Answer 1", "Answer 2"]]
    issue = Issue.objects.get(newsletter=newsletter)
    assert issue.subject == "Answer 0, and 2 more answers"
    assert issue.preheader == "Answer 1"


def test_the_newsletter_of_a_column_has_only_its_column():
    column = make_column()
    make_newsletter(rhythm="daily", column=column)
    new("Its own", ago=6 * HOUR, column=column)
    new("Another’s", ago=6 * HOUR)
    digests.make_due()
    assert made() == [["Its own"]]


def test_a_newsletter_that_makes_no_issues_of_its_own_has_none():
    make_newsletter(rhythm="daily", makes_itself=False)
    new("New", ago=6 * HOUR)
    assert digests.make_due() == 0


def test_what_was_brought_here_with_an_old_date_or_none_is_not_new(clock):
    make_newsletter(rhythm="daily")
    new("First", ago=6 * HOUR)
    digests.make_due()
    clock.shift(DAY)
    new("Of last year", ago=400 * DAY)
    new("Of before the last issue", ago=2 * DAY)
    new("Without a date", ago=6 * HOUR, undated=True)
    assert digests.make_due() == 0


def test_what_was_taken_back_and_comes_again_is_not_new(clock):
    make_newsletter(rhythm="daily")
    by = make_user()
    article, other = make_published(), make_published()
    clock.shift(DAY)
    digests.make_due()
    assert len(made()) == 1
    for one, at in ((article, None), (other, timezone.now() + HOUR)):
        articles.unpublish(one, by=by)
        articles.publish(one, by=by, at=at)
    clock.shift(DAY)
    assert Article.objects.published().count() == 2
    assert digests.make_due() == 0


def test_a_scheduled_answer_is_in_the_first_issue_after_its_time(clock):
    make_newsletter(rhythm="daily", hour=7)
    clock.move_to(NOON.replace(hour=6))
    make_published(headline="On time", at=NOON.replace(hour=7))
    make_published(headline="Too late", at=NOON.replace(hour=7, minute=1))
    clock.move_to(NOON.replace(hour=6, minute=59))
    assert digests.make_due() == 0
    clock.move_to(NOON.replace(hour=7, minute=30))
    assert digests.make_due() == 1
    clock.shift(DAY)
    assert digests.make_due() == 1
    assert made() == [["On time"], ["Too late"]]


def test_a_newsletter_that_nobody_gets_still_has_its_issue_in_the_archive(client):
    newsletter = make_newsletter(rhythm="daily")
    new("For nobody", ago=6 * HOUR)
    run_due()
    assert made() == [["For nobody"]]
    assert "For nobody" in client.get(newsletter.get_absolute_url()).content.decode()


def test_a_rhythm_that_nobody_chose_has_no_issue():
    newsletter = make_newsletter(rhythm="weekly", weekday=3)
    new("New", ago=6 * HOUR)
    assert digests.make_due() == 0
    make_reader(newsletter, rhythm="daily")
    assert digests.make_due() == 1
    assert Issue.objects.get().rhythm == "daily"
    assert not Issue.objects.archived().exists()


def test_a_reader_who_changes_their_rhythm_gets_nothing_twice(sink, clock):
    newsletter = make_newsletter(rhythm="daily", weekday=4)
    reader = make_reader(newsletter)
    new("Wednesday’s", ago=6 * HOUR)
    got = []
    for day in range(1, 5):
        digests.make_due()
        got += [copy.mail["Subject"] for copy in send(sink)]
        if day == 1:
            Subscriber.objects.filter(pk=reader.pk).update(rhythm="weekly")
        clock.shift(DAY)
        new(f"Day {day}", ago=6 * HOUR)
    assert got == ["Wednesday’s", "Day 2, and 1 more answer"]


# -- once -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rhythm", ["daily", "each"])
def test_two_runners_at_once_make_one_issue(rhythm):
    make_newsletter(rhythm=rhythm)
    new("Once", ago=6 * HOUR)
    ready, counts = threading.Barrier(4), []

    def run() -> None:
        try:
            ready.wait()
            counts.append(digests.make_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 1]
    assert made() == [["Once"]]


def test_each_answer_is_told_once_however_soon_they_follow(clock):
    make_newsletter(rhythm="each")
    for number in range(4):
        new(f"Answer {number}", ago=dt.timedelta())
        digests.make_due()
        digests.make_due()
        clock.shift(1)
    assert made() == [["Answer 0"], ["Answer 1"], ["Answer 2"], ["Answer 3"]]


def test_what_is_seen_late_is_told_all_the_same(clock):
    """Its transaction ended after the issue was made that came out after it."""
    make_newsletter(rhythm="each")
    new("Seen", ago=dt.timedelta(seconds=2))
    digests.make_due()
    new("Seen late", ago=dt.timedelta(seconds=1))
    digests.make_due()
    assert made() == [["Seen"], ["Seen late"]]


def test_a_runner_that_was_down_for_days_catches_up_once(clock):
    make_newsletter(rhythm="daily")
    new("Before", ago=6 * HOUR)
    digests.make_due()
    for day in range(1, 6):
        clock.shift(DAY)
        new(f"Day {day}", ago=6 * HOUR)
    assert digests.make_due() == 1
    assert digests.make_due() == 0
    assert made() == [["Before"], ["Day 5", "Day 4", "Day 3", "Day 2", "Day 1"]]


def test_a_new_newsletter_does_not_begin_with_the_whole_archive():
    for days in range(1, 30):
        new(f"{days} days ago", ago=days * DAY)
    make_newsletter(rhythm="daily", hour=12)
    digests.make_due()
    assert made() == [["1 days ago"]]


@pytest.mark.parametrize("rhythm", ["daily", "weekly"])
@pytest.mark.parametrize(("minutes", "count"), [(0, 1), (60, 1), (61, 0), (1_400, 0)])
def test_a_first_issue_is_for_a_turn_that_has_just_come(clock, rhythm, minutes, count):
    newsletter = make_newsletter(rhythm=rhythm, weekday=2)
    new("New")
    clock.shift(dt.timedelta(minutes=minutes))
    assert digests.make_due() == count
    assert digests.make_first(newsletter) == 1 - count
    assert made() == [["New"]]


def test_who_chooses_a_rhythm_gets_nothing_at_once_and_misses_nothing(sink, clock):
    newsletter = make_newsletter(rhythm="weekly", weekday=2)
    reader = make_reader(newsletter)
    new("Of the week")
    digests.make_due()
    assert [copy.mail["Subject"] for copy in send(sink)] == ["Of the week"]
    clock.shift(2 * DAY - 2 * HOUR)
    new("Of yesterday", ago=DAY)
    Subscriber.objects.filter(pk=reader.pk).update(rhythm="daily")
    for _ in range(3):
        clock.shift(60)
        assert digests.make_due() == 0
    clock.shift(2 * HOUR)
    digests.make_due()
    assert [copy.mail["Subject"] for copy in send(sink)] == ["Of yesterday"]


# -- clocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25)])
@pytest.mark.parametrize("hour", [2, 7])
def test_a_day_in_which_the_clocks_change_has_one_turn(settings, clock, month, day, hours, hour):
    berlin = ZoneInfo("Europe/Berlin")
    with timezone.override(berlin):
        make_newsletter(rhythm="daily", hour=hour)
        start = dt.datetime(2026, month, day, tzinfo=berlin).astimezone(dt.UTC)
        left = []
        for minutes in range(-60, hours * 60, 20):
            clock.move_to(start + dt.timedelta(minutes=minutes))
            new(f"At {minutes}", ago=dt.timedelta(minutes=1))
            if digests.make_due():
                left.append(timezone.localtime())
    assert len(left) == 1
    expected = 3 if hour == 2 and month == 3 else hour
    assert (left[0].day, left[0].hour, left[0].minute) == (day, expected, 0)


def test_a_clock_that_jumps_ahead_and_back_neither_doubles_nor_silences(sink, clock):
    newsletter = make_newsletter(rhythm="daily")
    make_reader(newsletter)
    got = []

    def turn() -> None:
        digests.make_due()
        got.extend(copy.mail["Subject"] for copy in send(sink))

    new("Today’s", ago=6 * HOUR)
    turn()
    clock.move_to(NOON + 300 * DAY)
    new("In a time to come", ago=6 * HOUR)
    turn()
    clock.move_to(NOON + HOUR)
    turn()
    clock.move_to(NOON + DAY)
    new("Tomorrow’s", ago=6 * HOUR)
    turn()
    assert got == ["Today’s", "In a time to come", "Tomorrow’s"]


# -- what was withdrawn ---------------------------------------------------------------------------------------------


def withdraw(article: Article, how: str) -> None:
    by = make_user()
    if how == "unpublish":
        articles.unpublish(article, by=by)
    elif how == "retract":
        articles.retract(article, reason="Wrong.", by=by)
    elif how == "delete":
        articles.delete(article, by=by)
    else:
        articles.correct(article, kind="clarification", text="Clear.", by=by, is_privacy=True)


WAYS = ["unpublish", "retract", "delete", "privacy"]


@pytest.mark.parametrize("how", WAYS)
def test_what_was_withdrawn_is_gone_from_copies_archive_and_database(sink, clock, client, how):
    newsletter = make_newsletter(rhythm="daily")
    make_readers(newsletter, 3)
    fine = new("Fine", ago=7 * HOUR, dek="All is well.")
    gone = new("Secretcanary", ago=6 * HOUR, dek="Dekcanary", question="Questioncanary")
    digests.make_due()
    issue = Issue.objects.get()
    assert issue.subject == "Secretcanary, and 1 more answer"
    clock.shift(60)
    withdraw(gone, how)
    for page in (newsletter.get_absolute_url(), issue.get_absolute_url()):
        shown = client.get(page).content.decode()
        assert "canary" not in shown
        assert "Fine" in shown
    copies = send(sink)
    assert len(copies) == 3
    assert {copy.mail["Subject"] for copy in copies} == {"Fine"}
    assert all(b"canary" not in copy.raw for copy in copies)
    issuing.forget_withdrawn()
    issue.refresh_from_db()
    assert (issue.subject, issue.preheader) == ("Fine", "All is well.")
    if how == "unpublish":
        clock.shift(7 * DAY)
        issuing.forget_withdrawn()
    rows = [list(item.__dict__.values()) for item in issue.items.all()]
    assert "canary" not in repr(rows)
    assert issue.items.get(article=fine).dek == "All is well."
    assert issuing.forget_withdrawn() == 0


def test_copies_under_way_leave_out_what_is_withdrawn_within_seconds(sink, clock):
    newsletter = make_newsletter(rhythm="daily")
    readers = make_readers(newsletter, 2)
    gone = new("Secretcanary", ago=6 * HOUR)
    new("Fine", ago=7 * HOUR)
    digests.make_due()
    renderer = Renderer(Issue.objects.get())

    def subject_for(reader: Subscriber) -> str:
        copy = Delivery(pk=reader.pk, issue=renderer.issue, subscriber=reader)
        mail = renderer.mail_for(copy, reader, topics=set(), now=timezone.now())
        assert mail is not None
        return str(mail.message()["Subject"])

    assert subject_for(readers[0]) == "Secretcanary, and 1 more answer"
    withdraw(gone, "unpublish")
    clock.shift(3)
    assert subject_for(readers[1]) == "Fine"


def test_an_issue_of_which_everything_was_withdrawn_is_sent_to_nobody(sink):
    newsletter = make_newsletter(rhythm="daily")
    make_readers(newsletter, 2)
    gone = new("Secretcanary", ago=6 * HOUR)
    digests.make_due()
    withdraw(gone, "unpublish")
    assert send(sink) == []
    issuing.finish_due()
    issuing.forget_withdrawn()
    issue = Issue.objects.get()
    assert (issue.status, issue.subject) == (IssueStatus.SENT, newsletter.name)


@pytest.mark.parametrize("days", [0, 6])
def test_what_was_unpublished_for_a_while_comes_back_as_it_was_mailed(client, clock, days):
    make_newsletter(rhythm="daily")
    article = new("As it was", ago=6 * HOUR, tags=(make_tag(),))
    digests.make_due()
    by = make_user()
    articles.unpublish(article, by=by)
    clock.shift(days * DAY + HOUR)
    issuing.forget_withdrawn()
    page = Issue.objects.get().get_absolute_url()
    assert "As it was" not in client.get(page).content.decode()
    articles.publish(Article.objects.get(pk=article.pk), by=by)
    issuing.forget_withdrawn()
    assert Issue.objects.get().subject == "As it was"
    assert "As it was" in client.get(page).content.decode()


@pytest.mark.parametrize("taken", ["by nobody", "emptied", "retracted later", "privacy"])
def test_what_was_unpublished_for_good_is_forgotten_at_once(taken):
    make_newsletter(rhythm="daily")
    article = new("Secretcanary", ago=6 * HOUR, tags=(make_tag(),))
    digests.make_due()
    by = make_user()
    articles.unpublish(article, by=None if taken == "by nobody" else by)
    if taken == "emptied":
        articles.empty(Article.objects.get(pk=article.pk), by=None)
    elif taken != "by nobody":
        articles.publish(Article.objects.get(pk=article.pk), by=by)
        withdraw(Article.objects.get(pk=article.pk), "retract" if "retracted" in taken else "privacy")
    issuing.forget_withdrawn()
    assert [item.headline for item in Issue.objects.get().items.all()] == [""]


def test_what_was_forgotten_stays_forgotten_when_the_article_comes_back(client, clock):
    make_newsletter(rhythm="daily")
    article = make_published(headline="Secretcanary")
    Article.objects.filter(pk=article.pk).update(published_at=NOON - 6 * HOUR)
    digests.make_due()
    by = make_user()
    articles.unpublish(article, by=by)
    clock.shift(7 * DAY)
    issuing.forget_withdrawn()
    articles.publish(Article.objects.get(pk=article.pk), by=by)
    issue = Issue.objects.get()
    assert [item.headline for item in issue.items.all()] == [""]
    assert "Secretcanary" not in client.get(issue.get_absolute_url()).content.decode()


def test_an_edit_after_it_left_changes_neither_copies_nor_archive(sink, client, clock):
    newsletter = make_newsletter(rhythm="daily")
    make_reader(newsletter)
    article = new("As it was", ago=6 * HOUR)
    digests.make_due()
    clock.shift(60)
    articles.edit(article, by=make_user(), version=article.version, headline="As it is", dek="Another dek.")
    issuing.forget_withdrawn()
    (copy,) = send(sink)
    page = client.get(Issue.objects.get().get_absolute_url()).content.decode()
    for shown in (copy.text, copy.html, page):
        assert "As it was" in shown
        assert "Another dek." not in shown
