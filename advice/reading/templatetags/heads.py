"""What stands in a page's head for others than its reader: the card, the tags of sharing, the data for search engines."""

import html
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.template.context import Context
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from advice import markup
from advice.articles import cards, drawing
from advice.articles.models import Article, Column, Expert, path_of
from advice.articles.models import Page as StandingPage
from advice.articles.page import ArticlePage
from advice.reading import structured

BRIEF = 155  # characters; search engines show no more of a description
_LOCALES = {"en": "en_US"}  # Open Graph wants a country
_KINDS = {"about": "AboutPage", "contact": "ContactPage"}

register = template.Library()


@register.simple_block_tag(takes_context=True)
def keep(context: Context, content: str, name: str) -> str:
    """Print what is inside, and keep it as `head_<name>` for the tags that repeat it. The site's name stays out of it."""
    kept = " ".join(content.split()).removesuffix(f" · {escape(settings.SITE_NAME)}")
    context[f"head_{name}"] = mark_safe(kept)  # it was escaped when it was printed
    return mark_safe(content)


@register.filter
def brief(text: str) -> str:
    """The beginning of rendered HTML as a description."""
    words = markup.plain(text)
    return words if len(words) <= BRIEF else words[: BRIEF - 2].rpartition(" ")[0].rstrip(",;:") + " …"


@register.simple_tag
def article_card(article: Article) -> dict[str, Any]:
    return _card(path_of("reading:card", article.slug), cards.of_article(article))


@register.simple_tag
def column_card(column: Column) -> dict[str, Any]:
    return _card(reverse("reading:column_card", args=[column.slug]), cards.of_column(column))


@register.simple_tag
def site_card() -> dict[str, Any]:
    return _card(reverse("reading:site_card"), cards.of_site())


def _card(path: str, card: drawing.Card) -> dict[str, Any]:
    return {
        "url": structured.card_address(path, card),
        "width": drawing.WIDTH,
        "height": drawing.HEIGHT,
        "alt": ". ".join(part for part in (card.site, card.kicker, card.headline) if part),
    }


@register.simple_tag
def og_locale() -> str:
    language = get_language() or settings.LANGUAGE_CODE
    return _LOCALES.get(language, language.replace("-", "_"))


@register.simple_tag
def structured_article(page: ArticlePage) -> SafeString:
    return structured.script(structured.article(page))


@register.simple_tag(takes_context=True)
def structured_front(context: Context) -> SafeString:
    return structured.script(structured.front(_kept(context, "description")))


@register.simple_tag(takes_context=True)
def structured_list(context: Context, entries: Any, under: str, name: str = "") -> SafeString:
    """The list `entries`: itself one of `structured.lists()`, or with a `name` of its own one step below it."""
    page = context.get("page")
    start = (page.number - 1) * page.paginator.per_page + 1 if isinstance(page, Page) else 1
    head = _kept(context, "title"), _kept(context, "description"), _address(context)
    return structured.script(
        structured.collection(*head, entries, start=start, trail=_trail(context, under, name))
    )


@register.simple_tag(takes_context=True)
def structured_expert(context: Context, expert: Expert, entries: Any) -> SafeString:
    head = _kept(context, "description"), _address(context)
    trail = _trail(context, "experts", expert.name)
    return structured.script(structured.profile(expert, *head, entries, trail=trail))


@register.simple_tag(takes_context=True)
def structured_standing(context: Context, page: StandingPage | None) -> SafeString | str:
    """Nothing for a page that its editors have not written yet."""
    if not page:
        return ""
    head = _kept(context, "title"), _kept(context, "description"), _address(context)
    kind = _KINDS.get(page.slug, "WebPage")
    return structured.script(structured.standing(kind, *head, page.updated_at))


@register.simple_tag(takes_context=True)
def structured_page(
    context: Context, kind: str, step: str, under: str = "", under_address: str = ""
) -> SafeString:
    """A page that is neither a list of articles nor one of trust; `step` is its name among the breadcrumbs."""
    head = _kept(context, "title"), _kept(context, "description"), _address(context)
    above = [(under, under_address)] if under else []
    trail = [*above, (step, context["request"].path)]
    return structured.script(structured.plain(kind, *head, trail))


def _trail(context: Context, under: str, name: str) -> list[tuple[str, str]]:
    step = structured.lists()[under]
    return [step, (name, context["request"].path)] if name else [step]


def _kept(context: Context, name: str) -> str:
    return html.unescape(str(context.get(f"head_{name}", "")))


def _address(context: Context) -> str:
    """As the canonical link says it: each page of a list has its own."""
    page = context.get("page")
    number = page.number if isinstance(page, Page) else 1
    return f"{context['canonical']}?page={number}" if number > 1 else str(context["canonical"])
