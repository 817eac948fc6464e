"""The spam tray: look through it, put back what is no spam, and empty it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from advice.articles.workflow import NotPermitted
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.desk.queue import URGENCY
from advice.letters import tray as letters_tray
from advice.letters import workflow
from advice.letters.models import Emptying, Letter, LetterVersion, Reason

PER_PAGE = 30


def _reason(given: str) -> str:
    return given if given in Reason.values or given == "editor" else ""


def _choices() -> list[tuple[str, str]]:
    reasons = [(name, str(label)) for name, label in Reason.choices]
    return [("", _("All")), ("editor", _("Put there by an editor")), *reasons]


@for_editors
@require_GET
def tray(request: HttpRequest) -> HttpResponse:
    """The letters in the tray: urgent ones first, those nobody has seen before the others; then the newest."""
    reason = _reason(request.GET.get("reason", ""))
    versions = Prefetch("versions", LetterVersion.objects.order_by("number"))
    letters = (
        letters_tray.in_tray(reason).select_related("column", "doubt", "alarm").prefetch_related(versions)
    )
    context = {
        "page": Paginator(letters.defer("email").order_by(URGENCY, "-pk"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "reason": reason,
        "choices": _choices(),
        "full": letters_tray.FULL,
        "emptied": Emptying.objects.select_related("by")[:3],
    }
    return page(request, "spam.html", context, section="letters")


@for_editors
@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    letter = get_object_or_404(Letter.objects.defer("email"), pk=pk)
    try:
        workflow.reopen(letter, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Letter %(case)s is back in the queue.") % {"case": letter.case_number})
    return redirect("desk:spam_tray")


@for_editors
def empty(request: HttpRequest) -> HttpResponse:
    """Asks on GET, acts on POST, and only on what was in the tray when it asked."""
    if request.method == "POST":
        given = request.POST.get("up_to", "")
        up_to = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
        reason = _reason(request.POST.get("reason", ""))
        count = letters_tray.empty(by=person(request), up_to=up_to, reason=reason)
        said = ngettext("%(n)d letter is deleted for good.", "%(n)d letters are deleted for good.", count)
        messages.success(request, said % {"n": count})
        return redirect("desk:spam_tray")
    reason = _reason(request.GET.get("reason", ""))
    found = letters_tray.to_empty(reason)
    count = found.count()
    context = {
        "count": count,
        "urgent": letters_tray.in_tray(reason).count() - count,
        "up_to": found.aggregate(newest=Max("pk"))["newest"] or 0,
        "reason": reason,
        "label": dict(_choices())[reason],
    }
    return page(request, "spam_empty.html", context, section="letters")


@for_editors
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter alone, which is how an urgent one goes. Asks on GET, acts on POST."""
    letter = get_object_or_404(letters_tray.in_tray().defer("email"), pk=pk)
    if request.method != "POST":
        return page(request, "spam_delete.html", {"letter": letter}, section="letters")
    try:
        letters_tray.delete(letter, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return redirect("desk:letter", pk)
    messages.success(request, _("Letter %(case)s is deleted for good.") % {"case": letter.case_number})
    return redirect("desk:spam_tray")
