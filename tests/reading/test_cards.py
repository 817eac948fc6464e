"""The cards as they are fetched."""

import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from advice.articles import cards, drawing, workflow
from advice.articles.models import OldSlug
from tests.factories import make_column, make_draft
from tests.reading.printed import make_printed
from tests.reading.test_structured import tags_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cards._draw.cache_clear()


def address_of(article) -> str:
    return reverse("reading:card", args=[article.slug])


def test_is_a_picture_that_other_sites_may_show(client):
    article = make_printed(column=make_column(slug="training"))
    assert address_of(article) == f"/questions/{article.slug}/card.png"
    for address in (address_of(article), "/columns/training/card.png", "/card.png"):
        response = client.get(address)
        assert (response.status_code, response["Content-Type"]) == (200, "image/png")
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert not response.cookies
        assert Image.open(io.BytesIO(response.content)).size == (1200, 630)
        head = client.head(address)
        assert (head.status_code, head["ETag"]) == (200, response["ETag"])
        assert client.post(address).status_code == 405


def test_who_has_it_is_answered_without_a_picture(client, monkeypatch):
    address = address_of(make_printed())
    etag = client.get(address)["ETag"]
    monkeypatch.setattr(cards, "article_png", lambda article: pytest.fail("opened"))
    response = client.get(address, headers={"if-none-match": etag})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == etag
    assert "public" in response["Cache-Control"]


def test_a_stream_of_requests_draws_once(client, monkeypatch):
    made = []
    monkeypatch.setattr(cards, "_draw", lambda card: made.append(card) or drawing.png(card))
    article = make_printed()
    for number in range(30):
        assert client.get(address_of(article), {"v": number, "x": number}).status_code == 200
    assert len(made) == 1
    assert len(default_storage.listdir(f"cards/{article.pk}")[1]) == 1


def test_what_is_kept_is_found_with_one_query(client, django_assert_num_queries):
    article = make_printed()
    client.get(address_of(article))
    with django_assert_num_queries(1):
        client.get(address_of(article))


def test_only_what_is_published_has_one_and_nothing_else_is_kept(client):
    hidden = [
        make_draft(),
        make_printed(published_at=timezone.now() + dt.timedelta(days=1)),
        make_printed(status="retracted"),
    ]
    for article in hidden:
        response = client.get(address_of(article))
        assert response.status_code == 404
        assert "public" not in response["Cache-Control"]
        assert not default_storage.exists(f"cards/{article.pk}")
    assert client.get("/questions/nothing-here/card.png").status_code == 404
    assert client.get("/columns/nothing-here/card.png").status_code == 404


def test_retracted_has_none_any_more(client, django_capture_on_commit_callbacks):
    article = make_printed()
    client.get(address_of(article))
    (name,) = default_storage.listdir(f"cards/{article.pk}")[1]
    with django_capture_on_commit_callbacks(execute=True):
        workflow.retract(article, reason="Withdrawn.", by=None)
    assert client.get(address_of(article)).status_code == 404
    assert not default_storage.exists(f"cards/{article.pk}/{name}")
    assert client.get(f"/media/cards/{article.pk}/{name}").status_code == 404


def test_old_address_and_capitals_lead_to_it(client):
    article = make_printed()
    OldSlug.objects.create(slug="as-it-was", article=article)
    for slug in ("as-it-was", "AS-IT-WAS", article.slug.upper()):
        response = client.get(f"/questions/{slug}/card.png")
        assert (response.status_code, response["Location"]) == (301, address_of(article))
    workflow.retract(article, reason="Withdrawn.", by=None)
    assert client.get("/questions/as-it-was/card.png", follow=True).status_code == 404


def test_changed_words_change_the_address_that_pages_give(client):
    article = make_printed(headline="Why?")

    def given() -> str:
        (image,) = tags_of(client.get(article.get_absolute_url()).content.decode())["og:image"]
        return image

    before = given()
    assert before == given()
    article.headline = "Why indeed?"
    article.save()
    assert given() != before
    assert given().partition("?")[0] == before.partition("?")[0]


def test_column_pages_give_a_card_of_their_own(client, settings):
    column = make_column("Training")
    pages = [column.get_absolute_url(), "/", "/tags/"]
    images = [tags_of(client.get(page).content.decode())["og:image"][0] for page in pages]
    assert images[0].startswith(f"{settings.SITE_URL}/columns/{column.slug}/card.png?v=")
    assert images[1] == images[2]
    assert images[1].startswith(f"{settings.SITE_URL}/card.png?v=")
