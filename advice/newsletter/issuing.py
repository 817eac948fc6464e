"""The only place where an issue's status changes; built like the workflow of articles."""

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Left
from django.urls import reverse
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import AnswerStatus, Article, Correction
from advice.articles.workflow import NotPermitted, Stale
from advice.erasing import empty_log
from advice.mail.sending import send_later
from advice.newsletter.apart import Apart
from advice.newsletter.models import (
    FORGET_COPIES_AFTER,
    ISSUE_MOVES,
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Issue,
    IssueItem,
    IssueKind,
    IssueStatus,
    Newsletter,
    SubscriberStatus,
)
from advice.newsletter.naming import of_correction, preheader_of, subject_of
from advice.site import absolute
from advice.trace.models import Kind
from advice.trace.writing import write_down

logger = logging.getLogger("advice.newsletter")

UNDO = dt.timedelta(minutes=10)
# As for other mail: whoever claimed a copy and did not settle it by then is gone.
UNCERTAIN_AFTER = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Pick:
    """An article that an editor put into an issue."""

    article: Article
    in_full: bool = False
    remark: str = ""


def _locked(issue: Issue) -> Issue:
    # Not its key: whoever settles a refused copy looks, as it commits, that its issue is still there.
    return (
        Issue.objects.select_for_update(of=("self",), no_key=True)
        .select_related("newsletter")
        .get(pk=issue.pk)
    )


def _log(issue: Issue, verb: str, what: str, by: User | None) -> None:
    """Who did what, without a word of the issue's."""
    write_down(verb, Kind.ISSUE, issue.pk, by=by)
    logger.info("Issue %s was %s by person %s.", issue.pk, what, by.pk if by else "-")


def _move(issue: Issue, to: str) -> None:
    if to not in ISSUE_MOVES[issue.status]:
        raise NotPermitted("This is no longer possible.")
    issue.status = to


@transaction.atomic
def begin(newsletter: Newsletter, *, by: User | None) -> Issue:
    """An empty draft of an edited issue."""
    issue = Issue.objects.create(newsletter=newsletter, by=by)
    write_down("make", Kind.ISSUE, issue.pk, by=by)
    return issue


@transaction.atomic
def edit(
    issue: Issue,
    *,
    subject: str,
    preheader: str,
    intro: str,
    picks: Iterable[Pick],
    version: int,
    by: User | None = None,
) -> Issue:
    """Save a draft. Raises Stale where somebody saved since `version`, NotPermitted where it is on its way."""
    row = _locked(issue)
    if row.status != IssueStatus.DRAFT:
        raise NotPermitted("It is on its way. Take it back first.")
    if row.version != version:
        raise Stale(row)
    row.subject, row.preheader, row.intro, row.version = subject, preheader, intro, version + 1
    row.trouble, row.trouble_since = "", None
    row.items.all().delete()
    made = IssueItem.objects.bulk_create(
        IssueItem(
            issue=row, article=pick.article, position=position, in_full=pick.in_full, remark=pick.remark
        )
        for position, pick in enumerate(picks)
    )
    row.edited_at, row.picks = timezone.now(), len(made)
    row.save(
        update_fields=[
            *("subject", "preheader", "intro", "version", "trouble", "trouble_since", "edited_at", "picks")
        ]
    )
    write_down("edit", Kind.ISSUE, row.pk, by=by)
    return row


@transaction.atomic
def discard(issue: Issue, *, by: User | None = None) -> None:
    row = _locked(issue)
    if row.status != IssueStatus.DRAFT:
        raise NotPermitted("Only a draft can be thrown away.")
    _log(row, "discard", "thrown away", by)
    row.delete()


def problems(issue: Issue) -> list[str]:
    """What keeps a draft from being sent."""
    found = []
    if not issue.subject.strip():
        found.append("It has no subject.")
    items = list(issue.items.select_related("article"))
    if not items and not issue.intro.strip():
        found.append("It has neither an introduction nor an answer.")
    found += [f"“{item.article}” is not published." for item in items if not item.article.is_published]
    return found + _taken_since(issue, len(items))


def _taken_since(issue: Issue, items: int) -> list[str]:
    """What an editor who last saved it cannot have known, though the issue's own words may tell of it."""
    found = []
    if items < issue.picks:
        found.append("An answer in it was deleted since it was last saved. Read it again, and save it.")
    if _has_private_notes(issue):
        found.append(
            "An answer in it had a note about privacy since it was last saved. Read it again, and save it."
        )
    return found


def _has_private_notes(issue: Issue) -> bool:
    articles = issue.items.values("article")
    notes = Correction.objects.filter(is_privacy=True, made_at__gte=issue.edited_at)
    return notes.filter(article__in=articles).exists()


@transaction.atomic
def schedule(
    issue: Issue, *, at: dt.datetime | None = None, version: int | None = None, by: User | None = None
) -> Issue:
    """It leaves at `at`, and in ten minutes at the soonest, until when it can be taken back.

    Raises Stale where somebody saved since `version` was looked at (without it: since `issue` was read).
    """
    row = _locked(issue)
    _move(row, IssueStatus.SCHEDULED)
    if row.version != (issue.version if version is None else version):
        raise Stale(row)
    if found := problems(row):
        raise NotPermitted(" ".join(found))
    soonest = timezone.now() + UNDO
    row.leaves_at = max(at, soonest) if at else soonest
    row.trouble, row.trouble_since = "", None
    row.save(update_fields=["status", "leaves_at", "trouble", "trouble_since"])
    _log(row, "schedule", "scheduled", by)
    return row


@transaction.atomic
def take_back(issue: Issue, *, by: User | None = None) -> Issue:
    """Undo the sending, while it has not begun."""
    row = _locked(issue)
    _move(row, IssueStatus.DRAFT)
    row.leaves_at = None
    row.save(update_fields=["status", "leaves_at"])
    _log(row, "take back", "taken back", by)
    return row


def let_go_due(*, now: dt.datetime | None = None) -> int:
    """Freeze and let go what is scheduled until now; gives how many."""
    now = now or timezone.now()
    due = Issue.objects.filter(status=IssueStatus.SCHEDULED, leaves_at__lte=now)
    count, apart = 0, Apart()
    for issue in due.order_by("leaves_at", "pk"):
        with apart.piece(f"letting go issue {issue.pk}", partial(note_broken, issue)):
            count += _let_go_scheduled(issue, now)
    apart.end()
    return count


@transaction.atomic
def _let_go_scheduled(issue: Issue, now: dt.datetime) -> bool:
    row = _locked(issue)
    if row.status != IssueStatus.SCHEDULED or row.leaves_at is None or row.leaves_at > now:
        return False  # another runner was first, or it was taken back
    if reason := _taken_from(row, now):
        _move(row, IssueStatus.DRAFT)
        row.leaves_at, row.trouble, row.trouble_since = None, reason, now
        row.save(update_fields=["status", "leaves_at", "trouble", "trouble_since"])
        mail_trouble(row)
        return False
    let_go(row, now=now)
    return True


def _taken_from(issue: Issue, now: dt.datetime) -> str:
    """Why it needs an editor before it leaves: its own words may tell of what is in it no more. Nothing is quoted."""
    public = issue.items.filter(article__in=Article.objects.published(now))
    if public.count() < max(issue.picks, issue.items.count()):
        return "An answer in it was withdrawn after it was scheduled, so it did not leave."
    if _has_private_notes(issue):
        return "An answer in it had a note about privacy after it was scheduled, so it did not leave."
    return ""


def let_go(issue: Issue, *, now: dt.datetime) -> None:
    """From here on its text is frozen and copies are made. Inside the transaction of the caller, who holds the lock."""
    Newsletter.objects.select_for_update().get(pk=issue.newsletter_id)  # numbers are given one at a time
    _freeze(issue)
    last = Issue.objects.filter(newsletter=issue.newsletter_id).aggregate(last=Max("number"))["last"]
    _move(issue, IssueStatus.SENDING)
    issue.number, issue.left_at = (last or 0) + 1, now
    issue.trouble, issue.trouble_since = "", None
    is_promised = issue.kind == IssueKind.DIGEST and issue.rhythm == issue.newsletter.rhythm
    issue.is_listed = is_promised or issue.kind == IssueKind.EDITED
    issue.save(update_fields=["status", "number", "left_at", "trouble", "trouble_since", "is_listed"])


def _freeze(issue: Issue) -> None:
    for item in issue.items.select_related("article__column"):
        fill(item)
        item.save()


def fill(item: IssueItem) -> None:
    """Put into `item`, unsaved, what is printed of its article now."""
    article = item.article
    filed = article.answers.filter(status=AnswerStatus.FILED).select_related("expert").order_by("position")
    answers = [
        {"byline": answer.expert.byline if answer.expert else "", "html": answer.html, "text": answer.text}
        for answer in filed
    ]
    item.headline, item.dek, item.path = article.headline, article.dek, article.get_absolute_url()
    item.column = article.column.name if article.column else ""
    item.byline = " · ".join(answer["byline"] for answer in answers if answer["byline"])[:300]
    if item.in_full:
        item.signature, item.answers = article.signature, answers
        item.question, item.question_html = article.question, article.question_html


@transaction.atomic
def pause(issue: Issue, *, by: User | None = None, reason: str = "") -> Issue:
    """By an editor; or by itself for `reason`, of which those on duty hear."""
    row = _locked(issue)
    _move(row, IssueStatus.PAUSED)
    row.save(update_fields=["status"])
    if reason:
        row.trouble, row.trouble_since = reason, timezone.now()
        row.save(update_fields=["trouble", "trouble_since"])
        mail_trouble(row)
    _log(row, "pause", "paused", by)
    return row


def mail_trouble(issue: Issue) -> None:
    """Those on duty hear that `issue` does not go on by itself; in the transaction in which it stopped."""
    link = absolute(reverse("desk:issue", args=[issue.pk]))
    context = {"newsletter": issue.newsletter, "reason": issue.trouble, "link": link}
    for address in settings.DUTY_EMAILS:
        send_later("issue_trouble", to=address, context=context)


def note_trouble(issue: Issue, reason: str, *, now: dt.datetime) -> None:
    """Why it does not go on, for the desk; with no reason it does again."""
    issue.trouble, issue.trouble_since = reason, (issue.trouble_since or now) if reason else None
    issue.save(update_fields=["trouble", "trouble_since"])


def note_broken(issue: Issue, error: Exception) -> None:
    """Only the kind of the error: its words may hold what people wrote."""
    reason = f"Something of this site is broken ({type(error).__name__}). It is tried again by itself."
    note_trouble(issue, reason, now=timezone.now())


@transaction.atomic
def resume(issue: Issue, *, by: User | None = None) -> Issue:
    row = _locked(issue)
    if row.status != IssueStatus.PAUSED:
        raise NotPermitted("It is not paused.")
    _move(row, IssueStatus.SENDING)
    row.trouble, row.trouble_since = "", None
    row.refused_in_a_row = row.uncertain_in_a_row = 0
    row.save(update_fields=["status", "trouble", "trouble_since", "refused_in_a_row", "uncertain_in_a_row"])
    _log(row, "resume", "resumed", by)
    return row


@transaction.atomic
def cancel(issue: Issue, *, by: User | None = None) -> Issue:
    """What has not been sent is not sent any more."""
    row = _locked(issue)
    _move(row, IssueStatus.CANCELLED)
    row.finished_at = timezone.now()
    row.save(update_fields=["status", "finished_at"])
    row.deliveries.filter(state=DeliveryState.PENDING).delete()
    _log(row, "cancel", "cancelled", by)
    return row


@transaction.atomic
def amend(
    issue: Issue, *, subject: str, preheader: str, intro: str, version: int, by: User | None = None
) -> Issue:
    """Change an editor's own words in an issue that has left: in the archive, and in the copies that still wait.

    What was mailed stays as it was. Raises Stale where somebody changed them since `version`, NotPermitted where they
    have not left, or are not an editor's.
    """
    row = _locked(issue)
    if row.kind != IssueKind.EDITED or row.left_at is None:
        raise NotPermitted("Only what an editor wrote and what has left can be mended so.")
    if row.version != version:
        raise Stale(row)
    row.subject, row.preheader, row.intro, row.version = subject, preheader, intro, version + 1
    row.amended_at = timezone.now()
    row.save(update_fields=["subject", "preheader", "intro", "version", "amended_at"])
    transaction.on_commit(empty_log, robust=True)  # what was taken away may have been somebody's name
    _log(row, "amend", "amended", by)
    return row


def finish_due(*, now: dt.datetime | None = None) -> int:
    """Issues of which no copy waits any more are sent; gives how many. Uncertain ones can still be decided about."""
    return sum(
        _finish(issue) for issue in Issue.objects.filter(status=IssueStatus.SENDING, copied_at__isnull=False)
    )


@transaction.atomic
def _finish(issue: Issue) -> bool:
    row = _locked(issue)
    waiting = row.deliveries.filter(state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    if row.status != IssueStatus.SENDING or row.copied_at is None or waiting.exists():
        return False
    _move(row, IssueStatus.SENT)
    row.finished_at, row.trouble, row.trouble_since = timezone.now(), "", None
    row.save(update_fields=["status", "finished_at", "trouble", "trouble_since"])
    return True


def mark_uncertain(*, now: dt.datetime | None = None) -> int:
    """Copies that somebody claimed and never settled: an editor decides about them. Gives how many."""
    now = now or timezone.now()
    return Delivery.objects.filter(state=DeliveryState.SENDING, claimed_at__lt=now - UNCERTAIN_AFTER).update(
        state=DeliveryState.UNCERTAIN
    )


def uncertain(issue: Issue) -> "QuerySet[Delivery]":
    return issue.deliveries.filter(state=DeliveryState.UNCERTAIN)


@transaction.atomic
def send_uncertain_again(issue: Issue, *, copies: Iterable[int] | None = None, by: User | None = None) -> int:
    """An editor decided that the uncertain copies (or those named) are to be sent again, though some may come twice."""
    row = _locked(issue)
    return _send_again(row, _named(row, copies), by=by)


def refused(issue: Issue) -> "QuerySet[Delivery]":
    """Copies that the mail server refused for good, though nothing says that their reader's address is dead."""
    dead = Bounce.objects.filter(delivery=OuterRef("pk"), kind=BounceKind.HARD)
    failed = issue.deliveries.filter(
        state=DeliveryState.FAILED, subscriber__status=SubscriberStatus.CONFIRMED
    )
    return failed.exclude(Exists(dead))


@transaction.atomic
def send_refused_again(issue: Issue, *, by: User | None = None) -> int:
    """An editor knows that it was us whom the mail server refused, and that it does not any more.

    That they came back is forgotten: it says nothing of their readers.
    """
    row = _locked(issue)
    Bounce.objects.filter(delivery__in=refused(row)).delete()
    refused(row).update(bounced_at=None)
    return _send_again(row, refused(row), by=by)


def _send_again(row: Issue, copies: "QuerySet[Delivery]", *, by: User | None) -> int:
    if row.status not in {IssueStatus.SENDING, IssueStatus.PAUSED, IssueStatus.SENT}:
        raise NotPermitted("It was cancelled.")
    count = copies.update(
        state=DeliveryState.PENDING, not_before=None, claimed_at=None, first_tried_at=None, attempts=0
    )
    if count and row.status == IssueStatus.SENT:
        _move(row, IssueStatus.SENDING)
        row.save(update_fields=["status"])
    _log(row, "send again", f"sent again in {count} copies", by)
    return count


@transaction.atomic
def take_uncertain_for_sent(
    issue: Issue, *, copies: Iterable[int] | None = None, by: User | None = None
) -> int:
    """An editor decided that the uncertain copies (or those named) have arrived."""
    row = _locked(issue)
    count = _named(row, copies).update(state=DeliveryState.SENT, settled_at=timezone.now())
    _log(row, "take for sent", f"taken for sent in {count} uncertain copies", by)
    return count


def _named(issue: Issue, copies: Iterable[int] | None) -> "QuerySet[Delivery]":
    which = uncertain(issue)
    return which if copies is None else which.filter(pk__in=list(copies))


def forget_withdrawn(*, now: dt.datetime | None = None) -> int:
    """Erase the frozen words that may not be shown any more: of what was withdrawn, or had a note about privacy.

    What was only unpublished is shown and mailed nowhere meanwhile, but erased after a week: it may be back by then.
    Issues that made themselves and that were called after it get another name. What an editor wrote of it only an
    editor can mend.
    """
    frozen = IssueItem.objects.filter(issue__left_at__isnull=False).exclude(headline="")
    gone = frozen.filter(pk__in=IssueItem.objects.to_forget(now or timezone.now()).values("pk"))
    texts = ("headline", "dek", "column", "byline", "remark", "signature", "question", "question_html")
    erased = gone.update(**dict.fromkeys(texts, ""), answers=[])
    return erased + sum(map(_name_again, _misnamed())) + _rename_corrections()


def _misnamed() -> "QuerySet[Issue]":
    """Found by their names: what was deleted has left no item behind."""
    items = IssueItem.objects.public().filter(issue=OuterRef("pk")).order_by("position", "pk")
    name = Coalesce(Subquery(items.values("headline")[:1]), F("newsletter__name"))
    dek = Coalesce(Subquery(items.values("dek")[:1]), Value(""))
    line = Case(
        When(newsletter__at_most=1, then=dek), default=Coalesce(Subquery(items.values("headline")[1:2]), dek)
    )
    digests = Issue.objects.left().filter(kind=IssueKind.DIGEST).select_related("newsletter")
    rightly = Q(subject__startswith=Left(name, 60), preheader=Left(line, 160))
    return digests.exclude(rightly)


def _name_again(issue: Issue) -> int:
    left = list(IssueItem.objects.public().filter(issue=issue)[: issue.newsletter.at_most])
    issue.subject, issue.preheader = subject_of(issue, left), preheader_of(issue, left)[:160]
    issue.save(update_fields=["subject", "preheader"])
    return 1


def _rename_corrections() -> int:
    """A note about privacy may have taken somebody's name out of a headline, too."""
    private = Correction.objects.filter(
        article=OuterRef("correction__article"), is_privacy=True, made_at__gte=OuterRef("left_at")
    )
    told = Issue.objects.filter(Exists(private)).select_related("correction__article")
    renamed = 0
    for issue in told.iterator():
        assert issue.correction is not None
        subject = of_correction(issue.correction)
        if issue.subject != subject:
            renamed += Issue.objects.filter(pk=issue.pk).update(subject=subject)
    return renamed


@transaction.atomic
def forget_old_copies(*, now: dt.datetime | None = None) -> int:
    """Of copies that left a year ago only that there was one is kept, not whose; gives how many lost their reader."""
    before = (now or timezone.now()) - FORGET_COPIES_AFTER
    old = Delivery.objects.filter(issue__left_at__lt=before, subscriber__isnull=False)
    Bounce.objects.filter(delivery__in=old).delete()
    return old.update(subscriber=None)
