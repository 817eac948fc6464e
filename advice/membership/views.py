"""The page of membership: its text, the plans that are open, and a form to ask for one. It charges nobody."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from advice.articles.pages import MEMBERSHIP, printed_page
from advice.caching import public
from advice.membership import workflow
from advice.membership.forms import RequestForm
from advice.membership.keeping import request_time
from advice.membership.models import Plan
from advice.origin import for_strangers
from advice.throttle.models import allow, network

HOUR = 60 * 60
REQUESTS_AN_HOUR = 10


@public()
@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: HttpRequest) -> HttpResponse:
    offered = list(Plan.objects.filter(is_open=True))
    if request.method != "POST":
        return _page(request, RequestForm(offered))
    form = RequestForm(offered, request.POST)
    if not offered:
        return _page(request, form, status=503)
    if not form.is_valid():
        return _page(request, form, status=422)
    if not form.is_spam:
        if not allow("membership", network(request), limit=REQUESTS_AN_HOUR, seconds=HOUR):
            return _page(request, form, status=429)
        workflow.request_membership(**form.cleaned_data)
    return HttpResponseRedirect(reverse("membership:sent"), status=303)


def _page(request: HttpRequest, form: RequestForm, *, status: int = 200) -> HttpResponse:
    context = {**printed_page(MEMBERSHIP), "form": form, "status": status, "kept": request_time()}
    response = render(request, "membership/plans.html", context, status=status)
    if status == 429:
        response.headers["Retry-After"] = str(HOUR)
    return response


@public()
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same for everybody, whether the address is known or not."""
    return render(request, "membership/sent.html", {"kept": request_time()})
