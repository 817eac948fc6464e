"""What a public text said until it was changed. Kept at each change, public only through a correction that names it."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from advice.articles import history, uploads
from advice.articles.models import AnswerStatus, Article, Correction, Edition

_PRINTED = ("headline", "dek", "signature", "question_html", "answers", "sources")


def of(article: Article) -> Edition:
    """The article as it is printed now, not stored."""
    answers = article.answers.filter(status=AnswerStatus.FILED).select_related("expert")
    return Edition(
        article=article,
        headline=article.headline,
        dek=article.dek,
        signature=article.signature,
        question_html=article.question_html,
        answers=[
            {"byline": answer.expert.byline if answer.expert else "", "html": answer.html}
            for answer in answers.order_by("position")
        ],
        sources=article.sources,
    )


def keep(former: Edition, article: Article) -> None:
    """Store `former`, where the article is printed otherwise by now. Inside the transaction that changed it.

    Never after a note about privacy: whatever is changed then, in however many steps, may be what it took away.
    """
    if _printed(former) == _printed(of(article)):
        return
    if article.hides_former:
        _forget_pictures([former])
    else:
        former.save(force_insert=True)


def before(article: Article) -> Edition | None:
    """What a correction that is made now corrects: the first text that was changed since the last one."""
    last = Correction.objects.filter(article=article).order_by("-made_at").first()
    since = article.editions.filter(until__gt=last.made_at) if last else article.editions.all()
    return since.order_by("until", "pk").first()


def forget(article: Article) -> None:
    """Delete all former texts, and so every link to one, and the pictures that stood in them only; revisions, too."""
    former = list(article.editions.all())
    article.editions.all().delete()
    _forget_pictures([*former, of(article)], history.forget(article))


def _forget_pictures(former: list[Edition], texts: Iterable[str] = ()) -> None:
    """Once it is certain that they stand nowhere any more."""
    texts = [
        *texts,
        *(text for one in former for text in (one.question_html, *(row["html"] for row in one.answers))),
    ]
    names = uploads.shown_in(texts)
    transaction.on_commit(lambda: uploads.forget_unused(names))


def _printed(edition: Edition) -> list[Any]:
    return [getattr(edition, name) for name in _PRINTED]
