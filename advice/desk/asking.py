"""The desk asks a letter's writer: a question back, and whether the edited wording still says what was meant."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice.articles.workflow import NotPermitted
from advice.desk.asked import AskForm, WordingForm
from advice.desk.letters import _letter, _show, _too_late
from advice.desk.permissions import for_editors, person
from advice.letters import asking
from advice.letters.models import Letter


@for_editors
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    letter, form = _letter(pk), AskForm(request.POST, prefix="ask")
    if not form.is_valid():
        return _show(request, letter, status=422, ask_form=form)
    try:
        asking.ask_back(letter, by=person(request), text=form.cleaned_data["text"])
    except NotPermitted as error:
        return _too_late(request, pk, error, ask_form=form)
    messages.success(request, _told(letter))
    return redirect("desk:letter", pk)


@for_editors
@require_POST
def show_wording(request: HttpRequest, pk: int) -> HttpResponse:
    letter, form = _letter(pk), WordingForm(request.POST, prefix="wording")
    if not form.is_valid():
        return _show(request, letter, status=422, wording_form=form)
    try:
        asking.show_wording(letter, by=person(request), days=form.cleaned_data["days"])
    except NotPermitted as error:
        return _too_late(request, pk, error, wording_form=form)
    messages.success(request, _told(letter))
    return redirect("desk:letter", pk)


def _told(letter: Letter) -> str:
    if letter.left_address and not letter.wants_no_mail:
        return _("It stands on the writer’s page, and the writer is told by mail.")
    return _("It stands on the writer’s page; no mail goes out.")
