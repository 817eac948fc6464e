from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MAIL_DIR = tmp_path / "mail"


@pytest.fixture
def local_mail(settings):
    """A mail as a local run writes it; gives the name under which it is read."""
    settings.EMAIL_BACKEND = "advice.mail.backends.EmlFileBackend"
    mail = EmailMultiAlternatives(
        "Your letter has arrived", "Keep http://127.0.0.1:8000/letters/x/", "b@example.org", ["a@example.org"]
    )
    mail.attach_alternative("<p style='color:red'>Hello</p>", "text/html")
    mail.send()
    (written,) = Path(settings.MAIL_DIR).iterdir()
    return written.stem


def test_healthz_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"alive": True}


def test_readyz_says_what_answers(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": True, "cache": True, "migrations": True}


def test_readyz_is_503_when_the_cache_is_gone(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "advice.guarded.GuardedRedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["cache"] is False


def test_a_picture_is_served_inert_and_may_be_taken_back_within_a_day(client):
    name = default_storage.save("uploads/a.webp", ContentFile(b"RIFF"))
    response = client.get(f"/media/{name}")
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize("way", ["", "./", "uploads/../", "/", "uploads/%2e%2e/"])
def test_a_card_is_not_served_as_a_picture(client, way):
    default_storage.save("uploads/a.png", ContentFile(b"PNG"))
    name = default_storage.save("cards/7/a.png", ContentFile(b"PNG"))
    assert client.get(f"/media/{way}{name}").status_code == 404
    assert client.get(f"/media/{way}{name.replace('cards', 'Cards')}").status_code == 404


@pytest.mark.parametrize(
    "name", ["../advice.sqlite3", "..%2fadvice.webp", "uploads/a.html", "uploads/no.webp", "x.svg"]
)
def test_nothing_else_is_served_from_the_media_folder(client, name):
    default_storage.save("uploads/a.html", ContentFile(b"<script>"))
    assert client.get(f"/media/{name}").status_code == 404


def test_local_mail_can_be_read(client, local_mail):
    index = client.get("/dev/mail/").content.decode()
    assert "Your letter has arrived" in index
    assert f"/dev/mail/{local_mail}/" in index
    page = client.get(f"/dev/mail/{local_mail}/").content
    assert b'href="http://127.0.0.1:8000/letters/x/"' in page
    html = client.get(f"/dev/mail/{local_mail}/html/")
    assert b"Hello" in html.content
    assert "sandbox" in html["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/dev/mail/", "/dev/mail/{}/"])
def test_local_mail_exists_only_on_loopback_and_only_with_the_file_backend(
    client, local_mail, settings, path
):
    assert client.get(path, REMOTE_ADDR="203.0.113.5").status_code == 404
    assert client.get(path, headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 404
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert client.get(path).status_code == 404
