"""Each person's own page about how they sign in, and the steps to add, use and remove a second factor."""

from typing import Any

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa import app_settings
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import flows
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from advice.accounts import workflow
from advice.accounts.factors import SEEN, Type, factors_of
from advice.accounts.forms import spend
from advice.accounts.locking import may_ask_for_passkey
from advice.accounts.models import User
from advice.trace.models import Kind
from advice.trace.writing import write_down

OWN = reverse_lazy("mfa_index")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _trace(request: HttpRequest, verb: str, detail: str = "") -> None:
    user = _person(request)
    write_down(verb, Kind.PERSON, user.pk, by=user, detail=detail)


@login_required
@never_cache
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    found = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    codes = next((one for one in found if one.type == Type.RECOVERY_CODES), None)
    context = {
        "app": next((one for one in found if one.type == Type.TOTP), None),
        "passkeys": [one for one in found if one.type == Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "codes_made": app_settings.RECOVERY_CODE_COUNT,
        "protected": any(one is not codes for one in found),
        "required": settings.REQUIRE_SECOND_FACTOR,
        "go_on": get_next_redirect_url(request),
    }
    return render(request, "mfa/index.html", context)


class Says422:
    """What was entered wrongly comes back as what it is."""

    def form_invalid(self: Any, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == 200:
            response.status_code = 422
        return response


class AddApp(Says422, totp.ActivateTOTPView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        app = Authenticator.objects.get(user=_person(self.request), type=Type.TOTP)
        spend(app, form.cleaned_data["code"])
        _trace(self.request, "add second factor", "code")
        return response


class RemoveApp(Says422, totp.DeactivateTOTPView):
    success_url = OWN

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        self.request.session.pop(SEEN, None)
        _trace(self.request, "remove second factor", "code")
        return response


class AddPasskey(Says422, webauthn.AddWebAuthnView):
    success_url = OWN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """allauth's makes a new form, and loses what was wrong with the one that was sent."""
        return {**super().get_context_data(**kwargs), **kwargs}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _trace(self.request, "add second factor", "passkey")
        return response


class RenamePasskey(Says422, webauthn.EditWebAuthnView):
    success_url = OWN

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _trace(self.request, "rename passkey")
        return response


class RemovePasskey(webauthn.RemoveWebAuthnView):
    success_url = OWN

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            # Of two presses at once, at the last two, the second sees what the first left.
            User.objects.select_for_update().get(pk=_person(self.request).pk)
            passkey = self.get_object()
            if not factors_of(_person(self.request)).exclude(pk=passkey.pk).exists():
                if settings.REQUIRE_SECOND_FACTOR:
                    messages.warning(self.request, _("You need one to come to the desk. Add another first."))
                    return redirect(OWN)
                self.request.session.pop(SEEN, None)
            flows.remove_authenticator(self.request, passkey)
            _trace(self.request, "remove second factor", "passkey")
        return redirect(OWN)


class NewCodes(recovery.GenerateRecoveryCodesView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _trace(self.request, "make recovery codes")
        return response


class SecondStep(base.AuthenticateView):
    """Between the password and the desk."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        used = getattr(form, "authenticator", None)
        if used is not None and used.type == Type.RECOVERY_CODES:
            _trace(self.request, "use recovery code")
        return response


class CodeAgain(Says422, base.ReauthenticateView):
    pass


class PasskeyAgain(webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form: Any) -> HttpResponse:
        for error in form.errors.get("credential", []):
            messages.error(self.request, error)
        return redirect(_with_next(self.request, "mfa_reauthenticate_webauthn"))


class PasskeyAlone(webauthn.LoginWebAuthnView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_ask_for_passkey(request):
            return render(request, "429.html", status=429)
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        for error in form.errors.get("credential", []):
            messages.error(self.request, error)
        return redirect(_with_next(self.request, "account_login"))

    def form_valid(self, form: Any) -> HttpResponse:
        passkey = form.cleaned_data["credential"]
        login = Login(user=passkey.user, redirect_url=get_next_redirect_url(self.request))
        response: HttpResponse = flows.perform_passwordless_login(self.request, passkey, login)
        return response


def _with_next(request: HttpRequest, name: str) -> str:
    to = get_next_redirect_url(request)
    return reverse(name) + (f"?{urlencode({'next': to})}" if to else "")


@login_required
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    user = workflow.sign_out_elsewhere(_person(request))
    update_session_auth_hash(request, user)
    messages.success(request, _("Signed out everywhere else."))
    return HttpResponseRedirect(str(OWN))
