"""Which responses a cache may keep. A page is private unless its view says public (headers.py sets the default)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control


def public(max_age: int = 0) -> Callable[[Any], Any]:
    """Mark a view's 200, 301, 404 and 410 answers as fit for shared caches for `max_age` seconds.

    With 0 a cache may keep the page but asks each time whether it changed (the ETag answers with 304),
    so that what is published at seven is seen at seven. An answer that sets a cookie stays private, and so does one whose
    view has forbidden to store it.
    """

    def decorate(view: Any) -> Any:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase = view(request, *args, **kwargs)
            is_kept_out = "no-store" in response.headers.get("Cache-Control", "")
            if request.method in {"GET", "HEAD"} and not response.cookies and not is_kept_out:
                patch_cache_control(response, public=True, max_age=max_age, must_revalidate=True)
            return response

        return wrapped

    return decorate
