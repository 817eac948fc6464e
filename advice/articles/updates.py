"""Updates under an answer: what somebody who had asked told of since, as an editor let it be printed."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from advice.accounts.models import User
from advice.articles import uploads
from advice.articles.models import Article, Update
from advice.articles.workflow import NotPermitted, _locked, _record


@transaction.atomic
def add(article: Article, *, text: str, signature: str, by: User, at: dt.datetime | None = None) -> Update:
    """Print it under the answer. It is a change of substance: the page says that it was updated."""
    row = _locked(article)
    if not row.is_published:
        raise NotPermitted("An update stands only under an answer that is published.")
    update = Update.objects.create(
        article=row, text=text, signature=signature, by=by, made_at=at or timezone.now()
    )
    _changed(row, "update", by=by, at=update.made_at)
    return update


@transaction.atomic
def take_off(update: Update, *, by: User | None) -> None:
    """Take it off the page, for good; nothing where it is gone already. `by` is empty where its writer asked."""
    row = _locked(update.article)
    pictures = uploads.shown_in([update.html])
    if Update.objects.filter(pk=update.pk).delete()[1].get("articles.Update"):
        _changed(row, "take update off", by=by, at=timezone.now())
        transaction.on_commit(lambda: uploads.forget_unused(pictures))


def _changed(article: Article, verb: str, *, by: User | None, at: dt.datetime) -> None:
    if article.is_published:
        article.updated_at = at
    # No text of an editor's was changed: nobody's save is stale by it.
    article.save(update_fields=["updated_at", "modified_at"])
    _record(article, verb, by=by, before=article.status)
