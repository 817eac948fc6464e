"""The spam tray: what the form doubts lies there until an editor puts it back, or empties the tray."""

from collections.abc import Mapping

from django.db import transaction

from advice.accounts.models import User
from advice.erasing import empty_log
from advice.letters.models import Doubt, Emptying, Letter, LetterQuerySet, LetterStatus, Reason

FULL = 5  # points from which on a letter lies in the tray
_BATCH = 500


def is_doubtful(points: Mapping[str, int]) -> bool:
    return sum(points.values()) >= FULL


def keep_doubt(letter: Letter, points: Mapping[str, int]) -> None:
    """Only of what lies in the tray: of an honest letter nobody needs to know that it had a link."""
    if points and letter.status == LetterStatus.SPAM:
        Doubt.objects.create(letter=letter, score=sum(points.values()), points=dict(points))


def forget_doubt(letter: Letter) -> None:
    """An editor has decided: what the form thought of the letter is of no more use."""
    Doubt.objects.filter(letter=letter).delete()


def in_tray(reason: str = "") -> LetterQuerySet:
    """The letters in the tray, those with `reason`, or with "editor" those that an editor put there."""
    letters = Letter.objects.filter(status=LetterStatus.SPAM)
    if reason == "editor":
        return letters.filter(doubt__isnull=True)
    return letters.filter(doubt__points__has_key=reason) if reason in Reason.values else letters


def empty(*, by: User, up_to: int, reason: str = "") -> int:
    """Delete for good what lies in the tray, and record that it was done; gives how many letters went.

    `up_to` is the newest letter that the editor was told of: what has come since stays until somebody has seen it.
    """
    with transaction.atomic():
        deleted = 0
        while pks := _locked(up_to, reason):
            Letter.objects.filter(pk__in=pks).delete()
            deleted += len(pks)
        if deleted:
            Emptying.objects.create(by=by, letters=deleted)
            transaction.on_commit(empty_log, robust=True)
    return deleted


def _locked(up_to: int, reason: str) -> list[int]:
    matching = in_tray(reason).filter(pk__lte=up_to).order_by("pk")
    return list(matching.select_for_update(of=("self",)).values_list("pk", flat=True)[:_BATCH])
