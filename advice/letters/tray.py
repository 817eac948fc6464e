"""The spam tray: what the form doubts lies there until an editor puts it back, or empties the tray.

A machine can fill in the field that nobody sees, and so can the program of somebody in need that fills in forms. So an
urgent letter is never deleted with the rest: an editor looks at it, and deletes it alone.
"""

from collections.abc import Mapping

from django.db import transaction

from advice.accounts.models import User
from advice.articles.workflow import NotPermitted
from advice.erasing import empty_log
from advice.letters.models import Alarm, Doubt, Emptying, Letter, LetterQuerySet, LetterStatus, Reason
from advice.trace.models import Kind
from advice.trace.writing import write_down

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


def to_empty(reason: str = "") -> LetterQuerySet:
    """Those of them that go when the tray is emptied: urgent ones, seen or not, stay."""
    return in_tray(reason).filter(alarm__isnull=True)


def empty(*, by: User, up_to: int, reason: str = "") -> int:
    """Delete for good what lies in the tray and is not urgent, and record it; gives how many letters went.

    `up_to` is the newest letter that the editor was told of: what has come since stays until somebody has seen it.
    """
    with transaction.atomic():
        deleted = 0
        while pks := _locked(up_to, reason):
            # Asked once more under the lock: its writer may have changed one into an urgent one in between.
            deleted += _delete(to_empty().filter(pk__in=pks))
        if deleted:
            _record(by, deleted)
            write_down("empty the tray", Kind.LETTER, by=by)
    return deleted


@transaction.atomic
def delete(letter: Letter, *, by: User) -> None:
    """Delete one of them for good. Raises NotPermitted where it lies there no more, or is urgent and nobody has seen it."""
    row = Letter.objects.select_for_update().only("status", "case_number").get(pk=letter.pk)
    if row.status != LetterStatus.SPAM:
        raise NotPermitted(f"Letter {row.case_number} does not lie in the spam tray any more.")
    if Alarm.objects.filter(letter=row, seen_at=None).exists():
        raise NotPermitted(
            f"Letter {row.case_number} is urgent, and nobody has seen it. Please read it first."
        )
    _record(by, _delete(Letter.objects.filter(pk=row.pk)))
    write_down("delete", Kind.LETTER, row.pk, by=by)


def _delete(letters: LetterQuerySet) -> int:
    return letters.delete()[1].get("letters.Letter", 0)


def _record(by: User, letters: int) -> None:
    Emptying.objects.create(by=by, letters=letters)
    transaction.on_commit(empty_log, robust=True)


def _locked(up_to: int, reason: str) -> list[int]:
    matching = to_empty(reason).filter(pk__lte=up_to).order_by("pk")
    return list(matching.select_for_update(of=("self",)).values_list("pk", flat=True)[:_BATCH])
