"""Several letters that ask the same: which of them leads, and the letters of an article."""

from django.db import transaction

from advice.accounts.models import User
from advice.articles import workflow as articles
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted
from advice.letters.models import Letter, LetterStatus
from advice.letters.workflow import _count_askers, _locked_article, _record, editable_copy, has_appeared


def may_lead(letter: Letter) -> bool:
    """For showing a button; checked again under the locks."""
    return letter.status == LetterStatus.ACCEPTED and bool(letter.article_id) and not letter.is_lead


@transaction.atomic
def make_lead(letter: Letter, *, by: User) -> Letter:
    """Let another of an article's letters lead. The article's text stays as it was edited; where it has none, because the
    former lead was withdrawn, it begins with this letter's words.

    The former one is remembered: words of it may stand in the article, and go when its writer takes it back.
    """
    own = Letter.objects.filter(pk=letter.pk).values_list("article", flat=True).first()
    beside = Letter.objects.select_for_update().defer("email").filter(article=own or 0)
    rows = {row.pk: row for row in beside.order_by("pk")}
    row = rows.get(letter.pk)
    if row is None or row.status != LetterStatus.ACCEPTED:
        raise NotPermitted("This letter is not merged with others.")
    if row.is_lead:
        raise NotPermitted("This letter leads already.")
    article = _locked_article(row)
    assert article is not None
    for former in rows.values():
        if former.is_lead:
            former.is_lead, former.was_lead = False, True
            former.save(update_fields=["is_lead", "was_lead"])
    row.is_lead = True
    row.save(update_fields=["is_lead"])
    _record(row, "lead", by=by, before=row.status)
    if not article.question.strip() and not has_appeared(row):
        _begin_with(row, article, by=by)
    _count_askers(article, by=by, verb="lead changed")
    return row


def _begin_with(letter: Letter, article: Article, *, by: User) -> None:
    articles.edit(
        article,
        by=by,
        version=article.version,
        headline=letter.current.question or article.headline,
        question=editable_copy(letter),
        signature=letter.signature,
    )
