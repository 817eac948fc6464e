"""The demand board: what to commission next, and one press that begins it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from advice.articles.models import Article, Status
from advice.articles.workflow import NotPermitted
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.letters import demand
from advice.letters.models import Letter, LetterStatus
from advice.search.models import Term
from advice.typed import SeveralRows

PER_PAGE = 30
GONE = {
    "invalid_choice": gettext_lazy("Somebody has decided about this in the meantime. Here is how it stands.")
}


class LineForm(forms.Form):
    """What a line of the board is about: keys of letters, searches or an announced question, none of their words."""

    line = forms.CharField(max_length=40, required=False)
    lead = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    letters = SeveralRows(
        Letter.objects.filter(status=LetterStatus.RECEIVED).defer("email").select_related("column"),
        required=False,
        error_messages=GONE,
    )
    searched = SeveralRows(Term.objects.exclude(words=""), required=False, error_messages=GONE)
    article = forms.ModelChoiceField(
        Article.objects.filter(status=Status.DRAFT), required=False, error_messages=GONE
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned.get(name) for name in ("letters", "searched", "article")):
            raise ValidationError(_("Tick at least one letter."), code="nothing")
        return cleaned


@for_editors
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    return _show(request)


def _show(request: HttpRequest, form: LineForm | None = None, *, status: int = 200) -> HttpResponse:
    lines = demand.board()
    current = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(current)
    demand.add_nearest(shown)
    context = {
        "here": "demand",
        "page": current,
        "lines": shown,
        "has_put_off": demand.has_put_off(),
        "form": form,
        "wrong": form.data.get("line", "") if form else "",
        "points": {"letter": demand.LETTER, "me_too": demand.ME_TOO, "week": demand.WEEK},
        "most": demand.WEEK * demand.MOST_WEEKS,
        "days": demand.PUT_OFF.days,
    }
    return page(request, "demand.html", context, section="board", status=status)


def _refused(request: HttpRequest, form: LineForm) -> HttpResponse:
    """What is not there any more is said above the board as it stands now; what is missing, beside its line."""
    if form.has_error("__all__", "nothing"):
        return _show(request, form, status=422)
    messages.warning(request, str(GONE["invalid_choice"]))
    return _show(request, status=409)


@for_editors
@require_POST
def open_draft(request: HttpRequest) -> HttpResponse:
    form = LineForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    given = form.cleaned_data
    letters, searched = list(given["letters"]), list(given["searched"])
    if not letters and any(name.startswith("letter-") for name in [given["line"]]):
        form.add_error(None, ValidationError(_("Tick at least one letter."), code="nothing"))
        return _refused(request, form)
    try:
        article = demand.commission(
            by=person(request), letters=letters, searched=searched, lead=given["lead"]
        )
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _show(request, status=409)
    messages.success(request, _("Here is its draft."))
    return redirect("desk:article", article.pk)


@for_editors
@require_POST
def put_off(request: HttpRequest) -> HttpResponse:
    form = LineForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    given = form.cleaned_data
    until = demand.put_off(
        by=person(request),
        letters=list(given["letters"]),
        searched=list(given["searched"]),
        article=given["article"],
    )
    said = _("Put off until %(day)s, or until another letter asks the same.")
    messages.success(request, said % {"day": date_format(until, "SHORT_DATE_FORMAT")})
    return redirect("desk:demand")


@for_editors
@require_POST
def show_again(request: HttpRequest) -> HttpResponse:
    demand.show_again(by=person(request))
    messages.success(request, _("All that was put off stands here again."))
    return redirect("desk:demand")
