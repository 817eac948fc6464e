import re

import pytest
from django.core.management import CommandError, call_command

from advice.accounts.models import User
from advice.articles.models import Column, Page
from advice.newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def test_the_first_owner_chooses_a_password_by_the_printed_link(client, capsys):
    call_command("start", email="Wren@example.org", name="Wren")
    owner = User.objects.get()
    assert (owner.email, owner.role, owner.is_active) == ("wren@example.org", "owner", False)
    link = re.search(r"http://\S+", capsys.readouterr().out)[0]
    path = "/" + link.split("/", 3)[3]
    assert client.get(path, follow=True).status_code == 200
    client.post(path, {"new_password1": "a-long-pass-phrase", "new_password2": "a-long-pass-phrase"})
    owner.refresh_from_db()
    assert owner.is_active
    assert owner.check_password("a-long-pass-phrase")


def test_a_new_site_has_its_pages_a_column_to_ask_and_a_newsletter(client):
    call_command("start", email="wren@example.org", name="Wren")
    assert {"about", "standards", "privacy", "contact"} <= set(Page.objects.values_list("slug", flat=True))
    assert Column.objects.count() == Newsletter.objects.count() == 1
    for address in ("/", "/ask/", "/subscribe/", "/about/", "/privacy/"):
        assert client.get(address).status_code == 200


def test_a_site_with_an_owner_is_not_started_again():
    call_command("start", email="wren@example.org", name="Wren")
    with pytest.raises(CommandError, match="owner already"):
        call_command("start", email="eve@example.org", name="Eve")
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", [None, "Wren@example.org"])
def test_an_owner_whose_link_ran_out_gets_a_new_one(client, capsys, email):
    call_command("start", email="wren@example.org", name="Wren")
    first = re.search(r"http://\S+", capsys.readouterr().out)[0]
    call_command("start", email=email)
    second = re.search(r"http://\S+", capsys.readouterr().out)[0]
    assert client.get("/" + first.split("/", 3)[3], follow=True).status_code == 404
    path = "/" + second.split("/", 3)[3]
    client.post(path, {"new_password1": "a-long-pass-phrase", "new_password2": "a-long-pass-phrase"})
    assert User.objects.get().is_active
    with pytest.raises(CommandError, match="owner already"):
        call_command("start", email=email)


@pytest.mark.parametrize(("email", "name"), [("not-an-address", "Wren"), ("wren@example.org", "  ")])
def test_bad_input_makes_nothing_and_says_why(email, name):
    with pytest.raises(CommandError, match="Nothing was made"):
        call_command("start", email=email, name=name)
    assert User.objects.count() == Page.objects.count() == 0
