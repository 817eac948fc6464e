"""The search page's question and its answer: published articles, the found words marked."""

from dataclasses import dataclass, field

from django.db.models import Model
from django.utils import timezone
from django.utils.safestring import SafeString

from advice.articles.indexing import key_of, pk_of
from advice.articles.models import Article, Column, Expert, Tag
from advice.search import index as door
from advice.search.highlights import highlight

PAGE_SIZE = 10
MAX_PAGES = 50
DEEPEST = PAGE_SIZE * MAX_PAGES  # how many results anybody can see


@dataclass(frozen=True)
class Found:
    article: Article
    headline_html: SafeString
    snippet_html: SafeString
    score: float = 0


@dataclass(frozen=True)
class Choice:
    """One way to narrow the results, and how many of the ranked ones it leaves; `is_more` says that it is that or more."""

    name: str
    slug: str
    count: int
    is_more: bool = False


@dataclass(frozen=True)
class Facet:
    kind: str  # "tag", "column", "expert" or "year", as in the address
    choices: list[Choice]


@dataclass(frozen=True)
class Results:
    """A page of what was found. `total` counts what can be seen; with `is_more` there are more.

    `meant` is the query with its typing errors mended ("" where there is nothing to mend). With `is_for_meant` the
    results are those of `meant`, because nothing was found for what was typed.
    """

    total: int
    items: list[Found]
    page: int
    has_next: bool
    is_more: bool = False
    facets: list[Facet] = field(default_factory=list)
    meant: str = ""
    is_for_meant: bool = False
    promoted: list[Found] = field(default_factory=list)

    @property
    def has_previous(self) -> bool:
        return self.page > 1


@dataclass(frozen=True)
class Suggestion:
    kind: str  # "article" or "tag"
    label: str
    url: str


def search(
    q: str,
    *,
    tag: str | None = None,
    column: str | None = None,
    expert: str | None = None,
    year: str | None = None,
    page: int = 1,
) -> Results:
    """The published articles with these words, best first; tag, column and expert are slugs. Any text will do for `q`."""
    page = max(1, min(page, MAX_PAGES))
    start = (page - 1) * PAGE_SIZE
    total, items = ranked(q, tag=tag, column=column, expert=expert, year=year, start=start, limit=PAGE_SIZE)
    return Results(total, items, page, has_next=total > start + PAGE_SIZE and page < MAX_PAGES)


def ranked(
    q: str,
    *,
    tag: str | None,
    column: str | None,
    expert: str | None,
    year: str | None = None,
    start: int,
    limit: int,
) -> tuple[int, list[Found]]:
    """How many there are, and `limit` of them from the place `start` on, which counts from 0."""
    facets = [f"year{year}"] if year and year.isascii() and year.isalnum() else []
    for kind, model, slug in (("tag", Tag, tag), ("column", Column, column), ("expert", Expert, expert)):
        if slug:
            facet = _facet(kind, model, slug)
            if facet is None:
                return 0, []
            facets.append(facet)
    hits = door.find(q, now=timezone.now(), limit=limit, offset=start, facets=facets)
    return hits.total, _found(hits.hits, q)


def suggest(typed: str, *, limit: int = 6) -> list[Suggestion]:
    """Tags and headlines with the words typed so far; the last word may be unfinished."""
    last = typed.replace("\0", " ").strip()[:100]
    if len(last) < 2:
        return []
    tags = Tag.objects.filter(name__istartswith=last)[:2]
    articles = Article.objects.published().filter(headline__icontains=last)[:limit]
    return [
        *(Suggestion("tag", tag.name, tag.get_absolute_url()) for tag in tags),
        *(Suggestion("article", article.headline, article.get_absolute_url()) for article in articles),
    ][:limit]


def similar(text: str, *, limit: int = 5) -> list[Found]:
    """The published articles nearest to what somebody is writing, with the words they share marked."""
    return _found(door.similar(text, now=timezone.now(), limit=limit), text)


def _facet(kind: str, model: type[Model], slug: str) -> str | None:
    pk = model._default_manager.filter(slug=slug.replace("\0", "")).values_list("pk", flat=True).first()
    return None if pk is None else f"{kind}{pk}"


def _found(hits: list[door.Hit], q: str) -> list[Found]:
    """The articles of these hits in their order, filtered once more by the one predicate that owns what is public."""
    articles = Article.objects.published().for_cards().in_bulk([pk_of(hit.key) for hit in hits])
    by_key = {key_of(pk): article for pk, article in articles.items()}
    return [
        Found(
            article=by_key[hit.key],
            headline_html=highlight(by_key[hit.key].headline, q, length=None),
            snippet_html=highlight(hit.text, q),
            score=hit.score,
        )
        for hit in hits
        if hit.key in by_key
    ]
