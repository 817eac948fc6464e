"""Sending an issue: when, take it back, watch it go, stop it, decide about copies of which nobody knows."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.accounts.idle import sleeps
from advice.articles.workflow import NotPermitted, Stale
from advice.desk import linking
from advice.desk.issue_forms import IssueForm, ScheduleForm, of_issue
from advice.desk.issues import frame, issue_for, show
from advice.desk.permissions import for_editors, for_publishers, person
from advice.newsletter import issuing, rendering, returns
from advice.newsletter.copies import recipients
from advice.newsletter.models import DeliveryState, Issue, IssueStatus
from advice.typed import is_number

UNCERTAIN_ON_A_PAGE = 50
RATE_OVER = dt.timedelta(minutes=1)
# After how many seconds an open page asks again how it stands; of what will not change any more, never.
AGAIN = {IssueStatus.SENDING: 2, IssueStatus.SCHEDULED: 10, IssueStatus.PAUSED: 10}


# -- when ---------------------------------------------------------------------------------------------------------


def _by(request: HttpRequest, change: Callable[..., Any], **given: Any) -> Callable[[Issue], Any]:
    """`change` as something that whoever asks does."""
    return partial(change, by=person(request), **given)


def _act(
    request: HttpRequest,
    pk: int,
    change: Callable[[Issue], Any],
    done: str | Callable[[Any], str],
) -> HttpResponse:
    """One button: change it and say `done`; or say why it is too late for that, and show how it stands."""
    try:
        changed = change(issue_for(pk))
    except Issue.DoesNotExist as error:
        raise Http404 from error
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _too_late(request, issue_for(pk))
    messages.success(request, done(changed) if callable(done) else done)
    return redirect("desk:issue", pk)


def _too_late(request: HttpRequest, issue: Issue) -> HttpResponse:
    if issue.status == IssueStatus.DRAFT:
        return show(request, issue, IssueForm(issue, initial=of_issue(issue)), status=409)
    return _progress_page(request, issue, status=409)


@for_publishers
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says to how many it goes and what is wrong with it, POST sends it, now or at a time."""
    issue = issue_for(pk)
    wrong = linking.errors(issue)
    if request.method == "POST":
        return _schedule(request, issue, ScheduleForm(request.POST, has_wrong_links=bool(wrong)), wrong)
    if issue.status != IssueStatus.DRAFT:
        return redirect("desk:progress", pk)
    initial = {"version": request.GET.get("version", issue.version)}
    return _schedule_page(request, issue, ScheduleForm(initial=initial, has_wrong_links=bool(wrong)), wrong)


def _schedule(
    request: HttpRequest, issue: Issue, form: ScheduleForm, wrong: list[linking.Checked]
) -> HttpResponse:
    if not form.is_valid():
        return _schedule_page(request, issue, form, wrong, status=422)
    seen = {name: form.cleaned_data[name] for name in ("at", "version")}
    try:
        return _act(request, issue.pk, _by(request, issuing.schedule, **seen), _leaves)
    except Stale as error:
        return _schedule_page(request, error.current, form, wrong, status=409)


def _schedule_page(
    request: HttpRequest,
    issue: Issue,
    form: ScheduleForm,
    wrong: list[linking.Checked],
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "issue": issue,
        "form": form,
        "is_stale": str(form["version"].value()) != str(issue.version),
        "recipients": recipients(issue, now=timezone.now()).count(),
        "problems": issuing.problems(issue),
        "composed": rendering.preview(issue, to=person(request).email),
        "wrong": wrong,
    }
    return frame(request, "issue_schedule.html", context, status=status)


def _leaves(issue: Issue) -> str:
    assert issue.leaves_at is not None
    at = date_format(timezone.localtime(issue.leaves_at), "DATETIME_FORMAT")
    return _("It leaves on %(at)s. Until then you can take it back.") % {"at": at}


@for_editors
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, _by(request, issuing.take_back), _("It is a draft again. Nobody got it."))


# -- on its way ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """How far the copies of an issue are."""

    total: int
    sent: int
    waiting: int
    put_off: int  # of those that wait
    failed: int
    uncertain: int
    bounced: int
    left: int
    a_minute: int

    @property
    def percent(self) -> int:
        """Never 100 before the last."""
        settled = self.sent + self.failed + self.uncertain
        return settled * 100 // self.total if self.total else 0


def numbers_of(issue: Issue, now: dt.datetime) -> Numbers:
    """All of them in one query."""
    sent = Q(state=DeliveryState.SENT)
    waiting = Q(state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    counted = {
        "sent": sent,
        "waiting": waiting,
        "put_off": Q(state=DeliveryState.PENDING, not_before__gt=now),
        "failed": Q(state=DeliveryState.FAILED),
        "uncertain": Q(state=DeliveryState.UNCERTAIN),
        "bounced": Q(bounced_at__isnull=False),
        "left": Q(left_at__isnull=False),
        "a_minute": sent & Q(settled_at__gt=now - RATE_OVER),
    }
    counts = {name: Count("pk", filter=condition) for name, condition in counted.items()}
    return Numbers(**issue.deliveries.aggregate(total=Count("pk"), **counts))


def _standing(issue: Issue) -> dict[str, Any]:
    """What the page and its part that is read again and again both show."""
    now = timezone.now()
    return {
        "issue": issue,
        "numbers": numbers_of(issue, now),
        "is_moving": issue.status == IssueStatus.SENDING,
        "again": AGAIN.get(IssueStatus(issue.status)),
        "recipients": recipients(issue, now=now).count() if issue.status == IssueStatus.SCHEDULED else None,
    }


@for_editors
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is; and afterwards, what became of it."""
    issue = issue_for(pk)
    if issue.status == IssueStatus.DRAFT:
        return redirect("desk:issue", pk)
    return _progress_page(request, issue)


def _progress_page(request: HttpRequest, issue: Issue, *, status: int = 200) -> HttpResponse:
    uncertain = issuing.uncertain(issue).select_related("subscriber").order_by("pk")
    found = Paginator(uncertain, UNCERTAIN_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **_standing(issue),
        "refusals": _refusals(issue),
        "refused": issuing.refused(issue).count(),
        "page": found,
        "uncertain": [
            {
                "copy": copy,
                # Enough to tell whose it may be, and no more; the mail server's log is asked for its Message-ID.
                "address": copy.subscriber.masked_email if copy.subscriber else "–",
                "message_id": returns.message_id(copy.pk),
            }
            for copy in found
        ],
    }
    return frame(request, "issue_progress.html", context, status=status)


@sleeps
@for_editors
@require_GET
def numbers(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that its script asks for while copies are sent."""
    return render(request, "desk/issue_numbers.html", _standing(issue_for(pk)))


def _refusals(issue: Issue) -> list[tuple[str, int]]:
    """Why copies failed, by what the mail servers said, the most frequent first."""
    failed = issue.deliveries.filter(state=DeliveryState.FAILED).order_by()
    counted = failed.values("last_error").annotate(count=Count("pk")).order_by("-count", "last_error")
    return [(row["last_error"], row["count"]) for row in counted[:10]]


@for_editors
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(
        request, pk, _by(request, issuing.pause), _("Paused. Nothing more is sent until somebody resumes it.")
    )


@for_publishers
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, _by(request, issuing.resume), _("It goes on."))


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks once more, POST stops it for good."""
    if request.method == "POST":
        return _act(
            request, pk, _by(request, issuing.cancel), _("Cancelled. What was not sent is not sent any more.")
        )
    issue = issue_for(pk)
    return frame(request, "issue_cancel.html", {"issue": issue, "numbers": numbers_of(issue, timezone.now())})


# -- copies of which nobody knows -----------------------------------------------------------------------------------


def _named(request: HttpRequest) -> list[int] | None:
    """The copies that are ticked; None stands for all."""
    if request.POST.get("which") == "all":
        return None
    return [int(pk) for pk in request.POST.getlist("copy") if is_number(pk)]


@for_publishers
@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    copies = _named(request)
    return _act(request, pk, _by(request, issuing.send_uncertain_again, copies=copies), _sent_again)


@for_publishers
@require_POST
def send_refused_again(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, _by(request, issuing.send_refused_again), _sent_again)


def _sent_again(count: int) -> str:
    said = ngettext("%(count)d copy is sent again.", "%(count)d copies are sent again.", count)
    return said % {"count": count}


@for_editors
@require_POST
def take_for_sent(request: HttpRequest, pk: int) -> HttpResponse:
    copies = _named(request)

    def done(count: int) -> str:
        return ngettext(
            "%(count)d copy is taken for sent.", "%(count)d copies are taken for sent.", count
        ) % {"count": count}

    return _act(request, pk, _by(request, issuing.take_uncertain_for_sent, copies=copies), done)
