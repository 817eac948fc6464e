"""How much a request may bring, decided by what it declares, before anything of it is parsed or written to a disk.

Django asks who somebody is after it has read a form whole, its files into /tmp. So it is asked here first, by the
Content-Length: a server in front of Django never hands on more than that. Files are kept only for the few views that
say they take some.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.http.response import HttpResponse
from django.shortcuts import render
from django.urls import register_converter
from django.urls.converters import IntConverter
from django.utils.translation import gettext as _

MAX_FORM = 2 * 1024 * 1024
MAX_WITH_FILES = 12 * 1024 * 1024
View = Callable[..., Any]


def takes_files(view: View) -> View:
    """A view whose form may bring a picture."""

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    marked.takes_files = True  # type: ignore[attr-defined]
    return marked


class NoFiles(FileUploadHandler):
    """Reads past every file. An empty list of handlers would mean the usual ones."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class LimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        declared = request.META.get("CONTENT_LENGTH") or ""
        if "HTTP_TRANSFER_ENCODING" in request.META and not declared:
            return _refused(request, "length", 411)  # in chunks, and nobody knows how many
        files = getattr(view, "takes_files", False)
        if declared.isdecimal() and int(declared) > (MAX_WITH_FILES if files else MAX_FORM):
            return _refused(request, "size", 413)
        if not files:
            request.upload_handlers = [NoFiles(request)]
        return None


def _refused(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return JsonResponse({"error": _("This is too large to be sent.")}, status=status)
    return render(request, "refused.html", {"reason": reason}, status=status)


class KeyConverter(IntConverter):
    """The number of a row in an address: never longer than a database can hold, so that no such address is a fault."""

    regex = "[0-9]{1,18}"


register_converter(KeyConverter, "key")
