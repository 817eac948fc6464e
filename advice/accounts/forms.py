"""The forms of the second factor. Each attempt at a code takes a place (locking.py) before it is looked at."""

import struct
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.accounts.factors import Type
from advice.accounts.locking import take_attempt, take_passkey_attempt
from advice.crypto import decrypt, encrypt
from advice.trace.models import Kind
from advice.trace.writing import write_down_command

NAME_LENGTH = 60
# What a stranger's bytes raise inside the library, and it does not catch.
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, struct.error)


def _code_field(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    )
    return forms.CharField(label=label, help_text=help_text, max_length=20, widget=widget)


class _LimitedCode:
    def clean_code(self: Any) -> str:
        place = take_attempt(context.request, str(self.user.pk), step="code")
        if place is None:
            raise get_adapter().validation_error("too_many_login_attempts")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError:
            write_down_command("fail to sign in", Kind.PERSON, self.user.pk, detail="code")
            raise
        if self.authenticator.type == Type.TOTP:
            spend(self.authenticator, code)
        place.give_back()
        return code


class CodeForm(_LimitedCode, AuthenticateForm):
    code = _code_field(_("Code"), _("From your app; or one of your recovery codes."))


class CodeAgainForm(_LimitedCode, ReauthenticateForm):
    code = _code_field(_("Code"), _("From your app; or one of your recovery codes."))


def spend(authenticator: Authenticator, code: str) -> None:
    """A code is good once (RFC 6238, 5.2). allauth remembers it in the cache for half a minute; it is good for longer."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        secret = decrypt(row.data["secret"])
        steps = [
            step
            for step in totp.yield_hotp_counters_from_time()
            if totp.compare_user_code(
                actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, step))
            )
        ]
        if not steps or max(steps) <= row.data.get("step", 0):
            raise ValidationError(now("This code has been used. Please wait for the next one."))
        row.data["step"] = max(steps)
        row.save(update_fields=["data"])


class NewAppForm(ActivateTOTPForm):
    code = _code_field(_("Code"), _("Six digits, which change every half minute."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As allauth's, with the key encrypted while it waits in the session."""
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        session = context.request.session
        if totp.SECRET_SESSION_KEY not in session:
            session[totp.SECRET_SESSION_KEY] = encrypt(totp.generate_totp_secret())
        self.secret = decrypt(session[totp.SECRET_SESSION_KEY])


class NewPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        help_text=_("To know it by, such as “Laptop” or “Key on my ring”."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone"),
        required=False,
        initial=True,
        help_text=_(
            "The device asks for your finger, face or PIN. Without the tick it comes after the password."
        ),
    )

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except _UNREADABLE:
            raise get_mfa_adapter().validation_error("incorrect_code") from None


class PasskeyNameForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)


class _LimitedPasskey:
    def clean_credential(self: Any) -> Authenticator:
        place = take_passkey_attempt(context.request)
        if place is None:
            raise get_adapter().validation_error("too_many_login_attempts")
        try:
            found = super().clean_credential()  # type: ignore[misc]
        except (*_UNREADABLE, ValidationError):
            known = self.user.pk if self.user else None  # of a passkey alone only its sender says whose it is
            write_down_command("fail to sign in", Kind.PERSON, known, detail="passkey")
            raise get_mfa_adapter().validation_error("incorrect_code") from None
        place.give_back()
        return found


class PasskeyForm(_LimitedPasskey, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_LimitedPasskey, ReauthenticateWebAuthnForm):
    pass


class PasskeyAloneForm(_LimitedPasskey, LoginWebAuthnForm):
    pass
