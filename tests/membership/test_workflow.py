"""Asking, deciding, and how long it is kept."""

import datetime as dt
import itertools
import threading

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from advice.articles.workflow import NotPermitted
from advice.mail.models import Message
from advice.membership import workflow
from advice.membership.models import MOVES, MembershipRequest, RequestStatus
from advice.operations.due import run_due
from tests.factories import make_plan, make_request, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
EMAIL = "reader@example.org"


def mails():
    return [(message.kind, message.content) for message in Message.objects.order_by("pk")]


# -- asking -----------------------------------------------------------------------------------------------------


def test_asking_stores_a_request_and_mails_nobody():
    plan = make_plan()
    with time_machine.travel(NOW, tick=False):
        workflow.request_membership(plan=plan, email=EMAIL, name="Eve", note="By card?")
    row = MembershipRequest.objects.get()
    assert (row.plan, row.email, row.name, row.note, row.status) == (
        plan,
        EMAIL,
        "Eve",
        "By card?",
        "requested",
    )
    assert (row.requested_at, row.consent_version) == (NOW, workflow.CONSENT_VERSION)
    assert mails() == []


def test_the_address_stands_encrypted_in_the_database():
    make_request(email=EMAIL)
    assert not [table for table, rows in everything_stored() if EMAIL in rows]


def test_asked_again_while_it_waits_it_is_one_request_and_the_last_words_count():
    plan = make_plan()
    with time_machine.travel(NOW, tick=False) as clock:
        first = make_request(email=EMAIL, name="Eve", note="By card?")
        clock.shift(DAY)
        second = workflow.request_membership(plan=plan, email=" Reader@Example.ORG", note="By bank.")
    row = MembershipRequest.objects.get()
    assert first.pk == second.pk == row.pk
    assert (row.plan, row.name, row.note, row.requested_at) == (plan, "", "By bank.", NOW + DAY)


def test_a_request_that_another_key_wrote_is_found(settings):
    make_request(email=EMAIL)
    settings.PRIVATE_KEYS = ["a newer key than the one before", *settings.PRIVATE_KEYS]
    make_request(email=EMAIL, note="Again")
    assert MembershipRequest.objects.get().note == "Again"


def test_after_a_decision_asking_again_is_a_new_request():
    workflow.decline(make_request(email=EMAIL), by=make_user(), reason="No.")
    make_request(email=EMAIL)
    statuses = MembershipRequest.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["declined", "requested"]


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_it_is_one_request():
    plan, errors = make_plan(), []

    def ask(number):
        try:
            workflow.request_membership(plan=plan, email=EMAIL, note=f"{number}")
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert MembershipRequest.objects.count() == 1


# -- deciding ---------------------------------------------------------------------------------------------------


def test_confirming_says_who_did_it_and_mails_the_message():
    by, plan = make_user(), make_plan("Supporter", price="£4 a month")
    with time_machine.travel(NOW, tick=False):
        row = workflow.confirm(make_request(plan, email=EMAIL), by=by, message="Pay us by bank.")
    assert (row.status, row.decided_at, row.decided_by) == ("confirmed", NOW, by)
    ((kind, mail),) = mails()
    assert (kind, mail["to"]) == ("member_confirmed", EMAIL)
    assert "You asked for Supporter, £4 a month." in mail["text"]
    assert "Pay us by bank." in mail["text"]


def test_a_confirmation_without_a_message_quotes_nothing():
    workflow.confirm(make_request(), by=make_user())
    ((_, mail),) = mails()
    assert "The editor wrote" not in mail["text"] + mail["html"]


def test_declining_mails_the_reason():
    by = make_user()
    row = workflow.decline(make_request(email=EMAIL), by=by, reason="We are full.")
    assert (row.status, row.decided_by) == ("declined", by)
    ((kind, mail),) = mails()
    assert (kind, mail["to"]) == ("member_declined", EMAIL)
    assert "We are full." in mail["text"]


def test_no_mail_holds_what_a_stranger_typed():
    given = {"name": "Buycanary", "note": "Buycanary at evil.example"}
    workflow.confirm(make_request(**given), by=make_user(), message="Hello.")
    workflow.decline(make_request(**given), by=make_user(), reason="No.")
    assert len(mails()) == 2
    assert not [kind for kind, mail in mails() if "Buycanary" in str(mail)]


ACTS = {
    "confirmed": lambda one: workflow.confirm(one, by=make_user()),
    "declined": lambda one: workflow.decline(one, by=make_user(), reason="No."),
}


@pytest.mark.parametrize(("first", "second"), list(itertools.product(ACTS, ACTS)))
def test_what_is_decided_is_not_decided_again(first, second):
    assert second not in MOVES[first]
    one = make_request()
    ACTS[first](one)
    with pytest.raises(NotPermitted, match=f"This request is {first} by now"):
        ACTS[second](one)
    assert MembershipRequest.objects.get().status == first
    assert len(mails()) == 1


def test_a_member_who_asks_for_another_plan_has_the_new_one_alone():
    workflow.confirm(make_request(email=EMAIL), by=make_user())
    other = make_request(email=EMAIL)
    workflow.confirm(other, by=make_user())
    assert MembershipRequest.objects.get() == other


def test_the_database_itself_keeps_statuses_in_order():
    one = make_request(email=EMAIL)
    others = MembershipRequest.objects.filter(pk=one.pk)
    for wrong in ({"status": "else"}, {"status": "confirmed"}, {"decided_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            others.update(**wrong)
    one.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)


def test_a_plan_that_somebody_asked_for_stays():
    with pytest.raises(ProtectedError):
        make_request().plan.delete()


# -- keeping ----------------------------------------------------------------------------------------------------


def test_what_came_to_nothing_goes_ninety_days_after_it_was_last_touched():
    with time_machine.travel(NOW, tick=False) as clock:
        make_request(email=EMAIL)
        declined = make_request()
        clock.shift(DAY * 10)
        make_request(email=EMAIL, note="Still there?")
        workflow.decline(declined, by=make_user(), reason="No.")
        clock.shift(DAY * 90)
        assert workflow.forget_old() == 0
        clock.shift(DAY)
        assert run_due()["membership requests erased"] == 2
    assert not MembershipRequest.objects.exists()


def test_the_address_of_a_member_stays_as_long_as_the_membership():
    with time_machine.travel(NOW, tick=False) as clock:
        workflow.confirm(make_request(email=EMAIL), by=make_user())
        clock.shift(DAY * 1000)
        assert "membership requests erased" not in run_due()
    assert MembershipRequest.objects.get().email == EMAIL


def test_of_a_membership_that_has_ended_nothing_is_kept():
    one = make_request(email=EMAIL, name="Canaryname", note="Canarynote")
    workflow.confirm(one, by=make_user())
    Message.objects.all().delete()  # as if it were sent
    workflow.end(one)
    digest = one.email_digest
    assert not [
        table
        for table, rows in everything_stored()
        if any(word in rows for word in (EMAIL, "Canary", digest))
    ]
    assert mails() == []


def test_only_a_confirmed_membership_can_end():
    one = make_request()
    with pytest.raises(NotPermitted):
        workflow.end(one)
    assert MembershipRequest.objects.get().status == RequestStatus.REQUESTED
