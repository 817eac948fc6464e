"""Bring a former text back, as a new revision: a save like any other, with the same checks."""

from advice.accounts.models import User
from advice.articles import workflow
from advice.articles.models import Revision


def restore(revision: Revision, *, by: User, version: int, why: str) -> None:
    """`version` is the article's or the answer's that was looked at; raises as workflow.edit and save_answer do."""
    if revision.answer is not None:
        workflow.save_answer(revision.answer, text=revision.text, by=by, version=version, why=why)
        return
    workflow.edit(
        revision.article,
        by=by,
        version=version,
        why=why,
        headline=revision.headline,
        dek=revision.dek,
        signature=revision.signature,
        question=revision.text,
        sources=revision.sources,
    )
