"""The pictures that other sites show beside a link to an article: drawn by us, kept until their words change."""

from contextlib import suppress

from django.core.files.storage import default_storage

FOLDER = "cards"


def forget(pk: int) -> None:
    """Delete what is kept for the article of this key: its words may not be shown any more."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for name in default_storage.listdir(f"{FOLDER}/{pk}")[1]:
            default_storage.delete(f"{FOLDER}/{pk}/{name}")
