"""Of when somebody wrote only the day is kept, and nothing that goes by time goes wrong by it."""

import datetime as dt

import pytest
import time_machine
from django.db import models
from django.utils import timezone

from advice import keeping
from advice.keeping import Of
from advice.letters import days, redflags, retention, workflow
from advice.letters.models import Alarm, Letter, LetterEvent, LetterVersion, day_of
from tests.factories import make_letter, make_user
from tests.letters.test_red_flags import make_rule

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 16, 37, 12, 345_678, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
# What stands of writers and is no act of theirs.
EXACT_BECAUSE = {
    "letters.Letter.invited_at": "the site asked what happened since",
    "letters.FollowUp.declined_at": "an editor did it",
    "letters.Letter.told_at": "when the program mailed the writer",
    "letters.Enquiry.asked_at": "when an editor asked",
    "letters.Enquiry.closed_at": "an editor went on without a reply",
    "letters.Note.at": "an editor wrote it",
    "letters.Enquiry.reminded_at": "when the program reminded the writer",
    "letters.Wording.asked_at": "when an editor asked",
    "letters.Wording.until": "counted from when an editor asked",
}


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("UTC", "2026-03-02T00:00"),
        ("Asia/Tokyo", "2026-03-02T15:00"),
        ("America/New_York", "2026-03-02T05:00"),
    ],
)
def test_of_a_day_ago_only_the_day_is_known(settings, zone, midnight):
    settings.TIME_ZONE = zone
    timezone.get_default_timezone.cache_clear()
    try:
        with time_machine.travel(NOW, tick=False) as clock:
            make_letter()
            clock.shift(DAY)
            assert days.cut() == 0
            assert Letter.objects.get().received_at == NOW
            clock.shift(HOUR)
            assert days.cut() == 2
            assert days.cut() == 0
        day = dt.datetime.fromisoformat(midnight).replace(tzinfo=dt.UTC)
        assert Letter.objects.get().received_at == LetterEvent.objects.get().at == day
        assert LetterVersion.objects.get().received_at == day
    finally:
        timezone.get_default_timezone.cache_clear()


def test_the_queue_and_the_history_keep_their_order():
    with time_machine.travel(NOW, tick=False) as clock:
        letters = []
        for _ in range(4):
            letters.append(make_letter())
            clock.shift(10 * HOUR)
        first, editor = letters[0], make_user()
        workflow.mark_spam(first, by=editor)
        workflow.reopen(first, by=editor)
        workflow.change(first, question="Why?", text="It still twitches.")
        for _ in range(4):
            assert list(Letter.objects.waiting()) == letters
            assert [event.verb for event in first.events.all()] == ["receive", "spam", "reopen", "change"]
            days.cut()
            clock.shift(12 * HOUR)
        of_editors = first.events.filter(by=editor)
        assert {event.at for event in of_editors} == {NOW + 40 * HOUR}
        assert {timezone.localtime(row.received_at).hour for row in letters_of_today()} == {0}


def test_how_fast_an_urgent_letter_was_seen_is_said_for_ever_and_when_it_came_is_not():
    make_rule("sharp pain")
    with time_machine.travel(NOW, tick=False) as clock:
        letter, waits = make_letter(text="A sharp pain."), make_letter(text="A sharp pain, too.")
        clock.shift(dt.timedelta(minutes=4))
        redflags.seen(letter, by=make_user())
        assert (Alarm.objects.get(letter=letter).waits, letter_waits(waits)) == ("4 minutes", "4 minutes")
        clock.shift(DAY)
        assert letter_waits(waits) == "1 day"
        clock.shift(HOUR)
        days.cut()
        alarm = Alarm.objects.get(letter=letter)
        assert (alarm.waits, letter_waits(waits)) == ("4 minutes", "1 day")
        assert alarm.since == alarm.seen_at == day_of(NOW)
        assert letter.events.get(verb="seen").at == day_of(NOW)
        redflags.seen(waits, by=make_user())
        assert letter_waits(waits) == "1 day"


def letter_waits(letter):
    return Alarm.objects.get(letter=letter).waits


def letters_of_today():
    return Letter.objects.all()


def test_nothing_is_erased_earlier_for_it():
    with time_machine.travel(NOW, tick=False) as clock:
        letter = make_letter()
        workflow.change(letter, question="Why?", text="It still twitches.")
        clock.shift(retention.UNUSED - HOUR)
        days.cut()
        assert retention.purge().letters == 0
        clock.shift(HOUR)
        assert retention.purge().letters == 0
        clock.shift(DAY)
        assert retention.purge().letters == 1


def test_a_version_has_never_had_more_than_its_day():
    with time_machine.travel(NOW, tick=False):
        letter = make_letter()
        workflow.change(letter, question="Why?", text="It still twitches.")
    assert {row.received_at.time() for row in LetterVersion.objects.all()} == {dt.time()}


def test_each_time_that_stands_of_a_writer_is_cut_or_known_to_be_no_act_of_theirs():
    from django.apps import apps

    cut = {f"{model._meta.label}.{name}" for model, name, _ in days.WRITERS_ACTS}
    times = set()
    for kept in keeping.kept():
        for place in kept.fields if kept.of is Of.WRITERS else ():
            model, _, name = place.rpartition(".")
            if isinstance(apps.get_model(model)._meta.get_field(name), models.DateTimeField):
                times.add(place)
    days_only = {"letters.LetterVersion.received_at"}
    of_staff = {"letters.AddressLook.at"}
    assert times == cut | days_only | of_staff | EXACT_BECAUSE.keys()
