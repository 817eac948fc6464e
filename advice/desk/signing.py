"""A letter's writer asks for another signature under what somebody has approved already."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice.articles.workflow import NotPermitted
from advice.desk.letters import _letter, _too_late
from advice.desk.permissions import for_editors, may_edit, person
from advice.letters import wishes


@for_editors
@require_POST
def print_signature(request: HttpRequest, pk: int) -> HttpResponse:
    letter, user = _letter(pk), person(request)
    try:
        if letter.article is not None and not may_edit(user, letter.article):
            raise NotPermitted(_("What is public is changed by those who may publish."))
        wishes.print_signature(letter, signature=request.POST.get("signature", ""), by=user)
    except NotPermitted as error:
        return _too_late(request, pk, error)
    messages.success(request, _("It is signed so from now on."))
    return redirect("desk:letter", pk)
