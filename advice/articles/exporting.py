"""Articles as lines of the import format. What the format cannot say is left out: corrections, histories, people."""

import json
from collections.abc import Iterator
from typing import Any

from advice.articles.importing import OWN_ID
from advice.articles.models import AnswerStatus, Article, ArticleQuerySet, Status
from advice.articles.workflow import is_unnamed


def exported() -> ArticleQuerySet:
    """What is exported: all but the retracted, whose text is withdrawn."""
    return Article.objects.exclude(status=Status.RETRACTED).order_by("pk")


def export_lines() -> Iterator[str]:
    articles = exported().select_related("column", "reviewer").prefetch_related("tags", "answers__expert")
    for article in articles.iterator(chunk_size=200):
        yield json.dumps(_data(article), ensure_ascii=False)


def _data(article: Article) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": article.import_id or f"{OWN_ID}{article.slug}",
        "headline": article.headline,
        "dek": article.dek,
        "slug": "" if is_unnamed(article) else article.slug,
        "question": article.question,
        "signature": article.signature,
        "answers": _answers(article),
        "tags": [tag.name for tag in article.tags.all()],
        "column": article.column.name if article.column else "",
        "published_at": None,
        "updated_at": article.updated_at.isoformat() if article.updated_at else None,
        "source_name": article.source_name,
        "source_url": article.source_url,
        "undated": article.undated,
        "sources": article.sources,
        "reviewed_by": article.reviewer.name if article.reviewer and article.review_stands else "",
        "reviewed_on": article.reviewed_on.isoformat()
        if article.reviewed_on and article.review_stands
        else None,
    }
    if article.status == Status.PUBLISHED and article.published_at:
        data["published_at"] = article.published_at.isoformat()
    needed = {"id", "headline", "question", "answers", "tags"}
    return {name: value for name, value in data.items() if value or name in needed}


def _answers(article: Article) -> list[dict[str, str]]:
    answers = []
    for answer in article.answers.all():
        if answer.status == AnswerStatus.FILED:
            expert = answer.expert
            parts = {
                "text": answer.text,
                "expert": expert.name if expert else "",
                "credentials": expert.credentials if expert else "",
            }
            answers.append({name: value for name, value in parts.items() if value})
    return answers
