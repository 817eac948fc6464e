"""“Already answered?”: the published answers nearest to what somebody is writing.

The words are those of a letter that may never be sent: long ones come in a POST, and nothing keeps, logs or caches them.
"""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from advice import markup
from advice.articles import searching
from advice.articles.searching import Found
from advice.origin import for_strangers
from advice.site import absolute
from advice.throttle.models import allow, network
from advice.typed import printable

LONGEST, LONGEST_IN_ADDRESS = 4_000, 300  # characters
USUAL, MOST = 5, 20
MINUTE = 60
ASKED_A_MINUTE = 3_000  # from one network: typing asks about once a second, and a whole school types together


@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def similar(request: HttpRequest) -> HttpResponse:
    is_posted = request.method == "POST"
    given = request.POST if is_posted else request.GET
    text = printable(given.get("q", "")).strip()
    longest = LONGEST if is_posted else LONGEST_IN_ADDRESS
    if not text:
        return _problem(request, _("Write a few words first: q is empty."), 422)
    if len(text) > longest:
        message = _("This is too long to be compared: q takes %(longest)s characters at most.")
        return _problem(request, message % {"longest": f"{longest:,}"}, 422)
    try:
        if not allow("similar", network(request), limit=ASKED_A_MINUTE, seconds=MINUTE):
            message = _("Too many questions came from your network just now. Please wait a minute.")
            return _problem(request, message, 429, wait=MINUTE)
        is_near = given.get("near") == "1"  # the form's: only what may well answer it, with its buttons
        look = searching.near_enough if is_near else searching.similar
        found = look(text, limit=_limit(given.get("limit", "")))
    except OperationalError:  # the database is away; what is being written is none the worse for it
        return _problem(request, _("We cannot look just now. Please go on writing."), 503, wait=30)
    if _wants_json(request):
        return _vary(JsonResponse({"items": [_item(one) for one in found]}))
    return _vary(render(request, "letterbox/similar.html", {"found": found, "is_near": is_near}))


def _problem(request: HttpRequest, message: str, status: int, *, wait: int = 0) -> HttpResponse:
    response: HttpResponse
    if _wants_json(request):
        response = JsonResponse({"detail": message}, status=status)
    else:
        response = render(request, "letterbox/similar.html", {"problem": message}, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return _vary(response)


def _vary(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept"])
    return response


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _limit(asked: str) -> int:
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else USUAL
    return max(1, min(number, MOST))


def _item(found: Found) -> dict[str, object]:
    return {
        "slug": found.article.slug,
        "headline": found.article.headline,
        "url": absolute(found.article.get_absolute_url()),
        "snippet": markup.plain(found.snippet_html),
        "score": round(found.score, 6),
    }
