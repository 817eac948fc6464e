"""What search engines read: the sitemap and robots.txt, with addresses from SITE_URL."""

import datetime as dt
from collections.abc import Iterable, Iterator
from math import ceil
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from advice.articles.models import Article, Page
from advice.reading.front import answering_experts
from advice.reading.pages import UNWRITTEN
from advice.site import absolute

CLOSED = ("/desk/", "/accounts/", "/letters/", "/admin/", "/search/")
A_FILE = 45_000  # addresses; the protocol (sitemaps.org) allows 50,000

Entry = tuple[str, dt.datetime | None]  # the address, and its last change


def sitemap(request: HttpRequest) -> HttpResponse:
    """All addresses, or where these are too many for one file an index of the files, `?page=1` and on."""
    entries = list(_entries())
    files = ceil(len(entries) / A_FILE)
    asked = request.GET.get("page", "")
    if not asked and files > 1:
        here = absolute(reverse("reading:sitemap"))
        return _xml(
            "sitemapindex", "sitemap", ((f"{here}?page={number}", None) for number in range(1, files + 1))
        )
    if asked and asked not in map(str, range(1, files + 1)):
        raise Http404("No such part of the sitemap.")
    start = (int(asked or 1) - 1) * A_FILE
    return _xml("urlset", "url", entries[start : start + A_FILE])


def _entries() -> Iterator[Entry]:
    """The oldest articles come first, so that a file of several stays as it is when a new one is published."""
    for name in ("front", "archive", "columns", "tags", "experts"):
        yield absolute(reverse(f"reading:{name}")), None
    written = Page.objects.filter(slug__in=UNWRITTEN).order_by("slug").values_list("slug", "updated_at")
    for slug, changed in written:
        yield absolute(reverse("reading:page", kwargs={"slug": slug})), changed
    public = Article.objects.published().order_by()
    # Asked from the articles: to look for one of each tag in turn takes seconds where there are thousands of tags.
    for name, slugs in (("column", "column__slug"), ("tag", "tags__slug")):
        used = public.exclude(**{slugs: None}).order_by(slugs).values_list(slugs, flat=True).distinct()
        yield from _addresses(name, ((slug, None) for slug in used))
    yield from _addresses("expert", ((expert.slug, None) for expert in answering_experts()))
    articles = public.order_by("pk").values_list("slug", "updated_at", "published_at")
    yield from _addresses("article", ((slug, changed or at) for slug, changed, at in articles.iterator()))


def _addresses(name: str, rows: Iterable[Entry]) -> Iterator[Entry]:
    """The addresses of these slugs. To resolve the name once for each would take most of the time of a large sitemap."""
    before, _, after = absolute(reverse(f"reading:{name}", args=["slug"])).rpartition("slug")
    for slug, changed in rows:
        yield f"{before}{slug}{after}", changed


def _xml(root: str, element: str, entries: Iterable[Entry]) -> HttpResponse:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
    ]
    for address, changed in entries:
        when = f"<lastmod>{changed.date().isoformat()}</lastmod>" if changed else ""
        lines.append(f"<{element}><loc>{escape(address)}</loc>{when}</{element}>")
    response = HttpResponse("\n".join([*lines, f"</{root}>", ""]), content_type="application/xml")
    response["X-Robots-Tag"] = "noindex"
    return response


def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        "",
        f"Sitemap: {absolute('/sitemap.xml')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
