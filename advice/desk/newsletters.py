"""The newsletters: all editors read here what they are, those who may publish change them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from advice.desk.frame import page
from advice.desk.list_forms import NewsletterForm
from advice.desk.permissions import for_editors, person
from advice.newsletter import digests, figures
from advice.newsletter.models import Issue, Newsletter
from advice.trace.models import Kind
from advice.trace.writing import write_down


@for_editors
@require_GET
def newsletters(request: HttpRequest) -> HttpResponse:
    current = Paginator(figures.of_newsletters(), 30).get_page(request.GET.get("page"))
    rows = list(current)
    issues = Issue.objects.select_related("newsletter").in_bulk([row.last for row in rows if row.last])
    context = {
        "rows": [
            {"newsletter": row, "turn": digests.next_turn(row), "issue": issues.get(row.last)} for row in rows
        ],
        "page": current,
    }
    return page(request, "newsletters.html", context, section="newsletters")


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(Newsletter, pk=pk))


def _form(request: HttpRequest, newsletter: Newsletter | None) -> HttpResponse:
    pk = newsletter.pk if newsletter else 0
    form = NewsletterForm(request.POST or None, instance=newsletter)
    if request.method != "POST":
        return _show(request, form, pk)
    if not person(request).can_publish:
        messages.warning(request, _("What is public is changed by those who may publish."))
        return _show(request, form, pk, status=409)
    if not form.is_valid():
        return _show(request, form, pk, status=422)
    with transaction.atomic():
        saved = form.save()
        write_down("edit" if newsletter else "make", Kind.NEWSLETTER, saved.pk, by=person(request))
    messages.success(request, _("Saved."))
    if form.sends_for_another_domain:
        messages.warning(
            request,
            _(
                "Its sender’s address is of another domain than the site’s. See that your mail server may send for it."
            ),
        )
    return redirect("desk:newsletter", saved.pk)


def _show(request: HttpRequest, form: NewsletterForm, pk: int, *, status: int = 200) -> HttpResponse:
    known = Newsletter.objects.filter(pk=pk).first()  # as it stands, whatever was typed
    context: dict[str, Any] = {
        "form": form,
        "newsletter": known,
        "may_edit": person(request).can_publish,
        "turn": digests.next_turn(known) if known else None,
        "issues": figures.of_issues(known) if known else [],
    }
    return page(request, "newsletter.html", context, section="newsletters", status=status)
