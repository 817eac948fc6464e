"""Lists of articles: all of them, by month, by column, by tag, by expert; and the corrections made."""

import datetime as dt
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone

from advice.articles.models import (
    Article,
    ArticleQuerySet,
    Column,
    Correction,
    Expert,
    Tag,
    TagAlias,
    tags_by_use,
)
from advice.reading.front import answering_experts

A_PAGE = 20


def paged(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    try:
        return Paginator(rows, A_PAGE).page(request.GET.get("page", 1))
    except InvalidPage as error:
        raise Http404("No such page of the list.") from error


def cards() -> ArticleQuerySet:
    return Article.objects.published().for_cards().newest_first()


def archive(request: HttpRequest) -> HttpResponse:
    return render(request, "reading/archive.html", {"page": paged(request, cards())})


def months(request: HttpRequest) -> HttpResponse:
    """An article whose true date is not known is in no month."""
    found = (
        Article.objects.published()
        .filter(undated=False)
        .order_by()
        .annotate(month=TruncMonth("published_at"))
        .values("month")
        .annotate(articles=Count("pk"))
        .order_by("-month")
    )
    return render(request, "reading/months.html", {"months": found})


def archive_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    # The first and the last year are left out: in UTC they may begin or end in a year that no calendar has.
    if not (dt.MINYEAR < year < dt.MAXYEAR and 1 <= month <= 12):
        raise Http404("No such month.")
    first = dt.datetime(year, month, 1, tzinfo=timezone.get_current_timezone())
    following = first.replace(year=year + month // 12, month=month % 12 + 1)
    articles = cards().filter(undated=False, published_at__gte=first, published_at__lt=following)
    page = paged(request, articles)
    if not page.object_list:
        raise Http404("Nothing was published in this month.")
    return render(request, "reading/month.html", {"page": page, "month": first})


def columns(request: HttpRequest) -> HttpResponse:
    return render(request, "reading/columns.html", {"columns": Column.objects.prefetch_related("experts")})


def column(request: HttpRequest, slug: str) -> HttpResponse:
    found = Column.objects.filter(slug=slug).first()
    if found is None:
        return _in_lower_case(Column, slug)
    page = paged(request, cards().filter(column=found))
    context = {"column": found, "experts": found.experts.all(), "page": page, "in_column": True}
    return render(request, "reading/column.html", context)


def tags(request: HttpRequest) -> HttpResponse:
    found = sorted(tags_by_use(1000), key=lambda tag: tag.name.casefold())
    return render(request, "reading/tags.html", {"tags": found})


def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = Tag.objects.filter(slug=slug).first()
    if found is None:
        alias = TagAlias.objects.filter(slug=slug.lower()).select_related("tag").first()
        return _redirect(alias.tag) if alias else _in_lower_case(Tag, slug)
    return render(
        request, "reading/tag.html", {"tag": found, "page": paged(request, cards().filter(tags=found))}
    )


def experts(request: HttpRequest) -> HttpResponse:
    return render(request, "reading/experts.html", {"experts": answering_experts()})


def expert(request: HttpRequest, slug: str) -> HttpResponse:
    found = Expert.objects.filter(slug=slug).first()
    if found is None:
        return _in_lower_case(Expert, slug)
    page = paged(request, cards().filter(answers__expert=found))
    return render(
        request,
        "reading/expert.html",
        {"expert": found, "columns": Column.objects.filter(experts=found), "page": page},
    )


def corrections(request: HttpRequest) -> HttpResponse:
    articles = Article.objects.on_its_page().filter(pk=OuterRef("article"))
    notes = Correction.objects.filter(Exists(articles)).select_related("article").order_by("-made_at", "-id")
    return render(request, "reading/corrections.html", {"page": paged(request, notes)})


def _in_lower_case(model: type[Column | Tag | Expert], slug: str) -> HttpResponse:
    found = model._default_manager.filter(slug=slug.lower()).first() if slug != slug.lower() else None
    if not isinstance(found, Column | Tag | Expert):
        raise Http404("No such list.")
    return _redirect(found)


def _redirect(target: Column | Tag | Expert) -> HttpResponsePermanentRedirect:
    return HttpResponsePermanentRedirect(target.get_absolute_url())
