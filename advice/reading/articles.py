"""One article, and what it said before it was corrected."""

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from advice.articles.models import Article, Correction, OldSlug
from advice.articles.page import former_page, public_article, public_page
from advice.reading.around import around
from advice.site import absolute


def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = public_article(slug)
    if found is None:
        raise Http404("No such article.")  # errors.py looks where it may have gone
    beside = around(found)
    page = public_page(found, beside.tags)
    context = {
        "page": page,
        "article": found,
        "related": beside.neighbours,
        "furniture": beside.furniture,
        "subscribe_here": True,
    }
    response = render(request, "reading/article.html", context)
    if page.is_withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response


def before(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The text that a correction put right. What no correction names was never more than a slip, and is not shown."""
    notes = Correction.objects.filter(before__isnull=False, is_privacy=False)
    found = published_at_address(slug)
    note = get_object_or_404(notes.select_related("before"), pk=pk, article=found)
    if found.slug != slug:
        return HttpResponsePermanentRedirect(reverse("reading:before", args=[found.slug, pk]))
    assert note.before is not None
    context = {
        "article": found,
        "note": note,
        "former": former_page(note.before),
        "canonical": absolute(found.get_absolute_url()),
    }
    response = render(request, "reading/before.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


def published_at_address(slug: str) -> Article:
    """The published article with this slug, now or formerly; 404 where there is none."""
    former = OldSlug.objects.filter(slug=slug.lower()).values("article")
    public = Article.objects.published().select_related("column")
    found = public.filter(Q(slug=slug.lower()) | Q(pk__in=former)).first()
    if found is None:
        raise Http404("No such article.")
    return found
