"""“Was this helpful?”: one press a visitor, counted by day, and nothing kept of who pressed.

The forms stand in pages that are the same for everybody. Only the press itself sets a cookie, and that holds nothing
but the numbers of what was pressed before.
"""

import datetime as dt
import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from advice.articles import related, tallies
from advice.articles.models import Article, TallyKind
from advice.caching import public
from advice.keeping import in_words
from advice.origin import for_strangers
from advice.reading.articles import published_at_address
from advice.reading.keeping import VOTES_REMEMBERED
from advice.throttle.models import allow, network, wait

HOUR, DAY = 60 * 60, 24 * 60 * 60
PRESSES_AN_HOUR = 60  # from one network, which may be a whole office
PRESSES_OF_ONE_A_DAY = 5
_NUMBERS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})*", re.ASCII)
SAID = {"yes": TallyKind.HELPFUL, "no": TallyKind.UNHELPFUL}


@dataclass(frozen=True)
class Pressed:
    """The cookie that knows which of these buttons this browser has pressed, the last of them first to be kept."""

    name: str
    path: str
    most: int = 200

    def read(self, request: HttpRequest) -> list[int]:
        """Whatever somebody has made of it, a list of numbers, or none."""
        value = request.COOKIES.get(self.name, "")
        return [int(number) for number in value.split(".")] if _NUMBERS.fullmatch(value) else []

    def add(self, response: HttpResponse, before: list[int], pk: int) -> None:
        numbers = [*(number for number in before if number != pk), pk][-self.most :]
        response.set_cookie(
            self.name,
            ".".join(map(str, numbers)),
            max_age=VOTES_REMEMBERED,
            path=self.path,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )


@dataclass(frozen=True)
class TooFast:
    """Which limit was reached, as a page's `problem`, and how many seconds it holds."""

    problem: str
    seconds: int

    @property
    def wait(self) -> str:
        """Rounded up, so that nobody who waits for it comes too early."""
        unit = HOUR if self.seconds > HOUR else 60
        return in_words(dt.timedelta(seconds=-(-self.seconds // unit) * unit))

    def told(self, response: HttpResponse) -> HttpResponse:
        response.status_code = 429
        response.headers["Retry-After"] = str(self.seconds)
        return response


def press(
    request: HttpRequest, article: Article, kind: TallyKind, *, once: Pressed, action: str, thanks: str
) -> HttpResponse | TooFast:
    """Count one press, unless this browser had it counted, and lead to `thanks`."""
    before = once.read(request)
    response = HttpResponseRedirect(thanks, status=303)
    if article.pk in before:
        return response
    near = network(request)
    if not allow(action, near, limit=PRESSES_AN_HOUR, seconds=HOUR):
        return TooFast("fast", wait(HOUR))
    if not allow(f"{action} one", f"{near} {article.pk}", limit=PRESSES_OF_ONE_A_DAY, seconds=DAY):
        return TooFast("often", wait(DAY))
    tallies.count(article, kind)
    once.add(response, before, article.pk)
    return response


HELPFUL = Pressed("helpful", "/questions/")


@public()
@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def helpful(request: HttpRequest, slug: str) -> HttpResponse:
    """The two buttons on a page of their own; what they send; and, with `?said=`, the thanks for it."""
    article = published_at_address(slug)
    address = reverse("reading:helpful", args=[article.slug])
    if request.method == "POST":
        said = request.POST.get("said", "")
        if said not in SAID:
            return _page(request, article, problem="said", status=422)
        thanks = f"{address}?said={said}"
        response = press(request, article, SAID[said], once=HELPFUL, action="helpful", thanks=thanks)
        if isinstance(response, TooFast):
            return response.told(_page(request, article, problem=response.problem, wait=response.wait))
        return response
    if article.slug != slug:
        return HttpResponsePermanentRedirect(address)
    return _page(request, article, said=request.GET.get("said", ""))


def _page(
    request: HttpRequest,
    article: Article,
    *,
    said: str = "",
    problem: str = "",
    wait: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "article": article,
        "said": said if said in SAID else "",
        "problem": problem,
        "wait": wait,
        "related": related.shown(article) if said == "yes" else [],
    }
    return render(request, "reading/helpful.html", context, status=status)
