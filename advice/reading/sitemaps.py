"""What search engines read: the sitemap and robots.txt, with addresses from SITE_URL.

The sitemap is an index of files, each of one kind and of a range of keys, so that a row never moves from one file to
another and a file changes only when something in it does. All stand at the root: a file may name nothing that is not
below its own folder (sitemaps.org).

The dates are read from what is written down of each change (notes, former texts, history), not only from the rows that
are left: else the date of a file would go back when something is taken out of it.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from advice.articles.models import (
    Article,
    ArticleEvent,
    ArticleQuerySet,
    Column,
    Correction,
    Edition,
    Expert,
    FormerAddress,
    Page,
    Status,
    Tag,
)
from advice.articles.pages import UNWRITTEN, address_of
from advice.newsletter.models import Issue, Newsletter
from advice.reading import changes, grouping
from advice.site import absolute

CLOSED = ("/desk/", "/accounts/", "/letters/", "/admin/")
A_FILE = 45_000  # keys, so at most as many addresses; the protocol allows 50,000

# Each kind of list, with its model, the name of its page and the way to it from an article.
LISTS: dict[str, tuple[type[Column | Tag | Expert], str, str]] = {
    "columns": (Column, "column", "column"),
    "tags": (Tag, "tag", "tags"),
    "experts": (Expert, "expert", "answers__expert"),
}
_PART = re.compile(rf"(articles|issues|{'|'.join(LISTS)})-([1-9][0-9]{{0,6}})")

# The lines of history that tell of what readers see. Not an import's: it is written of each row, changed or not, and
# the former text tells.
SEEN = ("edit", "publish", "unpublish", "retract", "reviewed")

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
    if kind == "issues":
        entries = list(_issues(keys))
    else:
        rows = _articles(keys) if kind == "articles" else _lists(kind, keys)
        entries = list(_addresses("article" if kind == "articles" else LISTS[kind][1], rows))
    if not entries:
        raise Http404("No such part of the sitemap.")
    return _xml("urlset", "url", entries)


def _parts() -> Iterator[tuple[str, dt.datetime | None]]:
    """Each file that holds something, with the last change of what it holds.

    Each article is in a column, under topics and by experts, so whatever happens to one happens to the files of these,
    and to the pages: they have the site's last change. A file of articles has that of its own.
    """
    last = changes.last()
    files = sorted(_files_of_articles().items())
    newest = max((at for _, at in files), default=None)
    yield "pages", _newest(last, newest, *(at for _, at in _written()))
    for kind in LISTS:
        changed: dict[int, dt.datetime | None] = {}
        for key, *moments in _of_lists(kind):
            number = (key - 1) // A_FILE + 1
            changed[number] = _newest(changed.get(number), *moments)
        yield from ((f"{kind}-{number}", _newest(last, at)) for number, at in sorted(changed.items()))
    yield from ((f"articles-{number}", at) for number, at in files)
    issues = Issue.objects.archived().order_by().annotate(file=(F("pk") - 1) / A_FILE + 1).values_list("file")
    for number, left in issues.annotate(Max("left_at")).order_by("file"):
        yield f"issues-{number}", _newest(last, left)


def _issues(keys: range) -> Iterator[Entry]:
    """Issues as they were mailed. They change only where something in them is withdrawn, and that is told of articles."""
    rows = Issue.objects.archived().filter(**_inside(keys, "pk")).select_related("newsletter").order_by("pk")
    for issue in rows.only("newsletter__slug", "number"):
        yield absolute(issue.get_absolute_url()), None


def _pages() -> Iterator[Entry]:
    """What there is one of, and the months. Where it cannot be told when a page was last changed, nothing is said."""
    newest = _newest(changes.last(), *_files_of_articles().values())
    for name in ("front", "archive"):
        yield absolute(reverse(f"reading:{name}")), newest
    names = ("archive_months", *LISTS, "working_on")
    for name in (*(f"reading:{name}" for name in names), "letterbox:ask", "newsletter:newsletters"):
        yield absolute(reverse(name)), None
    on_its_page = Exists(Article.objects.on_its_page().filter(pk=OuterRef("article")))
    corrected = Correction.objects.filter(on_its_page).aggregate(at=Max("made_at"))["at"]
    yield absolute(reverse("reading:corrections")), corrected
    for newsletter in Newsletter.objects.all():
        yield absolute(newsletter.get_absolute_url()), None
    yield from _written()
    for first, changed in grouping.months_changed():
        yield absolute(reverse("reading:archive_month", args=[first.year, first.month])), changed


def _written() -> Iterator[Entry]:
    written = Page.objects.filter(slug__in=UNWRITTEN).order_by("slug").values_list("slug", "updated_at")
    for slug, changed in written:
        yield absolute(address_of(slug)), changed


def _files_of_articles() -> dict[int, dt.datetime]:
    """The number of each file with articles, and their last change.

    What is deleted leaves its address only, which does not tell the file; it was in one of them.
    """
    rows = _public().annotate(file=(F("pk") - 1) / A_FILE + 1).values_list("file")
    deleted = FormerAddress.objects.filter(path__startswith="/questions/", leads_to="")
    gone = deleted.aggregate(at=Max("since"))["at"]
    found = _dated(
        rows.annotate(Max("published_at"), Max("updated_at")), _traces((F("article") - 1) / A_FILE + 1)
    )
    return {file: max(at, gone or at) for file, at in found.items()}


def _articles(keys: range) -> Iterator[Row]:
    traces = _traces(F("article"), **_inside(keys, "article"))
    rows = _public().filter(**_inside(keys, "pk")).order_by("pk")
    for key, slug, *dates in rows.values_list("pk", "slug", "published_at", "updated_at").iterator():
        yield key, slug, max(filter(None, (*dates, traces.get(key))))


def _lists(kind: str, keys: range) -> Iterator[Row]:
    """The columns, tags or experts with something public, and the last change of that."""
    model, _, to = LISTS[kind]
    # Whatever has none is asked for too: led by the tags, SQLite would look each article up once for each.
    changed = _dated(_of_lists(kind), _traces(F(f"article__{to}")))
    named = model._default_manager.filter(**_inside(keys, "pk")).order_by("pk")
    for key, slug in named.values_list("pk", "slug"):
        if key in changed:
            yield key, slug, changed[key]


def _of_lists(kind: str) -> "QuerySet[Article, Any]":
    """The keys of these, each with the last dates of its articles.

    Asked from the articles: to look for one of each tag in turn takes seconds where there are thousands of tags. And of
    all, also where a range of keys is wanted: led by that, SQLite looks each article up once for each tag.
    """
    to = LISTS[kind][2]
    rows = _public().filter(**{f"{to}__isnull": False}).values_list(to)
    return rows.annotate(Max("published_at"), Max("updated_at"))


def _public() -> ArticleQuerySet:
    return Article.objects.published().order_by()


def _traces(group: Combinable, **conditions: Any) -> dict[int, dt.datetime]:
    """The last that is written down of changes to articles after they were published, for each `group` of them.

    Also of articles that have been taken off: what listed them has changed.
    """
    public = [Status.PUBLISHED, Status.RETRACTED]
    history = ArticleEvent.objects.filter(Q(before__in=public) | Q(after__in=public), verb__in=SEEN)
    noted, former, told = (
        rows.filter(**conditions).order_by().annotate(group=group).values_list("group").annotate(Max(moment))
        for rows, moment in (
            (Correction.objects.all(), "made_at"),
            (Edition.objects.all(), "until"),
            (history, "at"),
        )
    )
    found: dict[int, dt.datetime] = {}
    for key, at in noted.union(former, told, all=True):
        found[key] = max(at, found.get(key, at))
    return found


def _inside(keys: range, field: str) -> dict[str, int]:
    return {f"{field}__gte": keys.start, f"{field}__lt": keys.stop}


def _dated(
    dates: Iterable[tuple[int, dt.datetime, dt.datetime | None]], traces: dict[int, dt.datetime]
) -> dict[int, dt.datetime]:
    """The last change for each key: of its articles, and what is written down of them."""
    return {key: max(filter(None, (*found, traces.get(key)))) for key, *found in dates}


def _newest(*moments: dt.datetime | None) -> dt.datetime | None:
    return max(filter(None, moments), default=None)


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
