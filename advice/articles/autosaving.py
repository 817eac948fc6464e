"""What is being typed, kept every few seconds so that a closed lid loses nothing. Never the piece itself."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import Answer, Article, Autosave

FORGET_AFTER = dt.timedelta(days=14)  # long enough for a holiday
Fields = dict[str, list[str]]
Part = Article | Answer


class Refused(Exception):
    """Of this piece no former words are kept, and these may be some."""


def _of(part: Part, user: User) -> dict[str, Any]:
    return {"user": user, "answer" if isinstance(part, Answer) else "article": part}


@transaction.atomic
def keep(part: Part, *, by: User, version: int, fields: Fields) -> Autosave:
    """Overwrite what is kept of this person's typing. Raises Refused for a form that was opened before words were taken away."""
    article_pk = part.article_id if isinstance(part, Answer) else part.pk
    article = Article.objects.select_for_update().get(pk=article_pk)
    current = type(part)._default_manager.values_list("version", flat=True).get(pk=part.pk)
    if version != current and (article.hides_former or article.is_emptied):
        raise Refused
    values = {"at": timezone.now(), "version": version, "fields": fields}
    kept, _is_new = Autosave.objects.update_or_create(defaults=values, **_of(part, by))
    return kept


def kept_of(part: Part, user: User) -> Autosave | None:
    return Autosave.objects.filter(**_of(part, user)).first()


def discard(part: Part, *, by: User) -> None:
    """It was saved, or is not wanted."""
    Autosave.objects.filter(**_of(part, by)).delete()


def forget(article: Article) -> None:
    """Nobody may bring former words of it back."""
    Autosave.objects.filter(Q(article=article) | Q(answer__article=article)).delete()


def forget_question(article: Article) -> None:
    """What experts wrote is theirs; the letter's words go."""
    article.autosaves.all().delete()


def forget_old(*, now: dt.datetime | None = None) -> int:
    return Autosave.objects.filter(at__lt=(now or timezone.now()) - FORGET_AFTER).delete()[0]
