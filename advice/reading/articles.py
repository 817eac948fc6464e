"""One article."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from advice.articles import related
from advice.articles.models import Article, OldSlug
from advice.articles.page import for_page, page_of


def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = for_page(Article.objects.on_its_page()).filter(slug=slug).first()
    if found is None:
        return _moved(slug)
    page = page_of(found)
    context = {"page": page, "article": found, "related": related.shown(found), "subscribe_here": True}
    response = render(request, "reading/article.html", context)
    if page.is_withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response


def _moved(slug: str) -> HttpResponse:
    """An address the article once had, or one typed in capitals, leads to the article for ever."""
    public = Article.objects.on_its_page()
    old = OldSlug.objects.filter(slug=slug.lower(), article__in=public).select_related("article").first()
    target = old.article if old else public.filter(slug=slug.lower()).first()
    if target is None:
        raise Http404("No such article.")
    return HttpResponsePermanentRedirect(target.get_absolute_url())
