"""Mending an editor's own words in an issue that has left: nobody can call back a mail, but the archive can be put right."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from advice.articles.workflow import Stale
from advice.desk.comparing import differences
from advice.desk.forms import show_preview
from advice.desk.issue_forms import AmendForm, words_of
from advice.desk.issues import frame
from advice.desk.markdown import rehearse
from advice.desk.permissions import for_publishers, person
from advice.limits import takes_files
from advice.newsletter import issuing
from advice.newsletter.models import DeliveryState, Issue, IssueKind


@takes_files
@for_publishers
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    left = Issue.objects.left().filter(kind=IssueKind.EDITED).select_related("newsletter")
    issue = get_object_or_404(left, pk=pk)
    if request.method != "POST":
        return _show(request, issue, AmendForm(initial=words_of(issue)))
    rehearsal = rehearse(request, "intro")
    if rehearsal is None:
        return _save(request, issue, AmendForm(request.POST))
    form = AmendForm(rehearsal.data)
    show_preview(form, "intro", rehearsal.html)
    if rehearsal.error:
        form.add_error("intro", rehearsal.error)
    return _show(request, issue, form)


def _save(request: HttpRequest, issue: Issue, form: AmendForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, issue, form, status=422)
    try:
        issuing.amend(issue, by=person(request), **form.cleaned_data)
    except Stale as error:
        return _stale(request, error.current, form)
    messages.success(request, _("Mended. The archive shows it from now on."))
    return redirect("desk:progress", issue.pk)


def _stale(request: HttpRequest, current: Issue, form: AmendForm) -> HttpResponse:
    """Both texts: theirs as it stands, ours still in the form, whose next save is a deliberate one."""
    data = request.POST.copy()
    data["version"] = str(current.version)
    differ = differences(form, words_of(current), form.cleaned_data, ("subject", "preheader", "intro"))
    return _show(request, current, AmendForm(data), differ=differ, stale=True, status=409)


def _show(
    request: HttpRequest, issue: Issue, form: AmendForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    waiting = issue.deliveries.filter(state=DeliveryState.PENDING).count()
    context = {"issue": issue, "form": form, "waiting": waiting, **more}
    return frame(request, "issue_amend.html", context, status=status)
