"""Promise 14: 5 failures in 15 minutes lock the account's attempts, not its owner."""

import datetime as dt
import threading

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connections
from django.test import Client

from advice.accounts import locking
from advice.mail.models import Message
from advice.throttle.models import Count
from advice.throttle.places import take_place
from advice.trace.models import Act
from tests.accounts.codes import NOON, PASSWORD, code
from tests.accounts.test_second_factor import OWN, STEP, add_app, sign_in, signed_in
from tests.factories import make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db
MIDNIGHT = dt.datetime(2026, 3, 2, 23, 52, tzinfo=dt.UTC)
LOCKED = "Too many attempts that failed."


@pytest.fixture
def key(client, user, clock):
    """Of an app; `client` knows the owner's browser, and nobody is signed in."""
    key = add_app(client, user)
    client.post("/accounts/logout/")
    clock.shift(60)
    return key


def guess(email, *, times=1, client=None, network="198.51.100.{}"):
    """From as many networks as there are guesses; gives the last answer."""
    for number in range(times):
        data = {"login": email, "password": f"guess {number}"}
        response = (client or Client()).post("/accounts/login/", data, REMOTE_ADDR=network.format(number))
    return response


def says_locked(response):
    return LOCKED in response.content.decode()


# -- the password -----------------------------------------------------------------------------------------------


def test_after_five_failures_strangers_wait_with_the_right_password_too(user):
    assert not says_locked(guess(user.email, times=5))
    stranger = Client()
    assert says_locked(sign_in(stranger, user))
    assert not signed_in(stranger)


@pytest.mark.parametrize("begin", [NOON, MIDNIGHT])
def test_the_lock_lasts_fifteen_minutes_wherever_the_clock_stands_and_refusals_do_not_prolong_it(
    user, clock, begin
):
    clock.move_to(begin)
    guess(user.email, times=5)
    for _ in range(14):
        clock.shift(60)
        assert says_locked(guess(user.email, times=3))
    clock.shift(2 * 60)
    stranger = Client()
    sign_in(stranger, user)
    assert signed_in(stranger)


def test_the_owner_comes_in_from_a_browser_they_signed_in_from_before(client, user):
    sign_in(client, user)
    client.post("/accounts/logout/")
    assert says_locked(guess(user.email, times=6))
    sign_in(client, user)
    assert signed_in(client)


def test_the_owner_comes_in_by_a_mailed_link_while_strangers_go_on(client, user):
    guess(user.email, times=6)
    client.post("/accounts/password/reset/", {"email": user.email})
    link = Message.objects.get(kind="password_reset").content["text"].partition("8000")[2].split()[0]
    path = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(path, {"password1": "another long one", "password2": "another long one"})
    assert says_locked(guess(user.email, times=6))
    client.post("/accounts/login/", {"login": user.email, "password": "another long one"})
    assert signed_in(client)


def test_a_known_browser_has_five_guesses_of_its_own(client, user):
    sign_in(client, user)
    client.post("/accounts/logout/")
    assert not says_locked(guess(user.email, times=5, client=client))
    assert says_locked(sign_in(client, user))
    stranger = Client()
    sign_in(stranger, user)
    assert signed_in(stranger)


def test_a_browser_is_known_for_its_owner_alone(client, user):
    other = make_user(password=PASSWORD)
    sign_in(client, other)
    client.post("/accounts/logout/")
    guess(user.email, times=5)
    assert says_locked(sign_in(client, user))


@pytest.mark.parametrize("forged", ["1.abc", "1.abc:1abc:xyz", "", ":", "ä:ö:ü"])
def test_a_forged_cookie_is_none(client, user, forged):
    client.cookies["device"] = forged
    guess(user.email, times=5)
    assert says_locked(sign_in(client, user))


def test_the_cookie_goes_to_the_pages_of_sign_in_alone_and_scripts_cannot_read_it(client, user, settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = sign_in(client, user).cookies["device"]
    assert (cookie["path"], cookie["httponly"], cookie["secure"], cookie["samesite"]) == (
        "/accounts/",
        True,
        True,
        "Lax",
    )
    assert cookie["max-age"] == locking.COOKIE_AGE
    assert str(user.email) not in cookie.value


def test_nobody_learns_by_it_who_has_an_account(user):
    answers = [[guess(email).status_code for _ in range(7)] for email in (user.email, "nobody@x.example")]
    locked = [says_locked(guess(email)) for email in (user.email, "nobody@x.example")]
    assert (answers[0], locked) == (answers[1], [True, True])


def test_an_address_in_another_spelling_is_the_same_account(user):
    for spelling in (user.email.upper(), f" {user.email} ", user.email.title(), user.email):
        guess(spelling, times=1)
    guess(user.email)
    assert says_locked(guess(user.email.upper()))


def test_one_network_tries_one_password_at_twenty_accounts_and_no_more(user):
    for number in range(20):
        assert not says_locked(guess(f"person-{number}@x.example", network="203.0.113.7"))
    assert says_locked(guess("another@x.example", network="203.0.113.7"))
    assert not says_locked(guess("another@x.example", network="203.0.113.8"))


def test_one_office_whose_neighbour_guesses_still_comes_in_by_its_own_browsers(client, user):
    sign_in(client, user)
    client.post("/accounts/logout/")
    for number in range(21):
        guess(f"person-{number}@x.example", network="127.0.0.1")
    sign_in(client, user)
    assert signed_in(client)


def test_successes_take_no_place(user):
    for _ in range(8):
        stranger = Client()
        sign_in(stranger, user)
        assert signed_in(stranger)


def test_what_is_refused_writes_no_line_for_ever(user):
    guess(user.email, times=30)
    assert Act.objects.filter(verb="fail to sign in").count() == 5


def test_no_address_of_a_network_or_a_person_is_kept_by_it(user):
    guess(user.email, times=6)
    guess("nobody@x.example", times=2)
    rows = next(rows for table, rows in everything_stored() if table == "throttle_count")
    assert Count.objects.filter(count__gt=0).exists()
    assert not [word for word in ("198.51.100", "@", "nobody") if word in rows]


# -- the second factor ------------------------------------------------------------------------------------------


def test_after_five_wrong_codes_strangers_who_have_the_password_wait(user, key, clock):
    for _ in range(5):
        thief = Client()
        sign_in(thief, user)
        assert thief.post(STEP, {"code": "000000"}).status_code == 422
    thief = Client()
    sign_in(thief, user)
    response = thief.post(STEP, {"code": code(key)})
    assert says_locked(response)
    assert not signed_in(thief)


def test_meanwhile_the_owner_comes_in_from_a_known_browser(client, user, key):
    for _ in range(6):
        thief = Client()
        sign_in(thief, user)
        thief.post(STEP, {"code": "000000"})
    sign_in(client, user)
    client.post(STEP, {"code": code(key)})
    assert signed_in(client)


def test_recovery_codes_are_guessed_no_more_often(user, key):
    for _ in range(5):
        thief = Client()
        sign_in(thief, user)
        thief.post(STEP, {"code": "0000 0000"})
    thief = Client()
    sign_in(thief, user)
    assert says_locked(thief.post(STEP, {"code": "0000 0001"}))


def test_codes_are_not_guessed_by_somebody_at_an_open_desk(client, user, key, clock):
    sign_in(client, user)
    client.post(STEP, {"code": code(key)})
    clock.shift(6 * 60)
    path = f"/accounts/reauthenticate/code/?next={OWN}codes/"
    for _ in range(5):
        assert not says_locked(client.post(path, {"code": "000000"}))
    assert says_locked(client.post(path, {"code": code(key)}))


def test_made_up_passkeys_are_tried_twenty_times_and_lock_nobody(client, user):
    for number in range(21):
        if number % 9 == 0:
            cache.clear()  # allauth's own limit, ten in a minute
        client.post("/accounts/login/passkey/", {"credential": '{"response":{"userHandle":"MQ"}}'})
    assert LOCKED in client.get("/accounts/login/").content.decode()
    stranger = Client()
    sign_in(stranger, user)
    assert signed_in(stranger)


def test_nobody_fills_the_sessions_by_asking_for_passkeys(client, clock, monkeypatch):
    monkeypatch.setattr(locking, "QUESTIONS", 3)

    def ask(network):
        headers = {"accept": "application/json"}
        return Client().get("/accounts/login/passkey/", headers=headers, REMOTE_ADDR=network)

    assert [ask("203.0.113.7").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert ask("203.0.113.8").json()["request_options"]["publicKey"]["userVerification"] == "required"
    assert Session.objects.count() == 4


# -- the places -------------------------------------------------------------------------------------------------


def test_a_place_that_is_given_back_is_free(clock):
    places = [take_place([("a", "b", 2)], seconds=900) for _ in range(3)]
    assert [place is not None for place in places] == [True, True, False]
    places[0].give_back()
    assert take_place([("a", "b", 2)], seconds=900)
    assert not take_place([("a", "b", 2)], seconds=900)


def test_where_one_limit_refuses_no_other_is_used_up(clock):
    assert take_place([("a", "b", 1), ("c", "d", 9)], seconds=900)
    for _ in range(20):
        assert not take_place([("a", "b", 1), ("c", "d", 9)], seconds=900)
    assert sum(take_place([("c", "d", 9)], seconds=900) is not None for _ in range(20)) == 8


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_five_are_let_pass():
    """Each on a connection of its own, as processes are."""
    begin, passed = threading.Barrier(12), []

    def attempt():
        begin.wait()
        passed.append(take_place([("password", "1", 5)], seconds=900) is not None)
        connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False] * 7 + [True] * 5
