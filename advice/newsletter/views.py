"""Subscribing and stopping. Every form works without a cookie; a link changes nothing until its button is pressed."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from advice.articles.workflow import NotPermitted
from advice.caching import public
from advice.newsletter import tokens, workflow
from advice.newsletter.forms import PreferencesForm, SubscribeForm
from advice.newsletter.keeping import confirm_time
from advice.newsletter.models import Newsletter, Subscriber, SubscriberStatus
from advice.newsletter.oneclick import for_readers, is_one_click
from advice.origin import for_strangers
from advice.throttle.models import allow, network

HOUR = 60 * 60
ASKED_AN_HOUR = 20


@public()
@require_safe
def newsletters(request: HttpRequest) -> HttpResponse:
    listed = Newsletter.objects.filter(is_open=True).select_related("column")
    return render(request, "newsletter/newsletters.html", {"newsletters": listed})


@public()
@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "newsletter/subscribe.html")
    form = SubscribeForm(request.POST)
    if not form.is_valid():
        return _subscribe_page(request, form, status=422)
    if form.is_spam:
        return _see("newsletter:sent")
    if not allow("subscribe", network(request), limit=ASKED_AN_HOUR, seconds=HOUR):
        response = _subscribe_page(request, form, status=429)
        response.headers["Retry-After"] = str(HOUR)
        return response
    article = form.cleaned_data["article"]
    wanted = form.cleaned_data["newsletters"] or workflow.usual(article)
    if not wanted:
        return _subscribe_page(request, form, status=503)
    form_name = "article" if article else "page"
    workflow.subscribe(email=form.cleaned_data["email"], newsletters=wanted, article=article, form=form_name)
    return _see("newsletter:sent")


def _see(name: str, *args: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(name, args=args), status=303)


def _subscribe_page(request: HttpRequest, form: SubscribeForm, *, status: int) -> HttpResponse:
    context = {"subscribe_form": form, "status": status, "ticked": form.data.getlist("newsletters")}  # type: ignore[attr-defined]
    return render(request, "newsletter/subscribe.html", context, status=status)


@public()
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same for every address, known or not."""
    return render(request, "newsletter/sent.html")


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        asked = tokens.read_confirmation(token)
        if request.method == "POST":
            workflow.confirm(asked.subscriber, newsletters=asked.newsletters)
            return _see("newsletter:confirm", token)
    except tokens.Unknown as error:
        raise Http404 from error
    except (tokens.Expired, NotPermitted):
        return render(request, "newsletter/expired.html", status=410)
    context = {
        "asked": asked,
        "is_done": _has_all(asked),
        "preferences": tokens.for_preferences(asked.subscriber),
        "kept": confirm_time(),
    }
    return render(request, "newsletter/confirm.html", context)


def _has_all(asked: tokens.Request) -> bool:
    """Whether the button has been pressed before."""
    if asked.subscriber.status != SubscriberStatus.CONFIRMED:
        return False
    has = set(asked.subscriber.subscriptions.values_list("newsletter", flat=True))
    return has >= {newsletter.pk for newsletter in asked.newsletters}


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    try:
        subscriber = tokens.read_preferences(token)
        if subscriber.status != SubscriberStatus.CONFIRMED:
            raise tokens.Expired
        return _preferences_page(request, subscriber, token)
    except tokens.Unknown as error:
        raise Http404 from error
    except (tokens.Expired, NotPermitted):
        return render(request, "newsletter/expired.html", status=410)


def _preferences_page(request: HttpRequest, subscriber: Subscriber, token: str) -> HttpResponse:
    offered = list(Newsletter.objects.filter(Q(is_open=True) | Q(subscribers=subscriber)).distinct())
    has = list(subscriber.newsletters.values_list("slug", flat=True))
    stop = tokens.for_unsubscribing(subscriber)
    context: dict[str, Any] = {"subscriber": subscriber, "offered": offered, "ticked": has, "stop": stop}
    if request.method == "POST":
        form = PreferencesForm(request.POST, offered=offered)
        if form.is_valid():
            workflow.set_preferences(subscriber, newsletters=form.cleaned_data["newsletters"])
            if not form.cleaned_data["newsletters"]:
                return _see("newsletter:unsubscribe", stop)
            return HttpResponseRedirect(f"{request.path}?saved=1", status=303)
        context["has_errors"] = True
    context["is_saved"] = "saved" in request.GET
    return render(
        request, "newsletter/preferences.html", context, status=422 if "has_errors" in context else 200
    )


@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """A mail program posts here from anywhere (RFC 8058) and wants nothing but 200; people get a page with a button."""
    if is_one_click(request):
        _leave(token)
        return HttpResponse(_("You are unsubscribed.") + "\n", content_type="text/plain")
    return _unsubscribe_page(request, token)


@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def _unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        _leave(token)
        return _see("newsletter:unsubscribe", token)
    leaver = _of(token)
    subscriber = leaver.subscriber if leaver else None
    has_mail = subscriber is not None and subscriber.status in {
        SubscriberStatus.PENDING,
        SubscriberStatus.CONFIRMED,
    }
    return render(request, "newsletter/unsubscribe.html", {"subscriber": subscriber, "has_mail": has_mail})


def _of(token: str) -> tokens.Leaver | None:
    try:
        return tokens.read_unsubscribing(token)
    except (tokens.Unknown, tokens.Expired) as error:
        raise Http404 from error


def _leave(token: str) -> None:
    leaver = _of(token)
    if leaver is not None:
        workflow.leave(leaver.subscriber, issue=leaver.issue)
