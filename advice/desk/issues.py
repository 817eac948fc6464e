"""Issues of newsletters: list, begin, edit, see as a reader would, test. What sends them stands in sendings.py."""

from dataclasses import replace
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import searching
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted, Stale
from advice.desk import linking
from advice.desk.comparing import differences
from advice.desk.forms import show_preview
from advice.desk.frame import page
from advice.desk.issue_forms import IssueForm, NewIssueForm, of_issue
from advice.desk.markdown import rehearse
from advice.desk.permissions import for_editors, person
from advice.limits import takes_files
from advice.mail.sending import send_composed
from advice.newsletter import issuing, rendering
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Delivery, DeliveryState, Issue, IssueStatus
from advice.trace.models import Kind
from advice.trace.writing import write_down

PER_PAGE = 20
OFFERED = 30  # articles to choose from, found or newest


def issue_for(pk: int) -> Issue:
    return get_object_or_404(Issue.objects.select_related("newsletter", "by"), pk=pk)


def frame(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return page(request, template, context, section="newsletters", status=status)


# -- list and beginning -------------------------------------------------------------------------------------------


@for_editors
@require_GET
def issues(request: HttpRequest) -> HttpResponse:
    return _list(request, NewIssueForm())


def _list(request: HttpRequest, form: NewIssueForm, *, status: int = 200) -> HttpResponse:
    # What waits for a person comes first.
    rows = Issue.objects.select_related("newsletter").alias(is_paused=Q(status=IssueStatus.PAUSED))
    rows = rows.order_by("-is_paused", "-created_at", "-pk")
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    copies = _copies_of([issue.pk for issue in found])
    context = {
        "page": found,
        "rows": [{"issue": issue, "copies": copies.get(issue.pk)} for issue in found],
        "form": form,
    }
    return frame(request, "issues.html", context, status=status)


def _copies_of(issues: list[int]) -> dict[int, dict[str, int]]:
    """How many copies of each issue there are, and were sent, in one query."""
    counted = Delivery.objects.filter(issue__in=issues).order_by().values("issue")
    rows = counted.annotate(all=Count("pk"), sent=Count("pk", filter=Q(state=DeliveryState.SENT)))
    return {row["issue"]: {"all": row["all"], "sent": row["sent"]} for row in rows}


@for_editors
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    form = NewIssueForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    issue = issuing.begin(form.cleaned_data["newsletter"], by=person(request))
    return redirect("desk:issue", issue.pk)


# -- editing ------------------------------------------------------------------------------------------------------


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the draft, POST saves it. One that is on its way is shown by its progress."""
    issue = issue_for(pk)
    if request.method == "POST":
        return _save(request, issue)
    if issue.status != IssueStatus.DRAFT:
        return redirect("desk:progress", pk)
    return show(request, issue, IssueForm(issue, initial=of_issue(issue)))


def show(
    request: HttpRequest, issue: Issue, form: IssueForm, *, q: str = "", status: int = 200, **more: Any
) -> HttpResponse:
    q = (q or request.GET.get("q", "")).strip()
    context = {"issue": issue, "form": form, "q": q, "offered": _offered(q, form.picked), **more}
    return frame(request, "issue.html", context, status=status)


def _offered(q: str, picked: list[int]) -> list[Article]:
    """Published articles that are not in the issue yet: those with these words, else the newest."""
    if not q:
        newest = Article.objects.published().for_cards().newest_first()
        return list(newest.exclude(pk__in=picked)[:OFFERED])
    _total, found = searching.ranked(q, tag=None, column=None, expert=None, start=0, limit=OFFERED)
    return [hit.article for hit in found if hit.article.pk not in picked]


def _save(request: HttpRequest, issue: Issue) -> HttpResponse:
    q = request.POST.get("q", "").strip()
    rehearsal = rehearse(request, "intro")
    if rehearsal is not None:
        form = IssueForm(issue, rehearsal.data)
        show_preview(form, "intro", rehearsal.html)
        if rehearsal.error:
            form.add_error("intro", rehearsal.error)
        return show(request, issue, form, q=q)
    form = IssueForm(issue, request.POST)
    if request.POST.get("action") == "find":  # nothing is saved, and nothing that was typed or ticked is lost
        return show(request, issue, form, q=q)
    if not form.is_valid():
        return show(request, issue, form, q=q, status=422)
    try:
        issuing.edit(issue, by=person(request), **form.cleaned_data)
    except Stale as error:
        return _stale(request, form, error.current)
    except NotPermitted as error:
        messages.warning(request, str(error))
        return show(request, issue_for(issue.pk), form, q=q, status=409)
    except Issue.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("Saved."))
    return redirect(_after_save(request, issue, q))


def _after_save(request: HttpRequest, issue: Issue, q: str) -> str:
    if request.POST.get("action") == "save-and-preview":
        return reverse("desk:preview_issue", args=[issue.pk])
    return reverse("desk:issue", args=[issue.pk]) + (f"?{urlencode({'q': q})}#answers" if q else "")


def _stale(request: HttpRequest, form: IssueForm, current: Issue) -> HttpResponse:
    """Both texts: theirs as it stands, ours still in the form, whose next save is a deliberate one."""
    data = request.POST.copy()
    data["version"] = str(current.version)
    theirs, ours = of_issue(current), dict(form.cleaned_data)
    items = current.items.select_related("article")
    theirs["picks"] = _words(Pick(item.article, item.in_full, item.remark) for item in items)
    ours["picks"] = _words(ours["picks"])
    differ = differences(form, theirs, ours, ("subject", "preheader", "intro", "picks"))
    return show(request, current, IssueForm(current, data), differ=differ, stale=True, status=409)


def _words(picks: Any) -> str:
    lines = []
    for number, pick in enumerate(picks, start=1):
        said = [pick.article.headline, _("in full") if pick.in_full else "", pick.remark]
        lines.append(f"{number}. " + ", ".join(part for part in said if part))
    return "\n\n".join(lines)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks once more, POST throws the draft away."""
    issue, status = issue_for(pk), 200
    if request.method == "POST":
        try:
            issuing.discard(issue, by=person(request))
        except Issue.DoesNotExist as error:
            raise Http404 from error
        except NotPermitted as error:
            messages.warning(request, str(error))
            status = 409
        else:
            messages.success(request, _("Thrown away."))
            return redirect("desk:issues")
    return frame(request, "issue_discard.html", {"issue": issue}, status=status)


# -- as a reader gets it ------------------------------------------------------------------------------------------


@csp_update({"frame-src": [SELF]})
@for_editors
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    return _preview(request, issue_for(pk))


def _preview(request: HttpRequest, issue: Issue, **more: Any) -> HttpResponse:
    composed = rendering.preview(issue, to=person(request).email)
    context = {"issue": issue, "composed": composed, "sender": rendering.sender(issue.newsletter), **more}
    return frame(request, "issue_preview.html", context)


# As at /dev/mail/: a mail carries its styles in itself, and no script runs in a sandbox. It is of our own origin, so
# that the pictures in it are shown, which no other origin may use.
@csp(
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": [SELF],
        "sandbox": ["allow-same-origin", "allow-popups"],
        "frame-ancestors": [SELF],
    }
)
@xframe_options_sameorigin
@for_editors
@require_GET
def preview_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part alone, to stand in a frame."""
    return HttpResponse(rendering.preview(issue_for(pk), to=person(request).email).html)


@for_editors
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail it to whoever asks, and to nobody else."""
    issue, to = issue_for(pk), person(request).email
    composed = rendering.preview(issue, to=to)
    marked = replace(composed, subject=_("[Test] %(subject)s") % {"subject": composed.subject})
    with transaction.atomic():
        send_composed("issue_test", marked, to=to, sender=rendering.sender(issue.newsletter))
        write_down("test", Kind.ISSUE, pk, by=person(request))
    messages.success(request, _("A test is on its way to %(address)s.") % {"address": to})
    return redirect("desk:preview_issue", pk)


@csp_update({"frame-src": [SELF]})
@for_editors
@require_POST
def check_links(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask each link of the issue whether it works; what other sites say is true for now, so nothing is kept of it."""
    issue = issue_for(pk)
    checked = linking.check(issue, others=True)
    wrong = sum(row.state != "ok" for row in checked)
    return _preview(request, issue, checked=checked, wrong=wrong)
