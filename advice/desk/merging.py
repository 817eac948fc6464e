"""Several letters as one question: those alike are accepted with a letter, joined to an article, or split off again."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice.articles.workflow import NotPermitted
from advice.desk import articles
from advice.desk.letters import _letter, _too_late
from advice.desk.permissions import article_for, for_editors, person
from advice.desk.telling import warn_of
from advice.desk.together import JoinForm
from advice.letters import checking, merging, workflow


@for_editors
@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Letters join an article by their case numbers."""
    article = article_for(person(request), pk)
    form = JoinForm(request.POST, prefix="join")
    if not form.is_valid():
        return articles.show(request, article, join_form=form, status=422)
    try:
        with checking.opened(article) as opened:
            joined = workflow.merge_all(form.cleaned_data["letters"], article=article, by=person(request))
    except NotPermitted as error:
        return articles.too_late(request, pk, error, join_form=form)
    warn_of(request, opened)
    messages.success(
        request, _("Merged: %(cases)s.") % {"cases": ", ".join(one.case_number for one in joined)}
    )
    return redirect("desk:article", pk)


@for_editors
@require_POST
def split(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, workflow.split, _("Split off. The letter is back in the queue."))


@for_editors
@require_POST
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, merging.make_lead, _("It leads now."))


def _act(request: HttpRequest, pk: int, act: Callable[..., object], done: str) -> HttpResponse:
    letter = _letter(pk)
    try:
        act(letter, by=person(request))
    except NotPermitted as error:
        return _too_late(request, pk, error)
    messages.success(request, done)
    return redirect("desk:letter", pk)
