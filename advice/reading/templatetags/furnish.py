"""Masthead and footer: the same on most pages, and a quarter of the work of drawing one. Each is drawn once."""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from advice.reading.furniture import Furniture, Piece

register = template.Library()


@register.simple_tag(takes_context=True)
def furnish(context: Context, part: str) -> SafeString:
    """Draw the template `part`. All that it may read is named here, so what is kept of it can never be out of date:
    `furniture`, `site_name`, `here` (the path, where it is one that the part may mark as the current one),
    `searching` and `subscribe_here`.
    """
    furniture = context.get("furniture") or Furniture()
    request = context.get("request")
    path = request.path if request is not None and _is_marked(request.path) else ""
    draw = _draw.__wrapped__ if settings.DEBUG else _draw  # a template that is being written changes
    return draw(
        part,
        furniture.pieces,
        path,
        bool(context.get("searching")),
        bool(context.get("subscribe_here")),
        settings.SITE_NAME,
        get_language(),
    )


def _is_marked(path: str) -> bool:
    """Front pages and lists, never a page of its own: these are too many to keep a masthead for each."""
    return path.startswith("/columns/") or path.count("/") <= 2


@lru_cache(maxsize=256)
def _draw(
    part: str,
    pieces: tuple[Piece, ...],
    here: str,
    searching: bool,
    subscribe_here: bool,
    site_name: str,
    language: str | None,
) -> SafeString:
    values: dict[str, Any] = {
        "furniture": Furniture(pieces),
        "site_name": site_name,
        "here": here,
        "searching": searching,
        "subscribe_here": subscribe_here,
    }
    return render_to_string(part, values)
