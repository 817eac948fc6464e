"""The pictures that other sites show beside a link to us. Drawn for what is public only, and kept."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from advice.articles import cards
from advice.articles.drawing import Card
from advice.articles.models import Article, Column


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = (
        Article.objects.published()
        .filter(slug=slug)
        .select_related("column")
        .only("slug", "headline", "signature", "column__name")
        .first()
    )
    if found is None:
        raise Http404("No such card.")  # errors.py looks where it may have gone
    return _picture(request, cards.of_article(found), lambda: cards.article_png(found))


@require_safe
def column(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Column, slug=slug)
    return _picture(request, cards.of_column(found), lambda: cards.column_png(found))


@require_safe
def site(request: HttpRequest) -> HttpResponse:
    return _picture(request, cards.of_site(), cards.site_png)


def _picture(request: HttpRequest, card: Card, png: Callable[[], bytes]) -> HttpResponse:
    """Its ETag is of the words, so that who has it already is answered without touching a file."""
    etag = f'"{card.digest}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(png(), content_type="image/png")
    response["ETag"] = etag
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # other sites are what it is for
    return response
