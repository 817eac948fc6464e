"""Rows as the API prints them. What may be shown of an article is decided in articles/page.py; here it only gets names."""

from typing import Any

from advice.articles.models import Answer, AnswerStatus, Article, Column, Expert, Tag
from advice.articles.models.snippets import markdown_of
from advice.articles.page import ArticlePage, page_of
from advice.articles.searching import Found
from advice.reading.api import schemas
from advice.site import absolute, whole_addresses


def article(row: Article) -> schemas.Article:
    """Reads the column, the tags, and the answers with their experts."""
    return schemas.Article(**_card(row))


def found(hit: Found) -> schemas.FoundArticle:
    return schemas.FoundArticle(**_card(hit.article), snippet_html=str(hit.snippet_html))


def article_in_full(row: Article) -> schemas.ArticleInFull:
    """Reads what `articles.page.for_page` loads."""
    page = page_of(row)
    standing = not page.is_withdrawn
    card = _card(row) | {"updated_at": page.updated_at}
    if not standing:
        card |= {"dek": "", "experts": []}
    return schemas.ArticleInFull(
        **card,
        question=schemas.Text(html=whole_addresses(row.question_html), markdown=markdown_of(row.question))
        if standing
        else None,
        signature=row.signature if standing else "",
        asked_by=row.asked_by if standing else None,
        answers=[_answer(answer) for answer in _filed(row) if answer.html] if standing else [],
        sources=[
            schemas.Source(
                title=source.title, publisher=source.publisher, year=source.year, url=source.url or None
            )
            for source in page.sources
        ],
        taken_from=_taken_from(row) if standing else None,
        reviewer=_expert_name(page.reviewer) if page.reviewer else None,
        reviewed_on=page.reviewed_on,
        corrections=[
            schemas.Correction(kind=note.kind, html=whole_addresses(note.html), made_at=note.made_at)
            for note in page.corrections
        ],
        retraction=_retraction(page),
        updates=[
            schemas.Update(
                html=whole_addresses(update.row.html),
                signature=update.row.signature,
                made_at=update.row.made_at,
            )
            for update in page.updates
        ],
        disclaimer=_disclaimer(row.column) if standing and row.column else None,
        minutes=page.minutes if standing else None,
        markdown_url=absolute(row.get_absolute_url().rstrip("/") + ".md"),
    )


def tag(row: Tag) -> schemas.Tag:
    """Reads the aliases."""
    return schemas.Tag(
        **_name(row),
        description=row.description,
        aliases=sorted(alias.slug for alias in row.aliases.all()),
    )


def column(row: Column) -> schemas.Column:
    """Reads the experts."""
    return schemas.Column(
        **_name(row),
        description=row.description,
        medical=row.is_medical,
        disclaimer=_disclaimer(row),
        experts=[_expert_name(expert) for expert in row.experts.all()],
    )


def expert(row: Expert) -> schemas.Expert:
    return schemas.Expert(
        **_name(row),
        byline=row.byline,
        title=row.title,
        credentials=row.credentials,
        bio=schemas.Text(html=whole_addresses(row.bio_html), markdown=row.bio) if row.bio else None,
        interests=row.interests,
        checked_on=row.checked_on,
        checked_where=row.checked_where,
        portrait=absolute(row.portrait.url) if row.portrait else None,
    )


def _card(row: Article) -> dict[str, Any]:
    experts = [answer.expert for answer in _filed(row) if answer.expert is not None]
    return {
        "slug": row.slug,
        "headline": row.headline,
        "dek": row.dek,
        "url": absolute(row.get_absolute_url()),
        "published_at": row.dated_at,
        "updated_at": row.updated_at,
        "tags": [schemas.TagName(**_name(tag)) for tag in row.tags.all()],
        "column": schemas.ColumnName(**_name(row.column)) if row.column else None,
        "experts": [_expert_name(expert) for expert in experts],
    }


def _name(row: Tag | Column | Expert) -> dict[str, str]:
    return {"slug": row.slug, "name": row.name, "url": absolute(row.get_absolute_url())}


def _expert_name(row: Expert) -> schemas.ExpertName:
    return schemas.ExpertName(**_name(row), byline=row.byline, title=row.title)


def _filed(row: Article) -> list[Answer]:
    """An answer that is not filed is on no public page, even where its article is."""
    return [answer for answer in row.answers.all() if answer.status == AnswerStatus.FILED]


def _answer(row: Answer) -> schemas.Answer:
    name = _expert_name(row.expert) if row.expert else None
    return schemas.Answer(html=whole_addresses(row.html), markdown=markdown_of(row.text), expert=name)


def _taken_from(row: Article) -> schemas.TakenFrom | None:
    if not row.source_name:
        return None
    return schemas.TakenFrom(name=row.source_name, url=row.source_url or None)


def _disclaimer(row: Column) -> schemas.Text | None:
    if not row.disclaimer:
        return None
    return schemas.Text(html=whole_addresses(row.disclaimer_html), markdown=markdown_of(row.disclaimer))


def _retraction(page: ArticlePage) -> schemas.Retraction | None:
    note = page.retraction
    if note is None:
        return None
    return schemas.Retraction(reason_html=whole_addresses(note.html), made_at=note.made_at)
