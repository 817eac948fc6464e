"""“Already answered?”: what is near to a letter that is being written."""

import datetime as dt
import logging

import pytest
from django.db import OperationalError
from django.utils import timezone

from advice.articles import searching, workflow
from advice.letterbox import similar
from advice.throttle.models import Count
from tests.factories import make_draft, make_published
from tests.hostile import HOSTILE
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def test_near_answers_come_as_a_part_of_a_page(client):
    article = make_published(headline="Zebra & <stripes>")
    make_published(headline="Giraffe")
    response = client.post("/ask/similar/", {"q": "My zebra has stripes"})
    page = response.content.decode()
    assert response.status_code == 200
    assert article.get_absolute_url() in page
    assert "<mark>Zebra</mark> &amp; &lt;<mark>stripes</mark>&gt;" in page
    assert "Giraffe" not in page
    assert "<html" not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_programs_get_them_as_json_with_a_plain_snippet(client, method):
    article = make_published(headline="Zebra", question="A **zebra** <b>&amp;</b> more.")
    response = getattr(client, method)("/ask/similar/", {"q": "zebra"}, headers=JSON)
    item = response.json()["items"][0]
    assert response["Content-Type"] == "application/json"
    assert list(item) == ["slug", "headline", "url", "snippet", "score"]
    assert (item["slug"], item["headline"]) == (article.slug, "Zebra")
    assert item["url"] == f"http://127.0.0.1:8000{article.get_absolute_url()}"
    assert item["snippet"].startswith("A zebra <b>&</b> more.")
    assert item["score"] > 0


def test_a_page_that_would_take_both_gets_html(client):
    accept = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"
    for wanted in (accept, "*/*", "", "image/png"):
        response = client.get("/ask/similar/?q=zebra", headers={"Accept": wanted})
        assert response["Content-Type"].startswith("text/html")
        assert response["Vary"] == "Accept"


def test_only_what_is_public_is_near(client):
    make_draft(headline="Canary draft")
    make_published(headline="Canary later", at=timezone.now() + dt.timedelta(hours=1))
    workflow.retract(make_published(headline="Canary gone"), reason="Wrong.", by=None)
    public = make_published(headline="Canary here")
    for number in range(4):  # a word that most have tells nothing
        make_published(headline=f"Another {number}")
    items = client.post("/ask/similar/", {"q": "canary"}, headers=JSON).json()["items"]
    assert [item["slug"] for item in items] == [public.slug]


@pytest.mark.parametrize(
    ("limit", "number"),
    [
        *((None, 5), ("7", 7), ("20", 20), ("21", 20), ("99999999", 5)),
        *(("0", 1), ("-3", 5), ("x", 5), ("٣", 5)),
    ],
)
def test_five_unless_the_limit_says_otherwise(client, monkeypatch, limit, number):
    limits = []
    monkeypatch.setattr(searching, "similar", lambda text, *, limit: limits.append(limit) or [])
    assert (
        client.post("/ask/similar/", {"q": "zebra"} | ({"limit": limit} if limit else {})).status_code == 200
    )
    assert limits == [number]


@pytest.mark.parametrize(("method", "longest"), [("get", 300), ("post", 4_000)])
def test_what_is_missing_or_too_long_is_said(client, method, longest):
    ask = getattr(client, method)
    assert ask("/ask/similar/", {"q": "ü" * longest}).status_code == 200
    for q, said in (
        (" ", "q is empty"),
        ("\0", "q is empty"),
        ("ü" * (longest + 1), f"q takes {longest:,} characters"),
    ):
        page = ask("/ask/similar/", {"q": q})
        assert (page.status_code, said in page.content.decode()) == (422, True)
        json = ask("/ask/similar/", {"q": q}, headers=JSON)
        assert (json.status_code, said in json.json()["detail"]) == (422, True)
    assert ask("/ask/similar/").status_code == 422


def test_words_are_private(client, caplog):
    caplog.set_level(logging.DEBUG)
    make_published(headline="Zebra")
    before = everything_stored()
    for method in ("get", "post"):
        for q in ("zebra hushcanary", "hushcanary " * 400):
            response = getattr(client, method)("/ask/similar/", {"q": q})
            assert response["Cache-Control"] == "private, no-store"
            assert not response.cookies
    assert "hushcanary" not in caplog.text
    assert "hushcanary" not in str(everything_stored())
    assert "hushcanary" not in str(before)


def test_a_page_of_another_site_cannot_ask_by_post(client):
    response = client.post("/ask/similar/", {"q": "zebra"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


def test_typing_is_within_the_limit_and_hammering_is_not(client, monkeypatch):
    monkeypatch.setattr(similar, "ASKED_A_MINUTE", 2)
    statuses = [client.post("/ask/similar/", {"q": "zebra"}).status_code for _ in range(3)]
    refused = client.get("/ask/similar/?q=zebra", headers=JSON)
    assert statuses == [200, 200, 429]
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "wait a minute" in refused.json()["detail"]
    assert Count.objects.count() == 1


def test_a_database_that_is_away_stops_nobody_from_writing(client, monkeypatch):
    def away(*args, **more):
        raise OperationalError("away")

    monkeypatch.setattr(searching, "similar", away)
    response = client.post("/ask/similar/", {"q": "zebra"})
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "go on writing" in response.content.decode()


@pytest.mark.parametrize("q", HOSTILE[::7])
def test_hostile_texts_are_answered(client, q):
    make_published()
    assert client.post("/ask/similar/", {"q": q[:4_000]}).status_code in {200, 422}
