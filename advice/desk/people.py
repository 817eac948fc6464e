"""Staff: who is here, who is invited, what they may do."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.accounts import workflow
from advice.accounts.models import User
from advice.accounts.workflow import AddressTaken, NotAllowed, NotPossible, invitation_link
from advice.articles.models import Expert
from advice.desk.forms import InviteForm, PersonForm
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.mail.sending import send_later
from advice.site import absolute

PLACE = ("role", "may_publish", "may_review")


def _mail_invitation(user: User, *, by: User) -> None:
    days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
    send_later(
        "invitation",
        to=user.email,
        context={"user": user, "by": by, "link": invitation_link(user), "days": days},
    )


def mail_reset(user: User, *, by: User | None) -> None:
    send_later(
        "second_factor_reset",
        to=user.email,
        context={"user": user, "by": by, "link": absolute(reverse("account_login"))},
    )


def _link_expert(user: User, expert: Expert | None) -> None:
    mine = Expert.objects.filter(user=user)
    (mine.exclude(pk=expert.pk) if expert else mine).update(user=None)
    if expert is not None:
        Expert.objects.filter(pk=expert.pk).update(user=user)


@for_editors
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    staff = User.objects.select_related("expert").annotate(protected=Exists(factors))
    staff = staff.order_by("-is_active", "name", "pk")
    current = Paginator(staff, 30).get_page(request.GET.get("page"))
    return page(request, "people.html", {"staff": list(current), "page": current}, section="people")


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    by = person(request)
    form = InviteForm(by, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            expert = form.cleaned_data.pop("expert")
            try:
                with transaction.atomic():
                    user = workflow.invite(by=by, **form.cleaned_data)
                    _link_expert(user, expert)
                    _mail_invitation(user, by=by)
            except NotAllowed as error:
                form.add_error("email" if isinstance(error, AddressTaken) else None, str(error))
            else:
                messages.success(request, _("%(name)s is invited by mail.") % {"name": user.name})
                return redirect("desk:people")
    return page(request, "invite.html", {"form": form}, section="people", status=status)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    by = person(request)
    user = get_object_or_404(User.objects.select_related("expert", "invited_by"), pk=pk)
    expert = getattr(user, "expert", None)
    initial = {**{name: getattr(user, name) for name in PLACE}, "expert": expert}
    form = PersonForm(by, request.POST or None, user=user, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                with transaction.atomic():
                    workflow.change_place(user, by=by, **{name: form.cleaned_data[name] for name in PLACE})
                    _link_expert(user, form.cleaned_data["expert"])
            except NotAllowed as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Saved."))
                return redirect("desk:people")
    context = {
        "someone": user,
        "form": form,
        "refusal": _refusal(by, user),
        "invited": workflow.is_invited(user),
        "protected": Authenticator.objects.filter(user=user).exists(),
    }
    return page(request, "person.html", context, section="people", status=status)


def _refusal(by: User, user: User) -> str:
    try:
        workflow.check_manages(by, user)
    except NotAllowed as error:
        return str(error)
    return ""


def _act(request: HttpRequest, pk: int, act: Callable[..., Any], done: str) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    try:
        act(user, by=person(request))
    except NotAllowed as error:
        messages.warning(request, str(error))
        return page(
            request,
            "refused.html",
            {"someone": user},
            section="people",
            status=409 if isinstance(error, NotPossible) else 403,
        )
    messages.success(request, done % {"name": user.name})
    return redirect("desk:people")


@for_editors
@require_POST
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    @transaction.atomic
    def act(user: User, *, by: User) -> None:
        _mail_invitation(workflow.renew_invitation(user, by=by), by=by)

    return _act(request, pk, act, _("%(name)s gets a new link; the old one is void."))


@for_editors
@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, workflow.deactivate, _("%(name)s can no longer sign in."))


@for_editors
@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, workflow.reactivate, _("%(name)s can sign in again."))


@for_editors
@require_POST
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    @transaction.atomic
    def act(user: User, *, by: User) -> None:
        mail_reset(workflow.reset_second_factor(user, by=by), by=by)

    return _act(
        request, pk, act, _("%(name)s signs in with a password alone, and adds a second factor anew.")
    )
