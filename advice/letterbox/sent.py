"""Right after a letter was sent: its link is shown once, and no address in the browser's history holds it.

The answer to the form sets a cookie of its own, for the form (/ask/) is never sent those of other letters. The next page
puts the letter beside them. A browser that takes no cookies is shown the link at an address that opens nothing after ten
minutes.
"""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from advice.letterbox.place import EVERY, SHORTLY, Place, held, hold, keep, see
from advice.letters.models import Letter
from advice.site import absolute

COOKIE = "sent"
_signer = signing.TimestampSigner(salt="advice.letterbox.sent")


def lead_on(letter: Letter) -> HttpResponse:
    response = see(reverse("letterbox:sent", args=[_signer.sign(str(letter.pk))]))
    return keep(response, COOKIE, letter.secret, path=EVERY, max_age=SHORTLY)


@require_safe
def sent(request: HttpRequest, ticket: str) -> HttpResponse:
    letter = _by_ticket(ticket)
    if letter is None:
        return render(request, "letterbox/closed.html", status=404)
    if _is_just_sent(request, letter):
        others = [one for one in held(request) if not letter.is_opened_by(one)]
        return hold(see(_thanks_of(letter)), [letter.secret, *others])
    if any(map(letter.is_opened_by, held(request))):
        return see(_thanks_of(letter))
    return _show(request, Place(letter, letter.secret, by_cookie=False), link=True)


@require_http_methods(["GET", "HEAD", "POST"])
def thanks(request: HttpRequest, place: Place) -> HttpResponse:
    """The link is shown at the first look, and whenever its button is pressed."""
    just_sent = _is_just_sent(request, place.letter)
    response = _show(request, place, link=just_sent or request.method == "POST")
    if just_sent:
        response.delete_cookie(COOKIE, path=EVERY, samesite="Lax")
    return response


def _show(request: HttpRequest, place: Place, *, link: bool) -> HttpResponse:
    context = {
        "letter": place.letter,
        "at": place.at,
        "link": absolute(place.letter.get_absolute_url()) if link else "",
    }
    return render(request, "letterbox/thanks.html", context)


def _thanks_of(letter: Letter) -> str:
    return reverse("letterbox:own_thanks", args=[letter.case_number])


def _is_just_sent(request: HttpRequest, letter: Letter) -> bool:
    return letter.is_opened_by(request.COOKIES.get(COOKIE, ""))


def _by_ticket(ticket: str) -> Letter | None:
    try:
        pk = _signer.unsign(ticket, max_age=SHORTLY)
    except signing.BadSignature:
        return None
    return Letter.objects.select_related("column").defer("email").filter(pk=pk).first()
