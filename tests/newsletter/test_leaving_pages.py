"""The page behind each mail's link to stop: one button, a reason for who likes to give one, and the way back."""

import pytest
from django.test import Client

from advice.newsletter import tokens, workflow
from advice.newsletter.models import Subscriber
from tests.factories import make_left, make_newsletter, make_reader
from tests.newsletter.links import a_day_later, link, mails

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def cooldown():
    return make_newsletter("The Cooldown", slug="cooldown", position=0)


@pytest.fixture
def reader(cooldown):
    return make_reader(cooldown, email="runner@example.org")


def stop(reader, issue=None):
    return f"/unsubscribe/{tokens.for_unsubscribing(reader, issue)}/"


def kept(reader):
    row = Subscriber.objects.get(pk=reader.pk)
    return row.status, row.left_because


def page(client, address):
    return client.get(address).content.decode()


def test_the_page_asks_with_a_masked_address_and_no_reason_chosen(client, reader):
    text = page(client, stop(reader))
    assert "r…@example.org" in text
    assert reader.email not in text
    assert text.count('type="radio"') == 5
    assert "checked" not in text
    assert "required" not in text


@pytest.mark.parametrize(
    ("sent", "because"),
    [
        ({}, ""),
        ({"because": "too_much"}, "too_much"),
        ({"because": "no such reason"}, ""),
        ({"because": "\x00"}, ""),
    ],
)
def test_one_press_leaves_with_or_without_a_reason(client, reader, sent, because):
    response = Client(enforce_csrf_checks=True).post(stop(reader), sent)
    assert response.status_code == 303
    assert kept(reader) == ("left", because)
    text = page(client, response["Location"])
    assert "You are unsubscribed" in text
    assert ("Tell us" in text) == (because == "")
    assert reader.email not in text


@pytest.mark.parametrize("first", [{}, ONE_CLICK])
def test_who_gave_no_reason_is_asked_once_more_and_only_that_is_kept(client, reader, first):
    address = stop(reader)
    client.post(address, first)
    left_at = Subscriber.objects.get().left_at
    response = client.post(address, {"after": "1", "because": "elsewhere"})
    assert response.status_code == 303
    assert kept(reader) == ("left", "elsewhere")
    assert Subscriber.objects.get().left_at == left_at
    text = page(client, response["Location"])
    assert "Thank you for saying why." in text
    assert "Tell us" not in text
    client.post(address, {"after": "1", "because": "other"})
    assert kept(reader) == ("left", "elsewhere")


@pytest.mark.parametrize("because", ["", "nonsense"])
def test_a_reason_that_is_none_is_told(client, reader, because):
    address = stop(reader)
    client.post(address)
    response = client.post(address, {"after": "1", "because": because})
    assert response.status_code == 422
    assert "simply close this page" in response.content.decode()
    assert kept(reader) == ("left", "")


def test_the_reason_alone_stops_nobody(client, reader):
    address = stop(reader)
    assert client.post(address, {"after": "1", "because": "other"}).status_code == 303
    assert kept(reader) == ("confirmed", "")


def test_the_issue_whose_link_was_used_is_counted(client, cooldown, reader):
    issue, other = make_left(cooldown), make_left(cooldown)
    issue.deliveries.update(state="sent")
    other.deliveries.update(state="sent")
    client.post(stop(reader, issue), {"because": "too_much"})
    assert issue.deliveries.get().left_at is not None
    assert other.deliveries.get().left_at is None


def test_who_leaves_is_not_remembered_by_what_they_chose(client, reader, cooldown):
    workflow.set_preferences(reader, newsletters=[cooldown], rhythm="weekly", text_only=True)
    client.post(stop(reader))
    row = Subscriber.objects.get()
    assert (row.rhythm, row.text_only, row.paused_until, row.topics.count()) == ("", False, None, 0)


def test_coming_back_is_subscribing_again(client, reader):
    client.post(stop(reader), {"because": "other"})
    assert 'href="/subscribe/"' in page(client, stop(reader))
    a_day_later()  # the reader was made without a mail to answer
    client.post("/subscribe/", {"email": "Runner@example.org"})
    assert kept(reader)[0] == "pending"
    client.post(link(mails("confirm")[-1], "subscribe/confirm"))
    assert kept(reader) == ("confirmed", "")
    client.post(stop(reader))
    assert "Tell us" in page(client, stop(reader))


def test_an_erased_reader_gets_a_page_that_names_nobody_and_asks_nothing(client, reader):
    address = stop(reader)
    reader.delete()
    assert "Tell us" not in page(client, address)
    assert client.post(address, {"after": "1", "because": "other"}).status_code == 303
    assert client.post(address).status_code == 303
