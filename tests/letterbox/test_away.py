"""The database is away, or busy for longer than a reader waits: nothing is lost that was typed."""

import pytest
from django.db import OperationalError

from advice.letterbox import views
from advice.letters.models import Letter
from tests.factories import make_column, make_newsletter

pytestmark = pytest.mark.django_db


def away(*args, **kwargs):
    raise OperationalError("database is locked")


def test_a_letter_that_cannot_be_stored_stands_in_the_form_again(client, monkeypatch):
    # The fault itself is made by hand: a real lock would take the 20 seconds that the database waits.
    monkeypatch.setattr(views.workflow, "receive", away)
    column = make_column()
    form = {
        "question": "Why does it twitch?",
        "text": "It twitches for hours after each run, and I worry.",
        "signature": "Adam",
        "column": column.slug,
        "consent": "on",
    }
    response = client.post("/ask/", form)
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    page = response.content.decode()
    assert "It twitches for hours after each run, and I worry." in page
    assert "could not store your letter" in page
    assert Letter.objects.count() == 0


def test_any_other_page_says_that_it_passes(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("advice.newsletter.views.workflow.subscribe", away)
    make_newsletter()
    response = client.post("/subscribe/", {"email": "eve@example.org"})
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "back in a moment" in response.content.decode()
