"""Pieces of text that stand in many: written once, named in a text, and drawn where they are named.

A text names one as {{stretch-box}} in a paragraph of its own. It is put in after the text is set, as set by itself: so
nothing in a code block is taken for one, a snippet can close nothing that the text opened, and none is drawn in another.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db import models

from advice import markup

MOST = 10  # in one text; what is named beyond them stays as it is typed
NAME = r"[a-z0-9][a-z0-9-]{0,59}"
_DRAWN = re.compile(rf"<p>\{{\{{({NAME})\}}\}}</p>")
_TYPED = re.compile(rf"\{{\{{\s*({NAME})\s*\}}\}}")  # also with spaces, which draw nothing: the desk says so


class Snippet(models.Model):
    """A piece of text that other texts name. Its name in texts is given once."""

    name = models.CharField(max_length=80, unique=True, help_text="For the desk alone.")
    slug = models.SlugField(max_length=60, unique=True, help_text="How texts name it.")
    text = models.TextField(max_length=5_000, help_text="Markdown.")
    html = models.TextField(editable=False, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Raised by each save.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.html = markup.render(self.text)
        super().save(*args, **kwargs)

    @property
    def code(self) -> str:
        return code_of(self.slug)


def code_of(slug: str) -> str:
    """How a text names it."""
    return "{{" + slug + "}}"


@dataclass(frozen=True)
class Drawn:
    """A text as it is printed, and which snippets stand in it, each with its version: “ stretch-box:3 ”."""

    html: str
    snippets: str

    @property
    def names(self) -> list[str]:
        return [one.partition(":")[0] for one in self.snippets.split()]


def draw(text: str) -> Drawn:
    """`text` set, with the snippets it names. Raises what markup.render raises."""
    html = markup.render(text)
    found = _named(_DRAWN.findall(html)[:MOST])
    if not found:
        return Drawn(html, "")

    def put(place: re.Match[str]) -> str:
        return found[place[1]].html if place[1] in found else place[0]

    versions = " ".join(f"{slug}:{row.version}" for slug, row in sorted(found.items()))
    return Drawn(_DRAWN.sub(put, html, count=MOST), f" {versions} ")


def _named(slugs: list[str]) -> dict[str, Snippet]:
    return {row.slug: row for row in Snippet.objects.filter(slug__in=slugs)} if slugs else {}


def typed_in(text: str) -> list[str]:
    """What `text` names wherever it stands, each once."""
    return list(dict.fromkeys(_TYPED.findall(text)))


def markdown_of(text: str) -> str:
    """`text` with the Markdown of the snippets that are drawn in it, for whoever reads it in that form."""
    if "{{" not in text:
        return text
    found = _named(draw(text).names)
    for row in found.values():
        own_line = re.compile(rf"^ {{0,3}}{re.escape(row.code)}[ \t]*$", re.MULTILINE)
        text = row.text.join(own_line.split(text.replace("\r\n", "\n")))
    return text
