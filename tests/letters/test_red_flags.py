"""Rules in versions, what they find in letters, and what that sets off."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from advice.articles.models import Column
from advice.letters import asking, redflags, retention, workflow
from advice.letters.models import Alarm, LetterFlag, RedFlag, RedFlagVersion, VersionIsFixed
from advice.mail.models import Message
from advice.operations import person
from tests.factories import make_column, make_draft, make_letter, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def make_rule(words="sharp pain", *, live=True, **fields):
    given = {"name": "A rule", "text": "Please **see** a doctor.", **fields}
    version = redflags.save(None, by=make_user(), words=words, **given)
    if live:
        redflags.put_to_work(version, by=make_user())
    return RedFlag.objects.get(pk=version.rule_id)


def test_the_rules_that_ship_are_at_work_at_once_and_not_checked_yet():
    shipped = redflags.shipped()
    assert redflags.load_shipped() == len(shipped)
    assert redflags.load_shipped() == 0
    assert {rule.key: rule.live.words for rule in RedFlag.objects.live()} == {
        key: version.words for key, version in shipped.items()
    }
    assert redflags.stale() == len(shipped)
    letter = make_letter(text="Honestly, I want to die.")
    assert letter.flags.get().version.rule.key == "die"


def test_newer_words_reach_a_site_that_has_been_set_up_and_leave_what_an_editor_wrote(monkeypatch):
    editor = make_user()
    redflags.load_shipped()
    rules = {rule.key: rule for rule in RedFlag.objects.all()}
    redflags.put_to_work(redflags.save(rules["die"], by=editor, name="N", words="mine", text="T"), by=editor)
    redflags.switch_off(rules["heat"])
    redflags.still_right(rules["head"], by=editor)
    newer = redflags.shipped()
    for key in ("die", "heat", "head"):
        newer[key].words += ", more of it"
    monkeypatch.setattr(redflags, "shipped", lambda: newer)
    assert redflags.news().keys() == {"heat", "head"}
    assert redflags.load_shipped() == 2
    assert redflags.load_shipped() == 0
    rules = {rule.key: rule for rule in RedFlag.objects.select_related("live")}
    assert rules["die"].live.words == "mine"
    assert rules["heat"].live is None
    assert rules["heat"].newest.words.endswith("more of it")
    assert rules["head"].live.words.endswith("more of it")
    assert rules["head"].needs_check


def test_what_a_writer_says_later_is_looked_through_too(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain", heeds_denial=True)
    letter, editor = make_letter(text="It twitches. No sharp pain."), make_user()
    assert (letter.flags.get().is_denied, Alarm.objects.count()) == (True, 0)
    asking.ask_back(letter, text="How is it?", by=editor)
    asking.reply(letter, text="Worse: a sharp pain.")
    assert letter.flags.get().is_denied is False
    assert Message.objects.filter(kind="urgent").count() == 1
    redflags.seen(letter, by=editor)
    make_draft(letter)
    wording = asking.show_wording(letter, by=editor, days=7)
    asking.say(letter, wording=wording.pk, verdict="changed", note="You left out the sharp pain.")
    assert Alarm.objects.get().seen_at is None
    assert Message.objects.filter(kind="urgent").count() == 2


def test_a_reply_is_read_together_with_the_letter_and_what_is_known_calls_nobody_again():
    make_rule("sharp pain\nrun")
    letter, by = make_letter(text="I have a sharp pain."), make_user()
    asking.ask_back(letter, text="When?", by=by)
    assert not Alarm.objects.exists()
    asking.reply(letter, text="When I run.")
    redflags.seen(letter, by=by)
    asking.ask_back(letter, text="Where?", by=by)
    other = make_letter(text="A sharp pain when I run.")
    redflags.seen(other, by=by)
    asking.ask_back(other, text="Where?", by=by)
    asking.reply(other, text="In the knee.")
    assert redflags.unseen() == 0


def test_the_line_for_the_expert_is_looked_through_too():
    make_rule("sharp pain")
    letter = make_letter(text="It twitches.", context="A sharp pain since Monday")
    assert Alarm.objects.get().letter == letter


def test_a_version_is_never_edited_and_is_at_work_only_once_it_is_put_to_work():
    rule = make_rule("sharp pain")
    old = rule.live
    new = redflags.save(rule, by=make_user(), name="New", words="dull pain", text="T")
    assert (old.number, new.number) == (1, 2)
    assert RedFlag.objects.get().live == old
    for change in (old.save, lambda: RedFlagVersion.objects.filter(pk=old.pk).update(words="x")):
        with pytest.raises(VersionIsFixed):
            change()
    redflags.put_to_work(new, by=make_user())
    assert RedFlag.objects.get().live == new
    redflags.switch_off(rule)
    assert not RedFlag.objects.live().exists()
    assert RedFlagVersion.objects.count() == 2


def test_a_letter_remembers_which_version_it_had_the_words_of(settings):
    settings.DUTY_EMAILS = ["duty@site.example", "more@site.example"]
    rule = make_rule("sharp pain")
    letter = make_letter(text="A sharp pain in the shin, since Monday.")
    redflags.put_to_work(redflags.save(rule, by=None, name="N", words="other", text="T"), by=make_user())
    flag = letter.flags.get()
    assert (flag.version.number, flag.letter_version, flag.is_denied) == (1, 1, False)
    assert (letter.alarm.since - letter.received_at).total_seconds() < 5
    assert letter.alarm.seen_at is None
    assert [event.verb for event in letter.events.all()] == ["receive", "urgent"]
    mails = [message.content for message in Message.objects.filter(kind="urgent").order_by("pk")]
    assert [mail["to"] for mail in mails] == ["duty@site.example", "more@site.example"]
    for mail in mails:
        assert reverse("desk:letter", args=[letter.pk]) in mail["text"]
        for private in ("shin", "sharp", "Adam", letter.email, letter.case_number, "A rule", letter.secret):
            assert private not in mail["text"] + mail["html"] + mail["subject"]
    assert Message.objects.filter(kind="urgent", not_before__lte=timezone.now()).count() == 2


def test_what_is_denied_is_noted_and_calls_nobody(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("chest pain", heeds_denial=True)
    letter = make_letter(text="I have no chest pain, only a stitch when I run.")
    assert letter.flags.get().is_denied
    assert not Alarm.objects.exists()
    assert not Message.objects.filter(kind="urgent").exists()


def test_the_same_form_twice_is_one_alarm(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain")
    column = make_column()
    words = {"question": "Q", "text": "A sharp pain.", "signature": "A", "column": column, "form_token": "t"}
    for _ in range(2):
        workflow.receive(**words)
    assert Alarm.objects.count() == LetterFlag.objects.count() == 1
    assert Message.objects.filter(kind="urgent").count() == 1


def test_a_letter_that_a_trap_caught_is_urgent_all_the_same(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain")
    letter = make_letter(text="A sharp pain, since Monday.", spam=True)
    assert letter.alarm
    assert not Message.objects.exists()
    assert redflags.is_tray_uncalled()


def test_of_urgent_letters_in_the_tray_one_mail_says_how_many_there_are(settings):
    settings.DUTY_EMAILS = ["duty@site.example", "more@site.example"]
    make_rule("sharp pain")
    letters = [make_letter(text=f"A sharp pain, since day {number}.", spam=True) for number in range(3)]
    redflags.seen(letters[2], by=make_user())
    assert redflags.call_for_tray() == 2
    assert (redflags.is_tray_uncalled(), redflags.call_for_tray()) == (False, 0)
    mails = [message.content for message in Message.objects.order_by("pk")]
    assert [mail["to"] for mail in mails] == ["duty@site.example", "more@site.example"]
    for mail in mails:
        assert mail["subject"] == "2 urgent letters in the spam tray"
        assert reverse("desk:spam_tray") in mail["text"]
        for private in ("sharp", "Adam", letters[0].email, letters[0].case_number, "A rule"):
            assert private not in mail["text"] + mail["html"] + mail["subject"]
    workflow.change(letters[2], question="Q", text="The sharp pain is worse.")
    assert redflags.call_for_tray() == 1
    assert Message.objects.last().content["subject"] == "3 urgent letters in the spam tray"


def test_an_urgent_letter_that_an_editor_puts_into_the_tray_calls_nobody_twice(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain")
    workflow.mark_spam(make_letter(text="A sharp pain, since Monday."), by=make_user())
    assert not redflags.is_tray_uncalled()


def test_an_urgent_letter_that_is_put_back_is_not_called_for_in_the_tray(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain")
    workflow.reopen(make_letter(text="A sharp pain, since Monday.", spam=True), by=make_user())
    assert not redflags.is_tray_uncalled()


def test_a_rule_of_one_column_is_for_its_letters_alone():
    mine, other = make_column(), make_column()
    make_rule("sharp pain", column=mine)
    assert make_letter(mine, text="A sharp pain, since Monday.").flags.count() == 1
    assert make_letter(other, text="A sharp pain, since Monday.").flags.count() == 0


def test_a_change_by_its_writer_is_looked_through_too(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain")
    letter = make_letter(text="It twitches after each run.")
    assert not Alarm.objects.exists()
    workflow.change(letter, question="Q", text="It is a sharp pain now.")
    assert letter.flags.get().letter_version == 2
    assert Message.objects.filter(kind="urgent").count() == 1
    workflow.change(letter, question="Q", text="It is a sharp pain, still.")
    assert Message.objects.filter(kind="urgent").count() == 1  # nobody has seen it yet: the clock runs on


def test_a_letter_that_was_seen_and_is_changed_is_urgent_anew(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain")
    editor = make_user()
    with time_machine.travel(NOW, tick=False) as clock:
        letter = make_letter(text="A sharp pain, since Monday.")
        clock.shift(dt.timedelta(minutes=7))
        assert redflags.seen(letter, by=editor)
        clock.shift(dt.timedelta(minutes=30))
        alarm = Alarm.objects.get()
        assert (alarm.waits, alarm.seen_by) == ("7 minutes", editor)
        workflow.change(letter, question="Q", text="The sharp pain is worse.")
        alarm.refresh_from_db()
        assert (alarm.since, alarm.seen_at, alarm.seen_by, alarm.waits) == (
            timezone.now(),
            None,
            None,
            "0 minutes",
        )
    assert Message.objects.filter(kind="urgent").count() == 2
    assert redflags.unseen() == 1


def test_one_editor_stops_the_clock_and_it_is_recorded():
    make_rule("sharp pain")
    letter, first, second = make_letter(text="A sharp pain, since Monday."), make_user(), make_user()
    assert redflags.seen(letter, by=first)
    assert not redflags.seen(letter, by=second)
    assert [event.by for event in letter.events.filter(verb="seen")] == [first]
    assert Alarm.objects.get().seen_by == first
    assert not redflags.seen(make_letter(), by=first)


def test_a_rule_that_nobody_checked_for_a_year_is_flagged():
    numbers = [
        {
            "locale": "en-GB",
            "label": "L",
            "number": "1",
            "url": "https://x.example",
            "checked_on": "2026-03-01",
        }
    ]
    with time_machine.travel(NOW, tick=False) as clock:
        rule, other = make_rule("a"), make_rule("b", numbers=numbers)
        assert redflags.stale() == 0
        clock.shift(dt.timedelta(days=364))
        assert [RedFlag.objects.get(pk=one.pk).needs_check for one in (rule, other)] == [False, True]
        clock.shift(dt.timedelta(days=1))
        assert redflags.stale() == 2
        redflags.still_right(rule, by=make_user())
        assert redflags.stale() == 1


def test_a_rule_is_tried_on_old_letters_and_compared_with_what_is_at_work():
    rule = make_rule("sharp pain")
    kept, lost = (
        make_letter(text="A sharp pain in here."),
        make_letter(text="Sharp pain. Nothing more to say."),
    )
    new, none = make_letter(text="A dull ache in here, for days."), make_letter()
    version = redflags.save(rule, by=None, name="N", words="sharp pain in, dull ache", text="T")
    trial = redflags.try_on(version)
    assert [(one.letter, one.change) for one in trial.tried] == [
        (new, "new"),
        (lost, "lost"),
        (kept, "same"),
    ]
    assert (trial.looked_at, trial.before) == (4, None)
    assert none not in [one.letter for one in trial.tried]
    first = redflags.try_on(version, limit=2)
    assert (len(first.tried), first.looked_at, first.before) == (1, 2, new.pk)
    assert len(redflags.try_on(version, limit=2, before=first.before).tried) == 2
    assert not LetterFlag.objects.filter(version=version).exists()


def test_a_rule_is_tried_on_the_letters_of_its_column():
    mine, other = make_column(), make_column()
    make_letter(other, text="A dull ache in here, for days.")
    letter = make_letter(mine, text="A dull ache in here, for days.")
    version = redflags.save(None, by=None, name="N", words="dull ache", text="T", column=mine)
    assert [one.letter for one in redflags.try_on(version).tried] == [letter]


def test_marked_words_are_cut_out_with_what_stands_round_them():
    text = "x" * 100 + " pain " + "y" * 200 + " pain " + "z" * 100
    spots = [(101, 105), (307, 311)]
    pieces = redflags.cut(text, spots, around=10)
    assert pieces == [
        ("… " + "x" * 9 + " ", False),
        ("pain", True),
        (" " + "y" * 9 + " … " + "y" * 9 + " ", False),
        ("pain", True),
        (" " + "z" * 9 + " …", False),
    ]


def test_what_was_found_goes_with_the_words_and_an_export_tells_it():
    make_rule("sharp pain", name="Canaryrule")
    with time_machine.travel(NOW, tick=False) as clock:
        letter = make_letter(text="A sharp pain, since Monday.", email="adam@example.org")
        exported = person.export("adam@example.org")["letters"][0]
        assert exported["urgent_since"] == NOW.isoformat()
        assert exported["flags"] == [{"rule": "Canaryrule", "version": 1, "denied": False}]
        workflow.accept(
            letter, by=make_user(), headline="H", question="Q", signature="A", column=letter.column
        )
        clock.shift(retention.WORDS + dt.timedelta(days=1))
        retention.purge()
    assert not LetterFlag.objects.exists()
    assert not Alarm.objects.exists()
    assert Column.objects.exists()
    assert [table for table, rows in everything_stored() if "sharp pain, since" in rows] == []


def test_erasing_a_person_erases_what_was_found_in_their_letters():
    make_rule("sharp pain")
    make_letter(text="A sharp pain, since Monday.", email="adam@example.org")
    person.erase("adam@example.org")
    assert not LetterFlag.objects.exists()
    assert not Alarm.objects.exists()
