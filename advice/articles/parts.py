"""Everything that is printed of an article as texts that can be read and mended one by one."""

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from advice import markup
from advice.accounts.models import User
from advice.articles import workflow
from advice.articles.models import Article, Column, Snippet
from advice.articles.models.snippets import draw

_ESCAPED = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
# Where a link or a picture leads to: an address of our own, or one that somebody set on purpose.
_OWN_TARGET = re.compile(r"(?<=\]\()<?/(?!/)[^)\s]*")
_TARGET = re.compile(r"(?<=\]\()<?(?P<address>(?:https?:)?//[^)\s>]*)", re.IGNORECASE)
_LINK = re.compile(
    r"!?\[(?P<label>[^\[\]]*)\]\(\s*(?P<address><[^<>\n]*>|[^\s)]+)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
    r"|<(?P<bare>[a-z][a-z0-9+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>]+)>",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?:/)?/\S*")
_LINES = ("headline", "dek", "signature", "announced_as")


@dataclass(frozen=True)
class Part:
    """One text. `key` is a field of the article, answer-<number>, source-<place>-<field>, disclaimer, or snippet-<name>.

    What other articles print, too, is not replaced for the sake of one; nor is an address, which others know.
    """

    key: str
    label: str
    text: str
    is_markdown: bool = False
    may_replace: bool = True

    @property
    def is_answer(self) -> bool:
        return self.key.startswith("answer-")

    def read(self) -> tuple[str, list[int]]:
        """The words without escapes and links to our own pages, and where in `text` each character stands."""
        if not self.is_markdown:
            return self.text, list(range(len(self.text)))
        masked = _OWN_TARGET.sub(lambda found: " " * len(found[0]), self.text)
        escapes = {found.start() for found in _ESCAPED.finditer(masked)}
        places = [place for place in range(len(masked)) if place not in escapes]
        return "".join(masked[place] for place in places), places

    def linked(self, places: list[int]) -> list[tuple[int, int]]:
        """Where in the words that were read the addresses stand that an answer's expert, or the desk for many, linked."""
        if self.key.startswith("source-") and self.key.endswith("-url"):
            return [(0, len(self.text))]
        if not self.is_answer and (self.may_replace or not self.is_markdown):
            return []
        spans = (found.span("address") for found in _TARGET.finditer(self.text))
        return [(bisect_left(places, start), bisect_left(places, end)) for start, end in spans]

    def with_words(self, changes: Mapping[tuple[int, int], str]) -> str:
        """`text` with other words between these places of it; in Markdown they read as they were typed.

        A link whose address gives way to words leads nowhere any more, so what it was named by stays, and the link goes.
        """
        text = self.text
        typed = {at: markup.paragraphs(words) if self.is_markdown else words for at, words in changes.items()}
        if self.is_markdown:
            typed = _without_links(text, changes, typed)
        for (start, end), words in sorted(typed.items(), reverse=True):
            text = text[:start] + words + text[end:]
        return text


def _without_links(
    text: str, changes: Mapping[tuple[int, int], str], typed: Mapping[tuple[int, int], str]
) -> dict[tuple[int, int], str]:
    """`typed`, with what stands for a link's address in place of all that makes it a link."""
    left = dict(typed)
    for link in _LINK.finditer(text):
        start, end = link.span("bare" if link["bare"] else "address")
        inside = [at for at in left if start <= at[0] and at[1] <= end]
        if not inside or any(_ADDRESS.fullmatch(changes[at]) for at in inside):
            continue
        words = [left.pop(at) for at in inside]
        if link["label"]:
            left |= {(link.start(), link.start("label")): "", (link.end("label"), link.end()): ""}
        else:
            left[link.span()] = words[0]
    return left


def parts(article: Article) -> list[Part]:
    labels = {
        "headline": _("Headline"),
        "dek": _("Dek"),
        "signature": _("Signature"),
        "announced_as": _("Announced as"),
    }
    found = [Part(name, labels[name], getattr(article, name)) for name in _LINES]
    found.insert(2, Part("question", _("Question"), article.question, is_markdown=True))
    for answer in article.answers.select_related("expert"):
        name = answer.expert.name if answer.expert else ""
        label = _("Answer of %(name)s") % {"name": name} if name else _("Answer")
        found.append(Part(f"answer-{answer.pk}", label, answer.text, is_markdown=True))
    for place, source in enumerate(article.sources):
        label = _("Source %(number)s") % {"number": place + 1}
        found += [
            Part(f"source-{place}-{name}", label, source.get(name) or "") for name in ("title", "publisher")
        ]
        found.append(Part(f"source-{place}-url", label, source.get("url") or "", may_replace=False))
    found += [*_address(article), *_shared(article)]
    return [part for part in found if part.text]


def _address(article: Article) -> list[Part]:
    """One that somebody typed, as a title: a name in it has no capitals of its own. One that was made says what the
    headline says."""
    if workflow.is_unnamed(article) or _is_made(article):
        return []
    words = article.slug.replace("-", " ").title()
    return [Part("slug", _("Address"), words, may_replace=False)]


def _is_made(article: Article) -> bool:
    made = slugify(article.headline)[:80].strip("-")
    numbered = re.escape(made[:70].strip("-")) + r"-\d{1,3}"
    return article.slug == made or re.fullmatch(numbered, article.slug) is not None


def _shared(article: Article) -> list[Part]:
    """What stands in it and in others: its column's disclaimer, and the snippets that are drawn."""
    column: Column | None = article.column
    disclaimer = column.disclaimer if column else ""
    drawn = " ".join([article.snippets, *(answer.snippets for answer in article.answers.all())]).split()
    names = [one.partition(":")[0] for one in drawn] + (draw(disclaimer).names if "{{" in disclaimer else [])
    rows = Snippet.objects.filter(slug__in=names) if names else []
    return [
        Part("disclaimer", _("Disclaimer"), disclaimer, is_markdown=True, may_replace=False),
        *(_snippet(row) for row in rows),
    ]


def _snippet(row: Snippet) -> Part:
    label = _("Snippet “%(name)s”") % {"name": row.name}
    return Part(f"snippet-{row.slug}", label, row.text, is_markdown=True, may_replace=False)


def write(article: Article, texts: Mapping[str, str], *, by: User, why: str) -> None:
    """Save these parts anew, each as a save like any other. Inside the caller's transaction, under the article's lock."""
    fields: dict[str, Any] = {key: text for key, text in texts.items() if key in {*_LINES, "question"}}
    sources = [dict(source) for source in article.sources]
    for key, text in texts.items():
        if key.startswith("source-"):
            _, place, name = key.split("-")
            sources[int(place)][name] = text
    if sources != article.sources:
        fields["sources"] = sources
    if fields:
        workflow.edit(article, by=by, version=article.version, why=why, **fields)
    for answer in article.answers.all():
        words = texts.get(f"answer-{answer.pk}")
        if words is not None:
            workflow.save_answer(answer, text=words, by=by, version=answer.version, why=why)
