"""The pictures that other sites show beside a link to an article: drawn by us, kept until their words change."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from advice.articles import drawing
from advice.articles.drawing import Card
from advice.articles.models import Article, Column

FOLDER = "cards"
_SIGNATURE, _END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"

logger = logging.getLogger("advice.articles")
# The last few stay at hand, so that a storage that is full or gone does not make each request draw.
_draw = lru_cache(maxsize=16)(drawing.png)


def of_article(article: Article) -> Card:
    column = article.column.name if article.column else ""
    return Card(settings.SITE_NAME, column, article.headline, article.signature)


def of_column(column: Column) -> Card:
    return Card(settings.SITE_NAME, _("Column"), column.name)


def of_site() -> Card:
    return Card(settings.SITE_NAME, "", _("Letters from readers, answers from people who know"))


def article_png(article: Article) -> bytes:
    """The picture of a published article: as it is kept, else drawn and kept.

    It may be withdrawn while it is drawn. So it is asked for once more after its picture was kept: whoever withdraws
    it later finds the picture and deletes it (`forget`).
    """
    card = of_article(article)

    def is_still_so() -> bool:
        row = Article.objects.published().filter(pk=article.pk).select_related("column").first()
        return row is not None and of_article(row) == card

    return _kept_or_drawn(str(article.pk), card, is_still_so)


def column_png(column: Column) -> bytes:
    return _kept_or_drawn(f"column-{column.pk}", of_column(column))


def site_png() -> bytes:
    return _kept_or_drawn("site", of_site())


def forget(pk: int) -> None:
    """Delete what is kept for the article of this key: its words may not be shown any more."""
    _clear(str(pk))


def _kept_or_drawn(folder: str, card: Card, is_still_so: Callable[[], bool] = lambda: True) -> bytes:
    """A storage that fails costs the time to draw, and nobody an answer."""
    name = f"{FOLDER}/{folder}/{card.digest}.png"
    try:
        if kept := _read(name):
            return kept
    except Exception:  # any storage has errors of its own
        logger.warning("Card %s could not be read.", name, exc_info=True)
    drawn = _draw(card)
    try:
        _keep(name, drawn)
        if is_still_so():
            _clear(folder, but=card)
        else:
            _clear(folder)
    except Exception:
        logger.warning("Card %s could not be kept.", name, exc_info=True)
        with suppress(Exception):
            default_storage.delete(name)  # a full disk leaves the half of it
    return drawn


def _read(name: str) -> bytes | None:
    """What is kept, if it is whole: another process may be writing it, or have been stopped while it did."""
    try:
        with default_storage.open(name) as file:
            data: bytes = file.read()
    except FileNotFoundError:
        return None
    return data if data.startswith(_SIGNATURE) and data.endswith(_END) else None


def _keep(name: str, data: bytes) -> None:
    if _read(name) == data:
        return  # another process was first
    if default_storage.exists(name):
        default_storage.delete(name)  # the half of one
    try:
        written = default_storage.save(name, ContentFile(data))
    except FileNotFoundError:
        return  # another process took it for the half of one, and writes its own
    if written != name:  # another process was first, with the same picture
        default_storage.delete(written)


def _clear(folder: str, *, but: Card | None = None) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        for name in default_storage.listdir(f"{FOLDER}/{folder}")[1]:
            if but is None or name != f"{but.digest}.png":
                default_storage.delete(f"{FOLDER}/{folder}/{name}")
