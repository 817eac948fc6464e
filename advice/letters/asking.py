"""What the desk asks a letter's writer, and what the writer says; built like the letter's workflow."""

import datetime as dt
import logging
from collections.abc import Iterable

from cryptography.fernet import InvalidToken
from django.db import models, transaction
from django.db.models import Min
from django.utils import timezone

from advice.accounts.models import User
from advice.articles import due
from advice.articles.models.snippets import markdown_of
from advice.articles.workflow import NotPermitted
from advice.letters import redflags
from advice.letters.models import Enquiry, Letter, LetterStatus, Verdict, Wording
from advice.letters.workflow import _locked, _record, check_unpublished, has_appeared, mail_writer

REMIND_AFTER = dt.timedelta(days=4)

logger = logging.getLogger("advice.letters")


def may_ask(letter: Letter) -> bool:
    """Whether the desk can ask something now; for showing a form, and checked again under the lock."""
    waits = letter.status in {LetterStatus.RECEIVED, LetterStatus.ACCEPTED}
    return waits and not has_appeared(letter) and not letter.enquiries.open().exists()


def may_show(letter: Letter) -> bool:
    accepted = letter.status == LetterStatus.ACCEPTED and letter.is_lead and letter.article is not None
    return accepted and not has_appeared(letter)


@transaction.atomic
def ask_back(letter: Letter, *, text: str, by: User) -> Enquiry:
    """Ask the writer. One question is open at a time; the next can be asked when it is replied to."""
    row = _locked(letter)
    check_unpublished(row)
    if row.status == LetterStatus.SPAM:
        raise NotPermitted("This letter lies in the spam tray. Reopen it to ask its writer.")
    if row.enquiries.open().exists():
        raise NotPermitted("A question to the writer is open already.")
    enquiry = Enquiry.objects.create(letter=row, text=text, by=by)
    _record(row, "ask", by=by, before=row.status)
    mail_writer(row, "asked")
    return enquiry


@transaction.atomic
def reply(letter: Letter, *, text: str) -> Enquiry:
    """The writer's reply to the open question: kept as it came, and never edited."""
    row = _locked(letter)
    check_unpublished(row)
    enquiry = row.enquiries.open().select_for_update().first()
    if enquiry is None:
        raise NotPermitted("There is no open question.")
    redflags.look_through_later(row, text)
    enquiry.reply, enquiry.replied_at = text, timezone.now()
    enquiry.save(update_fields=["reply", "replied_at"])
    _record(row, "reply", before=row.status)
    _let_clock_go_on(row, enquiry, by=None)
    return enquiry


@transaction.atomic
def go_on(letter: Letter, *, by: User) -> Enquiry:
    """Wait no longer for the writer's reply. The question stands where it was asked; nothing can be replied to it."""
    row = _locked(letter)
    check_unpublished(row)
    enquiry = row.enquiries.open().select_for_update().first()
    if enquiry is None:
        raise NotPermitted("There is no open question.")
    enquiry.closed_at = timezone.now()
    enquiry.save(update_fields=["closed_at"])
    _record(row, "go on", by=by, before=row.status)
    _let_clock_go_on(row, enquiry, by=by)
    return enquiry


def _let_clock_go_on(letter: Letter, enquiry: Enquiry, *, by: User | None) -> None:
    """What experts owe meanwhile was not late, and is due later by as many days."""
    if letter.article is not None:
        due.postpone(letter.article, since=enquiry.asked_at, by=by)


def waiting_since(articles: Iterable[int]) -> dict[int, dt.datetime]:
    """Of these articles' keys those whose letters' writers are waited for, and since when."""
    waiting = Letter.objects.waiting_for_writer().filter(article__in=list(articles)).order_by()
    return dict(
        waiting.values("article").annotate(since=Min("enquiries__asked_at")).values_list("article", "since")
    )


def remind_due(*, now: dt.datetime | None = None) -> int:
    """Remind once of each question that is open for some days; gives how many were mailed or let be."""
    now = now or timezone.now()
    reminded = 0
    for pk in list(_unreminded(now).values_list("pk", flat=True)):
        try:
            reminded += _remind(pk, now)
        except InvalidToken:
            # An address that no key opens must not hold up the others.
            logger.error("The writer who was asked in enquiry %s cannot be reminded.", pk)
    return reminded


def _unreminded(now: dt.datetime) -> "models.QuerySet[Enquiry]":
    return (
        Enquiry.objects.open()
        .filter(reminded_at__isnull=True, asked_at__lte=now - REMIND_AFTER)
        .exclude(letter__email_digest="")
        .filter(letter__status__in=[LetterStatus.RECEIVED, LetterStatus.ACCEPTED], letter__told_at=None)
    )


@transaction.atomic
def _remind(pk: int, now: dt.datetime) -> bool:
    letters = Letter.objects.filter(enquiries__pk=pk).defer("email")
    letter = letters.select_for_update(of=("self",), skip_locked=True).first()
    if letter is None or not _unreminded(now).filter(pk=pk).update(reminded_at=now):
        return False  # another runner has it, or it was replied to in this moment
    _record(letter, "remind", before=letter.status)
    mail_writer(letter, "asked_again")
    return True


@transaction.atomic
def show_wording(letter: Letter, *, by: User, days: int) -> Wording:
    """Show the writer the article's question as it stands now. A round that is open ends with it."""
    row = _locked(letter)
    article = check_unpublished(row)
    if article is None or not row.is_lead:
        raise NotPermitted("There is no edited wording of this letter yet.")
    if not article.question.strip():
        raise NotPermitted("The article has no question yet.")
    now = timezone.now()
    wording = Wording.objects.create(
        letter=row,
        text=markdown_of(article.question),
        by=by,
        asked_at=now,
        until=now + dt.timedelta(days=days),
    )
    _record(row, "show wording", by=by, before=row.status)
    mail_writer(row, "wording")
    return wording


@transaction.atomic
def say(letter: Letter, *, wording: int, verdict: str, note: str = "") -> Wording:
    """The writer's word on the newest round. It informs the editor and changes nothing else."""
    row = _locked(letter)
    check_unpublished(row)
    newest = row.wordings.select_for_update().last()
    if newest is None or newest.pk != wording:
        raise NotPermitted("The wording has changed since. Please look at it again.")
    if newest.verdict:
        raise NotPermitted("You have told us already.")
    redflags.look_through_later(row, note)
    newest.verdict, newest.note, newest.said_at = Verdict(verdict), note, timezone.now()
    newest.save(update_fields=["verdict", "note", "said_at"])
    _record(row, f"wording {verdict}", before=row.status)
    return newest
