"""Who gets the newsletters: numbers for the editors; for the owners one person's record, by their exact address.

An address is only ever in a POST, so that it stands in no log, history or bookmark.
"""

import logging

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles.workflow import NotPermitted
from advice.desk.frame import page
from advice.desk.list_forms import FindForm, SureForm
from advice.desk.permissions import for_editors, for_owners, person
from advice.newsletter import figures, records, suppressing
from advice.newsletter.models import Subscriber, SubscriberStatus
from advice.trace.models import Kind
from advice.trace.writing import write_down

COPIES = 10

logger = logging.getLogger("advice.newsletter")


@for_editors
@require_GET
def subscribers(request: HttpRequest) -> HttpResponse:
    return _numbers(request, FindForm())


def _numbers(request: HttpRequest, form: FindForm, *, status: int = 200) -> HttpResponse:
    context = {
        "statuses": figures.by_status(),
        "weeks": figures.weeks(),
        "articles": figures.articles(),
        "reasons": figures.reasons(),
        "choices": figures.choices(),
        "form": form,
    }
    return page(request, "subscribers.html", context, section="newsletters", status=status)


@for_owners
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    form = FindForm(request.POST)
    if not form.is_valid():
        return _numbers(request, form, status=422)
    found = records.find(form.cleaned_data["email"])
    if found is not None:
        return redirect("desk:subscriber", found.pk)
    return _unknown(request, form.cleaned_data["email"])


def _unknown(
    request: HttpRequest, email: str, *, form: SureForm | None = None, status: int = 200
) -> HttpResponse:
    """Nothing is kept of this address but, perhaps, that it must not be mailed."""
    context = {
        "email": email,
        "why": suppressing.why(email),
        "form": form or SureForm(initial={"email": email}),
    }
    return page(request, "subscriber_unknown.html", context, section="newsletters", status=status)


@for_owners
@require_GET
def subscriber(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Subscriber.objects.select_related("article"), pk=pk)
    copies = row.deliveries.select_related("issue__newsletter").prefetch_related("bounces")
    _log("look at", "looked at", row.pk, request)
    context = {
        "row": row,
        "subscriptions": row.subscriptions.select_related("newsletter").order_by("since", "pk"),
        "topics": row.topics.order_by("name"),
        "copies": copies.order_by("-pk")[:COPIES],
        "why": suppressing.why(row.canonical),
        "is_suppressed": row.status == SubscriberStatus.SUPPRESSED,
    }
    return page(request, "subscriber.html", context, section="newsletters")


def _log(verb: str, what: str, pk: int, request: HttpRequest) -> None:
    write_down(verb, Kind.SUBSCRIBER, pk, by=person(request))
    logger.info("Subscriber %s was %s by person %s.", pk, what, person(request).pk)


@for_owners
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Subscriber.objects.select_related("article"), pk=pk)
    with transaction.atomic():
        _log("export", "exported", row.pk, request)
        found = records.export(row)
    answer = JsonResponse(found, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="subscriber-{row.pk}.json"'
    return answer


@for_owners
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Subscriber, pk=pk)
    if request.method != "POST":
        return _confirm(request, row, "erase")
    records.erase(row, by=person(request))
    logger.info("Subscriber %s was erased by person %s.", pk, person(request).pk)
    messages.success(
        request, _("Erased. Nothing is kept of this address, unless that it must not be mailed.")
    )
    return redirect("desk:subscribers")


@for_owners
@require_http_methods(["GET", "HEAD", "POST"])
def suppress(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Subscriber, pk=pk)
    if request.method != "POST":
        return _confirm(request, row, "suppress")
    suppressing.suppress(row.canonical, by=person(request))
    messages.success(request, _("This address is never mailed again."))
    return redirect("desk:subscriber", pk)


@for_owners
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Subscriber, pk=pk)
    if request.method != "POST":
        return _confirm(request, row, "lift")
    try:
        is_lifted = suppressing.lift(row.canonical, by=person(request))
    except NotPermitted:  # somebody else was quicker
        is_lifted = False
    _say_lifted(request, is_lifted)
    return redirect("desk:subscriber", pk)


def _confirm(request: HttpRequest, row: Subscriber, act: str) -> HttpResponse:
    context = {"row": row, "act": act, "why": suppressing.why(row.canonical)}
    return page(request, "subscriber_act.html", context, section="newsletters")


def _say_lifted(request: HttpRequest, is_lifted: bool) -> None:
    if is_lifted:
        messages.success(request, _("The suppression is lifted. Its owner can subscribe again."))
    else:
        messages.warning(request, _("This address was not suppressed any more."))


@for_owners
@require_POST
def suppress_address(request: HttpRequest) -> HttpResponse:
    form = SureForm(request.POST)
    if not form.is_valid():
        return _not_sure(request, form)
    suppressing.suppress(form.cleaned_data["email"], by=person(request))
    messages.success(request, _("This address is never mailed again."))
    return redirect("desk:subscribers")


@for_owners
@require_POST
def lift_address(request: HttpRequest) -> HttpResponse:
    form = SureForm(request.POST)
    if not form.is_valid():
        return _not_sure(request, form)
    _say_lifted(request, suppressing.lift(form.cleaned_data["email"], by=person(request)))
    return redirect("desk:subscribers")


def _not_sure(request: HttpRequest, form: SureForm) -> HttpResponse:
    email = form.cleaned_data.get("email")
    if email is None:
        return _numbers(request, FindForm(request.POST), status=422)
    return _unknown(request, email, form=form, status=422)
