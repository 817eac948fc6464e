"""Articles as Markdown, for programs and for whoever reads without a browser; and /llms.txt, which leads to them."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from advice import markup
from advice.articles import tallies
from advice.articles.models import Answer, AnswerStatus, Article, Column, Correction, Page
from advice.articles.models.snippets import markdown_of
from advice.articles.page import ArticlePage, Source, for_page, page_of
from advice.reading.feed_formats import clean
from advice.site import absolute

COLUMNS, OF_EACH, HELPFUL = 20, 5, 5
# Here raw HTML is text (markup.py); to other readers of Markdown it would be HTML. What begins a tag is escaped, but
# not an address in angle brackets, nor what is escaped already.
_TAG = re.compile(r"\\.|<(?=[A-Za-z/!?])(?!(?:https?|mailto):[^\s<>]*>)", re.DOTALL)


def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = for_page(Article.objects.on_its_page()).filter(slug=slug).first()
    if found is None:
        raise Http404("No such article.")  # errors.py looks where it may have gone
    page = page_of(found)
    response = _text(_withdrawn(page) if page.is_withdrawn else _whole(page), "text/markdown")
    # It is the page in another form, so what is found by it counts for the page.
    response["Link"] = f'<{absolute(found.get_absolute_url())}>; rel="canonical"'
    if page.is_withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response


def _text(blocks: Iterable[str], kind: str) -> HttpResponse:
    text = "\n\n".join(block for block in blocks if block)
    return HttpResponse(clean(text) + "\n", content_type=f"{kind}; charset=utf-8")


def _withdrawn(page: ArticlePage) -> Iterator[str]:
    yield f"# {words(page.article.headline)}"
    if page.retraction:
        yield from _note(page.retraction)


def _whole(page: ArticlePage) -> Iterator[str]:
    yield _front_matter(page)
    yield f"# {words(page.article.headline)}"
    yield words(page.article.dek)
    for note in page.corrections:
        yield from _note(note)
    yield "## " + _("The letter")
    yield _quoted(source(markdown_of(page.article.question)), page.article.signature)
    if page.askers:
        yield ngettext("Asked by %(n)s reader.", "Asked by %(n)s readers.", page.askers) % {"n": page.askers}
    for answer in _answers(page.article):
        name = answer.expert.byline if answer.expert else ""
        yield "## " + (_("The answer of %(name)s") % {"name": words(name)} if name else _("The answer"))
        yield source(markdown_of(answer.text))
    for update in page.updates:
        yield f"## {_('What happened since')} ({_day(timezone.localdate(update.row.made_at))})"
        yield _quoted(source(update.row.text), update.row.signature)
    if page.reviewer and page.reviewed_on:
        given = {"name": words(page.reviewer.byline), "date": _day(page.reviewed_on)}
        yield _("Reviewed by %(name)s, %(date)s") % given
    if page.sources:
        yield "## " + _("Sources")
        yield "\n".join(f"{n}. {_source(one)}" for n, one in enumerate(page.sources, 1))
    if page.column and page.column.disclaimer:
        yield "---"
        yield source(markdown_of(page.column.disclaimer))


def _answers(article: Article) -> list[Answer]:
    return [row for row in article.answers.all() if row.text.strip() and row.status == AnswerStatus.FILED]


def _front_matter(page: ArticlePage) -> str:
    """What is said of the piece, as YAML; its strings are JSON's, which YAML reads as they are."""
    one = page.article
    known = {
        "title": one.headline,
        "description": one.dek,
        "url": absolute(one.get_absolute_url()),
        "column": page.column.name if page.column else "",
        "authors": [expert.byline for expert in page.experts],
        "source": one.source_name,
        "source_url": one.source_url,
        "published": _iso(page.published_at),
        "updated": _iso(page.updated_at),
        "tags": [tag.name for tag in page.tags],
        "site": settings.SITE_NAME,
        "language": get_language(),
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in known.items() if value]
    return "\n".join(["---", *lines, "---"])


def _note(note: Correction) -> Iterator[str]:
    yield f"**{note.get_kind_display()}, {_day(timezone.localdate(note.made_at))}**"
    yield source(note.text)


def _quoted(text: str, signature: str) -> str:
    lines = [*text.split("\n"), *(["", f"— {words(signature)}"] if signature else [])]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _source(one: Source) -> str:
    said = ", ".join(words(str(part)) for part in (one.title, one.publisher, one.year) if part)
    address = one.url.replace("<", "%3C").replace(">", "%3E")
    return f"{said}: <{address}>" if address else said


def _iso(at: dt.datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _day(day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT")


def words(text: str) -> str:
    """One line of plain text as Markdown that reads the same, in the text of a link too."""
    return markup.paragraphs(" ".join(text.split())).replace("]", "\\]")


def source(text: str) -> str:
    """Markdown as it was written, for readers to whom HTML in it is more than text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _TAG.sub(lambda found: "\\<" if found[0] == "<" else found[0], text)


def llms(request: HttpRequest) -> HttpResponse:
    """What is here, for language models (llmstxt.org): a title, a summary, and lists of links under headings."""
    return _text(_guide(), "text/plain")


def _guide() -> Iterator[str]:
    name = {"site_name": settings.SITE_NAME}
    yield f"# {words(settings.SITE_NAME)}"
    yield "> " + _(
        "Letters from readers, and answers from people who know. %(site_name)s is an advice column."
    ) % {"site_name": words(settings.SITE_NAME)}
    yield _(
        "Each answer is signed by the expert who wrote it, and corrections stand above it. The address of an answer"
        " with .md in place of its last slash gives it as Markdown. To quote an answer, name its expert and link to"
        " its page."
    )
    for column, articles in _columns():
        yield f"## {words(column.name)}"
        yield _links((one.headline, _md(one), one.dek) for one in articles)
    if helpful := list(tallies.most_helpful(HELPFUL).prefetch_related(None)):
        yield "## " + _("Most helpful this month")
        yield _links((one.headline, _md(one), one.dek) for one in helpful)
    yield "## " + _("Standards")
    yield _links(_standards(name))
    yield "## " + _("Feeds and API")
    yield _links(_machines())


def _columns() -> list[tuple[Column, list[Article]]]:
    """The columns with their newest articles. Each place is asked for on its own: it is one step into an index."""
    of_column = Article.objects.published().filter(column=OuterRef("pk")).newest_first().values("pk")
    places = {f"place_{n}": Subquery(of_column[n : n + 1]) for n in range(OF_EACH)}
    columns = Column.objects.annotate(**places)[:COLUMNS]
    keys = {column: [getattr(column, place) for place in places] for column in columns}
    wanted = [key for found in keys.values() for key in found if key]
    found = Article.objects.published().only("slug", "headline", "dek").in_bulk(wanted)
    rows = [(column, [found[key] for key in own if key in found]) for column, own in keys.items()]
    return [(column, articles) for column, articles in rows if articles]


def _standards(name: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    pages = Page.objects.filter(slug__in=["about", "standards", "privacy", "contact"]).order_by("pk")
    for slug, title in pages.values_list("slug", "title"):
        yield (
            title.replace("{site_name}", settings.SITE_NAME),
            reverse("reading:page", kwargs={"slug": slug}),
            "",
        )
    yield (
        _("Corrections"),
        reverse("reading:corrections"),
        _("What %(site_name)s got wrong, and put right.") % name,
    )


def _machines() -> Iterator[tuple[str, str, str]]:
    yield (
        _("Newest answers (JSON Feed)"),
        reverse("reading:feed_json"),
        _("The newest twenty, with their full text."),
    )
    yield _("Newest answers (Atom)"), reverse("reading:feed"), ""
    yield _("Corrections (Atom)"), reverse("reading:corrections_feed"), ""
    yield _("API"), "/api/v1/openapi.json", _("Every answer as JSON; read-only, and open to all.")
    yield _("Sitemap"), reverse("reading:sitemap"), _("The address of every answer.")


def _links(links: Iterable[tuple[str, str, str]]) -> str:
    lines = (
        f"- [{words(name)}]({absolute(path)})" + (f": {words(said)}" if said else "")
        for name, path, said in links
    )
    return "\n".join(lines)


def _md(article: Article) -> str:
    return reverse("reading:article_md", args=[article.slug])
