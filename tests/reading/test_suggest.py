"""What a search box suggests while somebody types."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow
from tests.factories import make_draft, make_published, make_tag
from tests.hostile import HOSTILE

pytestmark = pytest.mark.django_db


def suggested(client, q: str) -> list[tuple[str, str, str]]:
    response = client.get("/search/suggest/", {"q": q})
    assert response.status_code == 200
    return [(item["kind"], item["label"], item["url"]) for item in response.json()["items"]]


def test_topics_and_headlines_are_suggested(client):
    tag = make_tag("Calf & shin")
    article = make_published(headline="Calf twitches", tags=[tag])
    make_published(headline="Something else")
    assert suggested(client, "calf") == [
        ("tag", "Calf & shin", tag.get_absolute_url()),
        ("article", "Calf twitches", article.get_absolute_url()),
    ]


def test_only_what_is_public_is_suggested(client):
    make_draft(headline="Canary draft")
    make_published(headline="Canary later", at=timezone.now() + dt.timedelta(hours=1))
    workflow.retract(make_published(headline="Canary gone"), reason="Wrong.", by=None)
    public = make_published(headline="Canary here")
    assert suggested(client, "canary") == [("article", "Canary here", public.get_absolute_url())]


def test_there_are_six_at_most(client):
    for number in range(8):
        make_published(headline=f"Canary {number}")
    assert len(suggested(client, "canary")) == 6


def test_whoever_asks_gets_the_same_and_may_keep_it_for_five_minutes(client):
    response = client.get("/search/suggest/?q=calf", headers={"Cookie": "a=b"})
    assert response["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "q", ["", " ", "c", "\0", "\0\0\0", "%", "_", "x" * 10_000, "🦵", '"', "\\", "((", *HOSTILE[::9]]
)
def test_nonsense_is_answered(client, q):
    make_published()
    assert isinstance(suggested(client, q), list)


def test_without_a_word_nothing_is_suggested(client):
    make_published()
    assert client.get("/search/suggest/").json() == {"items": []}
