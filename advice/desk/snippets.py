"""Snippets at the desk: all editors read them and put them into texts, those who may publish change them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import snippets as workflow
from advice.articles.models import Snippet
from advice.articles.workflow import NotPermitted
from advice.desk import curating as saving
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.desk.snippet_forms import SnippetForm
from advice.limits import takes_files

PER_PAGE = 30
MOST_SHOWN = 30


@for_editors
@require_GET
def snippets(request: HttpRequest) -> HttpResponse:
    current = Paginator(Snippet.objects.order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    uses = workflow.uses()
    context = {"page": current, "rows": [{"snippet": row, "uses": uses[row.slug]} for row in current]}
    return page(request, "snippets.html", context, section="manage")


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = SnippetForm(request.POST if request.method == "POST" else None)

    def show(form: SnippetForm, *, status: int = 200, **more: Any) -> HttpResponse:
        context = {"form": form, "may_edit": person(request).can_publish, **more}
        return page(request, "snippet.html", context, section="manage", status=status)

    return saving.save_printed(request, form, "text", show=show, act=workflow.make, to="desk:snippet")


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    snippet = get_object_or_404(Snippet, pk=pk)
    form = SnippetForm(request.POST if request.method == "POST" else None, instance=snippet)

    def act(**fields: Any) -> Snippet:
        return workflow.edit(snippet, **fields)

    def show(form: SnippetForm, *, status: int = 200, **more: Any) -> HttpResponse:
        return _show(request, pk, form=form, status=status, **more)

    return saving.save_printed(request, form, "text", show=show, act=act, to="desk:snippet")


def _show(request: HttpRequest, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The snippet's page; `more` holds the form that was sent and is shown again."""
    snippet = get_object_or_404(Snippet, pk=pk)  # as it stands, whatever was typed
    articles = workflow.standing_in(snippet)
    context = {
        "snippet": snippet,
        "articles": articles.only("headline")[:MOST_SHOWN],
        "count": articles.count(),
        "columns": workflow.columns_with(snippet),
        "form": SnippetForm(instance=snippet),
        **more,
        "may_edit": person(request).can_publish,
    }
    return page(request, "snippet.html", context, section="manage", status=status)


@for_editors
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    snippet = get_object_or_404(Snippet, pk=pk)
    if not saving.may_change(request):
        return _show(request, pk, status=409)
    try:
        workflow.delete(snippet, by=person(request))
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _show(request, pk, status=409)
    messages.success(request, _("Deleted."))
    return redirect("desk:snippets")
