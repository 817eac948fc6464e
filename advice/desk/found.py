"""Search in letters. What somebody looked for is kept encrypted in their session, for half an hour: no address, no log and no
browser's history has a writer's words, and Back still leads to what was found."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice import crypto
from advice.desk.permissions import for_editors
from advice.letters import finding

KEY = "letters-found"
KEPT = dt.timedelta(minutes=30)
EXCERPT = 150


@dataclass(frozen=True)
class Found:
    text: str
    letters: tuple[int, ...]

    @property
    def words(self) -> list[str]:
        return finding.words_of(self.text)

    @property
    def are_most(self) -> bool:
        return len(self.letters) >= finding.MOST


class FindForm(forms.Form):
    q = forms.CharField(max_length=200, required=False)


@for_editors
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    form = FindForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Please search for something shorter."))
        return redirect("desk:home")
    text = form.cleaned_data["q"]
    if not finding.words_of(text):
        request.session.pop(KEY, None)
        return redirect("desk:home")
    letters = finding.find(finding.words_of(text))
    said = {"until": (timezone.now() + KEPT).timestamp(), "text": text, "letters": letters}
    request.session[KEY] = crypto.encrypt(json.dumps(said))
    return redirect(f"{reverse('desk:home')}?show=found#queue")


def found_by(request: HttpRequest) -> Found | None:
    """What this person last looked for, and found, while it is kept."""
    token = request.session.get(KEY)
    if token is None:
        return None
    try:
        said: dict[str, Any] = json.loads(crypto.decrypt(token))
    except InvalidToken:
        return None
    if said["until"] < timezone.now().timestamp():
        return None
    return Found(said["text"], tuple(said["letters"]))


def marked(text: str, words: list[str]) -> SafeString:
    """The text with the found words marked."""
    if not words:
        return escape(text)
    pieces = re.split(f"({'|'.join(map(re.escape, words))})", text, flags=re.IGNORECASE)
    return mark_safe(
        "".join(
            f"<mark>{escape(one)}</mark>" if place % 2 else escape(one) for place, one in enumerate(pieces)
        )
    )


def excerpt(text: str, words: list[str]) -> SafeString | str:
    """The piece of a letter around the first of the words, or nothing where it has none of them."""
    first = re.search("|".join(map(re.escape, words)), text, flags=re.IGNORECASE) if words else None
    if first is None:
        return ""
    start = max(0, first.start() - EXCERPT // 3)
    piece = " ".join(text[start : start + EXCERPT].split())
    return marked(("…" if start else "") + piece + ("…" if start + EXCERPT < len(text) else ""), words)
