"""The API's questions and answers. All of it starts from `published()`, or `on_its_page()` for one article."""

import datetime as dt
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import Exists, OuterRef, Prefetch, Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer

from advice.articles import addresses, related, searching
from advice.articles.models import Answer, Article, ArticleQuerySet, Column, Expert, OldSlug, Tag
from advice.articles.page import for_page
from advice.reading.api import access, paging, printing, schemas
from advice.reading.api import parameters as p


class Compact(JSONRenderer):
    json_dumps_params = {"ensure_ascii": False, "separators": (",", ":")}


# Its own pages of documentation load scripts from elsewhere, and its document is asked for through ours.
api = NinjaAPI(version="1", docs_url=None, openapi_url=None, urls_namespace="api", renderer=Compact())
api.add_exception_handler(OperationalError, access.database_gone)
api.add_exception_handler(InterfaceError, access.database_gone)

_ASKED_WRONGLY = {422: schemas.Problem}
_ALWAYS = {304: None, 405: schemas.Problem, 503: schemas.Problem}
_ONE_ARTICLE = {301: None, 404: schemas.Problem, 410: schemas.Problem, **_ALWAYS}
_LIST = {**_ASKED_WRONGLY, **_ALWAYS}


@api.exception_handler(ValidationError)
def asked_wrongly(request: HttpRequest, error: Any) -> HttpResponse:
    """What was wrong with which parameter, in one line instead of pydantic's list."""
    # That a parameter is also not left out says nothing.
    told = [each for each in error.errors if each["type"] != "none_required"]
    complaints = [f"{each['loc'][1]}: {each['msg'].removeprefix('Value error, ')}" for each in told]
    return access.problem(422, "; ".join(complaints))


@api.get(
    "/questions",
    response={200: schemas.Articles, **_LIST},
    operation_id="list_questions",
    url_name="questions",
)
def questions(
    request: HttpRequest,
    tag: p.TagSlug = None,
    column: p.ColumnSlug = None,
    expert: p.ExpertSlug = None,
    since: p.Since = None,
    until: p.Until = None,
    limit: p.Limit = p.PAGE,
    cursor: p.ArticleCursor = None,
) -> schemas.Articles:
    """All published articles, newest first, or those of a topic, a column, an expert, some days.

    A filter that names nothing finds nothing.
    """
    rows = _dated(_narrowed(_cards(), tag, column, expert), since, until)
    found, following = paging.page(rows, paging.NEWEST, cursor=cursor, limit=limit)
    return schemas.Articles(items=[printing.article(row) for row in found], next=following)


@api.get(
    "/questions/{slug:slug}",
    response={200: schemas.ArticleInFull, **_ONE_ARTICLE},
    operation_id="read_question",
    url_name="question",
)
def question(request: HttpRequest, slug: p.Slug) -> schemas.ArticleInFull | HttpResponse:
    """One article with its texts. What was retracted says why instead; what was deleted answers 410."""
    found = for_page(Article.objects.on_its_page()).filter(slug=slug).first()
    if found is None:
        return _moved(slug, "reading:api_question")
    return printing.article_in_full(found)


@api.get(
    "/questions/{slug:slug}/related",
    response={200: schemas.Articles, **_ONE_ARTICLE},
    operation_id="list_related",
    url_name="related",
)
def related_articles(request: HttpRequest, slug: p.Slug) -> schemas.Articles | HttpResponse:
    """The articles near this one, nearest first: at most five, so `next` is always null."""
    found = Article.objects.on_its_page().filter(slug=slug).only("pk", "status").first()
    if found is None:
        return _moved(slug, "reading:api_related")
    near = [] if found.is_retracted else related.shown(found)
    _prefetch_cards(near)
    return schemas.Articles(items=[printing.article(row) for row in near], next=None)


@api.get("/tags", response={200: schemas.Tags, **_LIST}, operation_id="list_tags", url_name="tags")
def tags(request: HttpRequest, limit: p.Limit = p.PAGE, cursor: p.SlugCursor = None) -> schemas.Tags:
    """The topics that have a published article, in the order of their slugs."""
    rows = Tag.objects.filter(Exists(Article.objects.published().filter(tags=OuterRef("pk"))))
    rows = rows.prefetch_related("aliases")
    found, following = paging.page(rows, paging.BY_SLUG, cursor=cursor, limit=limit)
    return schemas.Tags(items=[printing.tag(row) for row in found], next=following)


@api.get(
    "/columns", response={200: schemas.Columns, **_LIST}, operation_id="list_columns", url_name="columns"
)
def columns(request: HttpRequest, limit: p.Limit = p.PAGE, cursor: p.ColumnCursor = None) -> schemas.Columns:
    """The columns, in the order in which the site names them."""
    rows = Column.objects.prefetch_related("experts")
    found, following = paging.page(rows, paging.AS_NAMED, cursor=cursor, limit=limit)
    return schemas.Columns(items=[printing.column(row) for row in found], next=following)


@api.get(
    "/experts", response={200: schemas.Experts, **_LIST}, operation_id="list_experts", url_name="experts"
)
def experts(request: HttpRequest, limit: p.Limit = p.PAGE, cursor: p.SlugCursor = None) -> schemas.Experts:
    """Those who have a published answer, in the order of their slugs."""
    published = Article.objects.published().filter(pk=OuterRef("article"))
    rows = Expert.objects.filter(Exists(Answer.objects.filter(Exists(published), expert=OuterRef("pk"))))
    found, following = paging.page(rows, paging.BY_SLUG, cursor=cursor, limit=limit)
    return schemas.Experts(items=[printing.expert(row) for row in found], next=following)


@api.get("/search", response={200: schemas.FoundArticles, **_LIST}, operation_id="search", url_name="search")
def search(
    request: HttpRequest,
    q: p.Words,
    tag: p.TagSlug = None,
    column: p.ColumnSlug = None,
    expert: p.ExpertSlug = None,
    year: p.Year = None,
    limit: p.Limit = p.PAGE,
    cursor: p.RankCursor = None,
) -> schemas.FoundArticles:
    """The articles with these words, best first: those with all of them, and where these are few with any of them.

    It goes on to the five hundredth and no further.
    """
    start = paging.rank(cursor)
    limit = max(0, min(limit, searching.DEEPEST - start))
    if tag is not None:
        tag = named.slug if (named := _tag(tag)) else tag
    total, found = searching.ranked(
        q, tag=tag, column=column, expert=expert, year=year, start=start, limit=limit
    )
    _prefetch_cards([hit.article for hit in found])
    end = start + limit
    following = paging.rank_cursor(end) if end < min(total, searching.DEEPEST) else None
    return schemas.FoundArticles(items=[printing.found(hit) for hit in found], next=following)


def _cards() -> ArticleQuerySet:
    return Article.objects.published().for_cards().prefetch_related("tags")


def _prefetch_cards(articles: list[Article]) -> None:
    answers = Answer.objects.select_related("expert").defer("text", "html").order_by("position")
    prefetch_related_objects(articles, "tags", Prefetch("answers", queryset=answers))


def _tag(slug: str) -> Tag | None:
    """The tag with this slug, else the one with this alias."""
    found = Tag.objects.filter(Q(slug=slug) | Q(aliases__slug=slug)).distinct()
    return min(found, key=lambda tag: tag.slug != slug, default=None)


def _narrowed(
    rows: ArticleQuerySet, tag: str | None, column: str | None, expert: str | None
) -> ArticleQuerySet:
    if tag is not None:
        named = _tag(tag)
        rows = rows.filter(tags=named) if named else rows.none()
    if column is not None:
        rows = rows.filter(column__slug=column)
    if expert is not None:
        rows = rows.filter(answers__expert__slug=expert)
    return rows


def _dated(rows: ArticleQuerySet, since: dt.date | None, until: dt.date | None) -> ArticleQuerySet:
    if since is not None:
        rows = rows.filter(undated=False, published_at__gte=_midnight(since))
    if until is not None:
        rows = rows.filter(undated=False, published_at__lt=_midnight(until) + dt.timedelta(days=1))
    return rows


def _midnight(day: dt.date) -> dt.datetime:
    """Of years that no calendar has in every time zone, the next one that all have."""
    day = min(max(day, dt.date(dt.MINYEAR + 1, 1, 1)), dt.date(dt.MAXYEAR - 1, 12, 31))
    return dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_current_timezone())


def _moved(slug: str, name: str) -> HttpResponse:
    """A former slug, or one typed in capitals, leads to the article for ever; what was deleted says so."""
    public = Article.objects.on_its_page()
    old = OldSlug.objects.filter(slug=slug.lower(), article__in=public).select_related("article").first()
    target = old.article if old else public.filter(slug=slug.lower()).first()
    if target is not None:
        return HttpResponsePermanentRedirect(reverse(name, args=[target.slug]))
    former = addresses.found(Article(slug=slug.lower()).get_absolute_url())
    if former is not None and not former.leads_to:
        raise HttpError(410, "This article was deleted.")
    raise HttpError(404, "There is no such article.")
