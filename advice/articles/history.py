"""Each accepted save of a question or of an answer, with who, when and why. Inside the transaction of the save.

A text from before this was kept, or from a file, has no revision until it is changed: then the words that stood become
its first. So nothing is copied for 100,000 articles that nobody touches.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import Answer, Article, Revision

WORDS = ("headline", "dek", "signature", "text", "sources")


def of(part: Article | Answer) -> Revision:
    """The words of a question or of an answer as they are now, not stored."""
    if isinstance(part, Answer):
        at = part.filed_at or part.assigned_at
        return Revision(article_id=part.article_id, answer=part, version=part.version, at=at, text=part.text)
    return Revision(
        article=part,
        version=part.version,
        at=part.modified_at,
        headline=part.headline,
        dek=part.dek,
        signature=part.signature,
        text=part.question,
        sources=part.sources,
    )


def begin(article: Article, *, by: User | None) -> None:
    """The first revision of what somebody has just made."""
    _store(of(article), by=by, why="")


def keep(former: Revision, part: Article | Answer, *, by: User | None, why: str, hides: bool) -> None:
    """Store the words of `part`, where the save changed them; and `former`, where nothing was kept so far.

    After a note about privacy (`hides`) only the newest stands, as with editions: what was changed may be what it took away.
    """
    saved = of(part)
    if words(saved) == words(former):
        return
    kept = _same_part(saved)
    if hides:
        kept.delete()
    elif (former.headline or former.text) and not kept.exists():
        former.save(force_insert=True)
    _store(saved, by=by, why=why)


def words(revision: Revision) -> list[object]:
    return [getattr(revision, name) for name in WORDS]


def at_version(part: Article | Answer, version: int) -> Revision | None:
    """The words of a part as they were when its version was this, where they are still kept."""
    return _same_part(of(part)).filter(version__lte=version).first()


def forget(article: Article) -> list[str]:
    """Delete all that was saved of it; gives the texts, for the pictures in them."""
    texts = list(article.revisions.values_list("text", flat=True))
    article.revisions.all().delete()
    return texts


def forget_question(article: Article) -> None:
    article.revisions.filter(answer=None).delete()


def sign_anew(article: Article) -> None:
    """Its writer signs otherwise: a restored question may not bring the former signature back."""
    article.revisions.filter(answer=None).update(signature=article.signature)


def forget_working(articles: Iterable[int], *, now: dt.datetime | None = None) -> int:
    """Delete what was saved of these questions before they came out, but not what came out: it was nearer to the letter."""
    questions = (
        Revision.objects.filter(article__in=articles, answer=None)
        .filter(article__published_at__lte=now or timezone.now())
        .annotate(out=Coalesce(F("article__came_out_at"), F("article__published_at")))
        .filter(at__lte=F("out"))
    )
    printed: dict[int, int] = {}
    pks = []
    for pk, article in questions.order_by("-pk").values_list("pk", "article"):
        if printed.setdefault(article, pk) != pk:
            pks.append(pk)
    Revision.objects.filter(pk__in=printed.values()).update(why="")  # it may say what was taken out
    return Revision.objects.filter(pk__in=pks).delete()[0]


@dataclass(frozen=True)
class Former:
    """An answer that is about to be made anew, and the numbers of its revisions."""

    revision: Revision
    kept: list[int]


def let_go(article: Article) -> dict[int | None, Former]:
    """By expert, what was saved of the answers, so that their rows can be deleted: a file was read once more."""
    kept: dict[int | None, list[int]] = {}
    revisions = article.revisions.filter(answer__isnull=False)
    for pk, answer in revisions.values_list("pk", "answer"):
        kept.setdefault(answer, []).append(pk)
    former = {
        answer.expert_id: Former(of(answer), kept.get(answer.pk, [])) for answer in article.answers.all()
    }
    revisions.update(answer=None)
    return former


def take_up(former: dict[int | None, Former], answer: Answer, *, why: str, hides: bool) -> None:
    """What was let go of the expert who wrote `answer` becomes its own, and its words the newest of them."""
    was = former.pop(answer.expert_id, None)
    if was is not None:
        Revision.objects.filter(pk__in=was.kept).update(answer=answer)
        was.revision.answer = answer
        keep(was.revision, answer, by=None, why=why, hides=hides)


def drop(former: dict[int | None, Former]) -> None:
    """Nobody took these up: their answers are not in the file any more."""
    Revision.objects.filter(pk__in=[pk for was in former.values() for pk in was.kept]).delete()


def _store(revision: Revision, *, by: User | None, why: str) -> None:
    revision.at, revision.by, revision.why = timezone.now(), by, why
    revision.save(force_insert=True)


def _same_part(revision: Revision) -> "QuerySet[Revision]":
    return Revision.objects.filter(article=revision.article_id, answer=revision.answer_id)
