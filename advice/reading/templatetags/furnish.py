"""What is the same on most pages, and half of the work of drawing one: masthead and footer, the head's links, the forms
under an article. Each is drawn once.
"""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from advice.articles.models import Article, Column
from advice.reading.furniture import Furniture, Piece

register = template.Library()
# Stands for the slug of an article in what is kept of a part, so that one is kept for all of a column.
_ANY = "any-article-0f3c9a"


@register.simple_tag(takes_context=True)
def furnish(context: Context, part: str, of: Article | None = None) -> SafeString:
    """Draw the template `part`. All that it may read is named here, so what is kept of it can never be out of date:
    `furniture`, `site_name`, `here` (the path, where it is one that the part may mark as the current one),
    `searching` and `subscribe_here`; and of an article `article.slug`, `article.column.name` and `article.column.slug`.
    """
    furniture = context.get("furniture") or Furniture()
    request = context.get("request")
    path = request.path if request is not None and _is_marked(request.path) else ""
    column = of.column if of else None
    draw = _draw.__wrapped__ if settings.DEBUG else _draw  # a template that is being written changes
    drawn = draw(
        part,
        furniture.pieces,
        path,
        bool(context.get("searching")),
        bool(context.get("subscribe_here")),
        settings.SITE_NAME,
        get_language(),
        of is not None,
        (column.name, column.slug) if column else None,
    )
    return mark_safe(drawn.replace(_ANY, of.slug)) if of else drawn


@register.simple_tag(takes_context=True)
def usual_newsletter(context: Context, of: Article | str | None = None) -> Piece | None:
    """What a subscriber gets who ticks nothing, in the block of this article. (Without one a template gives "".)"""
    furniture = context.get("furniture") or Furniture()
    column = of.column.slug if isinstance(of, Article) and of.column else ""
    return furniture.usual(column)


def _is_marked(path: str) -> bool:
    """Front pages and lists, never a page of its own: these are too many to keep a masthead for each."""
    return path.startswith("/columns/") or path.count("/") <= 2


@lru_cache(maxsize=512)
def _draw(
    part: str,
    pieces: tuple[Piece, ...],
    here: str,
    searching: bool,
    subscribe_here: bool,
    site_name: str,
    language: str | None,
    of_article: bool,
    column: tuple[str, str] | None,
) -> SafeString:
    values: dict[str, Any] = {
        "furniture": Furniture(pieces),
        "site_name": site_name,
        "here": here,
        "searching": searching,
        "subscribe_here": subscribe_here,
    }
    if of_article:
        own = Column(name=column[0], slug=column[1]) if column else None
        values["article"] = Article(slug=_ANY, column=own)
    return render_to_string(part, values)
