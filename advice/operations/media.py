"""Serves uploaded pictures where no web server or bucket before us does. They are few, small and named by chance."""

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from advice.articles.cards import FOLDER as CARDS

TYPES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@require_safe
def file(request: HttpRequest, name: str) -> FileResponse:
    path = PurePosixPath(name)
    content_type = TYPES.get(path.suffix.lower())
    if content_type is None or not _is_uploaded(path):
        raise Http404
    try:
        opened = default_storage.open(name)
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        raise Http404 from error
    response = FileResponse(opened, content_type=content_type)
    # A name is never given to another picture, but one that must go for somebody's privacy goes within a day.
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _is_uploaded(path: PurePosixPath) -> bool:
    """A card is kept among the pictures, but is for its own page to give, which knows what is public now."""
    return ".." not in path.parts and CARDS not in {part.casefold() for part in path.parts[:1]}
