"""One article."""

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from advice.articles.models import Article, OldSlug, Related
from advice.articles.page import for_page, page_of

SHOWN_RELATED = 5


def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = for_page(Article.objects.on_its_page()).filter(slug=slug).first()
    if found is None:
        return _moved(slug)
    page = page_of(found)
    context = {"page": page, "article": found, "related": related_to(found), "subscribe_here": True}
    response = render(request, "reading/article.html", context)
    if page.is_withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response


def related_to(article: Article) -> list[Article]:
    """The stored neighbours that may be read now. They start from `published()`, however long ago they were stored."""
    rows = Related.objects.filter(article=article)
    place = rows.filter(neighbour=OuterRef("pk")).values("position")
    return list(
        Article.objects.published()
        .filter(pk__in=rows.values("neighbour"))
        .select_related("column")
        .only("headline", "slug", "dek", "column__name", "column__slug")
        .annotate(place=Subquery(place[:1]))
        .order_by("place")[:SHOWN_RELATED]
    )


def _moved(slug: str) -> HttpResponse:
    """An address the article once had, or one typed in capitals, leads to the article for ever."""
    public = Article.objects.on_its_page()
    old = OldSlug.objects.filter(slug=slug.lower(), article__in=public).select_related("article").first()
    target = old.article if old else public.filter(slug=slug.lower()).first()
    if target is None:
        raise Http404("No such article.")
    return HttpResponsePermanentRedirect(target.get_absolute_url())
