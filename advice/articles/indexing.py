"""Supplies search with articles as plain documents: the published and the scheduled, whose time the search knows."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext

from django.db import connection, transaction
from django.utils import timezone

from advice import markup
from advice.articles.models import AnswerStatus, Article, ArticleQuerySet, Status, Tag
from advice.search import index as door
from advice.search.index import Document

_BATCH = 250
_WORK, _PAUSE = 1.0, 0.12  # seconds


def key_of(pk: int) -> str:
    return f"article:{pk}"


def pk_of(key: str) -> int:
    return int(key.removeprefix("article:"))


def wait_for_turn() -> None:
    """Inside a transaction that may change what is public, before any row is locked. One such act at a time."""
    door.wait_for_turn()


def index(article: Article) -> None:
    index_many([article.pk])


def index_many(pks: Iterable[int], *, counted: bool = True) -> None:
    """Put these articles into the index; those that are no longer public are taken out.

    Without `counted` the caller owes the index a recount.
    """
    wanted = list(pks)
    articles = _indexed().filter(pk__in=wanted)
    door.put((_document(article) for article in articles), counted=counted)
    gone = set(wanted) - {article.pk for article in articles}
    if gone:
        door.remove(key_of(pk) for pk in gone)


def remove(article: Article) -> None:
    door.remove([key_of(article.pk)])


def rebuild(progress: Callable[[int], None] | None = None) -> int:
    """Index every article anew, and take out what is none any more. Gives the number of articles.

    A batch in a transaction, so that letters and the desk are not kept waiting; search stands whole all the time.
    """
    pks = list(Article.objects.filter(status=Status.PUBLISHED).order_by("pk").values_list("pk", flat=True))
    index_in_batches(pks, progress, counted=False)
    index_in_batches(sorted({pk_of(key) for key in door.all_keys()}.difference(pks)))
    door.recount()
    return len(pks)


def index_in_batches(
    pks: Sequence[int], progress: Callable[[int], None] | None = None, *, counted: bool = True
) -> None:
    """The same as `index_many`, for so many that others must be let in between. Not for use inside a transaction."""
    pauses = Pauses()
    with door.much_to_write() if len(pks) > _BATCH else nullcontext():
        for start in range(0, len(pks), _BATCH):
            with transaction.atomic():
                wait_for_turn()
                index_many(pks[start : start + _BATCH], counted=counted)
            pauses.take()
            if progress:
                progress(min(start + _BATCH, len(pks)))


def index_tag(tag: Tag) -> None:
    """After a tag got another name: its articles are found by that one. On commit, for it may have thousands."""
    index_on_commit(tagged([tag]))


def tagged(tags: Iterable[Tag]) -> list[int]:
    """The articles of these tags, to be asked before the tags go."""
    return list(_indexed().filter(tags__in=list(tags)).order_by("pk").distinct().values_list("pk", flat=True))


def index_on_commit(pks: Sequence[int]) -> None:
    transaction.on_commit(lambda: index_in_batches(pks))


class Pauses:
    """Between the batches of long work: a moment in which others may write.

    Who waits for SQLite looks again every 0.1 s, and would not once in many tries find it free between two batches.
    """

    def __init__(self) -> None:
        self.since = time.monotonic()

    def take(self) -> None:
        if connection.vendor == "sqlite" and time.monotonic() - self.since > _WORK:
            time.sleep(_PAUSE)
            self.since = time.monotonic()


def plain_texts(article: Article) -> tuple[str, str]:
    """The words of its question and of its filed answers."""
    filed = [answer for answer in article.answers.all() if answer.status == AnswerStatus.FILED]
    return markup.plain(article.question_html), " ".join(markup.plain(answer.html) for answer in filed)


def year_facet(year: str) -> str | None:
    return f"year{int(year)}" if year.isascii() and year.isdigit() and len(year) == 4 else None


def make_due(*, limit: int = 500) -> int:
    """Put in anew what an earlier release indexed in another way, newest first. Gives how many were.

    And count anew what a rebuild that was killed left uncounted.
    """
    door.recount_due()
    pks = [pk_of(key) for key in door.outdated_keys(limit)]
    index_in_batches(pks)
    return len(pks)


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
            f"year{timezone.localtime(article.published_at).year}",
        ],
    )
