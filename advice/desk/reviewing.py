"""What waits for a person's review: a list, the piece as readers would see it, and two acts. No editor's rights needed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from advice.accounts.models import User
from advice.articles import reviewing, reviews
from advice.articles.models import Answer, Article, Expert
from advice.articles.page import page_of
from advice.articles.workflow import NotPermitted, Stale
from advice.desk.frame import page
from advice.desk.permissions import for_reviewers, person
from advice.paging import paged


class ChangesForm(forms.Form):
    note = forms.CharField(
        label=lazy("What should change?"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 5}),
        help_text=lazy("Its authors and the editors read this at the desk; it is never printed."),
    )


def _piece(user: User, pk: int) -> Article:
    waiting = Article.objects.to_review_by(user).select_related("column", "reviewer")
    return get_object_or_404(waiting, pk=pk)


@for_reviewers
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    return _list(request)


def _list(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The oldest first."""
    rows = Article.objects.to_review_by(person(request)).select_related("column", "reviewer")
    current = paged(request, rows.defer("question", "question_html").order_by("modified_at", "pk"))
    context = {"articles": list(current), "page": current, **more}
    return page(request, "reviews.html", context, section="reviews", status=status)


@for_reviewers
@require_safe
def review(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _piece(person(request), pk))


def _show(request: HttpRequest, article: Article, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "article": article,
        "page": page_of(article),
        "reviewer": Expert.objects.get(user=person(request)),
        "seen": reviews.fingerprint(article),
        "form": ChangesForm(),
        "authors": [
            answer.expert for answer in Answer.objects.filter(article=article).select_related("expert")
        ],
        **more,
    }
    response = page(request, "review.html", context, section="reviews", status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@for_reviewers
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    article = _piece(person(request), pk)
    try:
        reviewing.approve(article, by=person(request), seen=request.POST.get("seen", ""))
    except Stale:
        return _changed(request, pk)
    except NotPermitted as error:
        return _too_late(request, error)
    messages.success(request, _("Approved. Your name and the day are printed under it."))
    return redirect("desk:reviews")


@for_reviewers
@require_POST
def ask_for_changes(request: HttpRequest, pk: int) -> HttpResponse:
    article, form = _piece(person(request), pk), ChangesForm(request.POST)
    if not form.is_valid():
        return _show(request, article, status=422, form=form)
    try:
        reviewing.ask_for_changes(
            article, by=person(request), seen=request.POST.get("seen", ""), note=form.cleaned_data["note"]
        )
    except Stale:
        return _changed(request, pk, form=form)
    except NotPermitted as error:
        return _too_late(request, error, kept=form.cleaned_data["note"])
    messages.success(request, _("Sent back with your note."))
    return redirect("desk:reviews")


def _changed(request: HttpRequest, pk: int, **more: Any) -> HttpResponse:
    """The words as they are now, and what was typed still in its field; the next press is a deliberate one."""
    messages.warning(
        request, _("It was changed while you read it. This is how it stands now; please look once more.")
    )
    return _show(request, _piece(person(request), pk), status=409, **more)


def _too_late(request: HttpRequest, error: NotPermitted, kept: str = "") -> HttpResponse:
    messages.warning(request, str(error))
    return _list(request, status=409, kept=kept)
