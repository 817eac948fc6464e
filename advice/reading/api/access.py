"""Who may ask and how: everybody, from any page, by GET; and what a refusal looks like."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page

from advice.caching import public

logger = logging.getLogger(__name__)

METHODS = "GET, HEAD, OPTIONS"
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Location",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",  # the pages are what a search engine should show
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": METHODS,
}

View = Callable[..., HttpResponse]


def problem(status: int, detail: str, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse({"detail": detail}, status=status, headers=named)


def open_to_all(view: View) -> View:
    """A public view that pages of other sites may ask, with its ETag; errors carry the same headers.

    The ETag is looked at here and not left to the middleware, whose 304 would not have these headers.
    """
    answered = conditional_page(view)

    @csrf_exempt
    @public()
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.method
        if asked == "OPTIONS":
            response = HttpResponse(status=204, headers=_PREFLIGHT)
        elif asked in {"GET", "HEAD"}:
            request.method = "GET"
            try:
                response = answered(request, *args, **kwargs)
            finally:
                request.method = asked
        else:
            response = problem(405, "This can only be read: GET, HEAD or OPTIONS.", Allow=METHODS)
        for name, value in _OPEN.items():
            response[name] = value
        return response

    return opened


def elsewhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Every other address under the API's: led to the one without its slash, or said not to be."""
    if not rest:
        return HttpResponsePermanentRedirect(reverse("reading:api"))
    if rest.endswith("/"):
        query = f"?{query}" if (query := request.META.get("QUERY_STRING", "")) else ""
        return HttpResponsePermanentRedirect(request.path.rstrip("/") + query)
    return problem(404, "There is nothing at this address of the API.")


def database_gone(request: HttpRequest, error: Any) -> HttpResponse:
    logger.error("The API could not ask the database.", exc_info=error)
    return problem(503, "The site is out of breath. Please try again in a moment.", Retry_After="30")
