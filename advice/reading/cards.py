"""The pictures that other sites show beside a link to us. Drawn for what is public only, and kept."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from advice.articles import cards
from advice.articles.drawing import Card
from advice.articles.models import Article, Column, OldSlug


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
        return _moved(slug)
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


def _moved(slug: str) -> HttpResponse:
    """As for the article's page; but what was retracted has a page and no card."""
    public = Article.objects.published()
    old = OldSlug.objects.filter(slug=slug.lower(), article__in=public).select_related("article").first()
    target = old.article if old else public.filter(slug=slug.lower()).first()
    if target is None:
        raise Http404("No such card.")
    return HttpResponsePermanentRedirect(reverse("reading:card", args=[target.slug]))
