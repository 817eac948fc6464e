"""One article."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from advice.articles import related
from advice.articles.models import Article
from advice.articles.page import for_page, page_of


def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = for_page(Article.objects.on_its_page()).filter(slug=slug).first()
    if found is None:
        raise Http404("No such article.")  # errors.py looks where it may have gone
    page = page_of(found)
    context = {"page": page, "article": found, "related": related.shown(found), "subscribe_here": True}
    response = render(request, "reading/article.html", context)
    if page.is_withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response
