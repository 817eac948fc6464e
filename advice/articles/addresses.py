"""Addresses that last: what has moved redirects for ever, what was deleted says so (410), and neither is given away."""

import re
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext as _

from advice.accounts.models import User
from advice.articles.models import Article, Column, Expert, FormerAddress, OldSlug, Tag, TagAlias
from advice.trace.models import Kind
from advice.trace.writing import write_down

LONGEST = 200  # characters, as the table has it
# Whoever knows such an address has a secret, or is staff. Secrets are case-sensitive, and are never guessed at.
PRIVATE = re.compile(
    r"/+(letters|subscribe/confirm|subscribe/preferences|unsubscribe|desk|accounts|admin|media|static|dev)(/|$)",
    re.IGNORECASE,
)
_DOORS = {"reading", "letterbox", "newsletter", "membership"}
_PIECE = re.compile(r"/(questions|columns|tags|experts|ask)/([-\w]+)/", re.ASCII)
_MODELS: dict[str, type[Column] | type[Expert] | type[Tag]] = {
    "ask": Column,
    "columns": Column,
    "experts": Expert,
    "tags": Tag,
}


class CannotLead(ValueError):
    """A redirect that cannot be; `field` says which of its two addresses is wrong, the message why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def moved(former: str, path: str) -> None:
    """The page at the path `former` is at `path` now; so is what led to `former`."""
    if former != path:
        follow(former, path)
        FormerAddress.objects.update_or_create(path=former, defaults={"leads_to": path})


@transaction.atomic
def follow(former: str, path: str) -> None:
    """What led to the path `former` leads to `path` now, in one step."""
    FormerAddress.objects.filter(path=path).delete()  # its own former address, taken up again
    FormerAddress.objects.filter(leads_to=former).update(leads_to=path)


@transaction.atomic
def gone(path: str) -> None:
    """The page at `path` was deleted, and with it whatever led to it."""
    FormerAddress.objects.filter(leads_to=path).update(leads_to="")
    FormerAddress.objects.update_or_create(path=path, defaults={"leads_to": ""})


def release(path: str) -> None:
    """Another kind of redirect stands at `path` from now on."""
    FormerAddress.objects.filter(path=path).delete()


def found(path: str) -> FormerAddress | None:
    return FormerAddress.objects.filter(path=path[:LONGEST].replace("\0", "")).first()


def refusal(path: str, own: str = "") -> str:
    """Why a page may not have `path`, which another page had before; the page now at `own` takes up what led to it."""
    former = FormerAddress.objects.filter(path=path).first()
    if former is None or (own and former.leads_to == own):
        return ""
    if former.leads_to:
        return _("This address leads to %(path)s for ever. Choose another.") % {"path": former.leads_to}
    return _("The page at this address was deleted. Choose another address.")


# -- redirects that editors add --------------------------------------------------------------------------------------


@transaction.atomic
def add(path: str, leads_to: str, *, by: User) -> FormerAddress:
    """Lead from `path`, where no page is, to `leads_to`, or say there that the page is gone, where that is empty.

    Both are as somebody types them. Raises CannotLead.
    """
    former = _former(path)
    target = _target(leads_to, former) if leads_to else ""
    if FormerAddress.objects.select_for_update().filter(path=former).exists():
        raise CannotLead("path", _("There is a redirect from this address already."))
    FormerAddress.objects.filter(leads_to=former).update(leads_to=target)
    row = FormerAddress.objects.create(path=former, leads_to=target, by_hand=True)
    write_down("make", Kind.REDIRECT, row.pk, by=by)
    return row


@transaction.atomic
def remove(row: FormerAddress, *, by: User) -> bool:
    """Take away what an editor added; False for what stands because a page moved or was deleted."""
    pk = row.pk
    if not FormerAddress.objects.filter(pk=pk, by_hand=True).delete()[0]:
        return False
    write_down("delete", Kind.REDIRECT, pk, by=by)
    return True


def _former(typed: str) -> str:
    """In small letters and with a slash at the end: so it is looked for, however somebody writes it (moved.py)."""
    path = _own_path("path", typed).lower()
    path = path if path.endswith("/") else f"{path}/"
    if len(path) > LONGEST:
        raise CannotLead("path", _("This address is too long to be redirected."))
    if _is_taken(path) or _is_taken(path.removesuffix("/")):
        raise CannotLead("path", _("A page of the site stands at this address, or will."))
    return path


def _target(typed: str, former: str) -> str:
    path = _own_path("leads_to", typed)
    small = path.lower().removesuffix("/")
    for candidate in (f"{small}/", small):
        if candidate == former:
            raise CannotLead("leads_to", _("This is the address itself."))
        if _stands(candidate):
            return candidate
    further = found(f"{small}/")
    if further is not None and further.leads_to:
        raise CannotLead(
            "leads_to",
            _("This address itself leads to %(path)s. Give that one.") % {"path": further.leads_to},
        )
    raise CannotLead("leads_to", _("Readers find no page at this address."))


def _own_path(field: str, typed: str) -> str:
    """The path of an address of ours, given whole or from its first slash on."""
    own = settings.SITE_URL.rstrip("/")
    path = typed.strip()
    if path.lower().startswith(f"{own.lower()}/"):
        path = path[len(own) :]
    if re.match(r"[a-z][a-z0-9+.-]*:|//|\\\\", path, re.IGNORECASE):
        raise CannotLead(field, _("This is an address of another site."))
    path = unquote(path)
    if not path.startswith("/") or path.startswith("//"):
        raise CannotLead(field, _("Give the address from its first slash on, such as /old-page/."))
    if not re.fullmatch(r"/[!-~]+", path) or re.search(r"[?#\\]|/\.{1,2}(/|$)", path):
        raise CannotLead(field, _("Only plain letters, numbers and signs; nothing from a ? or # on."))
    if PRIVATE.match(path):
        raise CannotLead(field, _("This part of the site is not for redirects."))
    return path


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def _stands(path: str) -> bool:
    """Whether readers find a page at `path` now."""
    if piece := _PIECE.fullmatch(path):
        kind, slug = piece.groups()
        if kind == "questions":
            return Article.objects.on_its_page().filter(slug=slug).exists()
        return _MODELS[kind]._default_manager.filter(slug=slug).exists()
    match = _match(path)
    return match is not None and match.namespace in _DOORS and not match.captured_kwargs  # type: ignore[attr-defined]


def _is_taken(path: str) -> bool:
    """Whether a page is at `path`, or a piece that is there has or had that address."""
    piece = _PIECE.fullmatch(path)
    if piece is None:
        return _match(path) is not None
    kind, slug = piece.groups()
    if kind == "questions":
        return Article.objects.filter(slug=slug).exists() or OldSlug.objects.filter(slug=slug).exists()
    if kind == "tags" and TagAlias.objects.filter(slug=slug).exists():
        return True
    return kind == "ask" or _MODELS[kind]._default_manager.filter(slug=slug).exists()


# -- all of them -----------------------------------------------------------------------------------------------------

KINDS = ("hand", "moved", "gone", "article", "tag")


def listed(kind: str = "", words: str = "") -> "QuerySet[Any, Any]":
    """Every address that leads on or is gone, by its path: {former, now, kind, key}."""
    parts = [_rows(*part, words) for part in _parts() if kind in ("", part[1])]
    first, *others = parts
    return first.union(*others, all=True).order_by("former", "kind", "key")


def _parts() -> list[tuple["QuerySet[Any]", str, Any, Any]]:
    rows = FormerAddress.objects.order_by()
    by_pages = rows.filter(by_hand=False)
    path, leads_to = F("path"), F("leads_to")
    return [
        (rows.filter(by_hand=True), "hand", path, leads_to),
        (by_pages.exclude(leads_to=""), "moved", path, leads_to),
        (by_pages.filter(leads_to=""), "gone", path, leads_to),
        (OldSlug.objects.order_by(), "article", _path(Article, "slug"), _path(Article, "article__slug")),
        (TagAlias.objects.order_by(), "tag", _path(Tag, "slug"), _path(Tag, "tag__slug")),
    ]


def _path(model: type[Article] | type[Tag], slug: str) -> Concat:
    before, _slug, after = model(slug="slug").get_absolute_url().rpartition("slug")
    return Concat(Value(before), F(slug), Value(after), output_field=CharField())


def _rows(rows: "QuerySet[Any]", kind: str, path: Any, leads_to: Any, words: str) -> "QuerySet[Any, Any]":
    found = rows.annotate(former=path, now=leads_to, kind=Value(kind), key=F("pk"))
    if words:
        found = found.filter(former__icontains=words) | found.filter(now__icontains=words)
    return found.values("former", "now", "kind", "key")
