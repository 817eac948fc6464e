"""The pages of trust: which there are, and how one is changed. Their texts are edited, not coded."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.articles.models import Page, PageChange
from advice.articles.workflow import Stale

PRIVACY = "privacy"
# What each is called where its editors have not written it yet, so that no link of the footer leads nowhere.
UNWRITTEN: dict[str, Promise] = {
    "about": _("About"),
    "standards": _("How we answer"),
    PRIVACY: _("Privacy"),
    "contact": _("Contact"),
    "membership": _("Membership"),
}


@dataclass(frozen=True)
class Place:
    """A page's place in the list at the desk, whether it is written or not."""

    slug: str
    title: str
    page: Page | None

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
    return page


def _begin(slug: str, title: str, text: str) -> Page:
    try:
        with transaction.atomic():
            return Page.objects.create(slug=slug, title=title, text=text)
    except IntegrityError:
        raise Stale(Page.objects.get(slug=slug)) from None  # two began it at once
