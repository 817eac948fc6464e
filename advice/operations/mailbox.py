"""The mails of a local run, to be read in a browser. It exists only with the file mail backend, on loopback."""

import email
import email.policy
import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import wraps
from pathlib import Path

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def only_here(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        by_file = settings.EMAIL_BACKEND == "advice.mail.backends.EmlFileBackend"
        direct = "X-Forwarded-For" not in request.headers
        if not (by_file and direct and _is_loopback(request.META.get("REMOTE_ADDR", ""))):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _path(name: str) -> Path:
    path = Path(settings.MAIL_DIR) / f"{name}.eml"
    if not path.is_file():
        raise Http404
    return path


@only_here
def index(request: HttpRequest) -> HttpResponse:
    paths = sorted(Path(settings.MAIL_DIR).glob("*.eml"), reverse=True)[:200]
    mails = [
        {"name": path.stem, "mail": _read(path), "at": datetime.fromtimestamp(path.stat().st_mtime, UTC)}
        for path in paths
    ]
    return render(request, "operations/mailbox.html", {"mails": mails})


@only_here
def message(request: HttpRequest, name: str) -> HttpResponse:
    mail = _read(_path(name))
    body = mail.get_body(preferencelist=("plain",))
    context = {"name": name, "mail": mail, "text": body.get_content() if body else ""}
    return render(request, "operations/message.html", context)


# A mail carries its styles in itself, so this one view lets them in; no script runs in a sandbox.
@csp(
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "sandbox": ["allow-popups"],
        "frame-ancestors": [NONE],
    }
)
@only_here
def html(request: HttpRequest, name: str) -> HttpResponse:
    body = _read(_path(name)).get_body(preferencelist=("html",))
    if body is None:
        raise Http404
    return HttpResponse(body.get_content())
