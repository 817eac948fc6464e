"""Before a letter is sent: what is near to it, and the letters that an answer made needless."""

import datetime as dt
from collections.abc import Collection, Sequence

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from advice.articles.models import Article, ArticleQuerySet
from advice.articles.searching import Found
from advice.letters.models import Letter, LetterStatus, NearAnswer, SavedLetters
from advice.throttle.models import once_a_day

DRAFT = dt.timedelta(days=3)  # how long a browser keeps what somebody asked it to keep (asking.js)
MOST_CONTEXTS = 20  # of as many letters the expert reads a line
LATELY = dt.timedelta(days=30)


def keep_near(letter: Letter, found: Sequence[Found], *, shown: Collection[str] = ()) -> None:
    """What came near travels with the letter; `shown` are the slugs of what its writer saw."""
    # One that was deleted since it was found must not keep the letter from being stored.
    there = Article.objects.in_bulk([one.article.pk for one in found]) if found else {}
    NearAnswer.objects.bulk_create(
        NearAnswer(
            letter=letter,
            article=there[one.article.pk],
            place=place,
            score=one.score,
            was_shown=one.article.slug in shown,
        )
        for place, one in enumerate(found, start=1)
        if one.article.pk in there
    )


@transaction.atomic
def count_saved(article: Article, *, token: str) -> bool:
    """Somebody's question is answered by `article`, so they need not send it. One form (`token`) is counted once."""
    if not once_a_day("saved letter", token):
        return False
    row, _ = SavedLetters.objects.get_or_create(article=article, day=timezone.localdate())
    SavedLetters.objects.filter(pk=row.pk).update(count=F("count") + 1)
    return True


def saved_by_article() -> ArticleQuerySet:
    """The articles that saved letters, most first, with `saved` and, of the last thirty days, `saved_lately`."""
    rows = SavedLetters.objects.filter(article=OuterRef("pk"))
    lately = rows.filter(day__gt=timezone.localdate() - LATELY)
    return (
        Article.objects.filter(Exists(rows))
        .annotate(saved=_sum(rows), saved_lately=Coalesce(_sum(lately), 0))
        .select_related("column")
        .order_by("-saved", "-pk")
    )


def _sum(rows: "QuerySet[SavedLetters]") -> Subquery:
    return Subquery(rows.order_by().values("article").annotate(sum=Sum("count")).values("sum"))


def saved_in_all() -> int:
    return SavedLetters.objects.aggregate(sum=Sum("count"))["sum"] or 0


def contexts(article: Article) -> list[str]:
    """What the writers of an article's letters told its experts alone; what no key opens is left out."""
    rows = Letter.objects.filter(article=article, status=LetterStatus.ACCEPTED, context__isnull=False)
    found = []
    for letter in rows.only("pk").order_by("-is_lead", "received_at", "pk")[:MOST_CONTEXTS]:
        text = context_of(letter)
        if text:
            found.append(text)
    return found


def context_of(letter: Letter) -> str | None:
    """None where no key opens it."""
    try:
        return letter.context
    except InvalidToken:
        return None
