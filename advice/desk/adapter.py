"""How allauth works here: nobody signs up by themselves, and its mails leave through our outbox."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as current
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from advice.accounts.locking import account_of, remember_device, take_attempt
from advice.accounts.models import User
from advice.mail.sending import send_later
from advice.site import absolute
from advice.trace.models import Kind
from advice.trace.writing import write_down, write_down_command

FRESH = 5 * 60  # seconds in which a sign-in counts as having shown who one is

# What somebody is mailed when how they sign in has changed, by allauth's names of it.
CHANGES = {
    "mfa/email/totp_activated": _("An authenticator app was added."),
    "mfa/email/totp_deactivated": _("The authenticator app was removed."),
    "mfa/email/webauthn_added": _("A passkey was added."),
    "mfa/email/webauthn_removed": _("A passkey was removed."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made; the old ones are void."),
}
# How a sign-in is named in the trace, by allauth's names of the last step.
_STEPS = {"totp": "code", "recovery_codes": "code", "webauthn": "passkey"}


class StaffAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many attempts that failed. Please wait for 15 minutes; or use a passkey, or a browser in which you signed in"
            " before, or have a link for a new password mailed to you."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The one mail of allauth that happens here is the link to a new password.

        An address without an account gets no mail: it may be anybody's.
        """
        if template_prefix == "account/email/password_reset_key":
            days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
            link = context["password_reset_url"]
            user = context["user"]
            send_later(
                "password_reset",
                to=email,
                context={"user": user, "password_reset_url": link, "link": link, "days": days},
            )

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        if template_prefix in CHANGES:
            link = absolute(reverse("mfa_index"))
            what = CHANGES[template_prefix]
            send_later("sign_in_changed", to=user.email, context={"user": user, "what": what, "link": link})

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        place = take_attempt(request, account_of(credentials.get("email", "")), step="password")
        if place is None:
            raise self.validation_error("too_many_login_attempts")
        user = super().authenticate(request, **credentials)
        if user is not None:
            place.give_back()
        return user

    def login(self, request: HttpRequest, user: Any) -> None:
        records = get_authentication_records(request, user)
        with transaction.atomic():
            super().login(request, user)
            request.session.set_expiry(0)  # with a passkey as with a password: until the browser is closed
            how = _STEPS.get(records[-1].get("type", ""), "") if records else ""
            write_down("sign in", Kind.PERSON, user.pk, by=user, detail=how)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_device(response, user)
        return response

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not right after signing in: that was the same."""
        request = current.request
        records = get_authentication_records(request, request.user)
        if records and time.time() - records[-1]["at"] < FRESH:
            return False
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            if isinstance(request.user, User):
                write_down("sign out", Kind.PERSON, request.user.pk, by=request.user)
            super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Whose account it was to be, if it was anybody's; never what was typed."""
        user = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        write_down_command("fail to sign in", Kind.PERSON, user.pk if user else None)

    def set_password(self, user: Any, password: str) -> None:
        with transaction.atomic():
            super().set_password(user, password)
            write_down("set password", Kind.PERSON, user.pk, by=user)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From SITE_URL: allauth's own takes the host that the request names."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", key))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """“Signed in” and “signed out” are plain from the page; after signing out there is no session to keep it in."""
        if message_template not in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            super().add_message(request, level, message_template, *args, **kwargs)
