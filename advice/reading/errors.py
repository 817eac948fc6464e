"""The pages for what went wrong."""

import re
import sys
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from advice.articles import searching
from advice.articles.addresses import PRIVATE
from advice.articles.models import Article
from advice.articles.searching import Found
from advice.caching import public
from advice.reading import moved
from advice.search.words import STOP_WORDS

MEANT, WORDS = 5, 6  # answers offered for a wrong address, and words of it that are looked for
_UNTOLD = {
    "questions",
    "columns",
    "tags",
    "experts",
    "archive",
    "page",
    "index",
    "html",
    "php",
    "feeds",
    "atom",
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _drawn(request, "refused.html", {"reason": "bad"}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _drawn(request, "refused.html", {"reason": "forbidden"}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    at_desk = request.path.startswith(reverse("desk:home")) and request.user.is_authenticated
    return _drawn(request, "refused.html", {"reason": "token", "at_desk": at_desk}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Leads to where the page is by now, says that it was deleted, or else offers what the address may have meant."""
    reads = request.method in {"GET", "HEAD"}
    try:
        path = moved.now_at(request.path) if reads else None
        meant = _meant(request.path) if reads and path is None else []
    except DatabaseError:
        return _bare(404)
    if path:
        return _public(request, moved.redirect(request, path))
    newest = [] if meant else Article.objects.published().for_cards().newest_first()[:3]
    context = {"meant": meant, "newest": newest, "searching": True}
    if path is None:
        return _drawn(request, "404.html", context, status=404)
    response = _drawn(request, "410.html", context, status=410)
    response["X-Robots-Tag"] = "noindex"
    return _public(request, response)


def words_of(path: str) -> str:
    """What the end of an address says, as words to search for: no numbers, no identifiers, a handful."""
    if PRIVATE.match(path):
        return ""
    end = "/".join(path[:1_000].rstrip("/").split("/")[-2:])
    found = [word for word in re.split(r"[\W_]+", end.lower()) if _tells(word)]
    return " ".join(list(dict.fromkeys(found))[:WORDS])


def _tells(word: str) -> bool:
    is_number = re.fullmatch(r"\d+|[0-9a-f]*\d[0-9a-f]*|[0-9a-f]{8,}", word)
    return 1 < len(word) <= 40 and not is_number and word not in STOP_WORDS | _UNTOLD


def _meant(path: str) -> list[Article]:
    words = words_of(path)
    hits: list[Found] = searching.ranked(words, start=0, limit=searching.PAGE_SIZE)[1] if words else []
    return [hit.article for hit in hits[:MEANT]]


def server_error(request: HttpRequest) -> HttpResponse:
    # Nothing here may ask the database: it may be what is gone. That passes, and is said so.
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        headers = {"Retry-After": "30"}
        return HttpResponse(render_to_string("500.html", {"passes": True}), status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)


def _drawn(request: HttpRequest, template: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """The site's page, or where the database is gone one that needs none."""
    try:
        return render(request, template, context, status=status)
    except DatabaseError:
        return _bare(status)


def _bare(status: int) -> HttpResponse:
    return HttpResponse(render_to_string("bare.html", {"status": status}), status=status)


def _public(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Nobody's in particular: what stands under an address for everybody."""
    answered: HttpResponse = public()(lambda request: response)(request)
    return answered
