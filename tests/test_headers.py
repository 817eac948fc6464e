import logging

import pytest
from django.http import HttpResponse

from advice.caching import public
from advice.headers import HeadersMiddleware, PrivatePaths, without_private_parts


def answer(view, rf, method="get"):
    return HeadersMiddleware(view)(getattr(rf, method)("/"))


def test_a_page_is_private_unless_its_view_says_public(rf):
    assert answer(lambda request: HttpResponse("x"), rf)["Cache-Control"] == "private, no-store"
    assert answer(public()(lambda request: HttpResponse("x")), rf)["Cache-Control"] == (
        "public, max-age=0, must-revalidate"
    )


def test_an_answer_with_a_cookie_is_never_public(rf):
    def view(request):
        response = HttpResponse("x")
        response.set_cookie("a", "b")
        return response

    assert answer(public(60)(view), rf)["Cache-Control"] == "private, no-store"


def test_a_post_is_never_public(rf):
    assert (
        answer(public(60)(lambda request: HttpResponse("x")), rf, "post")["Cache-Control"]
        == "private, no-store"
    )


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Not Found: /letters/abc:def-1/", "Not Found: /letters/…"),
        ("GET /search/?q=my+secret+pain 500", "GET /search/ 500"),
        ("Not Found: /unsubscribe/abc/ for x", "Not Found: /unsubscribe/… for x"),
        ("Forbidden: /subscribe/confirm/tok/", "Forbidden: /subscribe/confirm/…"),
        ("Not Found: /questions/calf/", "Not Found: /questions/calf/"),
    ],
)
def test_secrets_and_searches_are_cut_out_of_log_lines(line, kept):
    assert without_private_parts(line) == kept


def test_the_filter_cuts_djangos_own_lines():
    record = logging.LogRecord("django.request", 30, "", 0, "Not Found: %s", ("/letters/s3cret/",), None)
    assert PrivatePaths().filter(record)
    assert record.getMessage() == "Not Found: /letters/…"
