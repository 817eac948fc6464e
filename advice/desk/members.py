"""Members: who asks to become one, and who is. The only page that shows their addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from advice.articles.workflow import NotPermitted
from advice.crypto import decrypt
from advice.desk.forms import ConfirmMemberForm, DeclineMemberForm
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.membership import workflow
from advice.membership.models import MembershipRequest

PER_PAGE = 30


@dataclass(frozen=True)
class Row:
    request: MembershipRequest
    email: str  # empty where no key opens it
    confirm: forms.Form
    decline: forms.Form


def _opened(sealed: str) -> str:
    try:
        return decrypt(sealed)
    except InvalidToken:
        return ""


def _confirm_form(pk: int, data: Any = None) -> ConfirmMemberForm:
    return ConfirmMemberForm(data, prefix=f"confirm-{pk}")


def _decline_form(pk: int, data: Any = None) -> DeclineMemberForm:
    return DeclineMemberForm(data, prefix=f"decline-{pk}")


def _show(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The list; `more` holds the form that was sent and is shown again beside its request, or what was `unsent`."""
    found = MembershipRequest.objects.select_related("plan", "decided_by").waiting_first().with_sealed()
    current = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    sent = {form.prefix: form for form in more.values() if isinstance(form, forms.Form)}
    rows = [
        Row(
            one,
            _opened(one.sealed),
            sent.get(f"confirm-{one.pk}") or _confirm_form(one.pk),
            sent.get(f"decline-{one.pk}") or _decline_form(one.pk),
        )
        for one in current
    ]
    context = {
        "page": current,
        "waiting": [row for row in rows if row.request.is_waiting],
        "decided": [row for row in rows if not row.request.is_waiting],
        "unsent": more.get("unsent", ""),
    }
    return page(request, "members.html", context, section="members", status=status)


def _too_late(request: HttpRequest, error: NotPermitted, *, unsent: str = "") -> HttpResponse:
    """Somebody was quicker: say so, show how it stands now, and keep what was typed."""
    messages.warning(request, str(error))
    return _show(request, status=409, unsent=unsent)


def _request(pk: int) -> MembershipRequest:
    return get_object_or_404(MembershipRequest.objects.defer("email"), pk=pk)


@for_editors
@require_GET
def members(request: HttpRequest) -> HttpResponse:
    return _show(request)


def _decide(
    request: HttpRequest, pk: int, form: forms.Form, act: Callable[..., Any], said: str
) -> HttpResponse:
    """`act` on a request, with the one field of `form`; what was typed is kept whatever comes between."""
    one = _request(pk)
    if not form.is_valid():
        return _show(request, status=422, form=form)
    try:
        act(one, by=person(request), **form.cleaned_data)
    except NotPermitted as error:
        (typed,) = form.cleaned_data.values()
        return _too_late(request, error, unsent=typed)
    messages.success(request, said)
    return redirect("desk:members")


@for_editors
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    form = _confirm_form(pk, request.POST)
    return _decide(request, pk, form, workflow.confirm, _("Confirmed. A mail says so."))


@for_editors
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    form = _decline_form(pk, request.POST)
    return _decide(request, pk, form, workflow.decline, _("Declined. A mail says why."))


@for_editors
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        workflow.end(_request(pk), by=person(request))
    except NotPermitted as error:
        return _too_late(request, error)
    messages.success(request, _("The membership is over, and its address is erased."))
    return redirect("desk:members")
