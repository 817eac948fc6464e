"""An editor's word on an article's neighbours. On what readers see, now or soon, it is a publisher's word."""

from django.db import transaction
from django.utils.translation import gettext as _

from advice.accounts.models import User
from advice.articles import indexing, related
from advice.articles.models import Article, ArticleEvent, RelatedChoice, Status
from advice.articles.workflow import NotPermitted
from advice.trace.models import Kind
from advice.trace.writing import write_down


@transaction.atomic
def choose(article: Article, other: Article, *, excluded: bool, by: User) -> None:
    """Pin `other` beside `article`, or exclude it. Raises NotPermitted."""
    row = _locked(article, by)
    RelatedChoice.objects.update_or_create(article=row, other=other, defaults={"excluded": excluded})
    _record(row, "exclude" if excluded else "pin", other, by)


@transaction.atomic
def forget(article: Article, other: Article, *, by: User) -> None:
    """Leave `other` to the computation again. Raises NotPermitted."""
    row = _locked(article, by)
    if RelatedChoice.objects.filter(article=row, other=other).delete()[0]:
        _record(row, "unpin", other, by)


def _locked(article: Article, by: User) -> Article:
    indexing.wait_for_turn()
    row = Article.objects.select_for_update().get(pk=article.pk)
    if row.status == Status.RETRACTED:
        raise NotPermitted(_("A retracted article is not edited."))
    if not by.can_publish and (row.status == Status.PUBLISHED or not by.is_editor):
        raise NotPermitted(_("What is public is changed by those who may publish."))
    return row


def _record(row: Article, verb: str, other: Article, by: User) -> None:
    ArticleEvent.objects.create(
        article=row, verb=verb, by=by, before=row.status, after=row.status, note=other.headline
    )
    write_down(verb, Kind.ARTICLE, row.pk, by=by)
    related.refresh(row)
