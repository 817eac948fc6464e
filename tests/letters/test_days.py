"""Of when somebody wrote only the day is kept, and nothing that goes by time goes wrong by it."""

import datetime as dt

import pytest
import time_machine
from django.db import models
from django.utils import timezone

from advice import keeping
from advice.keeping import Of
from advice.letters import asking, days, redflags, retention, wishes, workflow
from advice.letters.models import Alarm, Letter, LetterEvent, LetterVersion, day_of
from advice.letters.models.redflag import ROUGHLY
from advice.mail.models import Message
from advice.throttle import models as throttle
from advice.trace.models import Act
from tests.factories import make_column, make_draft, make_letter, make_user
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


def test_how_fast_an_urgent_letter_was_seen_is_said_for_ever_but_roughly():
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
        assert (alarm.waits, alarm.is_rough, letter_waits(waits)) == ("1 hour", True, "1 day")
        assert alarm.since == alarm.seen_at == day_of(NOW)
        assert letter.events.get(verb="seen").at == day_of(NOW)
        redflags.seen(waits, by=make_user())
        assert letter_waits(waits) == "1 day"


@pytest.mark.parametrize(
    ("minutes", "roughly"), [(0, 60), (59, 60), (60, 60), (120, 360), (360, 360), (1380, 1440), (2880, 2880)]
)
def test_how_long_it_was_unseen_is_cut_with_its_times_and_once(minutes, roughly):
    make_rule("sharp pain")
    with time_machine.travel(NOW, tick=False) as clock:
        letter = make_letter(text="A sharp pain.")
        clock.shift(minutes * 60)
        redflags.seen(letter, by=make_user())
        assert (Alarm.objects.get().seen_after, Alarm.objects.get().is_rough) == (minutes, False)
        clock.shift(DAY + HOUR)
        for _ in range(2):
            days.cut()
            assert (Alarm.objects.get().seen_after, Alarm.objects.get().is_rough) == (roughly, True)


def moments():
    """Every time of day that stands in the database, by the column that it stands in."""
    from django.apps import apps

    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.DateTimeField):
                for at in model._base_manager.exclude(**{field.name: None}).values_list(
                    field.name, flat=True
                ):
                    yield f"{model._meta.label}.{field.name}", at


def betrayed(acts, near=dt.timedelta(minutes=30)):
    """The columns that tell when a writer did something: by a time close to it, or by one less what it took."""
    exact = Alarm.objects.exclude(seen_after__in=ROUGHLY).values_list("seen_after", flat=True)
    spans = [dt.timedelta(minutes=minutes) for minutes in exact if minutes]
    return {
        where
        for where, at in moments()
        for span in [dt.timedelta(), *spans]
        if any(abs(at - span - act) < near for act in acts)
    }


def test_a_day_later_nothing_tells_when_a_writer_did_something_not_even_by_a_sum():
    make_rule("sharp pain")
    editor, acts = make_user(), []
    with time_machine.travel(NOW - 30 * DAY, tick=False) as clock:
        column = make_column()
        clock.move_to(NOW)

        def later(hours):
            clock.shift(hours * HOUR)
            return timezone.now()

        acts.append(timezone.now())
        letter = make_letter(column, text="A sharp pain.")
        other = make_letter(column)
        clock.shift(4 * 60)
        redflags.seen(letter, by=editor)
        later(1)
        make_draft(letter, by=editor)
        make_draft(other, by=editor)
        asking.ask_back(letter, text="Since when?", by=editor)
        acts.append(later(1))
        asking.reply(letter, text="Since May.")
        acts.append(later(1))
        wishes.sign(letter, signature="Eve")
        acts.append(later(1))
        workflow.withdraw(other)
        before = betrayed(acts)
        assert {
            *("letters.LetterEvent.at", "articles.ArticleEvent.at", "articles.Revision.at"),
            *("articles.Article.modified_at", "letters.Alarm.since", "letters.Enquiry.replied_at"),
        } <= before
        later(28)
        Message.objects.all().delete()  # as if they were sent
        days.cut()
        throttle.forget_old(now=timezone.now() + DAY)
        assert betrayed(acts) == set()
        # One that were kept to the minute would be found.
        Alarm.objects.update(seen_after=4)
        Act(verb="seen", kind="letter", number=letter.pk, at=NOW + dt.timedelta(minutes=4)).save()
        assert "trace.Act.at" in betrayed(acts)


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
