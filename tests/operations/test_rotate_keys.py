"""manage.py rotate_keys: all that is encrypted is under the first key afterwards, and is found by its digest as before."""

import threading
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection, connections

from advice import crypto
from advice.letters import retention
from advice.letters.models import Letter
from advice.mail.models import Message
from advice.membership.models import MembershipRequest
from advice.membership.workflow import requests_of
from advice.newsletter import suppressing, workflow
from advice.newsletter.models import SuppressedBecause
from advice.operations import rotating
from tests.factories import make_letter, make_newsletter, make_reader, make_request, make_user
from tests.stored import everything_stored

OLD, NEW = "the key of last year", "the key of this year"
EMAIL = "adam@example.org"


def run():
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


@pytest.fixture
def kept(db, settings):
    settings.PRIVATE_KEYS = [OLD]
    make_letter(email=EMAIL)
    make_letter(email="")
    make_request(email=EMAIL)
    held = make_reader(make_newsletter(), email="held@example.org")
    workflow.suppress(held, because=SuppressedBecause.BOUNCED)
    suppressing.suppress("unknown@example.org", by=make_user())
    settings.PRIVATE_KEYS = [NEW, OLD]
    make_letter(email="eve@example.org")


def test_afterwards_the_new_key_alone_reads_everything(kept, settings):
    assert {model for model, _ in rotating.private_fields()} >= {Letter, Message, MembershipRequest}
    run()
    settings.PRIVATE_KEYS = [NEW]
    assert sorted(letter.email or "" for letter in Letter.objects.all()) == ["", EMAIL, "eve@example.org"]
    assert {request.email for request in MembershipRequest.objects.all()} == {EMAIL}
    assert {message.content["to"] for message in Message.objects.all()} >= {EMAIL, "eve@example.org"}
    assert retention.given_with(EMAIL).count() == requests_of(EMAIL).count() == 1
    assert suppressing.why("held@example.org")
    assert not suppressing.why("unknown@example.org")  # so the command asks to keep the old key


def test_apps_and_recovery_codes_stay_good_and_used_ones_used(db, settings):
    settings.PRIVATE_KEYS = [OLD]
    user = make_user()
    app = TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance
    codes = RecoveryCodes.activate(user)
    first, second = codes.generate_codes()[:2]
    assert codes.validate_code(first)
    settings.PRIVATE_KEYS = [NEW, OLD]
    said = run()
    assert "1 of mfa.Authenticator.secret written anew\n" in said
    assert "1 of mfa.Authenticator.seed written anew\n" in said
    settings.PRIVATE_KEYS = [NEW]
    app.refresh_from_db()
    assert crypto.decrypt(app.data["secret"]) == "JBSWY3DPEHPK3PXP"
    kept = Authenticator.objects.get(type="recovery_codes").wrap()
    assert (kept.validate_code(first), kept.validate_code(second)) == (False, True)
    assert "2 were under the first key already" in run()


def but_the_trace():
    """That the command was called is a line in it each time."""
    return {table: rows for table, rows in everything_stored() if table != "trace_act"}


def test_it_says_what_it_did_and_a_second_run_finds_nothing_to_do(kept):
    mails = Message.objects.count()
    said = run()
    assert "1 of letters.Letter.email written anew\n" in said
    assert "1 of letters.Letter.email_digest written anew\n" in said
    assert "1 of membership.MembershipRequest.email written anew\n" in said
    assert f"{mails - 1} of mail.Message.payload written anew\n" in said
    assert "1 of newsletter.Suppression.digest written anew\n" in said
    assert "1 addresses that must not be mailed are known by a digest alone" in said
    before = but_the_trace()
    assert "0 values were written anew" in run()
    assert but_the_trace() == before


def test_what_no_key_reads_is_told_and_left_and_the_rest_is_done(kept, settings):
    settings.PRIVATE_KEYS = ["a key that was lost"]
    lost = make_letter(email="lost@example.org")
    settings.PRIVATE_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match=r"1 of letters\.Letter\.email, 1 of mail\.Message\.payload"):
        run()
    settings.PRIVATE_KEYS = [NEW]
    assert retention.given_with(EMAIL).get().email == EMAIL
    with pytest.raises(InvalidToken):
        Letter.objects.get(pk=lost.pk)
    settings.PRIVATE_KEYS = ["a key that was lost"]
    assert Letter.objects.get(pk=lost.pk).email == "lost@example.org"


def test_stopped_half_way_it_goes_on(kept, settings, monkeypatch):
    monkeypatch.setattr(rotating, "BATCH", 1)

    def stop(count):
        if count == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotating.rotate_all(stop)
    run()
    settings.PRIVATE_KEYS = [NEW]
    assert len([letter.email for letter in Letter.objects.all()]) == 3
    assert all(message.content for message in Message.objects.all())


def test_a_second_form_after_the_keys_changed_is_still_the_same_letter(db, settings):
    settings.PRIVATE_KEYS = [OLD]
    given = {"question": "Why?", "text": "It twitches.", "form_token": "one form"}
    first = make_letter(**given, signature="Eve", email=EMAIL)
    settings.PRIVATE_KEYS = [NEW, OLD]
    assert make_letter(first.column, **given, signature="Eve", email=EMAIL) == first


@pytest.mark.django_db(transaction=True)
def test_what_the_site_writes_meanwhile_stands(settings):
    settings.PRIVATE_KEYS = [OLD]
    letters = [make_letter(email="") for _ in range(40)]
    Letter.objects.all().update(email="first@example.org", email_digest=crypto.digest("first@example.org"))
    settings.PRIVATE_KEYS = [NEW, OLD]
    changed = threading.Event()

    def write():
        try:
            for letter in reversed(letters):
                address = f"{letter.pk}@example.org"
                Letter.objects.filter(pk=letter.pk).update(email=address, email_digest=crypto.digest(address))
                changed.set()
        finally:
            connections.close_all()

    site = threading.Thread(target=write)
    site.start()
    changed.wait(10)
    run()
    site.join()
    settings.PRIVATE_KEYS = [NEW]
    for letter in Letter.objects.all():
        assert letter.email == f"{letter.pk}@example.org"
        assert letter.email_digest == crypto.digest(letter.email)


@pytest.mark.django_db(transaction=True)
def test_the_old_ciphertext_is_gone_from_the_log_on_the_disk(settings):
    if connection.vendor != "sqlite":
        assert rotating.rotate_all().renewed.total() == 0
        return
    settings.PRIVATE_KEYS = [OLD]
    letter = make_letter(email=EMAIL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM letters_letter WHERE id = %s", [letter.pk])
        token = cursor.fetchone()[0]
        cursor.execute("PRAGMA database_list")
        path = cursor.fetchone()[2]
    settings.PRIVATE_KEYS = [NEW, OLD]
    run()
    for name in (path, f"{path}-wal"):
        with open(name, "rb") as file:
            assert token.encode() not in file.read()
