"""Serves uploaded pictures where no web server or bucket before us does. They are few, small and named by chance."""

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

TYPES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@require_safe
def file(request: HttpRequest, name: str) -> FileResponse:
    content_type = TYPES.get(PurePosixPath(name).suffix.lower())
    if content_type is None:
        raise Http404
    try:
        opened = default_storage.open(name)
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        raise Http404 from error
    response = FileResponse(opened, content_type=content_type)
    # A name is never given to another picture, so it may be kept for ever.
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
