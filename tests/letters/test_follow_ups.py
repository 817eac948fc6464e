"""After publication: one invitation, what the writer tells, and what an editor lets be printed of it."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from advice.articles import workflow as articles
from advice.articles.models import MOST_UPDATE_WEEKS, Article, Update
from advice.articles.workflow import NotPermitted, Stale
from advice.letters import follow_ups, retention, wishes, workflow
from advice.letters.models import FollowUp, Letter, LetterEvent
from advice.mail.models import Message
from advice.operations import person
from tests.factories import (
    make_column,
    make_draft,
    make_follow_up,
    make_invited,
    make_letter,
    make_published,
    make_update,
    make_user,
)
from tests.letters.test_workflow import at_once
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)


def told(**fields):
    """Its answer is out and its writer knows."""
    letter = make_letter(**fields)
    make_published(letter)
    workflow.tell_answered()
    return Letter.objects.get(pk=letter.pk)


def invitations():
    return Message.objects.filter(kind="follow_up").count()


def holding(word):
    return {table for table, rows in everything_stored() if word in rows}


def verbs(letter):
    return list(LetterEvent.objects.filter(letter=letter).values_list("verb", flat=True))


# -- the invitation ---------------------------------------------------------------------------------------------


def test_the_writer_is_invited_once_after_the_columns_weeks():
    with time_machine.travel(NOW, tick=False) as clock:
        letter = told(text="Canaryletter, and it twitches.", column=make_column(update_weeks=3))
        clock.shift(3 * WEEK - dt.timedelta(minutes=1))
        assert (follow_ups.invite_due(), invitations()) == (0, 0)
        clock.shift(dt.timedelta(minutes=1))
        assert (follow_ups.invite_due(), follow_ups.invite_due(), invitations()) == (1, 0, 1)
        clock.shift(100 * DAY)
        assert follow_ups.invite_due() == 0
    letter.refresh_from_db()
    assert letter.invited_at == NOW + 3 * WEEK
    mail = Message.objects.get(kind="follow_up").content
    assert mail["subject"] == "About your letter"
    assert f"/letters/{letter.secret.partition(':')[0]}:" in mail["text"]
    assert "/mails/" in mail["text"]
    assert "Canary" not in "".join(mail[part] for part in ("subject", "text", "html"))
    assert letter.current.question not in mail["text"]
    assert letter.article.headline not in mail["text"]


def without_address(letter):
    Letter.objects.filter(pk=letter.pk).update(email=None, email_digest="")


def stopped(letter):
    wishes.stop_mails(letter)


@pytest.mark.parametrize("make", [without_address, stopped])
def test_who_is_not_mailed_finds_the_invitation_on_their_page_alone(make):
    letter = told()
    make(letter)
    assert follow_ups.invite_due(now=letter.told_at + 6 * WEEK) == 1
    letter.refresh_from_db()
    assert (letter.invited_at is not None, invitations()) == (True, 0)
    wishes.stop_mails(letter, stop=False)
    assert (follow_ups.invite_due(now=letter.told_at + 7 * WEEK), invitations()) == (0, 0)


def erased(letter):
    wishes.erase(letter)


def retracted(letter):
    articles.retract(letter.article, reason="Wrong.", by=None)


def unpublished(letter):
    articles.unpublish(letter.article, by=None)


def withdrawn(letter):
    unpublished(letter)
    workflow.withdraw(letter)


def switched_off(letter):
    letter.column.update_weeks = 0
    letter.column.save()


@pytest.mark.parametrize("make", [erased, retracted, unpublished, withdrawn, switched_off])
def test_there_is_no_invitation_where_nothing_could_be_printed(make):
    letter = told()
    make(letter)
    assert (follow_ups.invite_due(now=letter.told_at + 9 * WEEK), invitations()) == (0, 0)
    assert Letter.objects.get().invited_at is None


def test_who_is_not_told_of_an_answer_is_not_asked_what_happened_since():
    make_published(make_letter())
    assert follow_ups.invite_due(now=NOW + 3650 * DAY) == 0


def test_an_address_that_no_key_opens_holds_up_no_other():
    lost, other = told(), told()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE letters_letter SET email = 'garbage' WHERE id = %s", [lost.pk])
    assert follow_ups.invite_due(now=other.told_at + 6 * WEEK) == 1
    assert list(Letter.objects.filter(invited_at__isnull=False)) == [other]


@pytest.mark.django_db(transaction=True)
def test_several_runners_invite_each_writer_once():
    last = [told() for _ in range(3)][-1].told_at + 6 * WEEK
    results = at_once(*[lambda: follow_ups.invite_due(now=last)] * 3)
    assert sum(results) == 3
    assert invitations() == 3
    assert LetterEvent.objects.filter(verb="invite").count() == 3


# -- the time an address is kept --------------------------------------------------------------------------------


def test_every_invitation_comes_before_the_address_is_erased():
    assert MOST_UPDATE_WEEKS * WEEK <= retention.ADDRESS_TO_INVITE
    column = make_column(update_weeks=MOST_UPDATE_WEEKS)
    with time_machine.travel(NOW, tick=False) as clock:
        letter = told(column=column)
        clock.shift(MOST_UPDATE_WEEKS * WEEK - DAY)
        assert retention.purge().addresses == 0
        clock.shift(DAY)
        assert (follow_ups.invite_due(), invitations()) == (1, 1)
        assert retention.purge().addresses == 1  # it has done its work
    column.update_weeks = MOST_UPDATE_WEEKS + 1
    with pytest.raises(IntegrityError), transaction.atomic():
        column.save()
    assert Letter.objects.get(pk=letter.pk).email is None


def test_an_address_is_kept_sixty_days_at_most_though_no_runner_ran():
    with time_machine.travel(NOW, tick=False) as clock:
        told()
        clock.shift(60 * DAY)
        assert retention.purge().addresses == 0
        clock.shift(DAY)
        assert retention.purge().addresses == 1
        assert (follow_ups.invite_due(), invitations()) == (1, 0)


def older_terms(letter):
    Letter.objects.update(consent_version="2026-11")


@pytest.mark.parametrize("make", [older_terms, stopped, switched_off, unpublished])
def test_an_address_that_no_invitation_needs_goes_after_thirty_days(make):
    with time_machine.travel(NOW, tick=False) as clock:
        letter = told()
        make(letter)
        clock.shift(30 * DAY + dt.timedelta(minutes=1))
        assert retention.purge().addresses == 1


@pytest.mark.parametrize(("weeks", "days"), [(0, 30), (2, 30), (6, 42), (8, 56)])
def test_the_page_promises_the_day_on_which_the_address_goes(weeks, days):
    with time_machine.travel(NOW, tick=False) as clock:
        letter = told(column=make_column(update_weeks=weeks))
        assert retention.goes(letter).address == NOW + days * DAY
        clock.shift(days * DAY + dt.timedelta(minutes=1))
        follow_ups.invite_due()
        assert retention.purge().addresses == 1


# -- telling, changing, taking back -----------------------------------------------------------------------------


def test_what_is_told_waits_for_an_editor_and_may_be_changed():
    letter = make_invited()
    first = follow_ups.tell(letter, text="It passed.")
    follow_ups.tell(letter, text="It passed.\n\nAnd came back.")
    row = FollowUp.objects.get()
    assert (row.text, row.version) == ("It passed.\n\nAnd came back.", 2)
    assert (row.consent_version, row.pk) == (follow_ups.CONSENT_VERSION, first.pk)
    assert list(FollowUp.objects.waiting()) == [row]
    assert verbs(letter)[-2:] == ["tell update", "tell update"]
    assert not Update.objects.exists()


@pytest.mark.parametrize("make", [erased, retracted, unpublished])
def test_nothing_can_be_told_where_it_could_not_be_printed(make):
    letter = make_invited()
    make(letter)
    with pytest.raises(NotPermitted):
        follow_ups.tell(letter, text="It passed.")


def test_who_was_not_invited_tells_nothing():
    with pytest.raises(NotPermitted):
        follow_ups.tell(told(), text="It passed.")


def test_what_was_taken_back_before_it_was_printed_is_deleted():
    letter = make_invited()
    sent = follow_ups.tell(letter, text="Canarytold.")
    follow_ups.take_back(letter)
    assert holding("Canarytold") == set()
    with pytest.raises(NotPermitted):
        follow_ups.approve(sent, version=1, text="Canarytold.", signature="", by=make_user())
    assert follow_ups.tell(letter, text="Another.").version == 1


def test_an_update_is_printed_as_the_editor_edited_it_and_only_the_article_keeps_it():
    letter, by = make_invited(), make_user()
    sent = follow_ups.tell(letter, text="It passed in Canaryleeds.")
    update = follow_ups.approve(sent, version=1, text="It *passed*.", signature="Adam", by=by)
    letter.refresh_from_db()
    assert (letter.update, update.article, update.by) == (update, letter.article, by)
    assert (update.html.strip(), update.signature) == ("<p>It <em>passed</em>.</p>", "Adam")
    assert letter.article.updated_at == update.made_at
    assert holding("Canaryleeds") == set()
    assert verbs(letter)[-1] == "approve update"
    with pytest.raises(NotPermitted):
        follow_ups.tell(letter, text="A second one.")


def test_an_update_that_is_taken_back_is_gone_from_the_article_and_the_database():
    letter = make_invited()
    update = make_update(letter, text="Canaryprinted.")
    assert holding("Canaryprinted") == {"articles_update"}
    follow_ups.take_back(Letter.objects.get(pk=letter.pk))
    follow_ups.take_back(Letter.objects.get(pk=letter.pk))  # pressed twice
    assert holding("Canaryprinted") == set()
    letter.refresh_from_db()
    assert (letter.update, verbs(letter).count("take update back")) == (None, 1)
    assert letter.article.updated_at > update.made_at


def test_it_can_be_taken_back_while_its_article_is_off_the_site():
    letter = make_invited()
    make_update(letter)
    unpublished(letter)
    follow_ups.take_back(letter)
    assert not Update.objects.exists()


def test_each_writer_of_a_merged_letter_has_one_update_signed_as_theirs():
    one, two = make_letter(signature="Adam"), make_letter(signature="Eve", column=make_column())
    article = make_draft(one, signature="Adam of Leeds")
    workflow.merge(two, article=article, by=make_user())
    workflow.publish(article, by=make_user())
    for letter, signature in ((one, "Adam of Leeds"), (two, "Eve")):
        letter = make_invited(Letter.objects.get(pk=letter.pk))
        assert follow_ups.signature_of(letter) == signature
        make_update(letter, text=f"I am {signature}.", signature=signature)
    assert list(Update.objects.values_list("signature", flat=True)) == ["Adam of Leeds", "Eve"]
    follow_ups.take_back(Letter.objects.get(pk=one.pk))
    assert Update.objects.get().signature == "Eve"


def test_what_the_writer_changed_meanwhile_is_read_before_it_is_printed_or_declined():
    letter, by = make_invited(), make_user()
    sent = follow_ups.tell(letter, text="One.")
    follow_ups.tell(letter, text="Two.")
    with pytest.raises(Stale) as stale:
        follow_ups.approve(sent, version=1, text="One.", signature="", by=by)
    assert stale.value.current.text == "Two."
    with pytest.raises(Stale):
        follow_ups.decline(sent, version=1, by=by)
    assert not Update.objects.exists()


def test_what_was_declined_stays_so_and_can_only_be_deleted():
    letter, by = make_invited(), make_user()
    sent = follow_ups.tell(letter, text="Buy my book.")
    follow_ups.decline(sent, version=1, reason="It sells something.", by=by)
    assert not FollowUp.objects.waiting().exists()
    for act in (
        lambda: follow_ups.approve(sent, version=1, text="x", signature="", by=by),
        lambda: follow_ups.decline(sent, version=1, by=by),
        lambda: follow_ups.tell(letter, text="Once more."),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert invitations() == 1
    assert Message.objects.latest("pk").kind == "follow_up"  # nobody is mailed of it
    follow_ups.take_back(letter)
    assert not FollowUp.objects.exists()


def test_nothing_is_printed_under_an_answer_that_left_the_site_meanwhile():
    sent, by = make_follow_up(), make_user()
    unpublished(sent.letter)
    assert not FollowUp.objects.waiting().exists()
    with pytest.raises(NotPermitted):
        follow_ups.approve(sent, version=1, text="It passed.", signature="", by=by)
    assert FollowUp.objects.get().declined_at is None


@pytest.mark.django_db(transaction=True)
def test_of_taking_back_and_printing_at_once_nothing_that_was_taken_back_stays_printed():
    by = make_user()
    for _ in range(4):
        sent = make_follow_up()
        letter = sent.letter
        results = at_once(
            lambda sent=sent: follow_ups.approve(sent, version=1, text="It.", signature="", by=by),
            lambda sent=sent: follow_ups.approve(sent, version=1, text="It.", signature="", by=by),
            lambda letter=letter: follow_ups.take_back(letter),
        )
        assert {type(one) for one in results if isinstance(one, Exception)} <= {NotPermitted}
        assert not FollowUp.objects.filter(letter=letter).exists()
        assert not Update.objects.filter(article=letter.article).exists()


# -- erasing ----------------------------------------------------------------------------------------------------


def test_what_was_told_goes_with_the_letters_words():
    with time_machine.travel(NOW, tick=False) as clock:
        letter = told()
        clock.shift(6 * WEEK)
        follow_ups.invite_due()
        follow_ups.tell(letter, text="Canarytold.")
        clock.shift(retention.WORDS - 6 * WEEK)
        assert retention.purge().texts == 0
        clock.shift(DAY)
        assert retention.purge().texts == 1
    assert holding("Canarytold") == set()


@pytest.mark.parametrize("by", ["writer", "person"])
def test_erasing_a_letter_takes_what_waits_and_leaves_what_is_printed(by):
    waits, printed = make_invited(email="one@example.org"), make_invited(email="one@example.org")
    follow_ups.tell(waits, text="Canarywaits.")
    make_update(printed, text="Canaryprinted.")
    if by == "person":
        person.erase("one@example.org")
    else:
        for letter in (waits, printed):
            wishes.erase(Letter.objects.get(pk=letter.pk))
    assert holding("Canarywaits") == set()
    assert holding("Canaryprinted") == {"articles_update"}
    follow_ups.take_back(Letter.objects.get(pk=printed.pk))  # its page is still there
    assert holding("Canaryprinted") == set()


def test_withdrawing_after_it_was_unpublished_takes_the_update_along():
    waits, printed = make_invited(), make_invited()
    follow_ups.tell(waits, text="Canarywaits.")
    make_update(printed, text="Canaryprinted.")
    for letter in (waits, printed):
        letter = Letter.objects.get(pk=letter.pk)
        unpublished(letter)
        workflow.withdraw(letter)
    assert holding("Canary") == set()


def test_who_asks_what_is_kept_is_told_of_it():
    letter = make_invited(email="one@example.org")
    follow_ups.tell(letter, text="It passed.")
    kept = person.export("one@example.org")["letters"][0]
    assert (kept["invited_at"], kept["update"]["text"]) == (letter.invited_at.isoformat(), "It passed.")
    follow_ups.approve(letter.follow_up, version=1, text="It did.", signature="Adam", by=make_user())
    kept = person.export("one@example.org")["letters"][0]
    assert "update" not in kept
    assert kept["printed_update"]["text"] == "It did."


def test_the_article_knows_nothing_of_letters():
    update = make_update()
    held = {field.name for field in Update._meta.get_fields()} | {f.name for f in Article._meta.get_fields()}
    assert not [name for name in held if "letter" in name or "follow" in name]
    assert update.article.updates.get() == update
