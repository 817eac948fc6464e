"""Mail that a person has to decide about: what may have been sent, and what was refused."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.mail import sending
from advice.mail.models import Message
from advice.trace.models import Kind
from advice.trace.writing import write_down


@for_editors
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    troubled = Message.objects.troubled().defer("payload").order_by("created_at", "pk")
    return page(
        request,
        "outbox.html",
        {"page": Paginator(troubled, 30).get_page(request.GET.get("page"))},
        section="outbox",
    )


@transaction.atomic
def _decided(request: HttpRequest, verb: str, act: Callable[[Message], bool], pk: int) -> bool:
    is_mine = act(Message(pk=pk))
    if is_mine:
        write_down(verb, Kind.MAIL, pk, by=person(request))
    return is_mine


@for_editors
@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    if _decided(request, "resend", sending.resend, pk):
        messages.success(request, _("It will be sent again."))
    else:
        messages.warning(request, _("Somebody has decided about this one already."))
    return redirect("desk:outbox")


@for_editors
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    if _decided(request, "discard", sending.discard, pk):
        messages.success(request, _("Forgotten."))
    else:
        messages.warning(request, _("Somebody has decided about this one already."))
    return redirect("desk:outbox")
