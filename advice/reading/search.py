"""The search page."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from advice.articles import searching
from advice.articles.models import Column, Expert, Tag, tags_by_use

MAX_QUERY = 400  # characters; nobody means more than that


@dataclass(frozen=True)
class Filter:
    name: str
    chosen: Tag | Column | Expert
    without: str  # the query string of the same search without it


def search(request: HttpRequest) -> HttpResponse:
    q = _text(request, "q", MAX_QUERY).strip()
    chosen = _chosen(request)
    slugs = {name: row.slug for name, row in chosen.items()}
    results = searching.search(q, **slugs, page=_page(request)) if q else None
    context = {
        "q": q,
        "results": results,
        "filters": _filters(q, chosen),
        "tags": [] if results and results.items else tags_by_use(16),
        "searching": True,
    }
    return render(request, "reading/search.html", context)


def _chosen(request: HttpRequest) -> dict[str, Tag | Column | Expert]:
    """What the search is narrowed to. A filter that names nothing is passed over."""
    found = {
        "tag": Tag.objects.filter(slug=_text(request, "tag", 60)).first(),
        "column": Column.objects.filter(slug=_text(request, "column", 80)).first(),
        "expert": Expert.objects.filter(slug=_text(request, "expert", 120)).first(),
    }
    return {name: row for name, row in found.items() if row is not None}


def _filters(q: str, chosen: dict[str, Tag | Column | Expert]) -> list[Filter]:
    return [
        Filter(
            name,
            row,
            urlencode({"q": q} | {other: kept.slug for other, kept in chosen.items() if other != name}),
        )
        for name, row in chosen.items()
    ]


def _text(request: HttpRequest, name: str, longest: int) -> str:
    return request.GET.get(name, "").replace("\x00", " ")[:longest]


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
