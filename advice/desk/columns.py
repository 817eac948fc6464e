"""Columns at the desk: all editors read here what they are, those who may publish change them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import curating
from advice.articles.models import Article, Column, Status
from advice.articles.workflow import NotPermitted
from advice.desk import curating as saving
from advice.desk.catalogue_forms import ColumnForm
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.limits import takes_files

PER_PAGE = 30


@for_editors
@require_GET
def columns(request: HttpRequest) -> HttpResponse:
    current = Paginator(Column.objects.order_by("position", "name"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": current, "rows": _counted(list(current)), "may_edit": person(request).can_publish}
    return page(request, "columns.html", context, section="manage")


def _counted(found: list[Column]) -> list[dict[str, Any]]:
    is_out = Q(status=Status.PUBLISHED, published_at__lte=timezone.now())
    of_these = Article.objects.filter(column__in=found).order_by().values("column")
    counts = {
        row["column"]: row for row in of_these.annotate(all=Count("pk"), public=Count("pk", filter=is_out))
    }
    experts = dict(
        Column.experts.through.objects.filter(column__in=found)
        .values_list("column")
        .annotate(count=Count("pk"))
    )
    nothing = {"all": 0, "public": 0}
    return [
        {**counts.get(row.pk, nothing), "column": row, "experts": experts.get(row.pk, 0)} for row in found
    ]


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    last = Column.objects.order_by("position").values_list("position", flat=True).last()
    initial = {"position": 0 if last is None else last + 1}
    form = ColumnForm(request.POST if request.method == "POST" else None, initial=initial)

    def show(form: ColumnForm, *, status: int = 200, **more: Any) -> HttpResponse:
        context = {"form": form, "may_edit": person(request).can_publish, **more}
        return page(request, "column.html", context, section="manage", status=status)

    return saving.save_printed(
        request, form, "disclaimer", show=show, act=curating.make_column, to="desk:column"
    )


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    column = get_object_or_404(Column, pk=pk)
    form = ColumnForm(request.POST if request.method == "POST" else None, instance=column)

    def act(**fields: Any) -> Column:
        return curating.edit_column(column, **fields)

    def show(form: ColumnForm, *, status: int = 200, **more: Any) -> HttpResponse:
        return _show(request, pk, form=form, status=status, **more)

    return saving.save_printed(request, form, "disclaimer", show=show, act=act, to="desk:column")


def _show(request: HttpRequest, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The column's page; `more` holds the form that was sent and is shown again."""
    column = get_object_or_404(Column, pk=pk)  # as it stands, whatever was typed
    context = {
        **_counted([column])[0],
        "form": ColumnForm(instance=column),
        **more,
        "may_edit": person(request).can_publish,
    }
    return page(request, "column.html", context, section="manage", status=status)


@for_editors
@require_POST
def up(request: HttpRequest, pk: int) -> HttpResponse:
    column = get_object_or_404(Column, pk=pk)
    if not saving.may_change(request):
        return _show(request, pk, status=409)
    curating.raise_column(column, by=person(request))
    return redirect("desk:columns")


@for_editors
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    column = get_object_or_404(Column, pk=pk)
    if not saving.may_change(request):
        return _show(request, pk, status=409)
    try:
        curating.delete_column(column, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _show(request, pk, status=409)
    messages.success(request, _("Deleted."))
    return redirect("desk:columns")
