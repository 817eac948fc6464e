"""Snippets that a text names and does not get: said once it is saved, for it stays as it is typed."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from advice.articles.snippets import not_drawn

MOST_SAID = 5


def warn(request: HttpRequest, text: str) -> None:
    if names := not_drawn(text or ""):
        said = _(
            "This stays as you typed it: %(names)s. There is no such snippet, or it does not stand in a paragraph of its own."
        )
        messages.warning(request, said % {"names": ", ".join(names[:MOST_SAID])})
