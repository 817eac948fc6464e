"""Fill a new database: with articles by rule, or with the questions of the labelled sets. Not yet into the index."""

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from advice import markup
from advice.articles.models import Answer, AnswerStatus, Article, Column, Expert, Status, Tag
from tests.searching import language

_BATCH = 1_000
_FIRST = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
_HEADLINE = 80  # characters of a question that stand over it

Progress = Callable[[int], None]


def by_rule(progress: Progress, *, size: int) -> dict[str, list[str]]:
    """Articles of 250 words; gives what is to be asked of them."""
    site = language.Site(size)
    Column.objects.bulk_create(
        Column(pk=number + 1, name=f"Column {number}", slug=f"column-{number}")
        for number in range(language.COLUMNS)
    )
    Expert.objects.bulk_create(
        Expert(pk=number + 1, name=f"Expert {number}", slug=f"expert-{number}")
        for number in range(language.EXPERTS)
    )
    words = iter(site.language.roots[200:])  # none of them small
    Tag.objects.bulk_create(
        Tag(pk=number + 1, name=f"{next(words)} {number}", slug=f"tag-{number}")
        for number in range(language.TAGS)
    )
    _store(map(_rows, itertools.count(1), site.pieces()), progress)
    return site.asked()


def _rows(pk: int, piece: language.Piece) -> tuple[Article, Answer, list[Any]]:
    question, answer = " ".join(piece.question), " ".join(piece.answer)
    article = Article(
        dek=" ".join(piece.dek)[:300].capitalize(),
        column_id=piece.column + 1,
        **_made(pk, " ".join(piece.headline).capitalize(), question),
    )
    filed = Answer(
        article=article,
        expert_id=piece.expert + 1,
        text=answer,
        html=f"<p>{answer}</p>",
        renderer=markup.RENDERER,
        status=AnswerStatus.FILED,
        filed_at=article.published_at,
    )
    return article, filed, [Article.tags.through(article_id=pk, tag_id=tag + 1) for tag in piece.tags]


def _made(pk: int, headline: str, question: str) -> dict[str, Any]:
    return {
        "pk": pk,
        "headline": headline[:160],
        "slug": f"article-{pk}",
        "question": question,
        "question_html": f"<p>{question}</p>",
        "renderer": markup.RENDERER,
        "status": Status.PUBLISHED,
        "published_at": _FIRST + dt.timedelta(minutes=50 * pk),
    }


def questions(progress: Progress, *, path: str, with_headline: bool) -> int:
    """One article for each text of a JSON file, its key the place plus one; without an answer and without tags."""
    texts = json.loads(Path(path).read_text())
    column = Column.objects.create(name="Column", slug="column")
    articles = []
    for pk, text in enumerate(texts, start=1):
        fields = _made(pk, text[:_HEADLINE] if with_headline else "", text)
        fields["question_html"] = markup.render(text)
        articles.append((Article(column=column, **fields), None, []))
    _store(articles, progress)
    return len(texts)


def _store(rows: Iterable[tuple[Article, Answer | None, list[Any]]], progress: Progress) -> None:
    remaining = iter(rows)
    done = 0
    while batch := list(itertools.islice(remaining, _BATCH)):
        with transaction.atomic():
            Article.objects.bulk_create(article for article, _, _ in batch)
            Answer.objects.bulk_create(answer for _, answer, _ in batch if answer)
            Article.tags.through.objects.bulk_create(tagging for _, _, some in batch for tagging in some)
        done += len(batch)
        progress(done)
    tidy()


def tidy() -> None:
    """What the database does by itself sooner or later."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
        else:
            # Nobody does it by itself there. Not the tables that FTS5 keeps: taken for empty ones, they would be read whole
            # with each write.
            for table in connection.introspection.django_table_names(only_existing=True):
                cursor.execute(f'ANALYZE "{table}"')
