"""The one-click POST by which mail programs unsubscribe (RFC 8058), and that no other link in a mail takes it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from advice.origin import for_strangers


def is_one_click(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"


def for_readers(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """As `for_strangers`, for the pages that mails lead to: only a button presses them, and never a mail program, which
    might try each link of a mail in the same manner."""

    @for_strangers
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_one_click(request):
            said = _("This is not the link that unsubscribes. Nothing was changed.")
            return HttpResponse(f"{said}\n", content_type="text/plain", status=400)
        return view(request, *args, **kwargs)

    return guarded
