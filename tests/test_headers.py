import gzip
import logging

import pytest
from django.http import HttpResponse

from advice.articles.models import OldSlug
from advice.caching import public
from advice.headers import HeadersMiddleware, PrivatePaths, without_private_parts
from tests.factories import make_tag
from tests.reading.printed import make_printed


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
        ("Not Found: /subscribe/preferences/abc:d/erase/", "Not Found: /subscribe/preferences/…"),
        ("Gone: /subscribe/confirm/address/abc:d/", "Gone: /subscribe/confirm/…"),
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


PAGES = ["/", "/questions/", "{article}", "/feeds/latest.atom", "{article}.md", "/llms.txt", "/sitemap.xml"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_head_has_the_etag_of_get_and_the_same_304(client, page):
    article = make_printed().get_absolute_url()
    address = page.format(article=article.rstrip("/") if page.endswith(".md") else article)
    etag = client.get(address)["ETag"]
    head = client.head(address)
    assert (head.status_code, head["ETag"], head.content) == (200, etag, b"")
    for method in (client.get, client.head):
        again = method(address, headers={"If-None-Match": etag})
        assert (again.status_code, again["ETag"], again.content) == (304, etag, b"")


OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Expose-Headers": "ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def openness(response) -> dict[str, str]:
    names = {name for name in response.headers if name.startswith("Access-Control")}
    return {name: response[name] for name in {*names, "Cross-Origin-Resource-Policy"}}


@pytest.mark.django_db
def test_feeds_and_plain_texts_may_be_read_by_pages_of_other_sites_and_pages_may_not(client):
    article = make_printed(tags=(make_tag(),))
    tag = article.tags.get()
    OldSlug.objects.create(slug="as-it-was", article=article)
    feeds = ["/feeds/latest.atom", "/feeds/latest.rss", "/feeds/latest.json", "/feeds/corrections.atom"]
    feeds += [f"/feeds{one.get_absolute_url()[:-1]}.atom" for one in (tag, article.column)]
    plain = [f"/questions/{article.slug}.md", "/llms.txt"]
    for address in [*feeds, *plain]:
        response = client.get(address, headers={"Origin": "https://elsewhere.example"})
        assert (response.status_code, openness(response)) == (200, OPEN), address
        again = client.get(address, headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, openness(again)) == (304, OPEN), address
        beforehand = client.options(address, headers={"Access-Control-Request-Headers": "if-none-match"})
        assert (beforehand.status_code, openness(beforehand)) == (200, OPEN), address
    moved = client.get("/questions/as-it-was.md")
    assert (moved.status_code, openness(moved)) == (301, OPEN)
    for address in ["/", "/questions/", article.get_absolute_url(), "/search/?q=a.md", "/feeds/", "/desk/"]:
        assert openness(client.get(address)) == {"Cross-Origin-Resource-Policy": "same-origin"}, address


@pytest.mark.django_db
def test_what_is_public_and_text_travels_compressed_and_is_still_not_sent_twice(client):
    article = make_printed()
    for path in (article.get_absolute_url(), "/feeds/latest.atom", "/sitemap.xml", "/llms.txt"):
        plain = client.get(path)
        assert "Content-Encoding" not in plain
        assert "Accept-Encoding" in plain["Vary"]
        packed = client.get(path, headers={"accept-encoding": "gzip"})
        assert packed["Content-Encoding"] == "gzip", path
        assert gzip.decompress(packed.content) == plain.content
        assert len(packed.content) < len(plain.content)
        again = client.get(path, headers={"accept-encoding": "gzip", "if-none-match": packed["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/card.png"])
def test_what_holds_a_secret_or_is_a_picture_is_not_compressed(client, path):
    response = client.get(path, headers={"accept-encoding": "gzip"})
    assert response.status_code == 200
    assert "Content-Encoding" not in response
