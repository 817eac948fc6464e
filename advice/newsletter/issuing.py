"""The only place where an issue's status changes; built like the workflow of articles."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Left
from django.utils import timezone

from advice.accounts.models import User
from advice.articles.models import AnswerStatus, Article, Correction
from advice.articles.workflow import NotPermitted, Stale
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


def _move(issue: Issue, to: str) -> None:
    if to not in ISSUE_MOVES[issue.status]:
        raise NotPermitted("This is no longer possible.")
    issue.status = to


@transaction.atomic
def begin(newsletter: Newsletter, *, by: User | None) -> Issue:
    """An empty draft of an edited issue."""
    return Issue.objects.create(newsletter=newsletter, by=by)


@transaction.atomic
def edit(
    issue: Issue, *, subject: str, preheader: str, intro: str, picks: Iterable[Pick], version: int
) -> Issue:
    """Save a draft. Raises Stale where somebody saved since `version`, NotPermitted where it is on its way."""
    row = _locked(issue)
    if row.status != IssueStatus.DRAFT:
        raise NotPermitted("It is on its way. Take it back first.")
    if row.version != version:
        raise Stale(row)
    row.subject, row.preheader, row.intro, row.version = subject, preheader, intro, version + 1
    row.save(update_fields=["subject", "preheader", "intro", "version"])
    row.items.all().delete()
    IssueItem.objects.bulk_create(
        IssueItem(
            issue=row, article=pick.article, position=position, in_full=pick.in_full, remark=pick.remark
        )
        for position, pick in enumerate(picks)
    )
    return row


@transaction.atomic
def discard(issue: Issue) -> None:
    row = _locked(issue)
    if row.status != IssueStatus.DRAFT:
        raise NotPermitted("Only a draft can be thrown away.")
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
    return found


@transaction.atomic
def schedule(issue: Issue, *, at: dt.datetime | None = None) -> Issue:
    """It leaves at `at`, and in ten minutes at the soonest, until when it can be taken back."""
    row = _locked(issue)
    if found := problems(row):
        raise NotPermitted(" ".join(found))
    _move(row, IssueStatus.SCHEDULED)
    soonest = timezone.now() + UNDO
    row.leaves_at = max(at, soonest) if at else soonest
    row.save(update_fields=["status", "leaves_at"])
    return row


@transaction.atomic
def take_back(issue: Issue) -> Issue:
    """Undo the sending, while it has not begun."""
    row = _locked(issue)
    _move(row, IssueStatus.DRAFT)
    row.leaves_at = None
    row.save(update_fields=["status", "leaves_at"])
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
    row.items.exclude(article__in=Article.objects.published(now)).delete()
    if not row.items.exists() and not row.intro.strip():
        _move(row, IssueStatus.DRAFT)
        row.leaves_at, row.trouble = None, "Nothing in it is published any more."
        row.save(update_fields=["status", "leaves_at", "trouble"])
        return False
    let_go(row, now=now)
    return True


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
def pause(issue: Issue) -> Issue:
    row = _locked(issue)
    _move(row, IssueStatus.PAUSED)
    row.save(update_fields=["status"])
    return row


def note_trouble(issue: Issue, reason: str, *, now: dt.datetime) -> None:
    """Why it does not go on, for the desk; with no reason it does again."""
    issue.trouble, issue.trouble_since = reason, (issue.trouble_since or now) if reason else None
    issue.save(update_fields=["trouble", "trouble_since"])


def note_broken(issue: Issue, error: Exception) -> None:
    """Only the kind of the error: its words may hold what people wrote."""
    reason = f"Something of this site is broken ({type(error).__name__}). It is tried again by itself."
    note_trouble(issue, reason, now=timezone.now())


@transaction.atomic
def resume(issue: Issue) -> Issue:
    row = _locked(issue)
    if row.status != IssueStatus.PAUSED:
        raise NotPermitted("It is not paused.")
    _move(row, IssueStatus.SENDING)
    row.trouble, row.trouble_since = "", None
    row.refused_in_a_row = row.uncertain_in_a_row = 0
    row.save(update_fields=["status", "trouble", "trouble_since", "refused_in_a_row", "uncertain_in_a_row"])
    return row


@transaction.atomic
def cancel(issue: Issue) -> Issue:
    """What has not been sent is not sent any more."""
    row = _locked(issue)
    _move(row, IssueStatus.CANCELLED)
    row.finished_at = timezone.now()
    row.save(update_fields=["status", "finished_at"])
    row.deliveries.filter(state=DeliveryState.PENDING).delete()
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
def send_uncertain_again(issue: Issue, *, copies: Iterable[int] | None = None) -> int:
    """An editor decided that the uncertain copies (or those named) are to be sent again, though some may come twice."""
    row = _locked(issue)
    return _send_again(row, _named(row, copies))


def refused(issue: Issue) -> "QuerySet[Delivery]":
    """Copies that the mail server refused for good, though nothing says that their reader's address is dead."""
    dead = Bounce.objects.filter(delivery=OuterRef("pk"), kind=BounceKind.HARD)
    failed = issue.deliveries.filter(
        state=DeliveryState.FAILED, subscriber__status=SubscriberStatus.CONFIRMED
    )
    return failed.exclude(Exists(dead))


@transaction.atomic
def send_refused_again(issue: Issue) -> int:
    """An editor knows that it was us whom the mail server refused, and that it does not any more.

    That they came back is forgotten: it says nothing of their readers.
    """
    row = _locked(issue)
    Bounce.objects.filter(delivery__in=refused(row)).delete()
    refused(row).update(bounced_at=None)
    return _send_again(row, refused(row))


def _send_again(row: Issue, copies: "QuerySet[Delivery]") -> int:
    if row.status not in {IssueStatus.SENDING, IssueStatus.PAUSED, IssueStatus.SENT}:
        raise NotPermitted("It was cancelled.")
    count = copies.update(
        state=DeliveryState.PENDING, not_before=None, claimed_at=None, first_tried_at=None, attempts=0
    )
    if count and row.status == IssueStatus.SENT:
        _move(row, IssueStatus.SENDING)
        row.save(update_fields=["status"])
    return count


@transaction.atomic
def take_uncertain_for_sent(issue: Issue, *, copies: Iterable[int] | None = None) -> int:
    """An editor decided that the uncertain copies (or those named) have arrived."""
    return _named(_locked(issue), copies).update(state=DeliveryState.SENT, settled_at=timezone.now())


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
