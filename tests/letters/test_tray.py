"""The spam tray: what the form doubts is kept apart, never lost, and goes for good when an editor says so."""

import datetime as dt

import pytest
import time_machine

from advice.articles.workflow import NotPermitted
from advice.letters import redflags, tray, workflow
from advice.letters.models import Doubt, Emptying, Letter, LetterStatus, LetterVersion, Reason
from advice.letters.retention import UNUSED, purge
from advice.mail.models import Message
from tests.factories import make_column, make_letter, make_user

pytestmark = pytest.mark.django_db

MUCH = {str(Reason.LINKS): 2, str(Reason.WORDING): 3}
LITTLE = {str(Reason.LINKS): 2, str(Reason.FAST): 2}


def test_from_enough_points_on_a_letter_lies_in_the_tray_with_its_reasons():
    doubtful, honest = make_letter(doubts=MUCH), make_letter(doubts=LITTLE)
    assert (doubtful.status, honest.status) == (LetterStatus.SPAM, LetterStatus.RECEIVED)
    assert (doubtful.doubt.score, doubtful.doubt.points) == (5, MUCH)
    assert doubtful.doubt.reasons == [("Worded like advertising", 3), ("Links", 2)]
    assert Doubt.objects.count() == 1


def test_nobody_in_need_waits_in_the_tray_but_what_the_trap_caught_does():
    redflags.load_shipped()
    urgent = make_letter(text="Honestly, I want to die. http://a.example http://b.example", doubts=MUCH)
    caught = make_letter(text="Honestly, I want to die. Buy pills.", doubts=MUCH, spam=True)
    assert (urgent.status, caught.status) == (LetterStatus.RECEIVED, LetterStatus.SPAM)
    assert Doubt.objects.get().letter == caught


def test_the_same_form_twice_is_one_letter_though_its_points_differ():
    given = {"question": "Why?", "text": "It twitches all night.", "signature": "A", "column": make_column()}
    first, _ = workflow.receive(**given, doubts={})
    second, is_new = workflow.receive(**given, doubts=MUCH)
    assert (second, is_new, second.status) == (first, False, LetterStatus.RECEIVED)
    assert not Doubt.objects.exists()


def test_the_receipt_of_a_doubtful_letter_is_mailed_once_when_it_is_put_back():
    letter, editor = make_letter(doubts=MUCH), make_user()
    assert not Message.objects.exists()
    workflow.reopen(letter, by=editor)
    assert Message.objects.get().kind == "received"
    workflow.mark_spam(letter, by=editor)
    workflow.reopen(letter, by=editor)
    assert Message.objects.count() == 1


def test_a_letter_whose_receipt_went_out_gets_no_second_one():
    letter, editor = make_letter(), make_user()
    workflow.mark_spam(letter, by=editor)
    workflow.reopen(letter, by=editor)
    assert Message.objects.count() == 1


def test_who_has_had_the_receipt_of_the_day_gets_none_by_a_letter_that_is_put_back():
    letter, editor = make_letter(doubts=MUCH, email="eve@example.org"), make_user()
    make_letter(email="Eve+1@example.org")
    for _ in range(2):
        workflow.reopen(letter, by=editor)
        workflow.mark_spam(letter, by=editor)
    assert Message.objects.count() == 1


def test_a_letter_in_the_tray_costs_no_other_one_its_receipt():
    """Or whoever posts one into the trap with somebody's address keeps their next letter from being acknowledged."""
    make_letter(spam=True, email="eve@example.org")
    make_letter(email="eve@example.org")
    assert Message.objects.get().kind == "received"


def test_what_spoke_against_a_letter_goes_with_it():
    with time_machine.travel(dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC), tick=False) as clock:
        make_letter(doubts=MUCH)
        clock.shift(UNUSED)
        purge()
        assert Doubt.objects.count() == 1
        clock.shift(dt.timedelta(days=1))
        purge()
        assert not Doubt.objects.exists()
        assert not Letter.objects.exists()


def test_what_spoke_against_a_letter_is_forgotten_when_it_is_put_back():
    workflow.reopen(make_letter(doubts=MUCH), by=make_user())
    assert not Doubt.objects.exists()


def test_emptying_deletes_what_was_there_for_good_and_says_who_did_it(monkeypatch):
    monkeypatch.setattr(tray, "_BATCH", 2)
    honest, editor = make_letter(), make_user()
    seen = [make_letter(doubts=MUCH) for _ in range(3)]
    since = make_letter(doubts=MUCH)
    assert tray.empty(by=editor, up_to=seen[-1].pk) == 3
    assert list(Letter.objects.order_by("pk")) == [honest, since]
    assert set(LetterVersion.objects.values_list("letter", flat=True)) == {honest.pk, since.pk}
    record = Emptying.objects.get()
    assert (record.by, record.letters) == (editor, 3)


def test_emptying_nothing_is_not_recorded():
    letter = make_letter()
    assert tray.empty(by=make_user(), up_to=letter.pk) == 0
    assert not Emptying.objects.exists()
    assert Letter.objects.get() == letter


def test_the_tray_is_looked_through_and_emptied_by_reason():
    linked = make_letter(doubts={str(Reason.LINKS): 5})
    trapped = make_letter(spam=True, doubts={str(Reason.TRAP): 5})
    chosen = make_letter()
    workflow.mark_spam(chosen, by=make_user())
    assert list(tray.in_tray("trap")) == [trapped]
    assert list(tray.in_tray("links")) == [linked]
    assert list(tray.in_tray("editor")) == [chosen]
    assert set(tray.in_tray("no-such-reason")) == {linked, trapped, chosen}
    assert tray.empty(by=make_user(), up_to=chosen.pk, reason="trap") == 1
    assert set(Letter.objects.all()) == {linked, chosen}


def urgent(**fields):
    redflags.load_shipped()
    return make_letter(text="Honestly, I want to die.", spam=True, doubts={str(Reason.TRAP): 5}, **fields)


def test_an_urgent_letter_stays_when_the_tray_is_emptied_seen_or_not():
    editor = make_user()
    unseen, seen, other = urgent(), urgent(question="Another?"), make_letter(doubts=MUCH)
    redflags.seen(seen, by=editor)
    assert tray.empty(by=editor, up_to=other.pk) == 1
    assert tray.empty(by=editor, up_to=other.pk, reason="trap") == 0
    assert set(Letter.objects.all()) == {unseen, seen}
    assert Emptying.objects.get().letters == 1


def test_a_letter_that_becomes_urgent_while_the_tray_is_emptied_stays(monkeypatch):
    redflags.load_shipped()
    letter, other = make_letter(doubts=MUCH), make_letter(doubts=MUCH)
    locked = tray._locked

    def changed_first(*args):
        pks = locked(*args)
        if Letter.objects.filter(pk=other.pk).exists():
            workflow.change(letter, question="Q", text="Honestly, I want to die.")
        return pks

    monkeypatch.setattr(tray, "_locked", changed_first)
    assert tray.empty(by=make_user(), up_to=other.pk) == 1
    assert Letter.objects.get() == letter


def test_an_urgent_letter_is_deleted_alone_once_somebody_has_seen_it():
    editor = make_user()
    letter, other = urgent(), urgent(question="Another?")
    with pytest.raises(NotPermitted, match="nobody has seen it"):
        tray.delete(letter, by=editor)
    redflags.seen(letter, by=editor)
    workflow.change(letter, question="Q", text="Now I want to die, truly.")
    with pytest.raises(NotPermitted, match="nobody has seen it"):
        tray.delete(letter, by=editor)
    redflags.seen(letter, by=editor)
    tray.delete(letter, by=editor)
    assert Letter.objects.get() == other
    assert (Emptying.objects.get().by, Emptying.objects.get().letters) == (editor, 1)


def test_only_what_lies_in_the_tray_is_deleted():
    letter = make_letter()
    with pytest.raises(NotPermitted, match="any more"):
        tray.delete(letter, by=make_user())
    assert Letter.objects.get() == letter
