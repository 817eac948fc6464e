"""What is printed under a question when the one who asked chose it anew, after the draft was made."""

from django.db import transaction

from advice.articles import history
from advice.articles.models import Article, Status
from advice.articles.workflow import NotPermitted, _locked, _record


@transaction.atomic
def sign(article: Article, *, signature: str) -> Article:
    """Put it under a draft's question. By nobody at the desk: so it is kept from coming out until somebody there has saved
    the page that says so (workflow.py). `modified_at` stays: it would keep the moment of a writer's act."""
    row = _locked(article)
    if row.status != Status.DRAFT:
        raise NotPermitted("What somebody has approved is signed anew only by an editor.")
    former = history.of(row)
    row.signature, row.version = signature, row.version + 1
    row.save(update_fields=["signature", "version"])
    history.keep(former, row, by=None, why="", hides=row.hides_former)
    history.sign_anew(row)
    _record(row, "sign", by=None, before=row.status)
    return row
