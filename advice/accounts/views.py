"""The pages behind mailed links: choose a password, and the account is open; choose a new one."""

from typing import Any

from allauth.account.views import PasswordResetFromKeyView
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from advice.accounts.locking import remember_device
from advice.accounts.models import User
from advice.accounts.workflow import NotAllowed, accept_invitation, invitation_tokens, is_invited


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
    return redirect("account_login")


class NewPassword(PasswordResetFromKeyView):
    def form_valid(self, form: Any) -> HttpResponse:
        """Whoever has the mail may come in, also while strangers guess."""
        response: HttpResponse = super().form_valid(form)
        remember_device(response, self.reset_user)
        return response
