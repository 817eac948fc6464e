"""What search engines read: the sitemap and robots.txt, with addresses from SITE_URL.

The sitemap is an index of files, each of one kind and of a range of keys, so that a row never moves from one file to
another and a file changes only when something in it does. All stand at the root: a file may name nothing that is not
below its own folder (sitemaps.org).
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from advice.articles.models import (
    Article,
    ArticleQuerySet,
    Column,
    Correction,
    Expert,
    Page,
    Tag,
)
from advice.reading.pages import UNWRITTEN
from advice.site import absolute

CLOSED = ("/desk/", "/accounts/", "/letters/", "/admin/")
A_FILE = 45_000  # keys, so at most as many addresses; the protocol allows 50,000

# Each kind of list, with its model, the name of its page and the way to it from an article.
LISTS: dict[str, tuple[type[Column | Tag | Expert], str, str]] = {
    "columns": (Column, "column", "column"),
    "tags": (Tag, "tag", "tags"),
    "experts": (Expert, "expert", "answers__expert"),
}
_PART = re.compile(rf"(articles|{'|'.join(LISTS)})-([1-9][0-9]{{0,6}})")

EVERY = range(1, 2**62)

Entry = tuple[str, dt.datetime | None]  # the address, and its last change
Row = tuple[int, str, dt.datetime]  # the key, the slug, the last change


def index(request: HttpRequest) -> HttpResponse:
    before, _, after = absolute(reverse("reading:sitemap_part", args=["part"])).rpartition("part")
    return _xml("sitemapindex", "sitemap", ((f"{before}{name}{after}", at) for name, at in _parts()))


def part(request: HttpRequest, part: str) -> HttpResponse:
    if part == "pages":
        return _xml("urlset", "url", _pages())
    found = _PART.fullmatch(part)
    if found is None:
        raise Http404("No such part of the sitemap.")
    kind, number = found[1], int(found[2])
    keys = range((number - 1) * A_FILE + 1, number * A_FILE + 1)
    rows = _articles(keys) if kind == "articles" else _lists(kind, keys)
    entries = list(_addresses("article" if kind == "articles" else LISTS[kind][1], rows))
    if not entries:
        raise Http404("No such part of the sitemap.")
    return _xml("urlset", "url", entries)


def _parts() -> Iterator[tuple[str, dt.datetime | None]]:
    """Each file that holds something, with the last change of what it holds."""
    files = sorted(_files_of_articles().items())
    newest = max((at for _, at in files), default=None)
    yield "pages", max((at for _, at in _pages(newest) if at), default=None)
    for kind in LISTS:
        changed: dict[int, dt.datetime] = {}
        for key, _, at in _lists(kind):
            number = (key - 1) // A_FILE + 1
            changed[number] = max(at, changed.get(number, at))
        yield from ((f"{kind}-{number}", at) for number, at in sorted(changed.items()))
    yield from ((f"articles-{number}", at) for number, at in files)


def _pages(newest: dt.datetime | None = None) -> Iterator[Entry]:
    """What there is one of. Where it cannot be told when a page was last changed, nothing is said of it."""
    newest = newest or max(_files_of_articles().values(), default=None)
    for name in ("front", "archive"):
        yield absolute(reverse(f"reading:{name}")), newest
    for name in ("reading:archive_months", *(f"reading:{kind}" for kind in LISTS), "letterbox:ask"):
        yield absolute(reverse(name)), None
    yield absolute(reverse("newsletter:newsletters")), None
    corrected = _notes(Article.objects.on_its_page()).aggregate(at=Max("made_at"))["at"]
    yield absolute(reverse("reading:corrections")), corrected
    written = Page.objects.filter(slug__in=UNWRITTEN).order_by("slug").values_list("slug", "updated_at")
    for slug, changed in written:
        yield absolute(reverse("reading:page", kwargs={"slug": slug})), changed


def _files_of_articles() -> dict[int, dt.datetime]:
    """The number of each file with articles, and their last change."""
    first = _public().annotate(file=(F("pk") - 1) / A_FILE + 1)
    noted = _notes().annotate(file=(F("article") - 1) / A_FILE + 1)
    rows = first.values_list("file").annotate(Max("published_at"), Max("updated_at"))
    return _changes(rows, noted.values_list("file").annotate(Max("made_at")))


def _articles(keys: range) -> Iterator[Row]:
    noted = _notes().filter(**_inside(keys, "article")).values_list("article")
    corrected = dict(noted.annotate(Max("made_at")))
    rows = _public().filter(**_inside(keys, "pk")).order_by("pk")
    for key, slug, *dates in rows.values_list("pk", "slug", "published_at", "updated_at").iterator():
        yield key, slug, max(filter(None, (*dates, corrected.get(key))))


def _lists(kind: str, keys: range = EVERY) -> Iterator[Row]:
    """The columns, tags or experts with something public, and the last change of that.

    Asked from the articles: to look for one of each tag in turn takes seconds where there are thousands of tags.
    """
    model, _, to = LISTS[kind]
    # Of all, also where a range of keys is asked for: led by that, SQLite looks each article up once for each tag.
    rows = _public().filter(**{f"{to}__isnull": False}).values_list(to)
    noted = _notes().filter(**{f"article__{to}__isnull": False}).values_list(f"article__{to}")
    changed = _changes(rows.annotate(Max("published_at"), Max("updated_at")), noted.annotate(Max("made_at")))
    named = model._default_manager.filter(**_inside(keys, "pk")).order_by("pk")
    for key, slug in named.values_list("pk", "slug"):
        if key in changed:
            yield key, slug, changed[key]


def _public() -> ArticleQuerySet:
    return Article.objects.published().order_by()


def _notes(articles: ArticleQuerySet | None = None) -> "QuerySet[Correction]":
    """The notes above these articles, or above all that are published. Few: so each asks for its article."""
    articles = _public() if articles is None else articles
    return Correction.objects.filter(Exists(articles.filter(pk=OuterRef("article")))).order_by()


def _inside(keys: range, field: str) -> dict[str, int]:
    return {f"{field}__gte": keys.start, f"{field}__lt": keys.stop}


def _changes(
    dates: Iterable[tuple[int, dt.datetime, dt.datetime | None]], notes: Iterable[tuple[int, dt.datetime]]
) -> dict[int, dt.datetime]:
    """The last change for each key: of its articles, and of the notes above them."""
    corrected = dict(notes)
    return {key: max(filter(None, (*found, corrected.get(key)))) for key, *found in dates}


def _addresses(name: str, rows: Iterable[Row]) -> Iterator[Entry]:
    """The addresses of these slugs. To resolve the name once for each would take most of the time of a large sitemap."""
    before, _, after = absolute(reverse(f"reading:{name}", args=["slug"])).rpartition("slug")
    for _key, slug, changed in rows:
        yield f"{before}{slug}{after}", changed


def _xml(root: str, element: str, entries: Iterable[Entry]) -> HttpResponse:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
    ]
    for address, changed in entries:
        when = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
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
