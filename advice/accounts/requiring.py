"""Nobody works at the desk, or in the admin, before they have a second factor (REQUIRE_SECOND_FACTOR)."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from advice.accounts.factors import is_missing

_PLACES = ("/desk/", "/admin/")


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.path.startswith(_PLACES) or not request.user.is_authenticated:
            return None
        if not is_missing(request):
            return None
        if request.method in {"GET", "HEAD"}:
            return redirect_to_login(request.get_full_path(), reverse("mfa_index"))
        # A script must not take another page for the answer to what it sent, and Back still has what was typed.
        return render(request, "account/second_factor_first.html", status=403)
