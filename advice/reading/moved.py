"""Where the page is that somebody looks for at an address that has none: under a newer slug, in small letters, with its
slash at the end, or deleted. All in one step, whatever of it is true, so that no redirect leads to another.

Asked only after the address was not found, so that pages that are there pay nothing for it.
"""

import re

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.encoding import iri_to_uri

from advice.articles import addresses
from advice.articles.addresses import PRIVATE
from advice.articles.models import Article, Column, Expert, OldSlug, Tag, TagAlias

LONGEST = 300  # characters; no address of ours is as long
DOORS = {"reading", "letterbox", "newsletter"}
_PIECE = re.compile(
    r"(?P<head>/(?:feeds/)?(?P<kind>questions|columns|tags|experts|ask)/)(?P<slug>[-\w]+)(?P<tail>(?:[./].*)?)",
    re.ASCII,
)

_MODELS: dict[str, type[Column] | type[Expert] | type[Tag]] = {
    "ask": Column,
    "columns": Column,
    "experts": Expert,
    "tags": Tag,
}


def redirect(request: HttpRequest, path: str) -> HttpResponsePermanentRedirect:
    """To that path for ever, with what the address asked for behind its question mark."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{iri_to_uri(query)}" if query else path)


def now_at(path: str) -> str | None:
    """The path of the page that `path` means; "" where that was deleted; None where there never was one."""
    if len(path) > LONGEST or not (path.isascii() and path.isprintable()) or PRIVATE.match(path):
        return None
    plain = _plain(path)
    piece = _PIECE.fullmatch(plain)
    if piece is None:
        return plain if plain != path and _match(plain) else _formerly(plain, path)
    slug = _slug_now(piece["kind"], piece["slug"])
    if slug is None:
        return _formerly_piece(piece, path)
    target = f"{piece['head']}{slug}{piece['tail']}"
    return target if target != path and _match(target) else None


def _plain(path: str) -> str:
    """As our addresses are written: in small letters, with the slash at the end where there is one."""
    small = path.lower()
    for candidate in (small, small.removesuffix("/") if small.endswith("/") else f"{small}/"):
        if match := _match(candidate):
            return reverse(match.view_name, kwargs=match.kwargs)
    return small if small.endswith("/") else f"{small}/"


def _match(path: str) -> ResolverMatch | None:
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match if match.namespace in DOORS and not match.kwargs.keys() & {"secret", "token"} else None


def _slug_now(kind: str, slug: str) -> str | None:
    """The slug that the public piece has now which has or had this one."""
    if kind == "questions":
        public = Article.objects.on_its_page()
        if public.filter(slug=slug).exists():
            return slug
        old = OldSlug.objects.filter(slug=slug, article__in=public)
        return old.values_list("article__slug", flat=True).first()
    if _MODELS[kind]._default_manager.filter(slug=slug).exists():
        return slug
    aliases = TagAlias.objects.filter(slug=slug) if kind == "tags" else TagAlias.objects.none()
    return aliases.values_list("tag__slug", flat=True).first()


def _formerly(*paths: str) -> str | None:
    """An address of before all were written in small letters is looked for as it was."""
    for path in dict.fromkeys(paths):
        if former := addresses.found(path):
            return former.leads_to
    return None


def _formerly_piece(piece: re.Match[str], path: str) -> str | None:
    """A feed goes where its page went, and so does the form for letters to a column: to all columns, where it is deleted."""
    if _match(f"{piece['head']}{piece['slug']}{piece['tail']}") is None:
        return None  # nothing ever stood there, nor would it under the new slug
    is_form = piece["kind"] == "ask"
    kind = "columns" if is_form else piece["kind"]
    own = _PIECE.fullmatch(path)
    slugs = [piece["slug"], *([own["slug"]] if own else [])]
    leads_to = _formerly(*(f"/{kind}/{slug}/" for slug in slugs))
    there = _PIECE.fullmatch(leads_to or "")
    if there is None:
        return reverse("letterbox:ask") if is_form and leads_to == "" else leads_to
    target = f"{piece['head']}{there['slug']}{piece['tail']}"
    return target if _match(target) else None
