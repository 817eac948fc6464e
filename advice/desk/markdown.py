"""The Markdown editor's two addresses, and the same two acts for a browser without JavaScript.

django-markdownx brings the script; its own views are open to anybody and believe what a file says of itself, so they
are not mounted. Its script writes whatever answers into the page, so every answer here is a small safe fragment (or
JSON): never a redirect to the sign-in page, never an error page.
"""

from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import decorator_from_middleware
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from advice import markup
from advice.articles.models import Snippet
from advice.articles.models.snippets import draw
from advice.articles.page import printed
from advice.desk.changed import SHOW
from advice.desk.permissions import leads_up, person
from advice.limits import takes_files
from advice.pictures import NotAnImage, fresh_pixels, random_name
from advice.trace.models import Kind
from advice.trace.writing import write_down
from advice.typed import has_visible


def store(file: "UploadedFile | None", alt: str) -> str:
    """Keep an uploaded picture under a random name; gives its address. Raises NotAnImage, also where nothing describes it."""
    if file is None:
        raise NotAnImage(_("Choose a picture first."))
    if not has_visible(alt):
        raise NotAnImage(_("Say what the picture shows, for those who cannot see it."))
    name = default_storage.save(f"uploads/{random_name()}", ContentFile(fresh_pixels(file)))
    return default_storage.url(name)


def image_code(address: str, alt: str) -> str:
    """Markdown for a picture; `alt` is plain text and stays that."""
    words = markup.paragraphs(" ".join(alt.split())[:300]).replace("]", r"\]")
    return f"![{words}]({address})"


# -- the script's two addresses ---------------------------------------------------------------------------------


def _fragment(text: str, status: int) -> HttpResponse:
    return HttpResponse(format_html('<p class="errors">{}</p>', text), status=status)


class _SmallRefusal(CsrfViewMiddleware):
    """The CSRF check, whose refusal is a fragment instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseForbidden:
        return HttpResponseForbidden(
            format_html('<p class="errors">{}</p>', _("Please reload the page: its session has changed."))
        )


_csrf_checked = decorator_from_middleware(_SmallRefusal)


def _guarded(view: Any) -> Any:
    # The middleware proper is told to leave these views alone only because the same check stands right here.
    return csrf_exempt(_csrf_checked(leads_up(require_POST(view))))


def _refused(request: HttpRequest) -> str:
    return (
        ""
        if request.user.is_authenticated
        else _("You are signed out. Sign in in another tab, then go on writing.")
    )


@_guarded
def markdownx_markdownify(request: HttpRequest) -> HttpResponse:
    refusal = _refused(request)
    if refusal:
        return _fragment(refusal, 403)
    try:
        return HttpResponse(_set(request.POST.get("content", ""), "snippets" in request.GET))
    except markup.TextTooLong as error:
        return _fragment(str(error), 413)


def _set(text: str, with_snippets: bool) -> SafeString:
    return printed(draw(text).html if with_snippets else markup.render(text))


def _store(request: HttpRequest, alt: str) -> str:
    address = store(request.FILES.get("image"), alt)
    write_down("upload", Kind.PICTURE, by=person(request))
    return address


@takes_files
@_guarded
def markdownx_upload(request: HttpRequest) -> JsonResponse:
    refusal = _refused(request)
    if refusal:
        return JsonResponse({"error": refusal}, status=403)
    try:
        address = _store(request, request.POST.get("alt", ""))
    except NotAnImage as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(
        {"image_code": image_code(address, request.POST.get("alt", "")), "image_path": address}
    )


# -- the same without JavaScript: buttons of the form itself ----------------------------------------------------


@dataclass(frozen=True)
class Rehearsal:
    """A form to be shown again, unsaved: with the text rendered, and perhaps a picture put into it."""

    data: QueryDict
    html: str
    error: str = ""


def rehearse(request: HttpRequest, field: str, *, snippets: bool = False) -> Rehearsal | None:
    """What the buttons “Preview”, “Add picture”, “Insert” and “Show what changed” ask for; None where the form is to be saved.

    With `snippets` those that the text names are drawn in it.
    """
    action = request.POST.get("action")
    if action not in {"preview", "picture", "snippet", SHOW}:
        return None
    data, error = request.POST.copy(), ""
    if action == "picture":
        try:
            alt = request.POST.get("alt", "")
            code = image_code(_store(request, alt), alt)
            data[field] = f"{data.get(field, '').rstrip()}\n\n{code}\n"
        except NotAnImage as problem:
            error = str(problem)
    if action == "snippet":
        slug = request.POST.get("snippet", "").replace("\0", "")
        chosen = Snippet.objects.filter(slug=slug).first()
        if chosen is None:
            error = _("Choose a snippet first.")
        else:
            data[field] = f"{data.get(field, '').rstrip()}\n\n{chosen.code}\n".lstrip()
    if action == SHOW:
        return Rehearsal(data, "")
    try:
        return Rehearsal(data, _set(data.get(field, ""), snippets), error)
    except markup.TextTooLong as problem:
        return Rehearsal(data, "", str(problem))
