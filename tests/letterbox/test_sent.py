"""After sending: the link is shown once, and stands in no address."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client

from advice.letterbox.place import SHORTLY
from advice.letters.models import Letter
from tests.factories import make_column, make_letter
from tests.letterbox.test_ask import WORDS

pytestmark = pytest.mark.django_db
LINK = re.compile(r'id="private-link" class="private-link">http://127.0.0.1:8000(/letters/[^<]+/)<')


@pytest.fixture(autouse=True)
def column():
    return make_column("The Sports Doc", slug="sports", position=1)


def send(client, **changed):
    return client.post("/ask/", {**WORDS, **changed})


def links(page):
    return LINK.findall(page.content.decode())


def test_the_link_is_shown_once_and_again_by_a_press(client):
    first = client.get(send(client)["Location"], follow=True)
    letter = Letter.objects.get()
    own = f"/letters/yours/{letter.case_number}/"
    assert first.redirect_chain[-1][0] == f"{own}thanks/"
    assert letter.case_number in first.content.decode()
    (link,) = links(first)
    assert Letter.objects.by_secret(link.split("/")[2]) == letter
    second = client.get(f"{own}thanks/")
    assert (second.status_code, links(second)) == (200, [])
    assert f'href="{own}"' in second.content.decode()
    assert client.get(own).status_code == 200
    assert f'href="{own}thanks/"' in client.get(own).content.decode()
    assert len(links(client.post(f"{own}thanks/"))) == 1


def test_no_address_on_the_way_opens_the_letter(client):
    sent = send(client)
    addresses = [
        sent["Location"],
        *(to for to, _ in client.get(sent["Location"], follow=True).redirect_chain),
    ]
    client.post(f"/letters/yours/{Letter.objects.get().case_number}/leave/")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=SHORTLY + 5)):
        for one in (client, Client()):
            assert [one.get(address).status_code for address in addresses] == [404, 404]


def test_where_cookies_are_refused_the_link_is_shown_for_ten_minutes():
    address = send(Client())["Location"]
    page = Client().get(address)
    assert (page.status_code, len(links(page)), list(page.cookies)) == (200, 1, [])
    assert Client().get(links(page)[0], follow=True).status_code in {200, 303}
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=SHORTLY + 5)):
        assert Client().get(address).status_code == 404


def test_the_cookies_are_for_the_private_pages_alone(client, settings):
    settings.SITE_URL = "https://advice.example"
    cookie = send(client).cookies["sent"]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"], cookie["secure"]) == (
        "/letters/",
        "Lax",
        True,
        True,
    )
    assert cookie["max-age"] == SHORTLY


def test_a_second_letter_leaves_the_first_one_open(client):
    for question in ("One?", "Another?"):
        assert links(client.get(send(client, question=question)["Location"], follow=True))
    for letter in Letter.objects.all():
        assert client.get(f"/letters/yours/{letter.case_number}/").status_code == 200


def test_the_same_form_twice_leads_to_the_same_letter(client):
    first, second = (links(client.get(send(client)["Location"], follow=True)) for _ in range(2))
    assert Letter.objects.by_secret(first[0].split("/")[2]) == Letter.objects.by_secret(
        second[0].split("/")[2]
    )


def test_the_address_of_before_leads_on(client):
    letter = make_letter()
    page = client.get(f"{letter.get_absolute_url()}thanks/", follow=True)
    assert page.redirect_chain[-1][0] == f"/letters/yours/{letter.case_number}/"


def test_no_mail_is_spoken_of_where_no_address_was_given(client):
    assert "a mail" not in client.get(send(client, email="")["Location"], follow=True).content.decode()


@pytest.mark.parametrize("ticket", ["1", "x", "1:x:y", "%00", "99:1xXSZG:x"])
def test_a_made_up_ticket_opens_nothing(client, ticket):
    make_letter()
    assert client.get(f"/letters/sent/{ticket}/").status_code == 404
