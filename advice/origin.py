"""Forms for strangers stand in cacheable pages, so they carry no token. What guards them instead is written here.

A browser says where a POST comes from (`Sec-Fetch-Site`, and `Origin` in older ones). A page of another site that
posts to us is refused; a program that sends neither header has no victim's cookies to abuse and is let through.
See https://web.dev/articles/fetch-metadata and the OWASP cross-site request forgery cheat sheet.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt


def is_foreign(request: HttpRequest) -> bool:
    """Whether a browser says that the request was made by a page of another site."""
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    # An opaque origin ("null") has no host and is foreign too.
    host = urlsplit(origin).netloc
    return host not in {request.get_host(), urlsplit(settings.SITE_URL).netloc}


def for_strangers(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view whose POST needs no cookie and no token, but does not take forms from other sites."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD", "OPTIONS"} and is_foreign(request):
            return render(request, "refused.html", {"reason": "foreign"}, status=403)
        # Whatever the request claims: UTF-7 and its like can spell half characters, which nothing can store or show.
        if request.encoding != "utf-8":
            request.encoding = "utf-8"
        return view(request, *args, **kwargs)

    return guarded
