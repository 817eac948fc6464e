"""How long a letter is kept. The clock is moved; what the daily run does around it stands in operations/test_due.py."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection, transaction

from advice.articles import workflow as articles
from advice.letters import asking, retention, wishes, workflow
from advice.letters.models import Enquiry, Letter, LetterVersion, Note, Wording
from advice.letters.retention import Purged, purge
from advice.mail.models import Message
from tests.factories import make_column, make_draft, make_letter, make_published, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
NOTHING = Purged(addresses=0, texts=0, letters=0)


def days(number):
    return dt.timedelta(days=number)


def unanswered():
    return make_draft(make_letter())


def retracted_before_its_writer_was_told():
    return articles.retract(make_published(make_letter()), reason="It was wrong.", by=None)


@pytest.mark.parametrize("make", [unanswered, retracted_before_its_writer_was_told])
def test_a_letter_that_was_taken_on_and_never_answered_goes_a_year_after_it_came(make):
    with time_machine.travel(NOW, tick=False) as clock:
        make()
        clock.shift(days(365))
        assert purge() == NOTHING
        clock.shift(days(1))
        assert purge() == Purged(addresses=1, texts=1, letters=0)
        letter = Letter.objects.get()
        assert (letter.email, letter.left_address, letter.current.text) == (None, False, "")
        assert purge() == NOTHING


def test_the_words_of_an_answered_letter_go_a_year_after_the_answer():
    with time_machine.travel(NOW, tick=False) as clock:
        article = make_draft(make_letter())
        clock.shift(days(300))
        workflow.publish(article, by=make_user())
        workflow.tell_answered()
        clock.shift(days(365))
        assert purge() == Purged(addresses=1, texts=0, letters=0)
        clock.shift(days(1))
        assert purge() == Purged(addresses=0, texts=1, letters=0)


def test_what_was_asked_said_and_noted_goes_with_the_words():
    with time_machine.travel(NOW, tick=False) as clock:
        letter, by = make_letter(), make_user()
        article = make_draft(letter, by=by)
        asking.ask_back(letter, text="Canaryasked?", by=by)
        asking.reply(letter, text="Canaryreplied.")
        wording = asking.show_wording(letter, by=by, days=7)
        asking.say(letter, wording=wording.pk, verdict="changed", note="Canarynote.")
        Note.objects.create(letter=letter, by=by, text="Canarynoted.")
        Note.objects.create(article=article, by=by, text="Canarynoted, too.")
        other = Note.objects.create(article=make_draft(by=by), by=by, text="Of another.")
        workflow.publish(article, by=by)
        workflow.tell_answered()
        clock.shift(days(366))
        assert purge().texts == 1
    assert list(Note.objects.all()) == [other]
    assert (Enquiry.objects.count(), Wording.objects.count()) == (0, 0)
    assert not [table for table, rows in everything_stored() if "Canary" in rows]


@pytest.mark.parametrize("erase", [purge, lambda: wishes.erase(Letter.objects.get())])
def test_what_the_desk_saved_before_it_came_out_goes_with_the_letters_words(erase):
    """It may be nearer to the letter than what was printed."""
    with time_machine.travel(NOW, tick=False) as clock:
        article = make_draft(make_letter(), question="I am the Canary.", headline="Canary")
        articles.edit(
            article, by=None, version=article.version, question="I run.", headline="H", why="Canary named"
        )
        workflow.publish(article, by=make_user())
        workflow.tell_answered()
        clock.shift(days(366))
        erase()
    assert not [table for table, rows in everything_stored() if "Canary" in rows]
    assert article.revisions.get(answer=None).text == "I run."


@pytest.mark.parametrize("make", [make_letter, unanswered])
def test_the_days_that_are_promised_are_those_that_are_kept(make):
    with time_machine.travel(NOW, tick=False) as clock:
        make()
        letter = Letter.objects.get()
        going = retention.goes(letter)
        clock.move_to(going.words)
        assert purge() == NOTHING
        clock.shift(days(1))
        assert purge() != NOTHING
        assert not LetterVersion.objects.exists()
        assert Letter.objects.exists() == (going.everything is None)


def test_of_an_answered_letter_address_and_words_are_promised_apart():
    with time_machine.travel(NOW, tick=False):
        letter = make_letter(make_column(update_weeks=0))
        make_published(letter)
        workflow.tell_answered()
        letter.refresh_from_db()
        assert retention.goes(letter) == retention.Going(NOW + days(30), NOW + days(365), None)
        retention.erase(letter)
        assert retention.goes(Letter.objects.get()) == retention.Going(None, None, None)


def test_an_unused_letter_goes_ninety_days_after_the_last_thing_that_happened_to_it():
    with time_machine.travel(NOW, tick=False) as clock:
        letter, editor = make_letter(), make_user()
        for act in (
            lambda: workflow.decline(letter, by=editor, reason="No."),
            lambda: workflow.reopen(letter, by=editor),
        ):
            clock.shift(days(80))
            act()
        clock.shift(days(90))
        assert purge() == NOTHING
        clock.shift(days(1))
        assert purge().letters == 1
        assert not LetterVersion.objects.exists()


def test_an_unused_letter_goes_a_year_after_it_came_whatever_happened():
    with time_machine.travel(NOW, tick=False) as clock:
        letter, editor = make_letter(), make_user()
        for _ in range(4):
            clock.shift(days(80))
            workflow.decline(letter, by=editor, reason="No.")
            workflow.reopen(letter, by=editor)
        clock.shift(days(46))
        assert purge().letters == 1


def test_a_letter_that_is_accepted_while_the_old_ones_are_looked_for_is_kept(monkeypatch):
    with time_machine.travel(NOW, tick=False) as clock:
        letter, erase = make_letter(), retention._erase_letters
        clock.shift(days(91))

        def accepted_first(letters):
            make_draft(letter)
            return erase(letters)

        monkeypatch.setattr(retention, "_erase_letters", accepted_first)
        assert purge() == NOTHING
        assert LetterVersion.objects.get().letter == letter


def test_many_go_in_batches(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            make_letter()
        clock.shift(days(91))
        assert purge().letters == 5


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_is_being_accepted_is_not_waited_for_and_not_erased():
    with time_machine.travel(NOW, tick=False) as clock:
        letter = make_letter()
        clock.shift(days(91))
        with ThreadPoolExecutor(1) as runner:
            with transaction.atomic():
                make_draft(letter)
                erased = runner.submit(in_another_connection, purge)
                if connection.vendor == "postgresql":  # SQLite lets one write at a time: there it waits
                    assert erased.result(timeout=10) == NOTHING
            assert erased.result() == NOTHING
        assert Letter.objects.get() == letter


def in_another_connection(act):
    try:
        return act()
    finally:
        connection.close()


def last_mails():
    return [message.content for message in Message.objects.filter(kind="kept").order_by("pk")]


@pytest.mark.parametrize("make", [make_letter, unanswered])
def test_whose_letter_goes_is_told_once_without_a_word_of_it_and_without_a_link(make):
    with time_machine.travel(NOW, tick=False) as clock:
        make()
        letter = Letter.objects.get()
        wishes.stop_mails(letter)
        clock.shift(days(366))
        assert purge() != NOTHING
        assert purge() == NOTHING
    (mail,) = last_mails()
    assert (mail["to"], mail["subject"]) == (letter.email, "Your letter’s time with us is over")
    for part in (mail["text"], mail["html"]):
        assert letter.case_number in part
        assert not [word for word in ("twitch", "Adam", "/letters/") if word in part]
    assert not [table for table, rows in everything_stored() if letter.email in rows]


def test_who_was_answered_and_whose_address_is_gone_is_told_nothing():
    with time_machine.travel(NOW, tick=False) as clock:
        make_published(make_letter())
        workflow.tell_answered()
        for _ in range(2):
            clock.shift(days(200))
            purge()
    assert not LetterVersion.objects.exists()
    assert last_mails() == []


@pytest.mark.parametrize("given", [{"email": "eve@example.org"}, {"spam": True}, {"email": ""}])
def test_whoever_had_no_receipt_has_no_last_mail(given):
    """Or a thousand letters in somebody's name would be a thousand mails to them."""
    with time_machine.travel(NOW, tick=False) as clock:
        known = make_letter(email="eve@example.org")  # the one receipt of the day
        make_letter(**given)
        withdrawn = make_letter(**given)
        workflow.withdraw(withdrawn)
        clock.shift(days(91))
        assert purge().letters == 3
    assert [known.case_number in mail["text"] for mail in last_mails()] == [True]


def test_a_letter_that_was_put_back_without_a_receipt_is_not_told_of():
    with time_machine.travel(NOW, tick=False) as clock:
        letter, editor = make_letter(email="eve@example.org", spam=True), make_user()
        known = make_letter(email="eve@example.org")
        workflow.reopen(letter, by=editor)
        workflow.mark_spam(letter, by=editor)
        workflow.reopen(letter, by=editor)
        clock.shift(days(91))
        assert purge().letters == 2
    assert [known.case_number in mail["text"] for mail in last_mails()] == [True]


def test_a_letter_that_was_put_back_out_of_the_tray_is_told_of():
    with time_machine.travel(NOW, tick=False) as clock:
        workflow.reopen(make_letter(spam=True), by=make_user())
        clock.shift(days(91))
        assert purge().letters == 1
    assert len(last_mails()) == 1


def test_an_address_that_no_key_opens_keeps_nobody_from_being_told(settings):
    with time_machine.travel(NOW, tick=False) as clock:
        make_letter()
        settings.PRIVATE_KEYS = ["another key than before, and just as long as the first"]
        other = make_letter()
        clock.shift(days(91))
        assert purge().letters == 2
    assert [mail["to"] for mail in last_mails()] == [other.email]


def test_a_writer_who_erased_everything_is_not_told_twice():
    with time_machine.travel(NOW, tick=False) as clock:
        wishes.erase(make_letter())
        clock.shift(days(400))
        purge()
    assert last_mails() == []
    assert Message.objects.filter(kind="erased").count() == 1


def test_the_copy_in_a_draft_goes_with_the_words_a_year_after_they_came():
    with time_machine.travel(NOW, tick=False) as clock:
        article = make_draft(make_letter(), headline="Canary?", question="Canary.")
        clock.shift(days(367))
        assert purge().texts == 1
    article.refresh_from_db()
    assert (article.question, article.signature) == ("", "")
    assert "Canary" not in article.headline


def test_what_was_made_of_an_answered_letter_stays_when_its_words_go():
    with time_machine.travel(NOW, tick=False) as clock:
        article = articles.unpublish(_told(), by=None)
        clock.shift(days(367))
        assert purge().texts == 1
    article.refresh_from_db()
    assert article.question == "My calf twitches."


def _told():
    article = make_published(make_letter())
    workflow.tell_answered()
    return article


@pytest.mark.parametrize("is_out", [False, True])
def test_who_is_erased_takes_an_unpublished_draft_along(is_out):
    letter = make_letter(email="me@example.org")
    article = make_published(letter) if is_out else make_draft(letter)
    gone = retention.erase_of("me@example.org")
    article.refresh_from_db()
    assert bool(article.question) is is_out
    assert (gone.letters, Letter.objects.count()) == ((0, 1) if is_out else (1, 0))
    assert not LetterVersion.objects.exists()
