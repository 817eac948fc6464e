"""The check before publishing: a point is waived with a reason, what may tell who wrote is replaced or kept with one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice.articles import checking as waivers
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.desk import articles
from advice.desk.checks import KEEP, REPLACE, FindForm, WaiveForm, find_forms
from advice.desk.permissions import article_for, for_editors, may_edit, person
from advice.letters import checking
from advice.letters.checking import NewFinds


def _may(request: HttpRequest, article: Article) -> None:
    if not may_edit(person(request), article):
        raise NotPermitted(_("What is public is changed by those who may publish."))


def _back(article: Article) -> HttpResponse:
    return redirect(f"{reverse('desk:article', args=[article.pk])}#check")


@for_editors
@require_POST
def waive(request: HttpRequest, pk: int) -> HttpResponse:
    article, key = article_for(person(request), pk), request.POST.get("waive", "")
    form = WaiveForm(request.POST, prefix=f"waive-{key}")
    if not form.is_valid():
        return articles.show(request, article, status=422, waive_form=(key, form))
    try:
        _may(request, article)
        given = form.cleaned_data
        checking.waive(article, key=key, of=given["of"], reason=given["reason"], by=person(request))
    except Stale as error:
        messages.warning(request, _("It was changed in the meantime. See what is open now, then decide."))
        again = _anew(error.current, key, form)
        return articles.show(request, error.current, status=409, waive_form=(key, again))
    except NotPermitted as error:
        return articles.too_late(request, pk, error, waive_form=(key, form))
    messages.success(request, _("Waived, with your reason."))
    return _back(article)


def _anew(article: Article, key: str, form: WaiveForm) -> WaiveForm:
    """For what is open now, with the reason as it was typed."""
    assert isinstance(form.data, QueryDict)
    data = form.data.copy()
    of = next((point.of for point in checking.check(article).points if point.key == key), "")
    data[form.add_prefix("of")] = of
    return WaiveForm(data, prefix=form.prefix)


@for_editors
@require_POST
def take_back(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    article = article_for(person(request), pk)
    waiver = get_object_or_404(article.waivers, pk=number)
    try:
        _may(request, article)
        waivers.take_back(waiver, by=person(request))
    except NotPermitted as error:
        return articles.too_late(request, pk, error)
    messages.success(request, _("Taken back."))
    return _back(article)


@for_editors
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Several findings at once; what is left for later stays open."""
    article, data = article_for(person(request), pk), request.POST
    checked = checking.check(article)
    if data.get("seen") != checked.of:
        return _changed(request, article)
    forms = find_forms(checked, data)
    if not all(form.is_valid() for form in forms if form.is_bound):
        return articles.show(request, article, status=422, decided=data)
    replace, keep = _decided(forms, REPLACE, "words"), _decided(forms, KEEP, "reason")
    if not replace and not keep:
        messages.warning(request, _("Choose what is to be done with one of them at least."))
        return articles.show(request, article, status=422, decided=data)
    try:
        _may(request, article)
        checking.settle(article, seen=checked.of, replace=replace, keep=keep, by=person(request))
    except Stale as error:
        return _changed(request, error.current)
    except (NewFinds, NotReady) as error:
        messages.warning(request, _("In other words it would tell as much:") + " " + _names(error))
        return articles.show(request, article_for(person(request), pk), status=422, decided=data)
    except NotPermitted as error:
        return articles.too_late(request, pk, error, decided=data)
    messages.success(request, _("Done. What is open still stands below."))
    return _back(article)


def _decided(forms: list[FindForm], act: str, field: str) -> dict[str, str]:
    bound = [form for form in forms if form.is_bound and form.cleaned_data["do"] == act]
    return {form.finding.field_key: form.cleaned_data[field] for form in bound}


def _names(error: NotReady) -> str:
    if isinstance(error, NewFinds):
        return ", ".join(f"“{finding.text}”" for finding in error.findings)
    return str(error)


def _changed(request: HttpRequest, article: Article) -> HttpResponse:
    """What was typed stays with what is still found."""
    messages.warning(request, _("It was changed in the meantime. See what stands there now, then decide."))
    return articles.show(request, article, status=409, decided=request.POST)
