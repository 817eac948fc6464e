"""The search page, whole or (for htmx, which says so in a header) only what changes of it; and what a box suggests."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from advice.articles import searching
from advice.articles.models import Column, Expert, Tag, TagAlias, tags_by_use
from advice.search import terms
from advice.search.words import parse

MAX_QUERY = 400  # characters; nobody means more than that
MAX_SUGGESTED = 6
TITLES = {
    "tag": _("Topic"),
    "column": _("Column"),
    "expert": _("Who answers"),
    "year": _("Year"),
}


@dataclass(frozen=True)
class Filter:
    """What the search is narrowed to: as in the address, and as people call it."""

    name: str
    slug: str
    label: str


@dataclass(frozen=True)
class Asked:
    """What an address of the search page says, and the addresses that lead on from it."""

    q: str
    filters: tuple[Filter, ...] = ()
    page: int = 1

    def query(
        self, *, q: str = "", without: str = "", also: tuple[str, str] | None = None, page: int = 1
    ) -> str:
        parts = [("q", q or self.q)]
        parts += [(one.name, one.slug) for one in self.filters if one.name != without]
        parts += [also] if also else []
        parts += [("page", str(page))] if page > 1 else []
        return "?" + urlencode(parts)

    @property
    def previous(self) -> str:
        return self.query(page=self.page - 1)

    @property
    def next(self) -> str:
        return self.query(page=self.page + 1)

    @property
    def first(self) -> str:
        return self.query()

    @property
    def everywhere(self) -> str:
        return "?" + urlencode({"q": self.q})

    @property
    def chosen(self) -> list[tuple[Filter, str]]:
        """Each filter, and the same search without it."""
        return [(one, self.query(without=one.name)) for one in self.filters]

    @property
    def ask(self) -> str:
        """Where to ask the column itself, with the words."""
        column = next((f"{one.slug}/" for one in self.filters if one.name == "column"), "")
        return f"/ask/{column}?{urlencode({'q': self.q})}"


def search(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    results = _results(asked)
    is_part = "HX-Request" in request.headers
    if results and not asked.filters and asked.page == 1 and _is_counted(request):
        terms.note(asked.q, found=0 if results.is_for_meant else results.fitting)
    parsed = parse(asked.q)
    context = {
        "q": asked.q,
        "asked": asked,
        "results": results,
        "has_no_word": not parsed.terms,
        "leaves_out": bool(parsed.without),
        "is_too_deep": asked.page > searching.MAX_PAGES,
        "tags": [] if results and (results.items or results.promoted) else tags_by_use(16),
        "searching": True,
        **_around(asked, results),
    }
    template = "reading/found_alone.html" if is_part else "reading/search.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def suggest(request: HttpRequest) -> HttpResponse:
    """For a box that somebody types in. Whatever that is, there is an answer, if an empty one."""
    items = searching.suggest(_text(request, "q", 100), limit=MAX_SUGGESTED)
    return JsonResponse({"items": [{"kind": one.kind, "label": one.label, "url": one.url} for one in items]})


def _is_counted(request: HttpRequest) -> bool:
    """Whether a person searched: not a program that fetches beforehand, not what is shown between two keys, no editor's try."""
    return (
        request.method == "GET"
        and not {"HX-Request", "Sec-Purpose", "Purpose"} & request.headers.keys()
        and "tried" not in request.GET
    )


def _results(asked: Asked) -> searching.Results | None:
    if not asked.q or asked.page > searching.MAX_PAGES:
        return None
    narrowed = {one.name: one.slug for one in asked.filters}
    return searching.search(asked.q, page=asked.page, **narrowed)


def _around(asked: Asked, results: searching.Results | None) -> dict[str, Any]:
    """The links that are made of the results."""
    if results is None:
        return {}
    promoted = results.promoted if results.page == 1 else []
    above = {found.article.pk for found in promoted}
    return {
        "promoted": promoted,
        "items": [found for found in results.items if found.article.pk not in above],
        "facets": _facets(asked, results),
        "as_meant": asked.query(q=results.meant) if results.meant else "",
    }


def _facets(asked: Asked, results: searching.Results) -> list[dict[str, Any]]:
    """What would narrow the results: not what they are narrowed to already, nor what would leave all of them."""
    narrowed = {one.name for one in asked.filters}
    q = results.meant if results.is_for_meant else asked.q
    facets = []
    for facet in results.facets:
        choices = [
            (choice, asked.query(q=q, also=(facet.kind, choice.slug)))
            for choice in facet.choices
            if results.is_more or choice.is_more or choice.count != results.total
        ]
        if choices and facet.kind not in narrowed:
            facets.append({"title": TITLES[facet.kind], "choices": choices})
    return facets


def _asked(request: HttpRequest) -> Asked:
    """In small letters, as in addresses, and a tag by its synonyms, too. A filter that names nothing is passed over."""
    tag, column, expert = (_slugs(request, name) for name in ("tag", "column", "expert"))
    aliases = TagAlias.objects.filter(slug__in=tag).values("tag")
    rows = {
        "tag": tag and Tag.objects.filter(Q(slug__in=tag) | Q(pk__in=aliases)).first(),
        "column": column and Column.objects.filter(slug__in=column).first(),
        "expert": expert and Expert.objects.filter(slug__in=expert).first(),
    }
    filters = [Filter(name, row.slug, row.name) for name, row in rows.items() if row]
    year = request.GET.get("year", "")
    if re.fullmatch("(?:19|20)[0-9]{2}", year, re.ASCII):
        filters.append(Filter("year", year, year))
    return Asked(_text(request, "q", MAX_QUERY).strip(), tuple(filters), _page(request))


def _slugs(request: HttpRequest, name: str) -> set[str]:
    """As it was asked for, which may be from before all were written in small letters, and in these."""
    asked = _text(request, name, 120).strip()
    return {asked, asked.lower()} if asked else set()


def _text(request: HttpRequest, name: str, longest: int) -> str:
    return request.GET.get(name, "").replace("\x00", " ")[:longest]


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return min(max(1, int(asked)), 9999) if asked.isascii() and asked.isdigit() and len(asked) < 20 else 1
