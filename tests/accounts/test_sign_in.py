import re

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from advice.accounts.models import Role
from advice.mail.models import Message
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "running in the rain"


@pytest.fixture(autouse=True)
def no_old_counts():
    cache.clear()


@pytest.fixture
def user():
    return make_user(Role.EDITOR, password=PASSWORD)


def sign_in(client, email, password=PASSWORD, **more):
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def signed_in(client):
    return "_auth_user_id" in client.session


def test_staff_sign_in_by_mail_and_password_whatever_the_case(client, user):
    assert sign_in(client, user.email.upper())["Location"] == "/desk/"
    assert signed_in(client)


def test_whoever_came_from_a_page_goes_back_there_and_never_to_another_site(client, user):
    assert sign_in(client, user.email, next="/desk/people/")["Location"] == "/desk/people/"
    client.logout()
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"):
        assert sign_in(client, user.email, next=evil)["Location"] == "/desk/"
        client.logout()


def test_known_and_unknown_addresses_are_refused_alike(client, user):
    answers = {
        sign_in(client, email, "wrong").context["form"].non_field_errors()[0]
        for email in (user.email, "no@x.example")
    }
    assert len(answers) == 1


def test_successes_are_not_counted(client, user):
    for _ in range(8):
        assert sign_in(client, user.email).status_code == 302
        client.logout()


def test_a_deactivated_person_does_not_get_in(client, user):
    user.is_active = False
    user.save()
    assert sign_in(client, user.email)["Location"] == "/accounts/inactive/"
    assert not signed_in(client)
    assert client.get("/accounts/inactive/").status_code == 200


def test_signing_out_takes_a_button_and_leaves_no_cookie(client, user):
    client.force_login(user)
    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in(client)
    response = client.post("/accounts/logout/")
    assert response["Location"] == "/"
    assert not signed_in(client)
    assert response.cookies["sessionid"]["max-age"] == 0


def test_who_signs_out_is_out_wherever_the_cookie_was_copied_to(client, user):
    sign_in(client, user.email)
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert thief.get("/desk/").status_code == 200
    client.post("/accounts/logout/")
    assert thief.get("/desk/")["Location"].startswith("/accounts/login/")
    assert not Session.objects.exists()


def test_sign_up_is_closed_politely(client):
    page = client.get("/accounts/signup/")
    assert page.status_code == 200
    assert "they are invited by mail" in page.content.decode()
    from advice.accounts.models import User

    client.post("/accounts/signup/", {"email": "me@x.example", "password1": PASSWORD})
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "path",
    ["email/", "confirm-email/", "confirm-email/x/", "password/set/", "login/code/", "login/code/confirm/"],
)
def test_pages_that_nobody_needs_are_not_there(client, user, path):
    assert client.get(f"/accounts/{path}").status_code == 404
    client.force_login(user)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_the_bare_folder_is_no_error(client):
    assert client.get("/accounts/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("account_email")


# -- a forgotten password ---------------------------------------------------------------------------------------


def ask(client, email):
    return client.post("/accounts/password/reset/", {"email": email})


def test_a_forgotten_password_is_made_anew_by_a_mailed_link(client, user, settings):
    settings.SITE_URL = "https://site.example"
    response = client.post(
        "/accounts/password/reset/", {"email": user.email.upper()}, headers={"host": "localhost"}
    )
    assert response["Location"] == "/accounts/password/reset/done/"
    mail = Message.objects.get().content
    assert mail["to"] == user.email.upper() or mail["to"] == user.email
    link = re.search(r"https://site\.example(/accounts/password/reset/key/\S+)", mail["text"]).group(1)
    assert "localhost" not in mail["text"]
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]
    assert "token_fail" not in form.context or not form.context["token_fail"]
    new = {"password1": "another long one", "password2": "another long one"}
    assert client.post(path, new)["Location"] == "/accounts/password/reset/key/done/"
    assert not signed_in(client)
    assert sign_in(client, user.email, "another long one").status_code == 302
    client.logout()
    assert "This link is over" in client.get(link, follow=True).content.decode()


@pytest.mark.parametrize("who", ["unknown", "deactivated", "invited"])
def test_an_address_without_an_open_account_gets_the_same_answer_and_no_mail(client, who):
    email = "nobody@x.example"
    if who != "unknown":
        email = make_user(is_active=False, password=PASSWORD if who == "deactivated" else None).email
    response = ask(client, email)
    assert (response.status_code, response["Location"]) == (302, "/accounts/password/reset/done/")
    assert not Message.objects.exists()


def test_asking_for_links_is_limited(client, user):
    answers = [ask(client, user.email) for _ in range(6)]
    assert [answer.status_code for answer in answers[:3]] == [302, 302, 302]
    assert answers[-1].status_code == 429
    assert "Too often just now" in answers[-1].content.decode()
    assert Message.objects.count() <= 3


def test_a_password_is_changed_with_the_old_one(client, user):
    client.force_login(user)
    data = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"}
    assert client.post("/accounts/password/change/", {**data, "oldpassword": "wrong"}).status_code == 200
    assert client.post("/accounts/password/change/", data).status_code == 302
    user.refresh_from_db()
    assert user.check_password("another long one")


@pytest.mark.parametrize("password", ["short", "password123", "1234567890123"])
def test_a_weak_password_is_refused(client, user, password):
    client.force_login(user)
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/accounts/password/change/", data).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    "path", ["login/", "signup/", "password/reset/", "password/reset/done/", "inactive/"]
)
def test_every_page_of_sign_in_is_private_and_not_indexed(client, path):
    response = client.get(f"/accounts/{path}")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert 'content="noindex"' in response.content.decode()
    assert not re.search(r"<script(?! src=)|\son\w+=|style=", response.content.decode())
