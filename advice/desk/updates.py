"""What letters' writers tell of since their answers: read beside the answer, edited, and printed under it or not."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from advice.accounts.models import User
from advice.articles import updates
from advice.articles.models import Update
from advice.articles.page import page_of
from advice.articles.parts import Part
from advice.articles.workflow import NotPermitted, Stale
from advice.desk.checks import held_back, kept_in
from advice.desk.forms import MarkdownField
from advice.desk.frame import page
from advice.desk.permissions import for_editors, for_publishers, person
from advice.letters import checking, follow_ups
from advice.letters.checking import NewFinds
from advice.letters.models import FollowUp

PER_PAGE = 30


class UpdateForm(forms.Form):
    """The copy that will be printed; `version` says which state of the writer's text was read."""

    text = MarkdownField(
        label=gettext_lazy("To be printed"),
        widget=forms.Textarea({"rows": 12}),
        help_text=gettext_lazy(
            "Markdown. Shorten it, and take out whatever could tell who wrote it, together with the question."
        ),
    )
    signature = forms.CharField(
        label=gettext_lazy("Signature"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("As the letter was signed."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class DeclineUpdateForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Shown on the writer’s page; nobody is mailed. It may be left empty."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


def _waiting(pk: int) -> FollowUp:
    return get_object_or_404(
        FollowUp.objects.waiting().select_related("letter__article__column").defer("letter__email"), pk=pk
    )


def _show(request: HttpRequest, sent: FollowUp, *, status: int = 200, **more: Any) -> HttpResponse:
    letter, article = sent.letter, sent.letter.article
    assert article is not None
    copy = {"text": follow_ups.editable_copy(sent), "signature": follow_ups.signature_of(letter)}
    context = {
        "sent": sent,
        "letter": letter,
        "article": article,
        "printed": page_of(article),
        "form": UpdateForm(initial={**copy, "version": sent.version}),
        "decline_form": DeclineUpdateForm(prefix="decline", initial={"version": sent.version}),
        **more,
    }
    return page(request, "update.html", context, section="letters", status=status)


@for_editors
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    found = FollowUp.objects.waiting().select_related("letter__article").defer("letter__email")
    current = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "updates.html", {"page": current}, section="letters")


@for_editors
@require_GET
def update(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _waiting(pk))


def _again(request: HttpRequest, current: FollowUp, form: forms.Form, name: str) -> HttpResponse:
    """The writer changed it meanwhile: their new text, and ours still in the form, whose next press is a deliberate one."""
    data = request.POST.copy()
    data[form.add_prefix("version")] = str(current.version)
    messages.warning(request, _("Its writer has changed it in the meantime. Please read it again."))
    again = type(form)(data, prefix=form.prefix)
    return _show(request, _waiting(current.pk), status=409, **{name: again})


def _too_late(request: HttpRequest, why: str, form: forms.Form) -> HttpResponse:
    """It is decided, taken back, or its answer is off the site: say so, and keep what was typed."""
    messages.warning(request, why)
    unsent = form.cleaned_data.get("text") or form.cleaned_data.get("reason", "")
    return page(request, "update_late.html", {"unsent": unsent}, section="letters", status=409)


def _decide(request: HttpRequest, pk: int, form: forms.Form, name: str, act: Callable[..., Any]) -> Any:
    """What `act` gives, or the page that says why nothing was done, with what was typed."""
    if not form.is_valid():
        return _show(request, _waiting(pk), status=422, **{name: form})
    sent = FollowUp.objects.waiting().filter(pk=pk).first()
    if sent is None:
        return _too_late(request, _("This update does not wait any more."), form)
    try:
        return act(sent, by=person(request), **form.cleaned_data)
    except NewFinds as error:
        found = held_back(error.findings, request.POST)
        return _show(request, _waiting(pk), status=422, new_finds=found, **{name: form})
    except Stale as error:
        return _again(request, error.current, form, name)
    except NotPermitted as error:
        return _too_late(request, str(error), form)


@for_publishers
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    @transaction.atomic
    def act(sent: FollowUp, *, by: User, text: str, signature: str, version: int) -> Update:
        printed = follow_ups.approve(sent, version=version, text=text, signature=signature, by=by)
        texts = [
            Part("update", _("What happened since"), text, is_markdown=True),
            Part("signature", _("Signature"), signature),
        ]
        keep = kept_in(request.POST)
        checking.look_over(printed.article, texts, signature=signature, by=by, keep=keep)
        return printed

    done = _decide(request, pk, UpdateForm(request.POST), "form", act)
    if isinstance(done, HttpResponse):
        return done
    messages.success(request, _("It stands under the answer."))
    return redirect("desk:article", done.article_id)


@for_editors
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    form = DeclineUpdateForm(request.POST, prefix="decline")
    done = _decide(request, pk, form, "decline_form", follow_ups.decline)
    if isinstance(done, HttpResponse):
        return done
    messages.success(request, _("Declined. Its writer’s page says so."))
    return redirect("desk:updates")


@for_publishers
@require_POST
def take_off(request: HttpRequest, pk: int) -> HttpResponse:
    printed = get_object_or_404(Update.objects.select_related("article"), pk=pk)
    updates.take_off(printed, by=person(request))
    messages.success(request, _("The update is off the page, and deleted."))
    return redirect("desk:article", printed.article_id)
