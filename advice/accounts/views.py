"""The pages behind mailed links: choose a password, and the account is open, sign in with it; choose a new one."""

from typing import Any

from allauth.account.views import LoginView, PasswordResetFromKeyView
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from advice.accounts.locking import remember_device
from advice.accounts.models import User
from advice.accounts.workflow import NotAllowed, accept_invitation, invitation_tokens, is_invited

_BEGINS = "begins"  # in the session: the number of who has just chosen their first password


def _invited(uidb64: str, token: str) -> User | None:
    try:
        user = User.objects.get(pk=int(urlsafe_base64_decode(uidb64).decode()))
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    return user if is_invited(user) and invitation_tokens.check_token(user, token) else None


@sensitive_post_parameters()
@never_cache
def invitation(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """GET shows the form and changes nothing; POST sets the password."""
    user = _invited(uidb64, token)
    if user is None:
        return render(request, "account/invitation_over.html", status=404)
    form = SetPasswordForm(user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "account/invitation.html", {"form": form, "invited": user}, status=status)
    try:
        accept_invitation(user, token=token, password=form.cleaned_data["new_password1"])
    except NotAllowed:
        return render(request, "account/invitation_over.html", status=404)
    messages.success(request, _("Your password is set. Sign in with it."))
    request.session[_BEGINS] = user.pk
    return redirect("account_login")


class SignIn(LoginView):
    def get_initial(self) -> dict[str, Any]:
        """Who comes from the invitation finds their address filled in, once: others may use this browser later."""
        initial: dict[str, Any] = super().get_initial()
        begins = self.request.session.pop(_BEGINS, None) if self.request.method == "GET" else None
        user = User.objects.filter(pk=begins).first() if begins else None
        return {**initial, "login": user.email} if user else initial


class NewPassword(PasswordResetFromKeyView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Whoever has the mail may come in, also while strangers guess."""
        response: HttpResponse = super().form_valid(form)
        remember_device(response, self.reset_user)
        return response
