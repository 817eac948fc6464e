"""What is too large is refused by what it declares, before a byte of it is parsed."""

from io import BytesIO

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from advice.limits import MAX_FORM, MAX_WITH_FILES
from tests.factories import make_column, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_is_written(monkeypatch):
    def opened(*args, **kwargs):
        raise AssertionError("a file part was kept")

    monkeypatch.setattr(uploadhandler.TemporaryFileUploadHandler, "new_file", opened)
    monkeypatch.setattr(uploadhandler.MemoryFileUploadHandler, "new_file", opened)


def picture(size):
    return SimpleUploadedFile("a.png", b"x" * size)


@pytest.mark.parametrize("path", ["/ask/", "/subscribe/", "/accounts/login/", "/desk/people/invite/", "/"])
def test_a_large_body_is_refused_unread(client, nothing_is_written, path):
    response = client.post(path, {"image": picture(MAX_FORM + 1)})
    assert response.status_code == 413
    assert "too much at once" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


def test_a_file_where_none_is_asked_for_is_dropped(client, nothing_is_written):
    make_column()
    response = client.post("/ask/", {"question": "Why?", "file": picture(MAX_FORM // 2)})
    assert response.status_code == 422
    assert not response.wsgi_request.FILES


@pytest.mark.parametrize(
    "path", ["/desk/markdown/upload/", "/desk/articles/1/", "/desk/answers/1/", "/desk/letters/1/accept/"]
)
def test_where_pictures_are_taken_the_limit_is_a_pictures(client, path):
    client.force_login(make_user())
    assert client.post(path, {"image": picture(MAX_FORM + 1)}).status_code in {400, 404}
    assert client.post(path, {"image": picture(MAX_WITH_FILES + 1)}).status_code == 413


def test_without_a_token_not_even_an_upload_is_parsed(nothing_is_written):
    response = Client(enforce_csrf_checks=True).post("/desk/articles/1/", {"image": picture(MAX_FORM)})
    assert response.status_code == 403


def test_the_editors_script_is_told_in_its_own_words(client):
    response = client.post(
        "/desk/markdown/upload/",
        {"image": picture(MAX_WITH_FILES + 1)},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert (response.status_code, response.json()) == (413, {"error": "This is too large to be sent."})


def test_a_body_of_unknown_length_is_refused(client):
    response = client.generic("POST", "/ask/", b"", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert response.status_code == 411


def test_the_large_answer_is_not_read_from_the_wire(client):
    class Wire(BytesIO):
        def read(self, *args):
            raise AssertionError("read")

    response = client.request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/ask/",
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
            "CONTENT_LENGTH": str(MAX_FORM + 1),
            "wsgi.input": Wire(),
        }
    )
    assert response.status_code == 413


def test_a_reader_without_cookies_is_told_what_to_do(client):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a"})
    assert response.status_code == 403
    assert "Allow cookies for this site" in response.content.decode()
