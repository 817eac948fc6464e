"""The pages for what went wrong."""

import sys
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from advice.articles.models import Article


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _drawn(request, "refused.html", {"reason": "bad"}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _drawn(request, "refused.html", {"reason": "forbidden"}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _drawn(request, "refused.html", {"reason": "token"}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    newest = Article.objects.published().for_cards().newest_first()[:3]
    return _drawn(request, "404.html", {"newest": newest, "searching": True}, status=404)


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
        return HttpResponse(render_to_string("bare.html", {"status": status}), status=status)
