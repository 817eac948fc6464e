"""After publication: the writer is invited, once, to tell what happened since; an editor lets it be printed, or not."""

import datetime as dt
import logging

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils import timezone

from advice import markup
from advice.accounts.models import User
from advice.articles import updates
from advice.articles.models import Update
from advice.articles.workflow import NotPermitted, Stale
from advice.erasing import empty_log
from advice.letters import redflags
from advice.letters.models import FollowUp, Letter, LetterStatus
from advice.letters.workflow import _locked, _record, forget_update, mail_writer

CONSENT_VERSION = "2026-12"

logger = logging.getLogger("advice.letters")
_logged: set[int] = set()  # so that a letter that fails at every look is logged once


def invite_due(*, now: dt.datetime | None = None) -> int:
    """Invite each writer whose answer is out for so many weeks, once ever; gives how many were invited.

    On their own page, and by mail where there is an address and they want to hear. The mark and the message are one
    commit, so a crash invites nobody twice.
    """
    now = now or timezone.now()
    invited = 0
    for pk in list(Letter.objects.invitation_due(now).order_by("pk").values_list("pk", flat=True)):
        try:
            invited += _invite(pk, now)
        except InvalidToken:
            # An address that no key opens must not hold up the others.
            if pk not in _logged:
                _logged.add(pk)
                logger.error("The writer of letter %s cannot be invited.", pk)
    return invited


@transaction.atomic
def _invite(pk: int, now: dt.datetime) -> bool:
    due = Letter.objects.invitation_due(now).filter(pk=pk).defer("email")
    letter = due.select_for_update(of=("self",), skip_locked=True).first()
    if letter is None:
        return False  # another runner has it
    letter.invited_at = now
    letter.save(update_fields=["invited_at"])
    _record(letter, "invite", before=letter.status)
    mail_writer(letter, "follow_up")
    return True


def of_letter(letter: Letter) -> FollowUp | None:
    return FollowUp.objects.filter(letter=letter).first()


def may_tell(letter: Letter) -> bool:
    """Whether its writer may send an update, or change the one that waits; checked again under the lock."""
    return (
        letter.invited_at is not None
        and letter.status == LetterStatus.ACCEPTED
        and letter.article is not None
        and letter.article.is_published
        and letter.update_id is None
        and letter.versions.exists()
        and not FollowUp.objects.filter(letter=letter, declined_at__isnull=False).exists()
    )


@transaction.atomic
def tell(letter: Letter, *, text: str) -> FollowUp:
    """Keep the writer's update for the editors, in place of one that waits."""
    row = _locked(letter)
    if not may_tell(row):
        raise NotPermitted("This update can no longer be sent or changed.")
    redflags.look_through_later(row, text)
    waiting = FollowUp.objects.filter(letter=row).first() or FollowUp(letter=row, version=0)
    waiting.text, waiting.consent_version = text, CONSENT_VERSION
    waiting.version, waiting.sent_on = waiting.version + 1, timezone.localdate()
    waiting.save()
    _record(row, "tell update", before=row.status)
    return waiting


@transaction.atomic
def take_back(letter: Letter) -> None:
    """At any time: one that is printed leaves the article at once, one that is not is deleted."""
    row = _locked(letter)
    if forget_update(row):
        _record(row, "take update back", before=row.status)
        transaction.on_commit(empty_log, robust=True)


def editable_copy(follow_up: FollowUp) -> str:
    """As Markdown that reads just like it: where the editor begins."""
    return markup.paragraphs(follow_up.text)


def signature_of(letter: Letter) -> str:
    """As the question was signed: an editor may have changed the name for it."""
    return letter.article.signature if letter.is_lead and letter.article else letter.signature


def _decided(follow_up: FollowUp, version: int) -> tuple[Letter, FollowUp]:
    """The letter and its update, locked. Raises NotPermitted where it is decided or gone, Stale where it was changed."""
    letter = _locked(Letter(pk=follow_up.letter_id))
    row = FollowUp.objects.select_for_update().filter(letter=letter).first()
    if row is None:
        raise NotPermitted("This update was taken back, or somebody has printed it already.")
    if row.declined_at is not None:
        raise NotPermitted("Somebody has declined this update already.")
    if row.version != version:
        raise Stale(row)
    return letter, row


@transaction.atomic
def approve(follow_up: FollowUp, *, version: int, text: str, signature: str, by: User) -> Update:
    """Print the edited text under the answer. What the writer sent is deleted: from now on it is the article's."""
    letter, row = _decided(follow_up, version)
    if letter.article is None:
        raise NotPermitted("There is no article that it could stand in.")
    letter.update = updates.add(letter.article, text=text, signature=signature, by=by)
    letter.save(update_fields=["update"])
    row.delete()
    _record(letter, "approve update", by=by, before=letter.status)
    transaction.on_commit(empty_log, robust=True)
    return letter.update


@transaction.atomic
def decline(follow_up: FollowUp, *, version: int, reason: str = "", by: User) -> FollowUp:
    """Not to be printed. `reason` stands on the writer's page; nobody is mailed, for there was one invitation only."""
    letter, row = _decided(follow_up, version)
    row.declined_at, row.reason = timezone.now(), reason
    row.save(update_fields=["declined_at", "reason"])
    _record(letter, "decline update", by=by, before=letter.status)
    return row
