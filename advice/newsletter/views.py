"""Subscribing and stopping. Every form works without a cookie; a link changes nothing until its button is pressed."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from advice.articles.models import Article
from advice.articles.workflow import NotPermitted
from advice.caching import public
from advice.newsletter import tokens, workflow
from advice.newsletter.forms import LeavingForm, ReasonForm, SubscribeForm
from advice.newsletter.keeping import confirm_time
from advice.newsletter.models import Newsletter, SubscriberStatus
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
    wanted = form.cleaned_data["newsletters"] or workflow.usual(article, form.cleaned_data["newsletter"])
    if not wanted:
        return _subscribe_page(request, form, status=503)
    workflow.subscribe(email=form.cleaned_data["email"], newsletters=wanted, article=article, form=form.where)
    return _see("newsletter:sent")


def _see(name: str, *args: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(name, args=args), status=303)


def _subscribe_page(request: HttpRequest, form: SubscribeForm, *, status: int) -> HttpResponse:
    context = {
        "subscribe_form": form,
        "status": status,
        "ticked": form.data.getlist("newsletters"),  # type: ignore[attr-defined]
        "article": form.cleaned_data.get("article"),
        "of_newsletter": form.cleaned_data.get("newsletter"),
    }
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
            workflow.confirm(
                asked.subscriber,
                newsletters=asked.newsletters,
                agreed=asked.consent,
                mailed_at=asked.made_at,
            )
            return _see("newsletter:confirm", token)
    except tokens.Unknown as error:
        raise Http404 from error
    except (tokens.Expired, NotPermitted):
        return render(request, "newsletter/expired.html", status=410)
    context = {
        "asked": asked,
        "article": Article.objects.published().filter(pk=asked.consent.article).first(),
        "is_done": _has_all(asked),
        "is_known": asked.subscriber.status == SubscriberStatus.CONFIRMED,
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


@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """A mail program posts here from anywhere (RFC 8058) and wants nothing but 200; people get a page with a button.

    One press stops all newsletters, whichever one the link was mailed with: whoever wants out should not have to find
    out that there are others. Who wants to keep some is led to the page of choices.
    """
    request.encoding = "utf-8"  # before the form is read, which can be done once only
    if is_one_click(request):
        _leave(token)
        return HttpResponse(_("You are unsubscribed.") + "\n", content_type="text/plain")
    return _unsubscribe_page(request, token)


@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def _unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    if request.method != "POST":
        return _stop_page(request, _of(token))
    if "after" in request.POST:
        return _say_why(request, token)
    if "own" in request.POST:
        if leaver := _of(token):
            workflow.mail_own_link_after_leaving(leaver.subscriber)
        return HttpResponseRedirect(f"{request.path}?said=mailed", status=303)
    form = LeavingForm(request.POST)
    # Nobody is kept from leaving by what is wrong with the reason.
    _leave(token, because=form.cleaned_data["because"] if form.is_valid() else "")
    return _see("newsletter:unsubscribe", token)


def _say_why(request: HttpRequest, token: str) -> HttpResponse:
    """Only the reason, from the page after leaving: whoever has come back since does not leave again by it."""
    leaver, form = _of(token), ReasonForm(request.POST)
    if not form.is_valid():
        return _stop_page(request, leaver, form)
    if leaver is not None:
        workflow.say_why(leaver.subscriber, because=form.cleaned_data["because"])
    return HttpResponseRedirect(f"{request.path}?said=why", status=303)


def _stop_page(
    request: HttpRequest, leaver: tokens.Leaver | None, form: ReasonForm | None = None
) -> HttpResponse:
    subscriber = leaver.subscriber if leaver else None
    status = subscriber.status if subscriber else None
    has_mail = status in {SubscriberStatus.PENDING, SubscriberStatus.CONFIRMED}
    has_said = subscriber is None or status != SubscriberStatus.LEFT or bool(subscriber.left_because)
    may_choose = leaver is not None and leaver.may_choose
    context = {
        "subscriber": subscriber,
        "has_mail": has_mail,
        "has_left": status == SubscriberStatus.LEFT,
        "newsletters": list(subscriber.newsletters.all()) if subscriber and may_choose else [],
        "preferences": tokens.for_preferences(subscriber) if subscriber and may_choose else "",
        "form": LeavingForm() if has_mail else None if has_said else form or ReasonForm(),
        "said": request.GET.get("said"),
    }
    wrong = form is not None and context["form"] is form
    return render(request, "newsletter/unsubscribe.html", context, status=422 if wrong else 200)


def _of(token: str) -> tokens.Leaver | None:
    try:
        return tokens.read_unsubscribing(token)
    except (tokens.Unknown, tokens.Expired) as error:
        raise Http404 from error


def _leave(token: str, *, because: str = "") -> None:
    leaver = _of(token)
    if leaver is not None:
        workflow.leave(leaver.subscriber, because=because, issue=leaver.issue)


@require_safe
def of_preview(request: HttpRequest) -> HttpResponse:
    """Where the links of a preview or a test mail lead. There is nobody to stop mail to, so there is no button."""
    return render(request, "newsletter/of_preview.html")
