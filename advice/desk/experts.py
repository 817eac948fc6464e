"""Experts at the desk: who they are, what they are entitled to call themselves, and when somebody last made sure."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import curating
from advice.articles.models import Answer, Article, Expert
from advice.articles.workflow import NotPermitted
from advice.desk import curating as saving
from advice.desk.catalogue_forms import ExpertForm
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.limits import takes_files

PER_PAGE = 30
CHECK_EVERY = dt.timedelta(days=365)


def with_checks(rows: "QuerySet[Expert]") -> "QuerySet[Any]":
    """Each with `is_checked`: whether somebody looked at the credentials within the year."""
    since = timezone.localdate() - CHECK_EVERY
    return rows.annotate(is_checked=Case(When(checked_on__gt=since, then=Value(True)), default=Value(False)))


@for_editors
@require_GET
def experts(request: HttpRequest) -> HttpResponse:
    rows = with_checks(Expert.objects.select_related("user").order_by("name", "pk"))
    current = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": current, "rows": _counted(list(current))}
    return page(request, "experts.html", context, section="manage")


def _counted(found: list[Any]) -> list[dict[str, Any]]:
    answers = Answer.objects.filter(expert__in=found).order_by().values("expert")
    is_out = Q(article__in=Article.objects.published())
    counts = {
        row["expert"]: row for row in answers.annotate(all=Count("pk"), public=Count("pk", filter=is_out))
    }
    nothing = {"all": 0, "public": 0}
    return [{**counts.get(row.pk, nothing), "expert": row} for row in found]


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = ExpertForm(person(request), *_sent(request))

    def show(form: ExpertForm, *, status: int = 200, **more: Any) -> HttpResponse:
        context = {"form": form, "may_edit": person(request).can_publish, **more}
        return page(request, "expert.html", context, section="manage", status=status)

    return saving.save_printed(request, form, "bio", show=show, act=curating.make_expert, to="desk:expert")


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    expert = get_object_or_404(Expert.objects.select_related("user"), pk=pk)
    form = ExpertForm(person(request), *_sent(request), instance=expert)

    def act(**fields: Any) -> Expert:
        return curating.edit_expert(expert, **fields)

    def show(form: ExpertForm, *, status: int = 200, **more: Any) -> HttpResponse:
        return _show(request, pk, form=form, status=status, **more)

    return saving.save_printed(request, form, "bio", show=show, act=act, to="desk:expert")


def _show(request: HttpRequest, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The expert's page; `more` holds the form that was sent and is shown again."""
    expert = get_object_or_404(with_checks(Expert.objects.select_related("user")), pk=pk)
    context = {
        **_counted([expert])[0],
        "columns": expert.columns.all(),
        "form": ExpertForm(person(request), instance=expert),
        **more,
        "may_edit": person(request).can_publish,
    }
    return page(request, "expert.html", context, section="manage", status=status)


@for_editors
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    expert = get_object_or_404(Expert, pk=pk)
    if not saving.may_change(request):
        return _show(request, pk, status=409)
    try:
        curating.delete_expert(expert, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _show(request, pk, status=409)
    messages.success(request, _("Deleted."))
    return redirect("desk:experts")
