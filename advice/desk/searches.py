"""What readers search for, and what editors do about it: synonyms, and answers that stand first."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import promotions
from advice.articles.models import Promotion
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.desk.search_forms import MOST_SYNONYMS, PromotionForm, SynonymForm
from advice.search import terms
from advice.search.models import Synonym
from advice.trace.models import Kind
from advice.trace.writing import write_down

PER_PAGE = 30


@for_editors
@require_GET
def in_vain(request: HttpRequest) -> HttpResponse:
    """What was searched for and not found, most often first."""
    return _terms(request, "in_vain")


@for_editors
@require_GET
def most(request: HttpRequest) -> HttpResponse:
    return _terms(request, "most")


def _terms(request: HttpRequest, here: str) -> HttpResponse:
    if terms.has_old():  # where no worker runs, at least nothing old is kept that somebody looks at
        terms.forget_old()
    current = Paginator(terms.searched(in_vain=here == "in_vain"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": current, "here": here, "days": terms.DAYS, "kept_for": terms.FORGET_AFTER.days}
    return page(request, "search_terms.html", context, section="search")


@for_editors
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        terms.forget(pk)
        write_down("forget", Kind.TERM, pk, by=person(request))
    messages.success(request, _("This term is forgotten."))
    came_from = request.POST.get("next", "")
    return redirect(came_from if url_has_allowed_host_and_scheme(came_from, set()) else "desk:searches")


# -- synonyms ----------------------------------------------------------------------------------------------------


@for_editors
@require_GET
def synonyms(request: HttpRequest) -> HttpResponse:
    current = Paginator(Synonym.objects.order_by("words", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": current, "here": "synonyms", "is_full": current.paginator.count >= MOST_SYNONYMS}
    return page(request, "synonyms.html", context, section="search")


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new_synonym(request: HttpRequest) -> HttpResponse:
    return _synonym(request, None)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def synonym(request: HttpRequest, pk: int) -> HttpResponse:
    return _synonym(request, get_object_or_404(Synonym, pk=pk))


def _synonym(request: HttpRequest, row: Synonym | None) -> HttpResponse:
    form = SynonymForm(
        request.POST if request.method == "POST" else None, instance=row, initial=_given(request, "words")
    )
    if request.method != "POST" or not form.is_valid():
        return _form(request, "synonym.html", form, row, here="synonyms")
    with transaction.atomic():
        saved = form.save()
        write_down("edit" if row else "make", Kind.SYNONYM, saved.pk, by=person(request))
    messages.success(request, _("Saved. It holds from the next search on."))
    if form.same():
        said = {"words": ", ".join(form.same())}
        messages.warning(request, _("Search takes these for another of the words anyhow: %(words)s.") % said)
    return redirect("desk:synonym", saved.pk)


@for_editors
@require_POST
def delete_synonym(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Synonym, pk=pk)
    with transaction.atomic():
        row.delete()
        write_down("delete", Kind.SYNONYM, pk, by=person(request))
    messages.success(request, _("Deleted."))
    return redirect("desk:synonyms")


# -- promoted answers --------------------------------------------------------------------------------------------


@for_editors
@require_GET
def promoted(request: HttpRequest) -> HttpResponse:
    rows = Promotion.objects.select_related("article", "by").order_by("-made_at", "-pk")
    current = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "promotions.html", {"page": current, "here": "promotions"}, section="search")


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new_promotion(request: HttpRequest) -> HttpResponse:
    return _promotion(request, None)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def promotion(request: HttpRequest, pk: int) -> HttpResponse:
    return _promotion(request, get_object_or_404(Promotion.objects.select_related("article", "by"), pk=pk))


def _promotion(request: HttpRequest, row: Promotion | None) -> HttpResponse:
    form = PromotionForm(
        request.POST if request.method == "POST" else None,
        instance=row,
        initial=_given(request, "queries", "article"),
    )
    if request.method != "POST" or not form.is_valid():
        return _form(request, "promotion.html", form, row, here="promotions")
    if row is None:
        row = promotions.promote(by=person(request), **form.cleaned_data)
    else:
        promotions.change(row, by=person(request), **form.cleaned_data)
    messages.success(request, _("Saved. It holds from the next search on."))
    return redirect("desk:promotion", row.pk)


@for_editors
@require_POST
def delete_promotion(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Promotion, pk=pk)
    with transaction.atomic():
        row.delete()
        write_down("delete", Kind.PROMOTION, pk, by=person(request))
    messages.success(request, _("Deleted."))
    return redirect("desk:promotions")


def _given(request: HttpRequest, *names: str) -> dict[str, Any]:
    """What the link that led here filled in already."""
    return {name: request.GET[name][:500].replace("\0", "") for name in names if name in request.GET}


def _form(request: HttpRequest, template: str, form: forms.Form, row: Any, *, here: str) -> HttpResponse:
    given = form["words" if here == "synonyms" else "queries"].initial or ""
    context = {"form": form, "row": row, "here": here, "tried": given.partition(",")[0]}
    return page(request, template, context, section="search", status=422 if form.is_bound else 200)
