"""Atom feeds with the full text of the newest answers. Every address in them is built from SITE_URL."""

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from advice.articles.models import Article, ArticleQuerySet, Column, Expert, Tag
from advice.articles.page import for_page, page_of
from advice.site import absolute

NEWEST = 20
_OWN_ADDRESS = re.compile(r'((?:href|src)=")/(?!/)')
# XML 1.0 cannot hold these, not even escaped, and the writer refuses a whole feed for one of them.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

Subject = Column | Expert | Tag | None


def clean(text: str) -> str:
    return _NOT_XML.sub("", text)


class FullTextAtom(Atom1Feed):
    """Django's Atom writes summaries only; the text goes into `content`."""

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


class Latest(Feed):
    feed_type = FullTextAtom

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Without Last-Modified: what was taken off the site makes the newest date older, and a reader's copy stays."""
        response = super().__call__(request, *args, **kwargs)
        del response["Last-Modified"]  # the ETag says whether it changed
        return response

    def get_object(self, request: HttpRequest, **kwargs: str) -> Subject:
        return None

    def articles(self, subject: Any) -> ArticleQuerySet:
        return Article.objects.published()

    def address(self, subject: Any) -> str:
        return reverse("reading:feed")

    def title(self, subject: Any) -> str:
        return clean(f"{subject} · {settings.SITE_NAME}") if subject else settings.SITE_NAME

    def subtitle(self, subject: Any) -> str:
        return clean(getattr(subject, "description", "")) or _("Readers’ questions, and the answers to them.")

    def link(self, subject: Any) -> str:
        return absolute(subject.get_absolute_url() if subject else "/")

    def feed_url(self, subject: Any) -> str:
        return absolute(self.address(subject))

    def items(self, subject: Any) -> list[Article]:
        newest = for_page(self.articles(subject)).newest_first()
        return list(newest.prefetch_related("corrections")[:NEWEST])

    def item_title(self, item: Article) -> str:
        return clean(item.headline)

    def item_link(self, item: Article) -> str:
        return absolute(item.get_absolute_url())

    def item_guid(self, item: Article) -> str:
        """Stays when headline and address change: a tag URI (RFC 4151)."""
        host = settings.SITE_URL.partition("://")[2].partition(":")[0]
        return f"tag:{host},{item.created_at:%Y-%m-%d}:article/{item.pk}"

    def item_description(self, item: Article) -> str:
        return clean(item.dek)

    def item_author_name(self, item: Article) -> str:
        names = [answer.expert.byline for answer in item.answers.all() if answer.expert]
        return clean(", ".join(names) or item.source_name or settings.SITE_NAME)

    def item_pubdate(self, item: Article) -> dt.datetime | None:
        return None if item.undated else item.published_at

    def item_updateddate(self, item: Article) -> dt.datetime | None:
        return max(filter(None, (item.published_at, item.updated_at)))

    def item_categories(self, item: Article) -> list[str]:
        return [clean(tag.name) for tag in item.tags.all()]

    def item_extra_kwargs(self, item: Article) -> dict[str, str]:
        html = render_to_string("reading/feed_item.html", {"page": page_of(item)})
        return {"content": clean(_OWN_ADDRESS.sub(rf"\g<1>{settings.SITE_URL}/", html)).strip()}


class OfColumn(Latest):
    def get_object(self, request: HttpRequest, **kwargs: str) -> Column:
        return Column.objects.get(slug=kwargs["slug"])

    def articles(self, subject: Column) -> ArticleQuerySet:
        return Article.objects.published().filter(column=subject)

    def address(self, subject: Column) -> str:
        return reverse("reading:column_feed", args=[subject.slug])


class OfTag(Latest):
    def get_object(self, request: HttpRequest, **kwargs: str) -> Tag:
        tag = (
            Tag.objects.filter(slug=kwargs["slug"]).first()
            or Tag.objects.filter(aliases__slug=kwargs["slug"]).first()
        )
        if tag is None:
            raise Http404("No such tag.")
        return tag

    def articles(self, subject: Tag) -> ArticleQuerySet:
        return Article.objects.published().filter(tags=subject)

    def address(self, subject: Tag) -> str:
        return reverse("reading:tag_feed", args=[subject.slug])


class OfExpert(Latest):
    def get_object(self, request: HttpRequest, **kwargs: str) -> Expert:
        return Expert.objects.get(slug=kwargs["slug"])

    def articles(self, subject: Expert) -> ArticleQuerySet:
        return Article.objects.published().filter(answers__expert=subject)

    def address(self, subject: Expert) -> str:
        return reverse("reading:expert_feed", args=[subject.slug])
