"""What somebody shows beside a password, or instead of it: an app's code, a passkey, a recovery code."""

from typing import Any

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.crypto import decrypt, encrypt

Type = Authenticator.Type
SEEN = "second_factor"  # in the session: asked once, and true until the session ends


class FactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This is not right. Please try again."),
        "cannot_delete_authenticator": _("You need one to come to the desk. Add another first."),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """Without a style attribute, which our policy forbids, and black on white in the dark, too."""
        code = qrcode.QRCode(border=4)
        code.add_data(url)
        rows = code.get_matrix()
        path = "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
        )
        return f'<svg class="qr" viewBox="0 0 {len(rows)} {len(rows)}" aria-hidden="true"><path d="{path}"/></svg>'

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not settings.REQUIRE_SECOND_FACTOR:
            return True
        return factors_of(authenticator.user).exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:
        return ""  # whoever adds it knows what it is

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": settings.SITE_NAME}


def factors_of(user: User) -> "models.QuerySet[Authenticator]":
    """Each that is asked for beside the password; recovery codes are no factor, they stand in for one."""
    found: models.QuerySet[Authenticator] = Authenticator.objects.filter(user=user).exclude(
        type=Type.RECOVERY_CODES
    )
    return found


def is_missing(request: HttpRequest) -> bool:
    """Whether somebody who is signed in has to add a second factor before they go on."""
    if not settings.REQUIRE_SECOND_FACTOR or request.session.get(SEEN):
        return False
    assert isinstance(request.user, User)
    if factors_of(request.user).exists():
        request.session[SEEN] = True
        return False
    return True
