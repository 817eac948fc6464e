"""What the forms of the catalogue have in common: who may, what a refusal says, and that nothing typed is lost."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from advice.articles.workflow import NotPermitted
from advice.desk.catalogue_forms import SeenForm
from advice.desk.forms import show_preview
from advice.desk.markdown import rehearse
from advice.desk.named import warn
from advice.desk.permissions import person

Show = Callable[..., HttpResponse]


def may_change(request: HttpRequest) -> bool:
    """Says why where somebody may not: what readers see is changed by those who may publish."""
    if person(request).can_publish:
        return True
    messages.warning(request, _("What is public is changed by those who may publish."))
    return False


def save(
    request: HttpRequest, form: forms.BaseForm, *, show: Show, act: Callable[..., models.Model], to: str
) -> HttpResponse:
    """Shows the form, or saves by `act` what it holds and leads to the row's page, `to`."""
    if request.method != "POST":
        return show(form)
    if not form.is_valid():
        return show(form, status=422)
    if isinstance(form, SeenForm) and form.is_stale():
        differ = form.differences()
        form.see()
        return show(form, differ=differ, stale=True, status=409)
    try:
        row = act(by=person(request), **form.cleaned_data)
    except NotPermitted as error:
        form.add_error(None, str(error))
        return show(form, status=409)
    except IntegrityError:  # the database has the last word on what stands once
        form.add_error(None, _("Somebody gave this name or address to another just now."))
        return show(form, status=409)
    warn(request, form.cleaned_data.get("disclaimer", ""))
    messages.success(request, _("Saved."))
    return redirect(to, row.pk)


def save_printed(
    request: HttpRequest,
    form: SeenForm,
    field: str,
    *,
    show: Show,
    act: Callable[..., models.Model],
    to: str,
) -> HttpResponse:
    """The same for a form with an editor, whose buttons show the text or add a picture; for those who may publish."""
    if request.method != "POST":
        return show(form)
    rehearsal = rehearse(request, field, snippets=field == "disclaimer")
    if rehearsal is not None:
        form.data = rehearsal.data
        form.is_valid()
        form.errors.clear()
        show_preview(form, field, rehearsal.html)
        if rehearsal.error:
            form.add_error(field, rehearsal.error)
        return show(form)
    if not may_change(request):
        return show(form, status=409)
    return save(request, form, show=show, act=act, to=to)
