"""The pages of trust: all editors read them here, those who may publish change them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from advice.articles import pages as workflow
from advice.articles.models import Page
from advice.articles.pages import PRIVACY, UNWRITTEN, address_of, places
from advice.articles.workflow import Stale
from advice.desk.comparing import differences
from advice.desk.forms import PageForm, show_preview
from advice.desk.frame import page as frame
from advice.desk.markdown import rehearse
from advice.desk.permissions import for_editors, person
from advice.keeping import PLACEHOLDER
from advice.limits import takes_files

CHANGES = 20


@for_editors
@require_GET
def pages(request: HttpRequest) -> HttpResponse:
    return frame(request, "pages_of_trust.html", {"places": places()}, section="pages")


@takes_files
@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in UNWRITTEN:
        raise Http404
    return _save(request, slug) if request.method == "POST" else _show(request, slug)


def _show(request: HttpRequest, slug: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page at the desk; `more` holds the form that was sent and is shown again."""
    found = Page.objects.filter(slug=slug).first()
    context = {
        "slug": slug,
        "address": address_of(slug),
        "found": found,
        "title": found.title if found else UNWRITTEN[slug],
        "form": PageForm(initial=_of(found, slug)),
        **more,
        "may_edit": person(request).can_publish,
        "lacks_table": slug == PRIVACY and found is not None and PLACEHOLDER not in found.text,
        "placeholder": PLACEHOLDER,
        "changes": found.changes.select_related("by")[:CHANGES] if found else [],
    }
    return frame(request, "page.html", context, section="pages", status=status)


def _of(page: Page | None, slug: str) -> dict[str, Any]:
    if page is None:
        return {"title": UNWRITTEN[slug], "text": "", "version": 0}
    return {"title": page.title, "text": page.text, "version": page.version}


def _save(request: HttpRequest, slug: str) -> HttpResponse:
    rehearsal = rehearse(request, "text")
    if rehearsal is not None:
        form = PageForm(rehearsal.data)
        show_preview(form, "text", rehearsal.html)
        if rehearsal.error:
            form.add_error("text", rehearsal.error)
        return _show(request, slug, form=form)
    form = PageForm(request.POST)
    if not person(request).can_publish:
        messages.warning(request, _("What is public is changed by those who may publish."))
        return _show(request, slug, form=form, status=409)
    if not form.is_valid():
        return _show(request, slug, form=form, status=422)
    try:
        workflow.write(slug, by=person(request), **form.cleaned_data)
    except Stale as error:
        return _stale(request, form, slug, error.current)
    messages.success(request, _("Saved."))
    return redirect("desk:page", slug)


def _stale(request: HttpRequest, form: PageForm, slug: str, current: Page | None) -> HttpResponse:
    """Both texts: theirs as it stands, ours still in the form, whose next save is a deliberate one."""
    data, theirs = request.POST.copy(), _of(current, slug)
    data["version"] = str(theirs["version"])
    differ = differences(form, theirs, form.cleaned_data, ("title", "text"))
    return _show(request, slug, form=PageForm(data), differ=differ, stale=True, status=409)
