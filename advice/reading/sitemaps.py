"""What search engines read: the sitemap and robots.txt, with addresses from SITE_URL."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as draw
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from advice.articles.models import Article, Column, Expert, Page, Tag
from advice.reading.front import answering_experts
from advice.site import absolute

CLOSED = ("/desk/", "/accounts/", "/letters/", "/admin/", "/search/")


class OwnSitemap(Sitemap):
    limit = 45_000

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class Articles(OwnSitemap):
    def items(self) -> QuerySet[Article]:
        return Article.objects.published().newest_first().only("slug", "published_at", "updated_at")

    def lastmod(self, item: Article) -> dt.datetime | None:
        return item.updated_at or item.published_at


class Lists(OwnSitemap):
    """The front page and what has something to list."""

    def items(self) -> list[str]:
        of_tag = Article.objects.published().filter(tags=OuterRef("pk"))
        of_column = Article.objects.published().filter(column=OuterRef("pk"))
        listed: list[Column | Tag | Expert] = [
            *Column.objects.filter(Exists(of_column)),
            *Tag.objects.filter(Exists(of_tag)),
            *answering_experts(),
        ]
        plain = [reverse(f"reading:{name}") for name in ("front", "archive", "columns", "tags", "experts")]
        return [*plain, *(item.get_absolute_url() for item in listed)]

    def location(self, item: str) -> str:
        return item


class Pages(OwnSitemap):
    def items(self) -> QuerySet[Page]:
        return Page.objects.filter(
            slug__in=("about", "standards", "privacy", "contact", "membership")
        ).order_by("slug")

    def location(self, item: Page) -> str:
        return reverse("reading:page", kwargs={"slug": item.slug})

    def lastmod(self, item: Page) -> dt.datetime:
        return item.updated_at


def sitemap(request: HttpRequest) -> HttpResponse:
    return draw(request, {"articles": Articles, "lists": Lists, "pages": Pages})


def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        "",
        f"Sitemap: {absolute('/sitemap.xml')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
