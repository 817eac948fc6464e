"""“Questions we are working on”, and who else has them. Of what is not out yet these pages know one line."""

from typing import Any, TypedDict

from django.core.paginator import InvalidPage, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from advice.articles.models import Article, TallyKind
from advice.caching import public
from advice.origin import for_strangers
from advice.reading.votes import Pressed, TooFast, press

A_PAGE = 50
ASKED_TOO = Pressed("asked_too", "/working-on/")


class Line(TypedDict):
    """All that may be printed of an article that is not out."""

    pk: int
    announced_as: str


def announced() -> "QuerySet[Article, Line]":
    """The public lines, the newest first: there is nothing else of a draft in them to reach for."""
    return Article.objects.announced().order_by("-created_at", "-pk").values("pk", "announced_as")


def working_on(request: HttpRequest) -> HttpResponse:
    try:
        page = Paginator(announced(), A_PAGE).page(request.GET.get("page", 1))
    except InvalidPage as error:
        raise Http404("No such page of the list.") from error
    context: dict[str, Any] = {"page": page, "announced": page.object_list}
    return render(request, "reading/working_on.html", context)


@public()
@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def asked_too(request: HttpRequest, pk: int) -> HttpResponse:
    """The button on a page of its own; what it sends; and, with `?said=`, the thanks for it."""
    question = announced().filter(pk=pk).first()
    if question is None:
        return _answered(request, pk)
    context = {"question": question, "said": "said" in request.GET}
    if request.method == "POST":
        thanks = reverse("reading:asked_too", args=[pk]) + "?said=too"
        response = press(
            request, Article(pk=pk), TallyKind.ASKED_TOO, once=ASKED_TOO, action="asked too", thanks=thanks
        )
        if not isinstance(response, TooFast):
            return response
        context |= {"problem": response.problem, "wait": response.wait, "said": False}
        return response.told(render(request, "reading/asked_too.html", context))
    return render(request, "reading/asked_too.html", context)


def _answered(request: HttpRequest, pk: int) -> HttpResponse:
    """Who comes back is led to the answer; not for ever, as it may be taken off again. A press is not counted any more."""
    out = Article.objects.on_its_page().only("slug").filter(pk=pk).first()
    if out is None:
        raise Http404("No such question is announced.")
    return HttpResponseRedirect(out.get_absolute_url(), status=303 if request.method == "POST" else 302)
