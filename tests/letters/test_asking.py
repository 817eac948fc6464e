import datetime as dt

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from advice.articles import snippets
from advice.articles import workflow as articles
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted
from advice.desk.queue import overdue
from advice.letters import asking, wishes, workflow
from advice.letters.models import Enquiry, Letter, LetterEvent, Wording
from advice.mail.models import Message
from tests.factories import make_draft, make_expert, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
LATER = NOW + asking.REMIND_AFTER


def kinds():
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


def verbs(letter):
    return list(LetterEvent.objects.filter(letter=letter).values_list("verb", flat=True))


@pytest.fixture
def by():
    return make_user()


@pytest.fixture
def letter():
    return make_letter(text="Canaryletter, and it twitches.")


def declined(letter, by):
    workflow.decline(letter, by=by, reason="No.")


def withdrawn(letter, by):
    workflow.withdraw(letter)


def published(letter, by):
    make_published(letter)


def test_a_question_is_asked_by_mail_without_its_words_or_the_letters(letter, by):
    asking.ask_back(letter, text="Canaryquestion?", by=by)
    assert kinds() == ["received", "asked"]
    assert verbs(letter) == ["receive", "ask"]
    content = Message.objects.last().content
    assert letter.secret in content["text"]
    assert "Canary" not in "".join(content[part] for part in ("subject", "text", "html"))


def test_one_question_is_open_at_a_time_and_the_next_is_another_round(letter, by):
    asking.ask_back(letter, text="One?", by=by)
    with pytest.raises(NotPermitted, match="open already"):
        asking.ask_back(letter, text="Two?", by=by)
    asking.reply(letter, text="  First.\n\nYes. ")
    asking.ask_back(letter, text="Two?", by=by)
    asking.reply(letter, text="Second.")
    assert list(Enquiry.objects.values_list("text", "reply")) == [
        ("One?", "  First.\n\nYes. "),
        ("Two?", "Second."),
    ]
    with pytest.raises(NotPermitted, match="no open question"):
        asking.reply(letter, text="Third.")
    assert verbs(letter) == ["receive", "ask", "reply", "ask", "reply"]


@pytest.mark.parametrize("column", ["reply", "text"])
def test_the_database_itself_refuses_to_change_a_reply(letter, by, column):
    asking.ask_back(letter, text="One?", by=by)
    asking.reply(letter, text="As it came.")
    with (
        pytest.raises(DatabaseError, match="never edited"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE letters_enquiry SET {column} = 'Other.'")
    assert Enquiry.objects.get().reply == "As it came."


@pytest.mark.parametrize("end", [declined, withdrawn, published])
def test_when_it_is_over_nothing_is_asked_or_said_any_more(letter, by, end):
    asking.ask_back(letter, text="One?", by=by)
    end(letter, by)
    for act in (
        lambda: asking.ask_back(letter, text="Two?", by=by),
        lambda: asking.reply(letter, text="Late."),
        lambda: asking.show_wording(letter, by=by, days=7),
        lambda: asking.say(letter, wording=1, verdict="fine"),
        lambda: wishes.sign(letter, signature="Late"),
        lambda: workflow.change(letter, question="Late?", text="Much too late for a change."),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_of_an_open_question_one_reminder_goes_out(letter, by):
    with time_machine.travel(NOW, tick=False):
        asking.ask_back(letter, text="One?", by=by)
    assert asking.remind_due(now=LATER - dt.timedelta(minutes=1)) == 0
    assert [asking.remind_due(now=LATER), asking.remind_due(now=LATER + dt.timedelta(days=9))] == [1, 0]
    assert kinds() == ["received", "asked", "asked_again"]


def test_nobody_is_reminded_of_what_was_replied_to_or_is_over(by):
    with time_machine.travel(NOW, tick=False):
        for end in (declined, withdrawn, published, lambda one, by: asking.reply(one, text="Yes.")):
            one = make_letter()
            asking.ask_back(one, text="One?", by=by)
            end(one, by)
        workflow.tell_answered()
        asking.ask_back(make_letter(email=""), text="One?", by=by)
    assert asking.remind_due(now=LATER) == 0
    assert "asked_again" not in kinds()


def test_an_address_that_no_key_opens_holds_up_nobodys_reminder(by, settings):
    with time_machine.travel(NOW, tick=False):
        asking.ask_back(make_letter(), text="One?", by=by)
        settings.PRIVATE_KEYS = ["a key that wrote nothing before this line"]
        asking.ask_back(make_letter(), text="Two?", by=by)
    assert asking.remind_due(now=LATER) == 1


def test_who_wants_no_mail_gets_none_and_the_page_shows_it_all_the_same(letter, by):
    wishes.stop_mails(letter)
    with time_machine.travel(NOW, tick=False):
        asking.ask_back(letter, text="One?", by=by)
    asking.remind_due(now=LATER)
    workflow.publish(make_draft(letter), by=by)
    assert workflow.tell_answered() == 1
    assert kinds() == ["received"]
    wishes.stop_mails(letter, stop=False)
    assert not Letter.objects.get().wants_no_mail


def test_the_wording_is_shown_as_it_stands_and_a_later_one_is_another_round(letter, by):
    article = make_draft(letter, by=by, question="Canaryprinted.")
    with time_machine.travel(NOW, tick=False):
        first = asking.show_wording(letter, by=by, days=7)
        articles.edit(article, by=by, version=article.version, question="Others.")
        second = asking.show_wording(letter, by=by, days=3)
    assert [one.text for one in Wording.objects.all()] == ["Canaryprinted.", "Others."]
    assert second.until == NOW + dt.timedelta(days=3)
    with pytest.raises(NotPermitted, match="changed since"):
        asking.say(letter, wording=first.pk, verdict="fine")
    asking.say(letter, wording=second.pk, verdict="changed", note="Not so.")
    with pytest.raises(NotPermitted, match="already"):
        asking.say(letter, wording=second.pk, verdict="fine")
    assert (Wording.objects.last().verdict, Wording.objects.last().note) == ("changed", "Not so.")
    assert kinds()[-1] == "wording"
    assert "Canaryprinted" not in Message.objects.last().content["text"]


def test_silence_is_noted_after_its_days_and_may_still_be_broken(letter, by):
    make_draft(letter, by=by)
    with time_machine.travel(NOW, tick=False) as clock:
        one = asking.show_wording(letter, by=by, days=7)
        assert one.state == "waits"
        clock.shift(dt.timedelta(days=7, seconds=1))
        assert one.state == "silent"
        assert asking.say(letter, wording=one.pk, verdict="fine").state == "fine"


def test_the_round_never_blocks_publishing(letter, by):
    article = make_draft(letter, by=by)
    one = asking.show_wording(letter, by=by, days=7)
    asking.say(letter, wording=one.pk, verdict="changed")
    workflow.publish(article, by=by)
    assert Article.objects.get(pk=article.pk).is_published


def test_there_is_no_wording_of_a_letter_that_was_not_copied(letter, by):
    with pytest.raises(NotPermitted, match="no edited wording"):
        asking.show_wording(letter, by=by, days=7)
    workflow.merge(letter, article=make_draft(), by=by)
    with pytest.raises(NotPermitted, match="no edited wording"):
        asking.show_wording(letter, by=by, days=7)


def clock(letter, now):
    found = Letter.objects.with_clock().get(pk=letter.pk)
    return found.age(now), found.asked_since


def test_while_the_writer_is_waited_for_the_letters_clock_stands_still(by):
    day = dt.timedelta(days=1)
    with time_machine.travel(NOW, tick=False):
        letter = make_letter()
    with time_machine.travel(NOW + 2 * day, tick=False):
        asking.ask_back(letter, text="Since when?", by=by)
    asked = NOW + 2 * day
    assert clock(letter, NOW + day) == (2 * day, asked)
    assert clock(letter, NOW + 30 * day) == (2 * day, asked)
    assert list(Letter.objects.waiting_for_writer()) == [letter]
    with time_machine.travel(NOW + 7 * day, tick=False):
        asking.reply(letter, text="Since May.")
    assert clock(letter, NOW + 10 * day) == (5 * day, None)
    assert not Letter.objects.waiting_for_writer().exists()
    Enquiry.objects.update(replied_at=asked - dt.timedelta(hours=3))  # cut to the day it was asked on
    assert clock(letter, NOW + 10 * day) == (10 * day, None)


def test_the_desk_may_go_on_without_a_reply_and_ask_again(letter, by):
    asking.ask_back(letter, text="One?", by=by)
    asking.go_on(letter, by=by)
    assert not Letter.objects.waiting_for_writer().exists()
    with pytest.raises(NotPermitted, match="no open question"):
        asking.reply(letter, text="Too late.")
    with pytest.raises(NotPermitted, match="no open question"):
        asking.go_on(letter, by=by)
    asking.ask_back(letter, text="Two?", by=by)
    assert asking.remind_due(now=NOW + dt.timedelta(days=10_000)) == 1
    assert verbs(letter) == ["receive", "ask", "go on", "ask", "remind"]


@pytest.mark.parametrize(
    "end",
    [lambda letter, by: asking.reply(letter, text="Yes."), lambda letter, by: asking.go_on(letter, by=by)],
)
def test_what_an_expert_owes_is_not_late_meanwhile_and_due_later_afterwards(letter, by, end):
    article = workflow.accept(letter, by=by, headline="H", question="Q", signature="", column=letter.column)
    day = dt.timedelta(days=1)
    with time_machine.travel(NOW, tick=False):
        answer = articles.assign(article, expert=make_expert(), by=by, due_on=(NOW + 3 * day).date())
    with time_machine.travel(NOW + 2 * day, tick=False):
        asking.ask_back(letter, text="Since when?", by=by)
    with time_machine.travel(NOW + 9 * day, tick=False):
        assert not overdue().exists()
        assert asking.waiting_since([article.pk]) == {article.pk: NOW + 2 * day}
        end(letter, by)
        answer.refresh_from_db()
        assert answer.due_on == (NOW + 10 * day).date()
        assert not overdue().exists()
        assert asking.waiting_since([article.pk]) == {}
    with time_machine.travel(NOW + 11 * day, tick=False):
        assert list(overdue()) == [answer]
    assert article.events.order_by("pk").last().verb == "postpone"


@pytest.mark.parametrize("end", [declined, withdrawn, published])
def test_of_a_letter_that_is_done_nobody_is_waited_for(letter, by, end):
    asking.ask_back(letter, text="One?", by=by)
    end(letter, by)
    assert not Letter.objects.waiting_for_writer().exists()


def test_the_writer_sees_the_words_of_a_snippet_and_not_its_name(letter, by):
    snippets.make(by=by, name="Box", slug="box", text="Rest.")
    make_draft(letter, by=by, question="Why?\n\n{{box}}")
    letter.refresh_from_db()
    assert asking.show_wording(letter, by=by, days=7).text == "Why?\n\nRest."
