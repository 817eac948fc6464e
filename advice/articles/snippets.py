"""Snippets: made, changed and deleted by editors; what they stand in is set anew when they change.

What has an older version in it is found by query, a batch at a time, so whoever is stopped loses nothing. No text is
changed by it, and so neither the date of an article nor its history of texts: only what is printed.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from advice.accounts.models import User
from advice.articles import indexing
from advice.articles.curating import _record
from advice.articles.models import Answer, Article, ArticleEvent, Column, Snippet, Status
from advice.articles.models.snippets import code_of, draw, typed_in
from advice.articles.workflow import NotPermitted
from advice.trace.models import Kind

AT_ONCE = 50  # articles, before whoever saves a snippet sees its page again
_BATCH = 25
_UNDRAWN = 0  # the version of what is named already when its snippet is made


@transaction.atomic
def make(*, by: User, **fields: Any) -> Snippet:
    """Texts that name it already get it, too."""
    row = Snippet.objects.create(**fields)
    for model, text in ((Article, "question"), (Answer, "text")):
        naming = model._default_manager.filter(**{f"{text}__contains": row.code})
        marked = Value(f"{row.slug}:{_UNDRAWN} ", models.TextField())
        naming.update(snippets=Concat(_begun(), marked, output_field=models.TextField()))
    _after(row, "make", by=by)
    return row


def _begun() -> Case:
    return Case(When(snippets="", then=Value(" ")), default=F("snippets"), output_field=models.TextField())


@transaction.atomic
def edit(snippet: Snippet, *, by: User, name: str, text: str) -> Snippet:
    row = Snippet.objects.select_for_update().get(pk=snippet.pk)
    row.name, row.text, row.version = name, text, row.version + 1
    row.save()
    _after(row, "edit", by=by)
    return row


def _after(row: Snippet, verb: str, *, by: User) -> None:
    for column in Column.objects.filter(disclaimer__contains=row.code):
        column.save(update_fields=["disclaimer_html"])
    _record(row, verb, Kind.SNIPPET, by=by)
    transaction.on_commit(lambda: redraw_due(limit=AT_ONCE), robust=True)


@transaction.atomic
def delete(snippet: Snippet, *, by: User) -> None:
    """Only one that stands nowhere."""
    row = Snippet.objects.select_for_update().get(pk=snippet.pk)
    if uses()[row.slug]:
        raise NotPermitted(_("It stands in texts. Take it out of them first."))
    _record(row, "delete", Kind.SNIPPET, by=by)
    row.delete()


def uses() -> "Counter[str]":
    """In how many questions, answers and disclaimers each snippet stands, by its name in texts."""
    found: Counter[str] = Counter()
    for model in (Article, Answer):
        rows = model._default_manager.filter(snippets__gt="").order_by().values_list("snippets")
        for drawn, count in rows.annotate(count=models.Count("pk")):
            for slug in {one.partition(":")[0] for one in drawn.split()}:
                found[slug] += count
    for text in Column.objects.filter(disclaimer__contains="{{").values_list("disclaimer", flat=True):
        found.update(draw(text).names)
    return found


def standing_in(snippet: Snippet) -> "models.QuerySet[Article]":
    """The articles in whose question or answers it stands, newest first."""
    own, answers = _with(Article, snippet), _with(Answer, snippet).values("article")
    return Article.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=answers)).newest_first()


def columns_with(snippet: Snippet) -> list[Column]:
    columns = Column.objects.filter(disclaimer__contains=snippet.code)
    return [column for column in columns if snippet.slug in draw(column.disclaimer).names]


def not_drawn(text: str) -> list[str]:
    """What `text` names and does not get: no snippet is called so, or it stands in no paragraph of its own."""
    return [code_of(slug) for slug in typed_in(text) if slug not in draw(text).names]


# -- setting anew ----------------------------------------------------------------------------------------------------


def _with(model: type[Article] | type[Answer], row: Snippet) -> "models.QuerySet[Any]":
    rows: models.QuerySet[Any] = model._default_manager.order_by()
    return rows.filter(snippets__gt="", snippets__contains=f" {row.slug}:")


def _outdated(model: type[Article] | type[Answer], row: Snippet) -> "models.QuerySet[Any]":
    return _with(model, row).exclude(snippets__contains=f" {row.slug}:{row.version} ")


def redraw_due(*, limit: int = 500, stop: Callable[[], bool] = lambda: False) -> int:
    """Set anew what has an older version of a snippet in it. Gives how many articles that were."""
    done = 0
    for row in Snippet.objects.all():
        while done < limit and not stop():
            pks = _due(row, min(_BATCH, limit - done))
            if not pks:
                break
            _redraw(pks, row)
            done += len(pks)
    return done


def _due(row: Snippet, most: int) -> list[int]:
    of_questions = _outdated(Article, row).values_list("pk", flat=True)[:most]
    of_answers = _outdated(Answer, row).values_list("article", flat=True).distinct()[:most]
    return sorted({*of_questions, *of_answers})[:most]


@transaction.atomic
def _redraw(pks: list[int], snippet: Snippet) -> None:
    indexing.wait_for_turn()
    public = []
    for article in Article.objects.select_for_update().filter(pk__in=pks).order_by("pk"):
        article.save(update_fields=["question"])
        for answer in Answer.objects.select_for_update().filter(
            Q(text__contains="{{") | Q(snippets__gt=""), article=article
        ):
            answer.save(update_fields=["text"])
        ArticleEvent.objects.create(
            article=article, verb="redraw", before=article.status, after=article.status, note=snippet.name
        )
        if article.status == Status.PUBLISHED:
            public.append(article.pk)
    indexing.index_many(public)
