"""Addresses that lead on: what moved, what is gone, and what editors add by hand."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import addresses
from advice.articles.models import FormerAddress
from advice.desk.curating import may_change
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person

PER_PAGE = 30
KINDS = {
    "hand": gettext_lazy("Added by hand"),
    "moved": gettext_lazy("Moved pages"),
    "gone": gettext_lazy("Deleted pages"),
    "article": gettext_lazy("Former addresses of articles"),
    "tag": gettext_lazy("Other words for tags"),
}


class ListForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Part of an address"), max_length=100, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Which"), required=False, choices=[("", gettext_lazy("All")), *KINDS.items()]
    )


class RedirectForm(forms.Form):
    path = forms.CharField(
        label=gettext_lazy("From"),
        max_length=addresses.LONGEST,
        help_text=gettext_lazy("An address of this site at which no page is: /old-page/"),
    )
    leads_to = forms.CharField(
        label=gettext_lazy("To"),
        max_length=addresses.LONGEST,
        required=False,
        help_text=gettext_lazy("The page that readers find instead: /questions/why-do-my-calves-twitch/"),
    )
    is_gone = forms.BooleanField(
        label=gettext_lazy("It is gone"),
        required=False,
        help_text=gettext_lazy("Whoever comes reads that the page was removed (410)."),
    )

    def clean(self) -> None:
        cleaned = self.cleaned_data
        if "leads_to" in cleaned and bool(cleaned["leads_to"]) == cleaned["is_gone"]:
            self.add_error("leads_to", _("Say where it leads, or tick that it is gone: one of the two."))


@for_editors
@require_GET
def redirects(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    rows = addresses.listed(given.get("kind", ""), given.get("q", ""))
    current = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "page": current,
        "rows": [{**row, "label": KINDS[row["kind"]]} for row in current],
        "form": form,
        "narrowed": any(given.values()),
        "kept": kept.urlencode(),
    }
    return page(request, "redirects.html", context, section="manage", status=422 if form.errors else 200)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = RedirectForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _show(request, form)
    if not may_change(request):
        return _show(request, form, status=409)
    if not form.is_valid():
        return _show(request, form, status=422)
    given = form.cleaned_data
    try:
        addresses.add(given["path"], given["leads_to"], by=person(request))
    except addresses.CannotLead as error:
        form.add_error(error.field, str(error))
        return _show(request, form, status=422)
    messages.success(request, _("It leads there from now on."))
    return redirect("desk:redirects")


def _show(request: HttpRequest, form: RedirectForm, *, status: int = 200) -> HttpResponse:
    return page(request, "redirect.html", {"form": form}, section="manage", status=status)


@for_editors
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(FormerAddress, pk=pk)
    if not may_change(request):
        return _again(request)
    if not addresses.remove(row, by=person(request)):
        messages.warning(request, _("It stands because a page moved or was deleted, so it stays."))
        return _again(request)
    messages.success(request, _("Deleted."))
    return redirect("desk:redirects")


def _again(request: HttpRequest) -> HttpResponse:
    """Those that can be deleted, under the word that says why one was not."""
    current = Paginator(addresses.listed("hand"), PER_PAGE).get_page(1)
    rows = [{**row, "label": KINDS[row["kind"]]} for row in current]
    context = {"page": current, "rows": rows, "form": ListForm(), "narrowed": True}
    return page(request, "redirects.html", context, section="manage", status=409)
