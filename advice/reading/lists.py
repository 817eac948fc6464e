"""Lists of articles: all of them, by month, by column, by tag, by expert; and the corrections made."""

import datetime as dt
from typing import Any

from django.core.paginator import Page
from django.db.models import Exists, OuterRef, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from advice.articles.models import (
    Answer,
    Article,
    ArticleQuerySet,
    Column,
    Correction,
    Expert,
    Tag,
    tags_by_use,
)
from advice.paging import paged
from advice.reading import moved
from advice.reading.front import answering_experts, column_rows
from advice.reading.grouping import alphabetical, beside, by_letter, by_year, months_printed

MOST_TAGS = 2_000
FAVORITES = 12  # of the topics, shown before the alphabet
FEW = 30  # so many topics are one list, not one for each letter
REVIEWED = 5


def paged_cards(request: HttpRequest, articles: ArticleQuerySet) -> Page[Any]:
    """Finds the page's articles by their keys: to pass over thousands of rows that hold whole letters takes long."""
    page = paged(request, articles.newest_first().values("pk"))
    cards = Article.objects.published().for_cards().newest_first()
    page.object_list = cards.filter(pk__in=page.object_list)
    return page


def archive(request: HttpRequest) -> HttpResponse:
    return render(
        request, "reading/archive.html", {"page": paged_cards(request, Article.objects.published())}
    )


def months(request: HttpRequest) -> HttpResponse:
    return render(request, "reading/months.html", {"years": by_year(months_printed())})


def archive_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    # The first and the last year are left out: in UTC they may begin or end in a year that no calendar has.
    if not (dt.MINYEAR < year < dt.MAXYEAR and 1 <= month <= 12):
        raise Http404("No such month.")
    address = reverse("reading:archive_month", args=[year, month])
    if request.path != address:
        return moved.redirect(request, address)  # /archive/2025/03/
    first = dt.datetime(year, month, 1, tzinfo=timezone.get_current_timezone())
    following = first.replace(year=year + month // 12, month=month % 12 + 1)
    dated = Article.objects.published().filter(undated=False)
    page = paged_cards(request, dated.filter(published_at__gte=first, published_at__lt=following))
    if not page.object_list:
        raise Http404("Nothing was published in this month.")
    dates = dated.values_list("published_at", flat=True)
    context = {
        "page": page,
        "month": first,
        "earlier": dates.filter(published_at__lt=first).order_by("-published_at").first(),
        "later": dates.filter(published_at__gte=following).order_by("published_at").first(),
    }
    return render(request, "reading/month.html", context)


def columns(request: HttpRequest) -> HttpResponse:
    return render(request, "reading/columns.html", {"rows": column_rows()})


def column(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Column, slug=slug)
    page = paged_cards(request, Article.objects.published().filter(column=found))
    context = {"column": found, "experts": found.experts.all(), "page": page, "in_column": True}
    return render(request, "reading/column.html", context)


def tags(request: HttpRequest) -> HttpResponse:
    found = tags_by_use(MOST_TAGS)
    many = len(found) > FEW
    context = {
        "tags": alphabetical(found),
        "favorites": found[:FAVORITES] if many else [],
        "letters": by_letter(found) if many else [],
    }
    return render(request, "reading/tags.html", context)


def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Tag, slug=slug)
    tagged = Article.tags.through.objects.filter(article=OuterRef("pk"), tag=found)
    # Asked of each article in the order of the list, not the other way round: a topic may have half of all articles.
    articles = Article.objects.published().filter(Exists(tagged))
    page = paged_cards(request, articles)
    context = {
        "tag": found,
        "page": page,
        "beside": beside(found),
        "other_words": [alias.slug.replace("-", " ") for alias in found.aliases.order_by("slug")],
    }
    return render(request, "reading/tag.html", context)


def experts(request: HttpRequest) -> HttpResponse:
    found = answering_experts()
    prefetch_related_objects(found, "columns")
    return render(request, "reading/experts.html", {"experts": found})


def expert(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Expert, slug=slug)
    answered = Answer.objects.filter(article=OuterRef("pk"), expert=found)
    page = paged_cards(request, Article.objects.published().filter(Exists(answered)))
    reviewed = Article.objects.published().filter(reviewer=found, review_is_void=False).newest_first()
    context = {
        "expert": found,
        "columns": Column.objects.filter(experts=found),
        "reviewed": reviewed.only("headline", "slug", "reviewed_on")[:REVIEWED],
        "page": page,
    }
    return render(request, "reading/expert.html", context)


def corrections(request: HttpRequest) -> HttpResponse:
    notes = Correction.objects.public().select_related("article").order_by("-made_at", "-id")
    return render(request, "reading/corrections.html", {"page": paged(request, notes)})
