"""Where a writer's own pages stand.

The private link (/letters/<secret>/) is what mails and bookmarks hold. Opened, it hands its secret to a cookie and leads
to an address without it, so that nobody reads it off a screen, a history or a screenshot. A browser that takes no
cookies stays at the link: each page stands at both addresses.

At the address without the secret a cookie opens the page, so the CSRF middleware guards it. At the link no cookie plays
a part: who knows the link may act, and a form that another site sends is refused by what its browser says of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from advice.letters.models import Letter
from advice.origin import for_strangers

COOKIE = "letter"
EVERY = "/letters/"  # the addresses that the cookie is sent to
SHORTLY = 10 * 60  # seconds, for what the next page is to know
MOST = 5  # letters that one browser keeps open
ACTS = ("reply", "wording", "sign", "change", "withdraw", "update", "take_back", "erase", "mails", "leave")


@dataclass(frozen=True)
class Place:
    """A letter, and the address at which its writer stands."""

    letter: Letter
    secret: str
    by_cookie: bool

    def to(self, act: str = "page") -> str:
        if self.by_cookie:
            return reverse(f"letterbox:own_{act}", args=[self.letter.case_number])
        return reverse(f"letterbox:{act}", args=[self.secret])

    @property
    def at(self) -> dict[str, str]:
        """For templates: the address of the page and of each act."""
        return {
            **{act: self.to(act) for act in ("page", *ACTS)},
            "thanks": self.to("thanks") if self.by_cookie else "",
        }


View = Callable[Concatenate[HttpRequest, Place, ...], HttpResponse]


def open_letter(secret: str) -> Letter:
    try:
        return Letter.objects.select_related("column", "article").by_secret(secret)
    except Letter.DoesNotExist as error:
        raise Http404 from error


def see(address: str) -> HttpResponse:
    return HttpResponseRedirect(address, status=303)


def both(route: str, view: View, *, name: str) -> list[URLPattern]:
    """The page's two addresses. The link's own page stands below it, for the link itself leads on."""
    at_link = route or "here/"
    return [
        path(f"letters/yours/<str:case>/{route}", by_cookie(view), name=f"own_{name}"),
        path(f"letters/<str:secret>/{at_link}", _by_link(view, name), name=name),
    ]


def held(request: HttpRequest) -> list[str]:
    """The secrets of the letters that this browser has open, the last one first."""
    return [secret for secret in request.COOKIES.get(COOKIE, "").split("!") if secret][:MOST]


def hold(response: HttpResponse, secrets: list[str]) -> HttpResponse:
    """Kept until the browser is closed: on a shared computer it may not stay."""
    if secrets:
        return keep(response, COOKIE, "!".join(secrets[:MOST]), path=EVERY)
    response.delete_cookie(COOKIE, path=EVERY, samesite="Lax")
    return response


def keep(
    response: HttpResponse, name: str, value: str, *, path: str, max_age: int | None = None
) -> HttpResponse:
    """Set a cookie that no script reads. Without `max_age` it goes when the browser is closed."""
    secure = settings.SITE_URL.startswith("https:")
    response.set_cookie(name, value, max_age=max_age, path=path, secure=secure, httponly=True, samesite="Lax")
    return response


def let_go(request: HttpRequest, response: HttpResponse, letter: Letter) -> HttpResponse:
    """Close the letter in this browser."""
    return hold(response, [secret for secret in held(request) if not letter.is_opened_by(secret)])


def by_cookie(view: View) -> Callable[..., HttpResponse]:
    @wraps(view)
    def opened(request: HttpRequest, case: str) -> HttpResponse:
        for secret in held(request):
            letter = Letter.objects.select_related("column", "article").by_secret_or_none(secret)
            if letter is not None and letter.case_number == case:
                return view(request, Place(letter, secret, by_cookie=True))
        # The same for a case number that nobody has.
        return render(request, "letterbox/closed.html", status=404)

    return opened


def _by_link(view: View, name: str) -> Callable[..., HttpResponseBase]:
    @for_strangers
    @wraps(view)
    def opened(request: HttpRequest, secret: str) -> HttpResponse:
        letter = open_letter(secret)
        if request.method in {"GET", "HEAD"} and any(map(letter.is_opened_by, held(request))):
            return see(Place(letter, secret, by_cookie=True).to(name))
        return view(request, Place(letter, secret, by_cookie=False))

    return opened
