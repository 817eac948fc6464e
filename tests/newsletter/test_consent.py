"""Of each subscription stands written when it was agreed to, in which form, and in which words."""

import datetime as dt
import re
from html import unescape

import pytest
import time_machine

from advice.newsletter import consent, workflow
from advice.newsletter.models import Subscriber
from tests.factories import make_newsletter, make_published
from tests.newsletter.links import link, mails

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
EMAIL = "reader@example.org"
# The words of every version, once more: whoever changes them there finds that they need a new version.
WORDINGS = {
    "2026-11": "We mail you what you choose, and begin only when you have pressed the button behind the link that we"
    " send you first. You can stop at any time, with one press.",
}


@pytest.fixture(autouse=True)
def cooldown():
    return make_newsletter("The Cooldown", slug="cooldown", position=0)


def kept():
    row = Subscriber.objects.get()
    return row.consent_version, row.form, row.article


def press(client, number=-1):
    return client.post(link(mails("confirm")[number], "subscribe/confirm"))


def test_no_wording_is_ever_changed():
    assert {version: str(words) for version, words in consent.WORDINGS.items()} == WORDINGS
    assert list(WORDINGS)[-1] == consent.VERSION


@pytest.mark.parametrize("of_article", [True, False])
def test_the_words_in_the_form_are_those_of_the_version_that_is_kept(client, of_article):
    address = make_published().get_absolute_url() if of_article else "/subscribe/"
    page = unescape(client.get(address).content.decode())
    block = re.search(r'(?s)<section class="subscribe".*?</section>', page)[0]
    assert WORDINGS[consent.VERSION] in block
    client.post("/subscribe/", {"email": EMAIL})
    assert kept()[0] == consent.VERSION


def test_each_form_says_where_it_stands(client):
    for address, form in (
        ("/", "front"),
        ("/subscribe/", "subscribe"),
        ("/newsletters/", "newsletters"),
    ):
        assert f'name="form" value="{form}"' in client.get(address).content.decode()
    article = make_published()
    for number, (fields, form) in enumerate(
        [
            ({"form": "front"}, "front"),
            ({"article": article.slug}, "article"),
            ({"form": "\x00"}, "page"),
            ({}, "page"),
        ]
    ):
        client.post("/subscribe/", {"email": f"r{number}@example.org", **fields})
        assert Subscriber.objects.get(email=f"r{number}@example.org").form == form


def test_what_is_kept_is_what_the_pressed_link_asked_for(client, monkeypatch):
    """Somebody else may have entered the address again, elsewhere and under other words."""
    with time_machine.travel(NOW, tick=False) as clock:
        first, other = make_published(), make_published()
        client.post("/subscribe/", {"email": EMAIL, "article": first.slug})
        clock.shift(dt.timedelta(days=2))
        monkeypatch.setattr(consent, "VERSION", "2099-01")
        client.post("/subscribe/", {"email": EMAIL, "article": other.slug})
        client.post("/subscribe/", {"email": EMAIL, "form": "front"})
        press(client, 0)
        assert kept() == ("2026-11", "article", first)
        assert Subscriber.objects.get().confirmed_at == NOW + dt.timedelta(days=2)
        clock.shift(dt.timedelta(days=2))
        client.post("/subscribe/", {"email": EMAIL, "article": other.slug})
        assert kept() == ("2026-11", "article", first)


def test_the_article_that_led_somebody_here_first_stays_when_they_come_back(client):
    first, other = make_published(), make_published()
    client.post("/subscribe/", {"email": EMAIL, "article": first.slug})
    press(client)
    workflow.leave(Subscriber.objects.get(), because="too_much")
    client.post("/subscribe/", {"email": EMAIL, "article": other.slug})
    press(client)
    row = Subscriber.objects.get()
    assert (row.status, row.article, row.left_because) == ("confirmed", first, "")
