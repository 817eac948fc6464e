"""What an editor changed of a letter: the letter as it came beside the wording that is to be printed, word by word.

The words travel in the body of a POST, never in an address, and nothing keeps them.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice import markup
from advice.desk.permissions import for_editors
from advice.differing import Paragraphs, differ
from advice.letters.models import Letter

SHOW = "changed"  # the button's value, for a browser without JavaScript


@dataclass(frozen=True)
class Changed:
    """Both texts with what differs marked; nothing of them where `problem` says why."""

    original: Paragraphs
    edited: Paragraphs
    problem: str = ""


def changed(letter: Letter, wording: str) -> Changed:
    try:
        return Changed(*differ(letter.current.text, wording))
    except markup.TextTooLong as error:
        return Changed([], [], str(error))


def asked_for(request: HttpRequest, letter: Letter | None) -> Changed | None:
    """What the form's own button asks for, with the rest of what was typed."""
    if letter is None or request.POST.get("action") != SHOW:
        return None
    return changed(letter, request.POST.get("question", ""))


@for_editors
@require_POST
def differences(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment alone, for changed.js."""
    letter = Letter.objects.filter(pk=pk).defer("email").prefetch_related("versions").first()
    if letter is None or not letter.current.pk:
        return HttpResponse(_("The writer’s words have been deleted, as promised."), status=404)
    return render(
        request, "desk/changed.html", {"changed": changed(letter, request.POST.get("question", ""))}
    )
