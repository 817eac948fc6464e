"""Five failures lock the attempts at an account, and not its owner out.

After the device cookies of OWASP: whoever has signed in from a browser keeps a cookie there that says so. What is tried
with it is counted by itself, so that strangers who guess use up the strangers' places alone. The cookie opens nothing.
"""

import secrets

from allauth.account.utils import filter_users_by_email
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponseBase

from advice.accounts.models import User
from advice.throttle.models import allow, network
from advice.throttle.places import Place, take_place

LIMIT = 5
SECONDS = 15 * 60
NETWORK_LIMIT = 20  # at any number of accounts: one password is tried at many, too
QUESTIONS = 120
COOKIE = "device"
COOKIE_AGE = 60 * 60 * 24 * 180
_PATH = "/accounts/"
_signer = TimestampSigner(salt="advice.accounts.device")


def account_of(email: str) -> str:
    """What attempts are counted by; an address of nobody's is counted as one of somebody's is."""
    users = filter_users_by_email(email)
    return str(users[0].pk) if users else email.strip().casefold()


def take_attempt(request: HttpRequest, account: str, *, step: str) -> Place | None:
    """A place for one attempt, to be given back unless it fails; None: not now. `step` is what is tried."""
    device = _device(request, account)
    if device:
        return take_place([(f"{step} from a device", f"{account} {device}", LIMIT)], seconds=SECONDS)
    limits = [(step, account, LIMIT), ("sign-in from", network(request), NETWORK_LIMIT)]
    return take_place(limits, seconds=SECONDS)


def take_passkey_attempt(request: HttpRequest) -> Place | None:
    """A passkey cannot be guessed, so no account is locked for it; but nobody tries for ever."""
    return take_place([("passkey from", network(request), NETWORK_LIMIT)], seconds=SECONDS)


def may_ask_for_passkey(request: HttpRequest) -> bool:
    """Each question is a row among the sessions, of somebody whom nobody knows."""
    return allow("passkey question", network(request), limit=QUESTIONS, seconds=SECONDS)


def remember_device(response: HttpResponseBase, user: User) -> None:
    """Called when somebody has signed in, or has shown by a mailed link that they are who they say."""
    response.set_cookie(
        COOKIE,
        _signer.sign(f"{user.pk}.{secrets.token_urlsafe(16)}"),
        max_age=COOKIE_AGE,
        path=_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _device(request: HttpRequest, account: str) -> str:
    try:
        value = _signer.unsign(request.COOKIES.get(COOKIE, ""), max_age=COOKIE_AGE)
    except BadSignature:
        return ""
    owner, _, device = value.partition(".")
    return device if owner == account else ""
