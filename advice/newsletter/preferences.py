"""A subscriber's own page, by a mailed link. The link stands in every mail and may be passed on with it, so what it opens
shows no address; what concerns the person needs a fresh link, which is mailed on request.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from advice.articles.workflow import NotPermitted
from advice.caching import public
from advice.newsletter import records, tokens, workflow
from advice.newsletter.forms import NewAddressForm, PauseForm, PreferencesForm
from advice.newsletter.keeping import confirm_time, owner_time
from advice.newsletter.models import Subscriber, SubscriberStatus
from advice.newsletter.oneclick import for_readers
from advice.throttle.models import allow

_DAY = 24 * 60 * 60
MOVES_A_DAY = 5


@dataclass(frozen=True)
class Link:
    """The link by which somebody came."""

    token: str
    subscriber: Subscriber
    is_owner: bool
    made_at: dt.datetime

    @property
    def has_left(self) -> bool:
        return self.subscriber.status == SubscriberStatus.LEFT

    def back(self, said: str, at: str = "") -> HttpResponse:
        """To the page of choices, which says what was done."""
        path = reverse("newsletter:preferences", args=[self.token])
        return HttpResponseRedirect(f"{path}?said={said}{at}", status=303)


def _by_link(*methods: str, owner: bool = False, left: bool = False) -> Callable[[Any], Any]:
    """A view that gets a Link in place of a token. With `owner` an old or a common one leads to the page of choices.

    Only with `left` it is open to who has left, for what is still kept of them.
    """

    def decorate(view: Callable[[HttpRequest, Link], HttpResponseBase]) -> Any:
        @for_readers
        @require_http_methods(methods)
        @wraps(view)
        def of_token(request: HttpRequest, token: str) -> HttpResponseBase:
            try:
                holder = tokens.read_preferences(token)
                link = Link(token, holder.subscriber, holder.is_owner, holder.made_at)
                if link.has_left and not left:
                    raise tokens.Expired
                return view(request, link) if link.is_owner or not owner else link.back("old", "#own")
            except tokens.Unknown as error:
                raise Http404 from error
            except (tokens.Expired, NotPermitted):
                return render(request, "newsletter/expired.html", status=410)

        return of_token

    return decorate


def _page(request: HttpRequest, link: Link, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of choices, with one of its forms as it was sent, if that was not right."""
    context = {
        "link": link,
        "subscriber": link.subscriber,
        "stop": tokens.for_unsubscribing(link.subscriber),
        "said": request.GET.get("said"),
        "status": status,
        "own_time": owner_time(),
        "confirm_time": confirm_time(),
        "spans": PauseForm.SPANS,
        "choices": PreferencesForm(subscriber=link.subscriber),
        "pause": PauseForm(),
        "address": NewAddressForm(),
        **forms,
    }
    return render(request, "newsletter/preferences.html", context, status=status)


@_by_link("GET", "HEAD", "POST", left=True)
def preferences(request: HttpRequest, link: Link) -> HttpResponse:
    if link.has_left:
        return _page_after_leaving(request, link)
    if request.method != "POST":
        return _page(request, link)
    # A day that was filled in is not lost for who pressed Enter in its field.
    return _pause(request, link) if request.POST.get("until") else _save(request, link, said="saved")


def _page_after_leaving(request: HttpRequest, link: Link) -> HttpResponse:
    if request.method == "POST":
        raise NotPermitted("There is nothing to choose any more.")
    return render(request, "newsletter/preferences_left.html", {"link": link, "subscriber": link.subscriber})


def _save(
    request: HttpRequest,
    link: Link,
    *,
    said: str,
    pause: PauseForm | None = None,
    then: Callable[[Subscriber], Any] | None = None,
) -> HttpResponse:
    """Keep what is ticked, whichever button was pressed, and do what that one says. Nothing ticked leads to leaving."""
    choices = PreferencesForm(request.POST, subscriber=link.subscriber)
    sent = {"choices": choices, **({"pause": pause} if pause else {})}
    if not all([form.is_valid() for form in sent.values()]):
        return _page(request, link, status=422, **sent)
    if not choices.cleaned_data["newsletters"]:
        stop = tokens.for_unsubscribing(link.subscriber)
        return HttpResponseRedirect(reverse("newsletter:unsubscribe", args=[stop]), status=303)
    workflow.set_preferences(link.subscriber, **choices.cleaned_data)
    if then:
        then(link.subscriber)
    return link.back(said)


def _pause(request: HttpRequest, link: Link) -> HttpResponse:
    form = PauseForm.of(request.POST)
    return _save(
        request,
        link,
        said="paused",
        pause=form,
        then=lambda subscriber: workflow.pause(subscriber, until=form.cleaned_data["until"]),
    )


@_by_link("POST")
def pause(request: HttpRequest, link: Link) -> HttpResponse:
    return _pause(request, link)


@_by_link("POST")
def resume(request: HttpRequest, link: Link) -> HttpResponse:
    return _save(request, link, said="resumed", then=workflow.resume)


@_by_link("POST")
def own_link(request: HttpRequest, link: Link) -> HttpResponse:
    workflow.mail_own_link(link.subscriber)
    return link.back("mailed", "#own")


@_by_link("POST", owner=True)
def new_address(request: HttpRequest, link: Link) -> HttpResponse:
    """The same answer whether the address is known, must not be mailed, or is asked."""
    form = NewAddressForm(request.POST)
    if not form.is_valid():
        return _page(request, link, status=422, address=form)
    if not allow("new addresses", str(link.subscriber.pk), limit=MOVES_A_DAY, seconds=_DAY):
        return _page(request, link, status=429, address=form)
    workflow.ask_new_address(link.subscriber, email=form.cleaned_data["email"])
    return link.back("asked", "#own")


@_by_link("GET", "HEAD", owner=True, left=True)
def export(request: HttpRequest, link: Link) -> HttpResponse:
    answer = JsonResponse(
        records.export(link.subscriber), json_dumps_params={"indent": 1, "ensure_ascii": False}
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="subscription.json"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@_by_link("GET", "HEAD", "POST", owner=True, left=True)
def erase(request: HttpRequest, link: Link) -> HttpResponse:
    if request.method == "POST":
        records.erase(link.subscriber)
        workflow.has_answered(link.subscriber.email, mailed_at=link.made_at)
        return HttpResponseRedirect(reverse("newsletter:erased"), status=303)
    return render(request, "newsletter/erase.html", {"link": link, "subscriber": link.subscriber})


@public()
@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    """Says nothing of whom."""
    return render(request, "newsletter/erased.html")


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link in the new mailbox."""
    try:
        asked = tokens.read_new_address(token)
        if request.method == "POST":
            if not asked.is_done:
                workflow.move(asked.subscriber, email=asked.email, mailed_at=asked.made_at)
            return HttpResponseRedirect(request.path, status=303)
    except tokens.Unknown as error:
        raise Http404 from error
    except (tokens.Expired, NotPermitted):
        return render(request, "newsletter/expired.html", status=410)
    own = tokens.for_preferences(asked.subscriber) if asked.is_done else ""
    return render(request, "newsletter/confirm_address.html", {"asked": asked, "preferences": own})
