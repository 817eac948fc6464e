"""What a public text said until it was changed. Kept at each change, public only through a correction that names it."""

from typing import Any

from advice.articles.models import AnswerStatus, Article, Correction, Edition

_PRINTED = ("headline", "dek", "signature", "question_html", "answers")


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
    )


def keep(former: Edition, article: Article) -> None:
    """Store `former`, where the article is printed otherwise by now. Inside the transaction that changed it.

    What stood when a privacy correction was made is never stored, whichever was done first, the change or the note.
    """
    if _printed(former) == _printed(of(article)):
        return
    if article.hides_former:
        article.hides_former = False
        article.save(update_fields=["hides_former"])
        return
    former.save(force_insert=True)


def before(article: Article) -> Edition | None:
    """What a correction that is made now corrects: the first text that was changed since the last one."""
    last = Correction.objects.filter(article=article).order_by("-made_at").first()
    since = article.editions.filter(until__gt=last.made_at) if last else article.editions.all()
    return since.order_by("until", "pk").first()


def forget(article: Article) -> None:
    """Delete all former texts, and so every link to one."""
    article.editions.all().delete()


def _printed(edition: Edition) -> list[Any]:
    return [getattr(edition, name) for name in _PRINTED]
