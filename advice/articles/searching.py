"""The search page's question and its answer: published articles, the found words marked."""

from dataclasses import dataclass, field

from django.db.models import Exists, Model, OuterRef, Value
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import slugify

from advice.articles import promotions
from advice.articles.indexing import key_of, pk_of, year_facet
from advice.articles.models import Article, Column, Expert, Tag, TagAlias
from advice.search import alike, finding
from advice.search.finding import Hits
from advice.search.highlights import highlight
from advice.search.index import Hit
from advice.search.words import Query, parse

PAGE_SIZE = 10
MAX_PAGES = 50
DEEPEST = PAGE_SIZE * MAX_PAGES  # how many results anybody can see
COUNTED = 100  # a facet's count beyond this is "100+"
SHORTEST = 2  # letters that are enough to suggest something
_CHOICES = 8  # of each kind of facet
_TAGS, _LOOKED_AT = 2, 30  # tags suggested, headlines looked at to suggest some


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
    """A page of what was found. `total` counts what can be seen; with `is_more` there are more. `fitting` of them have
    all the words or are near in meaning.

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
    fitting: int = 0

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
    facets = _facets(tag=tag, column=column, expert=expert, year=year)
    if facets is None:
        return Results(0, [], page, has_next=False)
    hits = finding.find(q, now=timezone.now(), limit=PAGE_SIZE, offset=start, facets=facets)
    return Results(
        hits.total,
        _found(hits.hits, hits.query),
        page,
        has_next=hits.total > start + PAGE_SIZE and page < MAX_PAGES,
        is_more=hits.is_more,
        facets=_choices(hits, facets),
        meant=hits.meant,
        is_for_meant=hits.is_for_meant,
        promoted=_promoted(q, hits.query) if page == 1 and not facets else [],
        fitting=hits.fitting,
    )


def ranked(
    q: str,
    *,
    start: int,
    limit: int,
    tag: str | None = None,
    column: str | None = None,
    expert: str | None = None,
    year: str | None = None,
) -> tuple[int, list[Found]]:
    """How many there are, and `limit` of them from the place `start` on, which counts from 0."""
    facets = _facets(tag=tag, column=column, expert=expert, year=year)
    if facets is None:
        return 0, []
    hits = finding.find(q, now=timezone.now(), limit=limit, offset=start, facets=facets)
    return hits.total, _found(hits.hits, hits.query)


def similar(text: str, *, limit: int = 5) -> list[Found]:
    """The published articles nearest to what somebody is writing, with the words they share marked."""
    return _found(alike.similar(text, now=timezone.now(), limit=limit), parse(text))


def near_enough(text: str, *, limit: int = 5) -> list[Found]:
    """As `similar`, but only what may well answer it; often nothing. Their `score` says how near, at most 1."""
    return _found(alike.near_enough(text, now=timezone.now(), limit=limit), parse(text))


def suggest(typed: str, *, limit: int = 6) -> list[Suggestion]:
    """Tags and headlines with the words typed so far; the last word may be unfinished."""
    if len(typed.replace("\0", "").strip()) < SHORTEST:
        return []
    tags = [Suggestion("tag", tag.name, tag.get_absolute_url()) for tag in _tags_beginning(typed)]
    keys = finding.with_headline(typed, now=timezone.now(), limit=_LOOKED_AT)
    articles = Article.objects.published().only("headline", "slug").in_bulk([pk_of(key) for key in keys])
    near = sorted(articles.values(), key=lambda article: (_is_later(article.headline, typed), -article.pk))
    found = [Suggestion("article", article.headline, article.get_absolute_url()) for article in near]
    return [*tags, *found][:limit]


def _tags_beginning(typed: str) -> list[Tag]:
    """Tags whose name, or a synonym of it, begins so: what is usually typed whole, so most used ones are not looked for.

    Of public articles only: the topic of one that is still to come is not told.
    """
    beginning = typed.replace("\0", "").strip()[:60]
    named = Tag.objects.filter(name__istartswith=beginning)
    also = Tag.objects.filter(
        pk__in=TagAlias.objects.filter(slug__startswith=slugify(beginning) or "-").values("tag")
    )
    used = Article.objects.published().filter(tags=OuterRef("pk")).order_by()
    return list((named | also).filter(Exists(used)).order_by("name")[:_TAGS])


def _is_later(headline: str, typed: str) -> bool:
    return not headline.casefold().startswith(typed.strip().casefold())


# -- by what a search is narrowed --------------------------------------------------------------------------------


_KINDS: dict[str, type[Model]] = {"tag": Tag, "column": Column, "expert": Expert}


def _facets(**slugs: str | None) -> list[str] | None:
    """The index's words for these; None where one of them names nothing, so that nothing can be found."""
    facets = []
    for kind, slug in slugs.items():
        if not slug:
            continue
        facet = year_facet(slug) if kind == "year" else _facet(kind, slug)
        if facet is None:
            return None
        facets.append(facet)
    return facets


def _facet(kind: str, slug: str) -> str | None:
    rows = _KINDS[kind]._default_manager.filter(slug=slug.replace("\0", ""))
    pk = rows.values_list("pk", flat=True).first()
    return None if pk is None else f"{kind}{pk}"


def _choices(hits: Hits, chosen: list[str]) -> list[Facet]:
    """What the ranked ones can be narrowed to, most of them first: not to what is chosen, nor to what all of them have."""
    named = _named(hits)
    taken = {kind for kind in ("column", "expert", "year") for facet in chosen if facet.startswith(kind)}
    found = []
    for kind in (*_KINDS, "year"):
        rows = [row for row in named if row[0] == kind and row[1] not in chosen]
        choices = [
            _choice(name, slug, hits.counts[facet], is_more=hits.is_more)
            for _, facet, name, slug in rows[:_CHOICES]
        ]
        if kind not in taken and (len(choices) > 1 or any(choice.count != hits.total for choice in choices)):
            found.append(Facet(kind, choices))
    return found


def _named(hits: Hits) -> list[tuple[str, str, str, str]]:
    """The facets of what was ranked: kind, the index's word, name and slug. Most documents first; years by their order."""
    most = sorted(hits.counts, key=lambda facet: (-hits.counts[facet], facet))
    pks = {
        kind: [int(facet.removeprefix(kind)) for facet in most if facet.startswith(kind)] for kind in _KINDS
    }
    rows = [
        model._default_manager.order_by()
        .filter(pk__in=pks[kind][: 2 * _CHOICES])
        .values_list(Value(kind), "pk", "name", "slug")
        for kind, model in _KINDS.items()
    ]
    names = {f"{kind}{pk}": (name, slug) for kind, pk, name, slug in rows[0].union(*rows[1:], all=True)}
    found = [
        (kind, facet, *names[facet])
        for kind in _KINDS
        for facet in most
        if facet.startswith(kind) and facet in names
    ]
    years = sorted((facet.removeprefix("year") for facet in most if facet.startswith("year")), reverse=True)
    return [*found, *(("year", f"year{year}", year, year) for year in years)]


def _choice(name: str, slug: str, count: int, *, is_more: bool) -> Choice:
    """Where not all were ranked, what is narrowed may find more than were counted."""
    return Choice(name, slug, min(count, COUNTED), is_more=is_more or count > COUNTED)


# -- what is shown of what was found -----------------------------------------------------------------------------


def _promoted(q: str, query: Query) -> list[Found]:
    """What editors put before all that was found, with its own words for the part that is shown."""
    return [
        Found(article, highlight(article.headline, query, length=None), highlight(article.dek, query))
        for article in promotions.promoted(q)
    ]


def _found(hits: list[Hit], query: Query) -> list[Found]:
    """The articles of these hits in their order, filtered once more by the one predicate that owns what is public."""
    articles = Article.objects.published().for_cards().in_bulk([pk_of(hit.key) for hit in hits])
    by_key = {key_of(pk): article for pk, article in articles.items()}
    return [
        Found(
            article=by_key[hit.key],
            headline_html=highlight(by_key[hit.key].headline, query, length=None),
            snippet_html=highlight(hit.text, query),
            score=hit.score,
        )
        for hit in hits
        if hit.key in by_key
    ]
