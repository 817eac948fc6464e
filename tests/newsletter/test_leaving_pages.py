"""The page behind each mail's link to stop: one button, a reason for who likes to give one, and the way back."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

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


def test_it_says_what_stops_and_leads_to_who_keeps_some(client, reader):
    workflow.set_preferences(reader, newsletters=[*reader.newsletters.all(), make_newsletter("Splits")])
    make_newsletter("Not theirs")
    text = page(client, stop(reader))
    assert "<b>The Cooldown</b>" in text
    assert "<b>Splits</b>" in text
    assert "<b>Not theirs</b>" not in text
    assert text.split("<main")[1].split("</main>")[0].count("<button") == 1
    assert page(client, re.search(r'href="(/subscribe/preferences/[^"]+)"', text)[1]).count("checked") == 3


@pytest.mark.parametrize("since", ["moved", "came back"])
def test_a_link_from_before_opens_and_tells_nothing_but_stops(client, reader, cooldown, since):
    """The old mailbox may be somebody else's by now."""
    with time_machine.travel(timezone.now() - dt.timedelta(days=2)):
        old = stop(reader)
    if since == "moved":
        workflow.move(reader, email="walker@example.net")
    else:
        workflow.leave(reader)
        Subscriber.objects.update(status="confirmed", confirmed_at=timezone.now())
        reader.subscriptions.create(newsletter=cooldown)
    text = page(client, old)
    assert "/subscribe/preferences/" not in text
    assert "<b>The Cooldown</b>" not in text
    client.post(old)
    assert kept(reader) == ("left", "")


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


# -- what is kept of who has left -------------------------------------------------------------------------------


def test_who_has_left_learns_what_is_kept_and_has_it_exported_and_erased_by_a_link(client, reader):
    client.post(stop(reader))
    assert "We keep the address" in page(client, stop(reader))
    response = client.post(stop(reader), {"own": "1"})
    assert response.status_code == 303
    assert "A link is on its way" in page(client, response["Location"])
    (mail,) = mails("own_link")
    assert mail["to"] == reader.email
    assert "change your address" not in mail["text"] + mail["html"]
    own = link(mail, "subscribe/preferences")
    text = page(client, own)
    assert "What we keep of you" in text
    assert "<form" not in text.split("<main")[1].split("</main>")[0]
    assert client.get(f"{own}export/").json()["status"] == "left"
    for part in ("", "pause/", "resume/", "link/", "address/"):
        response = client.post(f"{own}{part}", {"newsletters": "cooldown", "email": "new@example.org"})
        assert response.status_code == 410
    assert kept(reader) == ("left", "")
    assert client.post(f"{own}erase/").status_code == 303
    assert not Subscriber.objects.exists()


def test_the_link_that_is_kept_apart_dies_after_a_day_and_with_coming_back(client, reader):
    client.post(stop(reader))
    row = Subscriber.objects.get()
    own = f"/subscribe/preferences/{tokens.for_owner(row)}/"
    assert client.get(f"/subscribe/preferences/{tokens.for_preferences(row)}/").status_code == 410
    with time_machine.travel(timezone.now() + dt.timedelta(days=1, seconds=2)):
        assert client.get(own).status_code == 410
    a_day_later()
    client.post("/subscribe/", {"email": reader.email})
    assert client.get(own).status_code == 410


def test_who_has_left_is_mailed_that_link_once_a_day_and_nobody_else_is(client, reader):
    address = stop(reader)
    client.post(address, {"own": "1"})  # still subscribed
    assert mails("own_link") == []
    client.post(address)
    for _ in range(5):
        client.post(address)
        client.post(address, {"own": "1"})
    assert len(mails("own_link")) == 1
    a_day_later()
    workflow.suppress(reader, because="complained")
    assert "Mail me that link" not in page(client, address)
    assert client.post(address, {"own": "1"}).status_code == 303
    assert len(mails("own_link")) == 1


def test_an_erased_reader_gets_a_page_that_names_nobody_and_asks_nothing(client, reader):
    address = stop(reader)
    reader.delete()
    assert "Tell us" not in page(client, address)
    assert client.post(address, {"after": "1", "because": "other"}).status_code == 303
    assert client.post(address).status_code == 303
