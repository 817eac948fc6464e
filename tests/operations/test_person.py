"""manage.py person: all that is kept of an address is printed, or erased, wherever it stands."""

import json
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command

from advice.letters.models import Letter
from advice.mail.models import Message
from advice.newsletter import workflow
from advice.operations.management.commands import person
from tests.factories import make_letter, make_newsletter, make_published, make_reader, make_request, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

EMAIL = "canary@example.org"


def run(*arguments):
    out = StringIO()
    call_command("person", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def kept():
    make_reader(make_newsletter(), email=EMAIL)
    make_request(email=EMAIL, note="Canarynote")
    make_letter(email=EMAIL, text="Canaryunused.")
    make_published(make_letter(email=EMAIL, text="Canaryprinted."))
    make_letter(email="other@example.org", text="Another's words.")


def test_all_of_it_is_printed(kept):
    record = json.loads(run("export", "Canary@example.org"))
    assert record["subscriber"]["email"] == EMAIL
    assert [row["note"] for row in record["membership_requests"]] == ["Canarynote"]
    assert [row["versions"][0]["text"] for row in record["letters"]] == ["Canaryunused.", "Canaryprinted."]
    # One receipt in a day, for the first letter; the printed one is not told of before the worker has run.
    assert [row["kind"] for row in record["waiting_mails"]] == ["received"]


def test_all_of_it_is_erased_and_the_printed_copy_stays(kept):
    said = run("erase", EMAIL, "--yes")
    assert "1 subscribers" in said
    assert "stays unless its writer asks" in said
    for table, rows in everything_stored():
        for canary in (EMAIL, "Canarynote", "Canaryunused", "Canaryprinted"):
            assert canary not in rows, table
    assert sorted(Letter.objects.values_list("status", flat=True)) == ["accepted", "received"]
    assert {message.content["to"] for message in Message.objects.all()} == {"other@example.org"}
    assert run("export", EMAIL) == "Nothing is kept of this address.\n"


@pytest.mark.parametrize("answer", ["", "n"])
def test_it_asks_first(kept, monkeypatch, answer):
    monkeypatch.setattr(person, "input", lambda question: answer, raising=False)
    assert run("erase", EMAIL).endswith("Nothing was erased.\n")
    assert Letter.objects.count() == 3


def test_an_account_of_the_staff_is_named_and_not_erased():
    user = make_user()
    assert json.loads(run("export", user.email)) == {"staff_account": True}
    assert "It was not erased" in run("erase", user.email, "--yes")
    user.refresh_from_db()


def test_that_an_address_must_not_be_mailed_is_told_and_stays():
    reader = make_reader(make_newsletter(), email=EMAIL)
    workflow.suppress(reader, because="asked")
    run("erase", EMAIL, "--yes")
    assert json.loads(run("export", EMAIL)) == {"must_not_be_mailed": True}


def test_of_an_unknown_address_nothing_is_kept():
    assert run("erase", "nobody@example.org") == "Nothing is kept of this address.\n"


def test_of_the_staff_it_tells_how_they_sign_in_and_no_key():
    user = make_user()
    Authenticator.objects.create(
        user=user, type="webauthn", data={"name": "Laptop", "credential": "Canarykey"}
    )
    said = run("export", user.email)
    factor = json.loads(said)["second_factors"][0]
    assert (factor["kind"], factor["name"], factor["last_used_at"]) == ("webauthn", "Laptop", None)
    assert "Canarykey" not in said
