"""Promise 14: a second factor for staff. Passkeys are tried in a browser (tests/browser/test_passkeys.py)."""

import datetime as dt
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from advice.accounts import workflow
from advice.accounts.models import Role
from advice.mail.models import Message
from advice.trace.models import Act
from tests.accounts.codes import PASSWORD, code, key_on
from tests.factories import make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db
OWN = "/accounts/sign-in/"
STEP = "/accounts/login/second/"


@pytest.fixture
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True


def sign_in(client, user, **more):
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD, **more})


def add_app(client, user):
    """Give the key that the app then has."""
    sign_in(client, user)
    key = key_on(client.get(f"{OWN}app/").content.decode())
    assert client.post(f"{OWN}app/", {"code": code(key)})["Location"] == f"{OWN}codes/"
    return key


@pytest.fixture
def key(client, user, clock):
    """Of an app that was added; nobody is signed in, and the code of that moment is over."""
    key = add_app(client, user)
    client.post("/accounts/logout/")
    clock.shift(60)
    return key


def signed_in(client):
    return "_auth_user_id" in client.session


def acts():
    return list(Act.objects.order_by("pk").values_list("verb", "detail"))


# -- required ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/desk/", "/desk/articles/?show=filed", "/admin/", "/admin/articles/tag/"])
def test_without_a_second_factor_every_page_of_the_desk_leads_to_adding_one(client, clock, required, path):
    client.force_login(make_user(Role.OWNER))
    to = urlsplit(client.get(path)["Location"])
    assert (to.path, parse_qs(to.query)) == (OWN, {"next": [path]})
    page = client.get(f"{to.path}?{to.query}").content.decode()
    assert "One more step before the desk." in page
    assert "To the desk" not in page


def test_what_is_sent_without_one_is_refused_and_does_nothing(client, user, required):
    client.force_login(user)
    response = client.post("/desk/settings/", {"opens_next": ""})
    assert response.status_code == 403
    assert "Nothing was done" in response.content.decode()
    user.refresh_from_db()
    assert user.opens_next


def test_with_one_the_desk_is_open_and_the_page_leads_back(client, user, required):
    add_app(client, user)
    assert client.get("/desk/").status_code == 200
    assert 'href="/desk/people/"' in client.get(f"{OWN}?next=/desk/people/").content.decode()
    assert "evil" not in client.get(f"{OWN}?next=https://evil.example/").content.decode()


def test_where_none_is_required_the_desk_is_open_without(client, user):
    sign_in(client, user)
    assert client.get("/desk/").status_code == 200


def test_it_is_looked_for_once_in_a_session(client, user, required):
    add_app(client, user)
    client.get("/desk/settings/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/desk/settings/")
    assert [query for query in queries if "mfa_authenticator" in query["sql"]] == []


def test_the_last_one_is_not_removed_where_it_is_required(client, user, required):
    add_app(client, user)
    response = client.post(f"{OWN}app/remove/")
    assert response.status_code == 422
    assert "Add another first." in response.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_pages_for_readers_ask_for_none(client, user, required):
    client.force_login(user)
    for path in ("/", "/ask/", "/search/"):
        assert client.get(path).status_code == 200


# -- an app -----------------------------------------------------------------------------------------------------


def test_an_app_is_added_and_asked_for_after_the_password(client, user, key):
    assert sign_in(client, user, next="/desk/people/")["Location"] == STEP
    assert not signed_in(client)
    assert client.get("/desk/").status_code == 302
    assert client.post(STEP, {"code": code(key)})["Location"] == "/desk/people/"
    assert signed_in(client)


def test_the_picture_holds_the_same_key_as_the_text_and_nothing_inline(client, user):
    sign_in(client, user)
    page = client.get(f"{OWN}app/").content.decode()
    link = urlsplit(re.search(r'href="(otpauth://[^"]+)"', page).group(1).replace("&amp;", "&"))
    assert parse_qs(link.query) == {"secret": [key_on(page)], "issuer": ["Second Wind"]}
    assert len(re.findall(r"M\d+ \d+h1v1h-1z", page)) > 400
    assert "style=" not in page
    assert "data:" not in page


def test_a_wrong_code_adds_nothing_and_the_key_stays(client, user):
    sign_in(client, user)
    key = key_on(client.get(f"{OWN}app/").content.decode())
    response = client.post(f"{OWN}app/", {"code": "000000" if code(key) != "000000" else "111111"})
    assert response.status_code == 422
    assert key_on(response.content.decode()) == key
    assert not Authenticator.objects.exists()


def test_codes_of_a_clock_that_is_half_a_minute_off_are_good_and_others_are_not(client, user, key, clock):
    for shift, good in ((-60, False), (-30, True), (30, True), (60, False)):
        client.cookies.clear()
        clock.shift(180)
        sign_in(client, user)
        now = dt.datetime.now(dt.UTC).timestamp()
        client.post(STEP, {"code": code(key, at=now + shift)})
        assert signed_in(client) is good, shift


def test_a_code_is_good_once(client, user, key, clock):
    used = code(key)
    for seconds, good in ((0, True), (0, False), (35, False)):
        clock.shift(seconds)
        other = Client()
        sign_in(other, user)
        response = other.post(STEP, {"code": used})
        assert signed_in(other) is good
    assert response.status_code == 422
    assert "has been used" in response.content.decode()


def test_the_code_that_an_app_was_added_with_opens_nothing_more(client, user):
    key = add_app(client, user)
    other = Client()
    sign_in(other, user)
    assert other.post(STEP, {"code": code(key)}).status_code == 422
    assert not signed_in(other)


def test_a_password_reset_does_not_go_round_it(client, user, key):
    client.post("/accounts/password/reset/", {"email": user.email})
    text = Message.objects.get(kind="password_reset").content["text"]
    path = client.get(
        re.search(r"/accounts/password/reset/key/\S+", text).group(), follow=True
    ).redirect_chain
    new = {"password1": "another long one", "password2": "another long one"}
    client.post(path[-1][0], new)
    response = client.post("/accounts/login/", {"login": user.email, "password": "another long one"})
    assert response["Location"] == STEP
    assert not signed_in(client)


def test_whoever_began_with_the_wrong_account_begins_again(client, user, key):
    sign_in(client, user)
    assert client.get("/accounts/login/")["Location"] == STEP
    assert client.post("/accounts/logout/", {"next": "/accounts/login/"})["Location"] == "/accounts/login/"
    assert client.get("/accounts/login/").status_code == 200


# -- recovery codes ---------------------------------------------------------------------------------------------


def codes_on(page):
    return re.findall(r"<code>(\d{4} \d{4})</code>", page)


def test_each_recovery_code_opens_once(client, user, key):
    other = Client()
    add = sign_in(client, user)
    client.post(add["Location"], {"code": code(key)})
    codes = codes_on(client.get(f"{OWN}codes/").content.decode())
    assert len(set(codes)) == 10
    for good in (True, False):
        other.cookies.clear()
        sign_in(other, user)
        other.post(STEP, {"code": codes[3]})
        assert signed_in(other) is good
    assert "9 codes of 10 are left." in client.get(OWN).content.decode()
    assert codes[3] not in client.get(f"{OWN}codes/").content.decode()
    assert ("use recovery code", "") in acts()


def test_codes_are_downloaded_as_text_and_kept_by_no_cache(client, user):
    add_app(client, user)
    shown = codes_on(client.get(f"{OWN}codes/").content.decode())
    response = client.get(f"{OWN}codes/download/")
    assert response["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert "no-store" in response["Cache-Control"]
    text = response.content.decode()
    assert re.findall(r"^\d{4} \d{4}$", text, re.M) == shown
    assert f"Recovery codes for Second Wind, {user.email}" in text


def test_new_codes_make_the_old_ones_void(client, user):
    add_app(client, user)
    old = codes_on(client.get(f"{OWN}codes/").content.decode())
    assert client.post(f"{OWN}codes/new/")["Location"] == f"{OWN}codes/"
    new = codes_on(client.get(f"{OWN}codes/").content.decode())
    assert not set(old) & set(new)
    other = Client()
    sign_in(other, user)
    assert other.post(STEP, {"code": old[0]}).status_code == 422


# -- important steps --------------------------------------------------------------------------------------------

STEPS = ["app/remove/", "codes/", "codes/new/", "codes/download/", "passkeys/"]


@pytest.mark.parametrize("path", STEPS)
def test_some_minutes_after_signing_in_an_important_step_asks_who_it_is(client, user, clock, path):
    key = add_app(client, user)
    assert client.get(f"{OWN}{path}").status_code == 200
    clock.shift(6 * 60)
    asked = client.get(f"{OWN}{path}")["Location"]
    assert asked.startswith("/accounts/reauthenticate/?next=")
    page = client.get(asked).content.decode()
    assert "With a code" in page
    by_code = re.search(r'href="(/accounts/reauthenticate/code/[^"]+)"', page).group(1)
    assert client.post(by_code, {"code": "000000"}).status_code == 422
    assert client.post(by_code, {"code": code(key)})["Location"] == f"{OWN}{path}"
    assert client.get(f"{OWN}{path}").status_code == 200


def test_nobody_comes_to_these_pages_without_signing_in(client, clock):
    paths = ["", "app/", "elsewhere/", "passkeys/1/", "passkeys/1/remove/", *STEPS]
    for path in paths:
        for response in (client.get(f"{OWN}{path}"), client.post(f"{OWN}{path}")):
            assert response.status_code == 302, path
            assert response["Location"].startswith("/accounts/login/"), path


def test_signing_out_everywhere_else_keeps_only_the_session_it_came_from(client, user):
    other = Client()
    for one in (client, other):
        sign_in(one, user)
    assert client.get(f"{OWN}elsewhere/").status_code == 405
    assert client.post(f"{OWN}elsewhere/")["Location"] == OWN
    assert client.get("/desk/").status_code == 200
    assert other.get("/desk/").status_code == 302
    assert ("sign out elsewhere", "") in acts()


def test_nobody_touches_the_passkey_of_another(client, user):
    data = {"name": "Key", "credential": {}}
    theirs = Authenticator.objects.create(user=make_user(), type="webauthn", data=data)
    sign_in(client, user)
    for path in (f"passkeys/{theirs.pk}/", f"passkeys/{theirs.pk}/remove/"):
        assert client.get(f"{OWN}{path}").status_code == 404
        assert client.post(f"{OWN}{path}", {"name": "Mine"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.data == data


# -- what is stored, traced and mailed --------------------------------------------------------------------------


def test_keys_and_seeds_stand_encrypted_also_while_an_app_is_being_added(client, user):
    sign_in(client, user)
    key = key_on(client.get(f"{OWN}app/").content.decode())

    def found():
        stored = list(everything_stored())
        sessions = [json.dumps(row.get_decoded()) for row in Session.objects.all()]
        return [name for name, rows in stored if key in rows] + [one for one in sessions if key in one]

    assert found() == []
    client.post(f"{OWN}app/", {"code": code(key)})
    codes = codes_on(client.get(f"{OWN}codes/").content.decode())
    assert found() == []
    stored = str(list(everything_stored()))
    assert not [one for one in codes if one in stored or one.replace(" ", "") in stored]


def test_each_change_is_traced(client, user):
    add_app(client, user)
    client.post(f"{OWN}codes/new/")
    client.post(f"{OWN}app/remove/")
    client.post("/accounts/logout/")
    assert acts() == [
        ("sign in", ""),
        ("add second factor", "code"),
        ("make recovery codes", ""),
        ("remove second factor", "code"),
        ("sign out", ""),
    ]
    assert not Authenticator.objects.exists()


def test_each_change_is_mailed(client, user, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        add_app(client, user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{OWN}codes/new/")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{OWN}app/remove/")
    mails = [mail.content for mail in Message.objects.order_by("pk")]
    said = ("An authenticator app was added.", "New recovery codes were made", "app was removed.")
    assert len(mails) == 3
    for mail, words in zip(mails, said, strict=True):
        assert mail["to"] == user.email
        assert words in mail["text"]
        assert "http://127.0.0.1:8000/accounts/sign-in/" in mail["text"]


def test_how_somebody_signed_in_and_failed_is_traced(client, user, key):
    before = Act.objects.count()
    sign_in(client, user)
    client.post(STEP, {"code": "wrong"})
    client.post(STEP, {"code": code(key)})
    lines = list(Act.objects.order_by("pk").values_list("verb", "detail", "number", "person"))[before:]
    assert lines == [
        ("fail to sign in", "code", user.pk, None),
        ("sign in", "code", user.pk, user.pk),
    ]


@pytest.mark.parametrize(
    "credential",
    [
        *(
            "",
            "1",
            "[]",
            "{}",
            "null",
            '"x"',
            '{"id":"x"}',
            '{"response":1}',
            '{"response":{"userHandle":"MQ"}}',
        ),
        '{"id":"AAAA","rawId":"AAAA","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":"AA"}}',
        '{"id":"AAAA","rawId":"A","response":{"clientDataJSON":"AA","attestationObject":"AA","userHandle":"ä"}}',
    ],
)
def test_made_up_passkeys_are_refused_and_no_error(client, user, credential):
    alone = client.post("/accounts/login/passkey/", {"credential": credential, "next": "/desk/people/"})
    assert alone["Location"] == "/accounts/login/?next=%2Fdesk%2Fpeople%2F"
    assert not signed_in(client)
    sign_in(client, user)
    added = client.post(f"{OWN}passkeys/", {"credential": credential, "name": "Key"})
    assert added.status_code == 422
    assert not Authenticator.objects.exists()


# -- reset ------------------------------------------------------------------------------------------------------


def test_a_reset_takes_everything_and_ends_every_session(client, user, required):
    add_app(client, user)
    workflow.reset_second_factor(user, by=make_user(Role.OWNER))
    assert not Authenticator.objects.exists()
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")
    sign_in(client, user)
    assert client.get("/desk/")["Location"] == f"{OWN}?next=/desk/"
