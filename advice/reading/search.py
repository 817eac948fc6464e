"""The search page."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from advice.articles import searching
from advice.articles.models import Column, Expert, Tag, TagAlias, tags_by_use
from advice.search import terms

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
    if results and not slugs and _is_counted(request):
        terms.note(q, found=0 if results.is_for_meant else results.total)
    context = {
        "q": q,
        "results": results,
        "filters": _filters(q, chosen),
        "tags": [] if results and results.items else tags_by_use(16),
        "searching": True,
    }
    return render(request, "reading/search.html", context)


def _is_counted(request: HttpRequest) -> bool:
    """Whether a person searched: not a program that fetches beforehand, not what is shown between two keys, no editor's try."""
    return (
        request.method == "GET"
        and _page(request) == 1
        and not {"HX-Request", "Sec-Purpose", "Purpose"} & request.headers.keys()
        and "tried" not in request.GET
    )


def _chosen(request: HttpRequest) -> dict[str, Tag | Column | Expert]:
    """What the search is narrowed to, as in addresses: in small letters, and a tag by its synonyms, too.

    A filter that names nothing is passed over.
    """
    tag = _slugs(request, "tag", 60)
    aliases = TagAlias.objects.filter(slug__in=tag).values("tag")
    found = {
        "tag": Tag.objects.filter(Q(slug__in=tag) | Q(pk__in=aliases)).first(),
        "column": Column.objects.filter(slug__in=_slugs(request, "column", 80)).first(),
        "expert": Expert.objects.filter(slug__in=_slugs(request, "expert", 120)).first(),
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


def _slugs(request: HttpRequest, name: str, longest: int) -> set[str]:
    """As it was asked for, which may be from before all were written in small letters, and in these."""
    asked = _text(request, name, longest).strip()
    return {asked, asked.lower()}


def _text(request: HttpRequest, name: str, longest: int) -> str:
    return request.GET.get(name, "").replace("\x00", " ")[:longest]


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
