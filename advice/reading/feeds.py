"""Feeds with the full text of the newest answers, and of corrections. Every address in them is built from SITE_URL."""

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import prefetch_related_objects
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
)
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from advice.articles.models import Article, ArticleQuerySet, Column, Correction, Expert, Tag
from advice.articles.page import for_page, page_of
from advice.newsletter import archive
from advice.newsletter.models import Issue, Newsletter
from advice.reading import changes
from advice.reading.feed_formats import Atom, JsonFeed, Rss, clean
from advice.site import absolute, whole_addresses

NEWEST = 20

Subject = Column | Expert | Tag


class WholeFeed(Feed):
    """What is the same for all feeds. They hold texts whole, so that nobody has to come to us to read them."""

    feed_type: type[Atom] | type[Rss] | type[JsonFeed] = Atom

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        read, changed = timezone.now(), changes.last()  # asked first: nothing that comes between is missed
        try:
            subject = self.get_object(request, **kwargs)
        except ObjectDoesNotExist:
            raise Http404("No such feed.") from None  # errors.py looks where it may have gone
        feed = self.get_feed(subject, request)
        response = HttpResponse(content_type=self.feed_type.content_type)
        feed.write(response, "utf-8")
        moments = [item["changed_at"] for item in feed.items] + ([changed] if changed else [])
        return changes.dated(request, response, changed=max(moments, default=None), read=read)

    def get_object(self, request: HttpRequest, **kwargs: str) -> Subject | Newsletter | None:
        return None

    def address(self, subject: Any) -> str:
        raise NotImplementedError

    def title(self, subject: Any) -> str:
        return clean(f"{subject} · {settings.SITE_NAME}") if subject else settings.SITE_NAME

    def subtitle(self, subject: Any) -> str:
        return clean(getattr(subject, "description", "")) or _("Readers’ questions, and the answers to them.")

    def description(self, subject: Any) -> str:
        return self.subtitle(subject)

    def link(self, subject: Any) -> str:
        return absolute(subject.get_absolute_url() if subject else "/")

    def feed_url(self, subject: Any) -> str:
        return absolute(self.address(subject))

    def author_name(self, subject: Any) -> str:
        return settings.SITE_NAME

    def feed_extra_kwargs(self, obj: Any) -> dict[str, str]:
        return {
            "icon": absolute(static("img/apple-touch-icon.png")),
            "favicon": absolute(static("img/favicon.ico")),
        }

    # An item's own id is no address: that may change.
    item_guid_is_permalink = False


class Latest(WholeFeed):
    """A retracted article is in none of these: they are what other services make their digests from, and those who
    never read it need not hear of it. That it was taken back is told by the feed of corrections, with the reason; and
    what is fetched again at its address says so.
    """

    def articles(self, subject: Any) -> ArticleQuerySet:
        return Article.objects.published()

    def address(self, subject: Any) -> str:
        return reverse("reading:feed")

    def items(self, subject: Any) -> list[Article]:
        newest = for_page(self.articles(subject)).newest_first()
        items = list(newest.prefetch_related("corrections")[:NEWEST])
        prefetch_related_objects([item for item in items if getattr(item, "has_updates", True)], "updates")
        return items

    def item_title(self, item: Article) -> str:
        return clean(item.headline)

    def item_link(self, item: Article) -> str:
        return absolute(item.get_absolute_url())

    def item_guid(self, item: Article) -> str:
        return _tag_uri(item.created_at, f"article/{item.pk}")

    def item_description(self, item: Article) -> Any:
        return escape(clean(item.dek)) or None  # Atom and RSS take it for HTML

    def item_pubdate(self, item: Article) -> dt.datetime | None:
        return item.dated_at

    def item_updateddate(self, item: Article) -> dt.datetime:
        """Of an undated one when it came here: Atom wants a date, and that one is true.

        A note of any kind moves it, as readers go by it (RFC 4287, 4.2.15) and should be shown the note. The mending of
        a slip does not.
        """
        noted = (note.made_at for note in item.corrections.all())
        return max(filter(None, (item.published_at, item.updated_at, *noted)))

    def item_categories(self, item: Article) -> list[str]:
        return [clean(tag.name) for tag in item.tags.all()]

    def item_extra_kwargs(self, item: Article) -> dict[str, Any]:
        html = render_to_string("reading/feed_item.html", {"page": page_of(item)})
        return {
            "content": _text(html, item),
            "summary": clean(item.dek),
            "authors": _authors(item),
            "changed_at": max(self.item_updateddate(item), item.modified_at),
        }


class LatestRss(Latest):
    feed_type = Rss

    def address(self, subject: Any) -> str:
        return reverse("reading:feed_rss")


class LatestJson(Latest):
    feed_type = JsonFeed

    def address(self, subject: Any) -> str:
        return reverse("reading:feed_json")


class OfSubject(Latest):
    """The feed of a column, a tag or an expert stands at the address of their page, with /feeds before it."""

    model: ClassVar[type[Subject]]
    lookup: ClassVar[str]

    def get_object(self, request: HttpRequest, **kwargs: str) -> Subject:
        found: Subject = self.model._default_manager.get(slug=kwargs["slug"])
        return found

    def articles(self, subject: Subject) -> ArticleQuerySet:
        return Article.objects.published().filter(**{self.lookup: subject})

    def address(self, subject: Subject) -> str:
        return _feed_of(subject.get_absolute_url())


class OfColumn(OfSubject):
    model = Column
    lookup = "column"


class OfTag(OfSubject):
    model = Tag
    lookup = "tags"


class OfExpert(OfSubject):
    model = Expert
    lookup = "answers__expert"


class Corrections(WholeFeed):
    """Each note as it stands, never what it corrects."""

    def address(self, subject: None) -> str:
        return reverse("reading:corrections_feed")

    def title(self, subject: None) -> str:
        return _("Corrections · %(site_name)s") % {"site_name": settings.SITE_NAME}

    def subtitle(self, subject: None) -> str:
        return _("What %(site_name)s got wrong, and put right.") % {"site_name": settings.SITE_NAME}

    def link(self, subject: None) -> str:
        return absolute(reverse("reading:corrections"))

    def items(self, subject: None) -> list[Correction]:
        notes = Correction.objects.public().order_by("-made_at", "-id")
        return list(
            notes.select_related("article").defer("article__question", "article__question_html")[:NEWEST]
        )

    def item_title(self, item: Correction) -> str:
        return clean(f"{item.get_kind_display()}: {item.article.headline}")

    def item_link(self, item: Correction) -> str:
        return absolute(item.article.get_absolute_url())

    def item_guid(self, item: Correction) -> str:
        return _tag_uri(item.article.created_at, f"correction/{item.pk}")

    def item_description(self, item: Correction) -> Any:
        return None

    def item_pubdate(self, item: Correction) -> dt.datetime:
        return item.made_at

    def item_updateddate(self, item: Correction) -> dt.datetime:
        return item.made_at

    def item_categories(self, item: Correction) -> list[str]:
        return [item.get_kind_display()]

    def item_extra_kwargs(self, item: Correction) -> dict[str, Any]:
        return {
            "content": _text(item.html, item.article),
            "summary": "",
            "authors": [{"name": settings.SITE_NAME}],
            "changed_at": max(item.made_at, item.article.modified_at),
        }


class OfNewsletter(WholeFeed):
    """The issues of a newsletter as they stand in its archive: whoever reads them here need not give an address."""

    def get_object(self, request: HttpRequest, **kwargs: str) -> Newsletter:
        return Newsletter.objects.get(slug=kwargs["slug"])

    def address(self, subject: Newsletter) -> str:
        return _feed_of(subject.get_absolute_url())

    def subtitle(self, subject: Newsletter) -> str:
        return clean(subject.promise)

    def items(self, subject: Newsletter) -> list[archive.Shown]:
        issues = Issue.objects.archived().filter(newsletter=subject).order_by("-number")
        return [archive.shown(issue) for issue in archive.with_items(issues, whole=True)[:NEWEST]]

    def item_title(self, item: archive.Shown) -> str:
        return clean(item.title)

    def item_link(self, item: archive.Shown) -> str:
        return absolute(item.issue.get_absolute_url())

    def item_guid(self, item: archive.Shown) -> str:
        return _tag_uri(item.issue.created_at, f"issue/{item.issue.pk}")

    def item_description(self, item: archive.Shown) -> Any:
        return escape(clean(item.line)) or None

    def item_pubdate(self, item: archive.Shown) -> dt.datetime | None:
        return item.issue.left_at

    def item_updateddate(self, item: archive.Shown) -> dt.datetime | None:
        return item.changed_at  # so that feed readers drop what was taken from it

    def item_extra_kwargs(self, item: archive.Shown) -> dict[str, Any]:
        html = render_to_string("reading/feed_issue.html", {"shown": item})
        return {
            "content": clean(html).strip(),
            "summary": clean(item.line),
            "authors": [{"name": clean(item.issue.newsletter.sender_name) or settings.SITE_NAME}],
            "changed_at": item.changed_at,
        }


def _feed_of(path: str) -> str:
    return f"/feeds{path.rstrip('/')}.atom"


def _tag_uri(made: dt.datetime, what: str) -> str:
    """Stays when headline and address change (RFC 4151)."""
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    return f"tag:{host},{made:%Y-%m-%d}:{what}"


def _authors(article: Article) -> list[dict[str, str]]:
    experts = [answer.expert for answer in article.answers.all() if answer.expert]
    if experts:
        return [
            {"name": clean(expert.byline), "url": absolute(expert.get_absolute_url())} for expert in experts
        ]
    return [{"name": clean(article.source_name) or settings.SITE_NAME}]


def _text(html: str, article: Article) -> str:
    """In a feed reader there is no site that an address without one, or a note further down, could belong to."""
    return clean(whole_addresses(html, page=article.get_absolute_url())).strip()
