"""Who leaves their desk is signed out after half an hour. What a script asks by itself keeps nobody signed in."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth import logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

IDLE = 30 * 60  # seconds
_STEP = 60  # a session is written once in so many seconds at most
_KEY = "seen"
_PLACES = ("/desk/", "/admin/", "/accounts/")  # pages for readers read no session

View = TypeVar("View", bound=Callable[..., Any])


def sleeps(view: View) -> View:
    """Mark a view that a script asks by itself, so that an open page does not count as somebody who is there."""
    view.sleeps = True  # type: ignore[attr-defined]
    return view


class IdleMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not request.path.startswith(_PLACES) or not request.user.is_authenticated:
            return
        now = int(time.time())
        seen = request.session.get(_KEY) or _signed_in(request.user) or now
        if now - seen > IDLE:
            logout(request)  # the page then asks to sign in, and keeps what was typed
        elif not getattr(view, "sleeps", False) and now - seen >= _STEP:
            request.session[_KEY] = now


def _signed_in(user: AbstractBaseUser) -> int:
    return int(user.last_login.timestamp()) if user.last_login else 0
