"""What is said publicly of a mistake: a note above the letter, or the reason in place of a text that is retracted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from advice.articles import workflow
from advice.articles.models import Article
from advice.articles.parts import Part
from advice.articles.workflow import NotPermitted
from advice.desk import articles
from advice.desk.autosaves import sent
from advice.desk.checks import held_back, kept_in
from advice.desk.forms import CorrectForm, RetractForm
from advice.desk.frame import page
from advice.desk.permissions import article_for, for_editors, person
from advice.letters import checking
from advice.letters.checking import NewFinds


def _look_over(request: HttpRequest, article: Article, form: forms.Form, name: str) -> None:
    """Before the act: a note about privacy takes the reasons away again, for they may name what was taken away."""
    part = Part(name, str(form.fields[name].label), form.cleaned_data[name], is_markdown=True)
    keep = kept_in(request.POST)
    checking.look_over(article, [part], signature=article.signature, by=person(request), keep=keep)


@for_editors
@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    form = CorrectForm(request.POST, prefix="correct")

    @transaction.atomic
    def act(article: Article) -> None:
        articles._publishes(request)
        _look_over(request, article, form, "text")
        workflow.correct(article, by=person(request), **form.cleaned_data)

    done, tags = _("The note stands above the letter."), sent("correct", pk)
    return articles._act(request, pk, done, act, tags=tags, correct_form=form)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def retract(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks once more, POST retracts: there is no way back."""
    article = article_for(person(request), pk)
    form = RetractForm(request.POST or None)
    if request.method != "POST":
        return _ask(request, article, form)
    if not form.is_valid():
        return _ask(request, article, form, status=422)
    try:
        articles._publishes(request)
        with transaction.atomic():
            _look_over(request, article, form, "reason")
            workflow.retract(article, by=person(request), **form.cleaned_data)
    except NewFinds as error:
        found = held_back(error.findings, request.POST)
        return _ask(request, article, form, status=422, new_finds=found)
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _ask(request, article, form, status=409)
    messages.success(request, _("Retracted. The page says why."))
    return redirect("desk:article", pk)


def _ask(
    request: HttpRequest, article: Article, form: RetractForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"article": article, "form": form, **more}
    return page(request, "retract.html", context, section="articles", status=status)
