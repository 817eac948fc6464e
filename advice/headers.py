"""Response headers beyond Django's own and the CSP, and what a log line may hold."""

import logging
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("browsing-topics", "camera", "geolocation", "microphone", "payment", "usb")
)

# What programs of readers fetch, also those that run in a page of another site. Decided by the address and not by the
# view, so that what has moved or has not changed is answered alike.
_FOR_PROGRAMS = re.compile(r"/feeds/.+|/questions/[^/]+\.md|/llms\.txt")
_TEXT = re.compile(r"text/|application/(?:(?:atom|rss)\+)?xml\b")  # answers of the API are small
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Expose-Headers": "ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class ConditionalMiddleware(ConditionalGetMiddleware):
    """Django's, which knows only GET: HEAD has the same ETag, and the same 304. (The server leaves the body out.)"""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        try:
            return super().process_response(request, response)
        finally:
            request.method = asked


class CompressionMiddleware(GZipMiddleware):
    """Compresses what is public, and text: where a page holds a secret, its compressed length can tell of it (BREACH)."""

    max_random_bytes = 0  # there is nothing to hide, and the same page stays the same bytes

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_text = _TEXT.match(response.headers.get("Content-Type", "")) is not None
        if response.streaming or response.cookies or not is_text:
            return response
        if "public" not in response.headers.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)


class HeadersMiddleware:
    """Sets what every answer carries. Private and never stored is the default; `caching.public` is the exception."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _FOR_PROGRAMS.fullmatch(request.path):
            for name, value in _OPEN.items():
                response[name] = value
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        cache_control = response.headers.get("Cache-Control", "")
        if "public" in cache_control and response.cookies:
            cache_control = ""  # whatever a view said, an answer with a cookie belongs to one person
        if "public" not in cache_control and "max-age" not in cache_control:
            response.headers["Cache-Control"] = "private, no-store"
        return response


_PRIVATE = re.compile(
    r"(/(?:letters|subscribe/confirm|subscribe/preferences|unsubscribe|accounts)/)[^\s\"'?]+", re.IGNORECASE
)
_QUERY = re.compile(r"\?\S*")
_ADDRESS = re.compile(r"\bip=\S+")  # gunicorn's word on a request that it could not read


def without_private_parts(text: str) -> str:
    """Cut secrets of links, query strings and clients' addresses out of a log line.

    >>> without_private_parts("Not Found: /letters/abc:def/?q=pain")
    'Not Found: /letters/…'
    """
    return _ADDRESS.sub("ip=…", _QUERY.sub("", _PRIVATE.sub(r"\1…", text)))


class PrivatePaths(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(("django.", "gunicorn.")):
            record.msg = without_private_parts(record.getMessage())
            record.args = None
            record.__dict__.pop("request", None)
        return True
