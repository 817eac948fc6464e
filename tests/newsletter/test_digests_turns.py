"""Whatever an editor sets, and whenever: no answer is mailed twice to anybody, and none falls between two issues."""

import datetime as dt
import email
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from advice.newsletter import copies, delivering, digests, issuing
from advice.newsletter.models import Issue, Newsletter, Rhythm, Subscriber, Subscription, Weekday
from tests.factories import make_newsletter, make_published, make_reader
from tests.mail.sink import Sink, mail_to, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

SUNDAY = dt.datetime(2026, 5, 3, 7, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FRIDAY = SUNDAY - 2 * DAY - 7 * HOUR  # at midnight


@pytest.fixture
def clock():
    with time_machine.travel(FRIDAY + HOUR, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def first_within(monkeypatch):
    """The worker comes every third hour here, so a first issue has as long."""
    monkeypatch.setattr(digests, "FIRST_WITHIN", 3 * HOUR)


@pytest.fixture
def sink(settings):
    sink = Sink()
    controller = start(sink)
    mail_to(settings, controller.port)
    yield sink
    controller.stop()


def run(clock, until):
    """The worker, every third hour until then, and then."""
    now = timezone.now()
    while now < until:
        work()
        now = min(now + 3 * HOUR, until)
        clock.move_to(now)
    work()


def work():
    digests.make_due()
    copies.make_due()
    delivering.deliver_due()
    issuing.finish_due()


def headlines(sink, reader):
    """Of all that one reader was sent, mail by mail."""
    return [named(content) for address, content in sink.mails if address == reader.email]


def named(content):
    text = email.message_from_bytes(content).get_payload(0).get_payload(decode=True).decode()
    return sorted(set(re.findall(r"Day\d\dx", text)))


def days(*numbers):
    return [f"Day{number:02}x" for number in numbers]


def change(newsletter, **fields):
    Newsletter.objects.filter(pk=newsletter.pk).update(**fields)


@pytest.fixture
def answers(clock):
    """One at noon of each day for three weeks, the first on Friday; they come out by themselves."""
    for number in range(21):
        make_published(headline=f"Day{number:02}x", at=FRIDAY + number * DAY + 12 * HOUR)


@pytest.fixture
def weekly():
    return make_newsletter(rhythm=Rhythm.WEEKLY, hour=7, at_most=50)


def test_a_weekly_letter_that_becomes_a_daily_one_at_noon_loses_no_answer(clock, sink, answers, weekly):
    reader = make_reader(weekly)
    run(clock, SUNDAY + 3 * DAY + 5 * HOUR)
    assert headlines(sink, reader) == [days(0, 1)]
    change(weekly, rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + 5 * DAY)
    assert headlines(sink, reader) == [days(0, 1), days(2, 3, 4, 5), days(6)]


def test_nor_where_others_had_it_daily_before(clock, sink, answers, weekly):
    usual, often = make_reader(weekly), make_reader(weekly, rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + 3 * DAY + 5 * HOUR)
    change(weekly, rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + 5 * DAY)
    assert headlines(sink, usual) == [days(0, 1), days(2, 3, 4, 5), days(6)]
    assert headlines(sink, often) == [days(number) for number in range(7)]


def test_a_daily_letter_that_becomes_a_weekly_one_repeats_nothing(clock, sink, answers, weekly):
    change(weekly, rhythm=Rhythm.DAILY)
    reader = make_reader(weekly)
    run(clock, SUNDAY + 3 * DAY + 5 * HOUR)
    change(weekly, rhythm=Rhythm.WEEKLY)
    run(clock, SUNDAY + 14 * DAY)
    assert headlines(sink, reader) == [
        *(days(number) for number in range(5)),
        days(*range(5, 9)),
        days(*range(9, 16)),
    ]


def test_to_each_answer_and_back(clock, sink, answers, weekly):
    reader = make_reader(weekly)
    run(clock, SUNDAY + 3 * DAY + 6 * HOUR)
    change(weekly, rhythm=Rhythm.EACH)
    run(clock, SUNDAY + 5 * DAY)
    change(weekly, rhythm=Rhythm.WEEKLY)
    run(clock, SUNDAY + 7 * DAY)
    got = headlines(sink, reader)
    assert got == [days(0, 1), days(2, 3, 4, 5), days(6), days(7, 8)]


def test_a_reader_who_chooses_another_rhythm_loses_no_answer(clock, sink, answers, weekly):
    reader = make_reader(weekly)
    run(clock, SUNDAY + 3 * DAY + 5 * HOUR)
    Subscriber.objects.update(rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + 4 * DAY)
    Subscriber.objects.update(rhythm="")
    run(clock, SUNDAY + 7 * DAY)
    assert headlines(sink, reader) == [days(0, 1), days(2, 3, 4, 5), days(6, 7, 8)]


def test_what_came_out_in_a_pause_stays_unsent_though_others_catch_up(clock, sink, answers, weekly):
    back = make_reader(weekly, rhythm=Rhythm.DAILY)
    usual = make_reader(weekly)
    run(clock, SUNDAY + HOUR)
    Subscriber.objects.filter(pk=back.pk).update(paused_until=(SUNDAY + 4 * DAY).date())
    run(clock, SUNDAY + 3 * DAY + 5 * HOUR)
    change(weekly, rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + 5 * DAY)
    assert headlines(sink, usual) == [days(0, 1), days(2, 3, 4), days(5), days(6)]
    # The fifth came out at noon of the last day of the pause.
    assert headlines(sink, back) == [days(0), days(1), days(6)]


@pytest.mark.parametrize(("until", "first"), [(2, 4), (5, 7), (7, 9), (10, 12)])
def test_after_a_pause_comes_what_came_out_since_the_day_on_which_it_ended(
    clock, sink, answers, weekly, settings, until, first
):
    settings.TIME_ZONE = "America/New_York"  # where noon in London is still the morning of that day
    reader = make_reader(weekly)
    run(clock, SUNDAY + HOUR * 6)
    Subscriber.objects.filter(pk=reader.pk).update(paused_until=(SUNDAY + until * DAY).date())
    run(clock, SUNDAY + 14 * DAY + 6 * HOUR)
    got = [headline for mail in headlines(sink, reader)[1:] for headline in mail]
    assert got == days(*range(first, 16))


def test_one_who_comes_out_of_a_pause_without_an_issue_before_gets_nothing_of_it(
    clock, sink, answers, weekly
):
    reader = make_reader(weekly, paused_until=SUNDAY.date())
    clock.move_to(SUNDAY)
    work()
    assert headlines(sink, reader) == []
    run(clock, SUNDAY + 7 * DAY)
    assert headlines(sink, reader) == [days(*range(2, 9))]


@pytest.mark.parametrize(
    "hour",
    [
        pytest.param(0, marks=pytest.mark.full),
        5,
        8,
        pytest.param(18, marks=pytest.mark.full),
        pytest.param(23, marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("rhythm", [Rhythm.DAILY, Rhythm.WEEKLY])
def test_an_hour_that_is_moved_on_the_day_makes_one_issue_that_day(
    clock, sink, weekly, rhythm, hour, monkeypatch
):
    monkeypatch.setattr(digests, "FIRST_WITHIN", DAY)
    for number in range(40):
        make_published(headline=f"Day{number:02}x", at=FRIDAY + (3 * number + 2) * HOUR)
    change(weekly, rhythm=rhythm, hour=12)
    reader = make_reader(weekly)
    run(clock, SUNDAY + 3 * HOUR)
    change(weekly, hour=hour)
    run(clock, SUNDAY + 18 * HOUR)
    assert Issue.objects.filter(slot="2026-05-03").count() == 1
    run(clock, SUNDAY + 8 * DAY)
    got = [headline for mail in headlines(sink, reader) for headline in mail]
    assert sorted(got) == days(*range(40))


@pytest.mark.parametrize("hour", [7, 8, 12, 23])
def test_an_hour_that_is_set_later_after_the_issue_left_makes_no_second_one(
    clock, sink, answers, weekly, hour
):
    change(weekly, rhythm=Rhythm.DAILY)
    reader = make_reader(weekly)
    run(clock, SUNDAY)
    change(weekly, hour=hour)
    run(clock, SUNDAY + 2 * DAY - 8 * HOUR)
    assert [issue.until.date() for issue in Issue.objects.order_by("until")] == [
        (SUNDAY + number * DAY).date() for number in (-1, 0, 1)
    ]
    got = [headline for mail in headlines(sink, reader) for headline in mail]
    assert got == (days(0, 1, 2, 3) if hour >= 12 else days(0, 1, 2))


@pytest.mark.parametrize(
    "weekday", [0, 6, *(pytest.param(day, marks=pytest.mark.full) for day in range(1, 6))]
)
def test_another_weekday_repeats_and_loses_nothing(clock, sink, answers, weekly, weekday):
    reader = make_reader(weekly)
    run(clock, SUNDAY + 3 * DAY + 5 * HOUR)
    change(weekly, weekday=weekday)
    run(clock, SUNDAY + 18 * DAY)
    got = [headline for mail in headlines(sink, reader) for headline in mail]
    assert sorted(set(got)) == sorted(got)
    assert set(got) >= set(days(*range(12)))


@pytest.mark.parametrize(
    "hour",
    [
        pytest.param(0, marks=pytest.mark.full),
        pytest.param(1, marks=pytest.mark.full),
        2,
        pytest.param(3, marks=pytest.mark.full),
        pytest.param(7, marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("turns", [dt.date(2026, 3, 8), dt.date(2026, 11, 1)])
def test_on_the_days_when_the_clocks_change_there_is_one_issue(settings, clock, sink, hour, turns):
    settings.TIME_ZONE = "America/New_York"
    daily = make_newsletter(rhythm=Rhythm.DAILY, hour=hour)
    make_reader(daily)
    begin = dt.datetime.combine(turns - DAY, dt.time(13), dt.UTC)
    clock.move_to(begin)
    for number in range(12 * 5):
        make_published(headline=f"Day{number:02}x", at=begin + number * 2 * HOUR)
    run(clock, begin + 3 * DAY)
    slots = list(Issue.objects.order_by("until").values_list("slot", flat=True))
    assert slots == [(turns + number * DAY).isoformat() for number in range(3)]
    got = [headline for _, content in sink.mails for headline in named(content)]
    assert len(set(got)) == len(got)


def test_the_next_turn_is_told_in_the_clock_on_the_wall(settings, clock):
    settings.TIME_ZONE = "America/New_York"
    zone = ZoneInfo("America/New_York")
    daily = make_newsletter(rhythm=Rhythm.DAILY, hour=7)
    for now, then in [
        (dt.datetime(2026, 3, 7, 6, 30), dt.datetime(2026, 3, 7, 7)),
        (dt.datetime(2026, 3, 7, 7, 30), dt.datetime(2026, 3, 8, 7)),
        (dt.datetime(2026, 11, 1, 6, 30), dt.datetime(2026, 11, 1, 7)),
    ]:
        assert digests.next_turn(daily, now=now.replace(tzinfo=zone)) == then.replace(tzinfo=zone)
    for fields in ({"rhythm": Rhythm.EACH}, {"makes_itself": False}):
        assert digests.next_turn(make_newsletter(**fields)) is None


def test_the_archive_goes_on_listing_what_the_former_rhythm_mailed(clock, sink, answers, weekly, client):
    make_reader(weekly), make_reader(weekly, rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + HOUR)
    listed = list(Issue.objects.archived().values_list("pk", flat=True))
    assert [Issue.objects.get(pk=pk).rhythm for pk in listed] == [Rhythm.WEEKLY]
    change(weekly, rhythm=Rhythm.DAILY)
    assert list(Issue.objects.archived().values_list("pk", flat=True)) == listed


def test_an_issue_that_comes_late_takes_back_nothing_that_another_covered(clock, sink, answers, weekly):
    """Weekday and rhythm change at once: the older turn of the week is made up after a newer one of the day."""
    reader = make_reader(weekly, rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + 3 * DAY + HOUR)
    change(weekly, weekday=Weekday.MONDAY)
    Subscriber.objects.update(rhythm="")
    run(clock, SUNDAY + 3 * DAY + 4 * HOUR)
    Subscriber.objects.update(rhythm=Rhythm.DAILY)
    run(clock, SUNDAY + 4 * DAY)
    got = [headline for mail in headlines(sink, reader) for headline in mail]
    assert got == days(*range(6))
    assert Subscription.objects.get().covered_until == SUNDAY + 4 * DAY
