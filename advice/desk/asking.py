"""The desk asks a letter's writer: a question back, and whether the edited wording still says what was meant."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice.articles.workflow import NotPermitted
from advice.desk.asked import AskForm, WordingForm
from advice.desk.autosaves import sent
from advice.desk.letters import _letter, _show, _too_late
from advice.desk.permissions import for_editors, person
from advice.letters import asking
from advice.letters.models import Letter


@for_editors
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, asking.ask_back, ask_form=AskForm(request.POST, prefix="ask"))


@for_editors
@require_POST
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Wait no longer for a reply."""
    letter = _letter(pk)
    try:
        asking.go_on(letter, by=person(request))
    except NotPermitted as error:
        return _too_late(request, pk, error)
    messages.success(request, _("It goes on without a reply. The clock runs again."))
    return redirect("desk:letter", pk)


@for_editors
@require_POST
def show_wording(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, asking.show_wording, wording_form=WordingForm(request.POST, prefix="wording"))


def _act(request: HttpRequest, pk: int, act: Callable[..., object], **named: forms.Form) -> HttpResponse:
    """Do it with what its form gives; `named` is that form alone, by the name that the letter's page knows it by."""
    letter, (form,) = _letter(pk), named.values()
    if not form.is_valid():
        return _show(request, letter, status=422, **named)
    try:
        act(letter, by=person(request), **form.cleaned_data)
    except NotPermitted as error:
        return _too_late(request, pk, error, **named)
    messages.success(request, _told(letter), extra_tags=sent(act.__name__, pk))
    return redirect("desk:letter", pk)


def _told(letter: Letter) -> str:
    if letter.left_address and not letter.wants_no_mail:
        return _("It stands on the writer’s page, and the writer is told by mail.")
    return _("It stands on the writer’s page; no mail goes out.")
