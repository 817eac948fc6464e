"""The formats of a feed: Django's Atom and RSS with the full text and every author, and JSON Feed."""

import datetime as dt
import json
import re
from typing import IO, Any
from xml.sax.xmlreader import AttributesImpl

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator

# XML 1.0 cannot hold the first of these, not even escaped, and the writer refuses a whole feed for one of them; it
# advises against the control characters after them, and no text needs one.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\x7f-\x84\x86-\x9f]")
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def clean(text: str) -> str:
    return _NOT_XML.sub("", text)


class _Dated(SyndicationFeed):
    def latest_post_date(self) -> dt.datetime:
        """The newest item's. Django's gives an empty feed the time of day, so that no copy of it is ever fresh."""
        return max((item["updateddate"] for item in self.items), default=NEVER)


class Atom(_Dated, Atom1Feed):
    """RFC 4287. Django writes one author and no text."""

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("icon", self.feed["icon"])

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for author in item["authors"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", author["name"])
            if "url" in author:
                handler.addQuickElement("uri", author["url"])
            handler.endElement("author")
        handler.addQuickElement("content", item["content"], {"type": "html"})


class Rss(_Dated, Rss201rev2Feed):
    """RSS 2.0. What it has no element for (text, authors without e-mail, a date of change) has one of others."""

    def rss_attributes(self) -> dict[str, str]:
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.startElement("image", AttributesImpl({}))
        for name, text in (("url", "icon"), ("title", "title"), ("link", "link")):
            handler.addQuickElement(name, self.feed[text])
        for name in ("width", "height"):
            handler.addQuickElement(name, "88")  # as it is shown; 144 is the most that the format knows
        handler.endElement("image")

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for author in item["authors"]:
            handler.addQuickElement("dc:creator", author["name"])
        if item["pubdate"] is not None:
            handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))
        handler.addQuickElement("content:encoded", item["content"])


class JsonFeed(SyndicationFeed):
    """JSON Feed 1.1 (jsonfeed.org). A value that is not known is left out."""

    content_type = "application/feed+json; charset=utf-8"

    def write(self, outfile: IO[str], encoding: str) -> None:
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["description"],
            "icon": self.feed["icon"],
            "favicon": self.feed["favicon"],
            "authors": [{"name": self.feed["author_name"], "url": self.feed["link"]}],
            "language": self.feed["language"],
            "items": [self._item(item) for item in self.items],
        }
        json.dump(feed, outfile, ensure_ascii=False)

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        dates = {"date_published": item["pubdate"]}
        if item["pubdate"] is not None:
            dates["date_modified"] = item["updateddate"]
        known = {
            "id": item["unique_id"],
            "url": item["link"],
            "title": item["title"],
            "content_html": item["content"],
            "summary": item["summary"],
            **{name: rfc3339_date(date) for name, date in dates.items() if date is not None},
            "authors": item["authors"],
            "tags": list(item["categories"]),
        }
        return {name: value for name, value in known.items() if value}
