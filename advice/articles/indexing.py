"""Supplies search with articles as plain documents: the published and the scheduled, whose time the search knows."""

from collections.abc import Callable, Iterable

from django.db import transaction

from advice import markup
from advice.articles.models import AnswerStatus, Article, ArticleQuerySet, Status
from advice.search import index as door
from advice.search.index import Document

_BATCH = 200


def key_of(pk: int) -> str:
    return f"article:{pk}"


def pk_of(key: str) -> int:
    return int(key.removeprefix("article:"))


def wait_for_turn() -> None:
    """Inside a transaction that may change what is public, before any row is locked. One such act at a time."""
    door.wait_for_turn()


def index(article: Article) -> None:
    index_many([article.pk])


def index_many(pks: Iterable[int]) -> None:
    """Put these articles into the index; those that are no longer public are taken out."""
    wanted = list(pks)
    articles = _indexed().filter(pk__in=wanted)
    door.put(_document(article) for article in articles)
    gone = set(wanted) - {article.pk for article in articles}
    if gone:
        door.remove(key_of(pk) for pk in gone)


def remove(article: Article) -> None:
    door.remove([key_of(article.pk)])


def rebuild(progress: Callable[[int], None] | None = None) -> int:
    """Index every article anew, in one transaction, so that search never stands half empty. Gives their number."""
    with transaction.atomic():
        door.clear()
        pks = list(_indexed().order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(pks), _BATCH):
            index_many(pks[start : start + _BATCH])
            if progress:
                progress(min(start + _BATCH, len(pks)))
    return len(pks)


def plain_texts(article: Article) -> tuple[str, str]:
    """The words of its question and of its filed answers."""
    filed = [answer for answer in article.answers.all() if answer.status == AnswerStatus.FILED]
    return markup.plain(article.question_html), " ".join(markup.plain(answer.html) for answer in filed)


def _indexed() -> ArticleQuerySet:
    return Article.objects.filter(status=Status.PUBLISHED).prefetch_related("answers", "tags")


def _document(article: Article) -> Document:
    question, answer = plain_texts(article)
    tags = list(article.tags.all())
    assert article.published_at is not None  # the database sees to that
    return Document(
        key=key_of(article.pk),
        headline=article.headline,
        question=question,
        answer=answer,
        labels=" ".join(tag.name for tag in tags),
        published_at=article.published_at,
        facets=[
            *(f"tag{tag.pk}" for tag in tags),
            f"column{article.column_id}",
            *(f"expert{answer.expert_id}" for answer in article.answers.all() if answer.expert_id),
        ],
    )
