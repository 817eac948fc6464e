"""The pages of trust: which there are, what is printed of each, how one is changed. Their texts are edited, not coded."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from advice import keeping
from advice.accounts.models import User
from advice.articles.models import Page, PageChange
from advice.articles.page import printed
from advice.articles.workflow import Stale
from advice.trace.models import Kind
from advice.trace.writing import write_down

PRIVACY = "privacy"
MEMBERSHIP = "membership"
# What each is called where its editors have not written it yet, so that no link of the footer leads nowhere.
UNWRITTEN: dict[str, Promise] = {
    "about": _("About"),
    "standards": _("How we answer"),
    PRIVACY: _("Privacy"),
    "contact": _("Contact"),
    MEMBERSHIP: _("Membership"),
}


def address_of(slug: str) -> str:
    """Where readers find the page. Under the one of membership stand the plans, so it has a view of its own."""
    if slug == MEMBERSHIP:
        return reverse("membership:plans")
    return reverse("reading:page", kwargs={"slug": slug})


def printed_page(slug: str) -> dict[str, Any]:
    """What a template prints of the page; `page` is None where its editors have not written it yet."""
    found = Page.objects.filter(slug=slug).first()
    title = found.title if found else UNWRITTEN[slug]
    return {
        "title": str(title).replace("{site_name}", settings.SITE_NAME),
        "html": filled(found.html) if found else "",
        "page": found,
    }


def filled(html: str) -> SafeString:
    """A page's text as it is printed: with the site's name, and with what is true of this site in place of {words}.

    What the register says comes in after the text is set, so that it is a table of the site's own and not Markdown.
    """
    text: str = printed(html.replace("{site_name}", escape(settings.SITE_NAME)), top=2)
    for word, template, rows in (
        (keeping.PLACEHOLDER, "articles/kept.html", {"tables": keeping.tables}),
        (keeping.COOKIES, "articles/cookies.html", {"cookies": keeping.cookies}),
    ):
        if word in text:
            drawn = render_to_string(template, rows)
            text = text.replace(f"<p>{word}</p>", drawn).replace(word, drawn)
    return SafeString(text)


@dataclass(frozen=True)
class Place:
    """A page's place in the list at the desk, whether it is written or not."""

    slug: str
    title: str
    page: Page | None

    @property
    def address(self) -> str:
        return address_of(self.slug)

    @property
    def last_changed(self) -> dt.datetime | None:
        return self.page.updated_at if self.page else None

    @property
    def last_change(self) -> PageChange | None:
        return next(iter(self.page.changes.all()), None) if self.page else None


def places() -> list[Place]:
    changes = Prefetch("changes", PageChange.objects.defer("text").select_related("by"))
    pages = Page.objects.filter(slug__in=UNWRITTEN).defer("html").prefetch_related(changes)
    written = {page.slug: page for page in pages}
    return [
        Place(slug, written[slug].title if slug in written else str(title), written.get(slug))
        for slug, title in UNWRITTEN.items()
    ]


@transaction.atomic
def write(slug: str, *, title: str, text: str, version: int, by: User | None) -> Page:
    """Save a page's text; what it said before stays in its history.

    `version` is the one that was read, 0 where there was no page. Raises Stale with the page as it stands where
    somebody else saved in between.
    """
    page = Page.objects.select_for_update().filter(slug=slug).first()
    if (page.version if page else 0) != version:
        raise Stale(page)
    if page is None:
        page = _begin(slug, title, text)
    else:
        if not page.changes.exists():  # the text that a new site starts with was nobody's
            PageChange.objects.create(page=page, at=page.updated_at, title=page.title, text=page.text)
        page.title, page.text, page.version = title, text, version + 1
        page.save()
    PageChange.objects.create(page=page, at=page.updated_at, by=by, title=title, text=text)
    write_down("edit", Kind.PAGE, page.pk, by=by)
    return page


def _begin(slug: str, title: str, text: str) -> Page:
    try:
        with transaction.atomic():
            return Page.objects.create(slug=slug, title=title, text=text)
    except IntegrityError:
        raise Stale(Page.objects.get(slug=slug)) from None  # two began it at once
