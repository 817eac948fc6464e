import datetime as dt
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from advice.accounts.models import Role, User
from advice.articles import workflow as articles
from advice.articles.models import Column, Expert, Tag
from advice.letters import redflags
from advice.letters import workflow as letters
from advice.letters.models import Letter, LetterVersion
from advice.mail.models import Message, State
from advice.operations import due
from advice.operations.due import run_due
from advice.operations.models import Run
from tests.factories import make_left, make_newsletter, make_readers
from tests.mail.sink import Sink, mail_to, start

pytestmark = pytest.mark.django_db

MORNING = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def column():
    return Column.objects.create(name="The Sports Doc", slug="the-sports-doc")


def receive(column, *, email="adam@example.org", text="My calf twitches."):
    return letters.receive(question="Why?", text=text, signature="Adam", column=column, email=email)[0]


def ready_article(letter, column):
    editor = User.objects.create_user("editor@site.example", name="Mara", role=Role.EDITOR, may_publish=True)
    expert = Expert.objects.create(name="Ines Marlow", slug="ines")
    tag = Tag.objects.create(name="Calf", slug="calf")
    article = letters.accept(
        letter,
        by=editor,
        headline="Why?",
        question="Why?",
        signature="Adam",
        column=column,
        dek="A dek.",
        tags=[tag],
    )
    answer = articles.assign(article, expert=expert, by=editor)
    articles.file_answer(answer, text="Dear Adam,", by=editor, version=answer.version)
    return article, editor


def subjects(to):
    return [message.subject for message in mail.outbox if message.to == [to]]


def test_the_writer_is_told_at_the_articles_time_and_once(column):
    with time_machine.travel(MORNING, tick=False) as clock:
        article, editor = ready_article(receive(column), column)
        letters.publish(article, by=editor, at=MORNING + dt.timedelta(hours=2))
        assert "writers told" not in run_due()
        before = len(subjects("adam@example.org"))
        clock.shift(dt.timedelta(hours=2))
        assert run_due()["writers told"] == 1
        assert "writers told" not in run_due()
        assert len(subjects("adam@example.org")) == before + 1


def test_every_writer_of_a_merged_article_is_told(column):
    first, second = receive(column), receive(column, email="eve@example.org", text="Mine too.")
    article, editor = ready_article(first, column)
    letters.merge(second, article=article, by=editor)
    letters.publish(article, by=editor)
    run_due()
    assert subjects("eve@example.org")
    assert subjects("adam@example.org")


def test_the_duty_addresses_get_one_digest_a_day_without_any_letters_text(column, settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    with time_machine.travel(MORNING.replace(hour=5), tick=False) as clock:
        receive(column, text="Canaryword in my calf")
        run_due()
        assert subjects("duty@site.example") == []
        clock.move_to(MORNING)
        run_due()
        run_due()
        digests = [message for message in mail.outbox if message.to == ["duty@site.example"]]
        assert len(digests) == 1
        assert "Canaryword" not in digests[0].message().as_string()
        clock.shift(dt.timedelta(days=1))
        run_due()
        assert len(subjects("duty@site.example")) == 2


def test_urgent_letters_in_the_tray_are_mailed_about_at_once_and_then_once_an_hour(column, settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    redflags.load_shipped()

    def caught(number):
        words = {"question": "Help", "text": f"I want to die. {number}", "signature": "A", "column": column}
        letters.receive(**words, spam=True)

    def told():
        run_due()
        return [subject for subject in subjects("duty@site.example") if "tray" in subject]

    with time_machine.travel(MORNING.replace(hour=5, minute=40), tick=False) as clock:
        assert told() == []
        caught(0)
        assert told() == ["1 urgent letter in the spam tray"]
        for number in range(1, 60):
            caught(number)
            clock.shift(dt.timedelta(seconds=59))
            assert len(told()) == 1
        clock.shift(dt.timedelta(minutes=2))
        assert told()[1:] == ["60 urgent letters in the spam tray"]
        clock.shift(dt.timedelta(days=2))
        assert len(told()) == 2
        letters.receive(question="Help", text="I want to die.", signature="A", column=column)
        assert subjects("duty@site.example")[-1:] != ["An urgent letter is waiting"]
        run_due()
        assert "An urgent letter is waiting" in subjects("duty@site.example")


def test_no_digest_where_nothing_waits(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    with time_machine.travel(MORNING, tick=False):
        run_due()
    assert mail.outbox == []


def test_the_writer_is_asked_once_what_happened_since_and_then_the_address_goes(column):
    with time_machine.travel(MORNING, tick=False) as clock:
        letter = receive(column)
        article, editor = ready_article(letter, column)
        letters.publish(article, by=editor)
        run_due()
        clock.shift(dt.timedelta(days=41))
        assert "writers invited" not in run_due()
        clock.shift(dt.timedelta(days=1))
        done = run_due()
        assert (done["writers invited"], done["private rows erased"]) == (1, 1)
        clock.shift(dt.timedelta(days=1))
        assert "writers invited" not in run_due()
    assert subjects("adam@example.org").count("About your letter") == 1
    assert Letter.objects.get().email is None


def test_a_letters_address_goes_a_month_after_its_answer_and_its_words_a_year_after(column):
    column.update_weeks = 0  # nobody is asked what happened since
    column.save()
    with time_machine.travel(MORNING, tick=False) as clock:
        letter = receive(column)
        article, editor = ready_article(letter, column)
        letters.publish(article, by=editor)
        run_due()
        clock.shift(dt.timedelta(days=29))
        run_due()
        assert Letter.objects.get().email == "adam@example.org"
        clock.shift(dt.timedelta(days=2))
        assert run_due()["private rows erased"] == 1
        letter.refresh_from_db()
        assert (letter.email, letter.email_digest) == (None, "")
        assert LetterVersion.objects.count() == 1
        clock.shift(dt.timedelta(days=336))
        run_due()
        assert LetterVersion.objects.count() == 0
        article.refresh_from_db()
        assert article.is_published


def test_letters_that_came_to_nothing_go_after_ninety_days(column):
    with time_machine.travel(MORNING, tick=False) as clock:
        receive(column)
        clock.shift(dt.timedelta(days=89))
        call_command("purge_letters")
        assert Letter.objects.count() == 1
        clock.shift(dt.timedelta(days=2))
        call_command("purge_letters")
        assert Letter.objects.count() == 0


def test_an_accepted_letter_without_an_answer_yet_is_kept(column):
    with time_machine.travel(MORNING, tick=False) as clock:
        ready_article(receive(column), column)
        clock.shift(dt.timedelta(days=200))
        run_due()
        assert Letter.objects.count() == 1


def break_job(monkeypatch, name, error):
    def fail(**context):
        raise error

    monkeypatch.setitem(due._DAILY, name, fail)


def test_the_command_sends_newsletters_until_none_is_due(settings):
    make_readers(newsletter := make_newsletter(), 3)
    make_left(newsletter)
    sink = Sink()
    controller = start(sink)
    mail_to(settings, controller.port)
    assert "copies sent" not in run_due(seconds=-1.0)
    call_command("run_due")
    controller.stop()
    assert len(sink.mails) == 3


def test_a_job_that_fails_does_not_stop_the_others(column, monkeypatch, caplog):
    break_job(monkeypatch, "duty digests", ValueError("Canaryword"))
    receive(column)
    assert run_due() == {"duty digests failed": 1, "mails sent": 1, "letters compared": 1}
    assert [r.getMessage() for r in caplog.records if r.name == "advice.worker"] == [
        "Due work, duty digests: failed (ValueError)."
    ]


def test_where_every_job_fails_the_caller_hears_of_it(monkeypatch):
    for name in due._DAILY:
        break_job(monkeypatch, name, OSError())
    for place, name in (
        (due, "tell_answered"),
        (due.asking, "remind_due"),
        (due, "_call_for_tray"),
        (due.follow_ups, "invite_due"),
        (due.sending, "mark_unclear"),
        (due.sending, "send_due"),
        (due.issuing, "forget_withdrawn"),
        (due.issuing, "mark_uncertain"),
        (due.issuing, "let_go_due"),
        (due.issuing, "finish_due"),
        (due.digests, "make_due"),
        (due.digests, "make_corrections"),
        (due.indexing, "make_due"),
        (due.related, "refresh_due"),
        (due.copies, "make_due"),
        (due.delivering, "deliver_due"),
        (due.vectors, "make_due"),
        (due.likening, "make_due"),
        (due.snippets, "redraw_due"),
    ):
        monkeypatch.setattr(place, name, due._DAILY["duty digests"])
    with pytest.raises(OSError):
        run_due()


def test_a_letter_that_cannot_be_told_holds_up_no_mail(column, settings):
    article, editor = ready_article(receive(column), column)
    run_due()
    settings.PRIVATE_KEYS = ["a key that never wrote anything here"]
    letters.publish(article, by=editor)
    receive(column, email="eve@example.org", text="Mine too.")
    assert run_due()["mails sent"] == 1
    assert subjects("eve@example.org")


def test_a_stopped_runner_sends_no_more(column):
    receive(column)
    assert "mails sent" not in run_due(stop=lambda: True)
    assert Message.objects.count() == 1


def test_a_daily_job_is_done_once_and_its_own_errors_are_not_taken_for_another_runner():
    def collide(now):
        Run.objects.create(job="twice", slot="x", at=now)
        Run.objects.create(job="twice", slot="x", at=now)

    job = due._once_a_day("colliding", collide)
    with pytest.raises(IntegrityError), transaction.atomic():
        job()
    assert not Run.objects.filter(job="colliding").exists()
    assert due._once_a_day("fine", lambda now: 3)() == 3
    assert due._once_a_day("fine", lambda now: 3)() == 0


def test_another_runner_that_was_first_does_the_daily_job(monkeypatch):
    Run.objects.create(job="fine", slot=timezone.localdate().isoformat(), at=timezone.now())
    monkeypatch.setattr(due.Run.objects, "filter", lambda **_: Run.objects.none())
    assert due._once_a_day("fine", lambda now: 3)() == 0


def test_troubled_mails_go_after_a_month(column):
    with time_machine.travel(MORNING, tick=False) as clock:
        receive(column)
        Message.objects.update(state=State.FAILED, claimed_at=MORNING)
        clock.shift(dt.timedelta(days=31))
        assert run_due()["troubled mails erased"] == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has such a log")
@pytest.mark.django_db(transaction=True)
def test_no_file_of_the_database_holds_a_letters_words_after_the_daily_run(column):
    name = str(connection.settings_dict["NAME"])
    held = lambda: [b"Canaryword" in Path(name + end).read_bytes() for end in ("", "-wal")]  # noqa: E731
    with time_machine.travel(MORNING, tick=False) as clock:
        receive(column, text="Canaryword in my calf. " * 20)
        assert any(held())
        clock.shift(dt.timedelta(days=91))
        assert run_due()["private rows erased"] == 1
    assert held() == [False, False]


def test_run_due_says_what_it_did(column, capsys):
    Message.objects.all().delete()
    with time_machine.travel(MORNING.replace(hour=3), tick=False):
        call_command("run_due")
        assert capsys.readouterr().out == "Nothing was due.\n"
        receive(column)
        call_command("run_due")
        assert capsys.readouterr().out == "1 mails sent, 1 letters compared\n"
    assert timezone.now()
