"""The public site. A page is public: it reads no session, sets no cookie, and may stand in shared caches."""

from django.urls import path

import advice.limits  # noqa: F401 - its addresses have <key:…>
from advice.caching import public
from advice.reading import (
    articles,
    cards,
    feeds,
    front,
    lists,
    pages,
    plain,
    search,
    sitemaps,
    votes,
    working_on,
)
from advice.reading.api.urls import urlpatterns as api

app_name = "reading"

page = public()(pages.page)
urlpatterns = [
    path("", public()(front.front), name="front"),
    path("questions/", public()(lists.archive), name="archive"),
    path("questions/<slug:slug>/", public()(articles.article), name="article"),
    path("questions/<slug:slug>/before/<key:pk>/", public()(articles.before), name="before"),
    path("questions/<slug:slug>/helpful/", votes.helpful, name="helpful"),
    path("working-on/", public()(working_on.working_on), name="working_on"),
    path("working-on/<key:pk>/", working_on.asked_too, name="asked_too"),
    path("questions/<slug:slug>.md", public()(plain.article), name="article_md"),
    path("questions/<slug:slug>/card.png", public()(cards.article), name="card"),
    path("columns/<slug:slug>/card.png", public()(cards.column), name="column_card"),
    path("card.png", public()(cards.site), name="site_card"),
    path("archive/", public()(lists.months), name="archive_months"),
    path("archive/<int:year>/<int:month>/", public()(lists.archive_month), name="archive_month"),
    path("columns/", public()(lists.columns), name="columns"),
    path("columns/<slug:slug>/", public()(lists.column), name="column"),
    path("tags/", public()(lists.tags), name="tags"),
    path("tags/<slug:slug>/", public()(lists.tag), name="tag"),
    path("experts/", public()(lists.experts), name="experts"),
    path("experts/<slug:slug>/", public()(lists.expert), name="expert"),
    path("search/", public()(search.search), name="search"),
    path("search/suggest/", public(300)(search.suggest), name="suggest"),
    path("corrections/", public()(lists.corrections), name="corrections"),
    path("feeds/latest.atom", public()(feeds.Latest()), name="feed"),
    path("feeds/latest.rss", public()(feeds.LatestRss()), name="feed_rss"),
    path("feeds/latest.json", public()(feeds.LatestJson()), name="feed_json"),
    path("feeds/corrections.atom", public()(feeds.Corrections()), name="corrections_feed"),
    path("feeds/tags/<slug:slug>.atom", public()(feeds.OfTag()), name="tag_feed"),
    path("feeds/columns/<slug:slug>.atom", public()(feeds.OfColumn()), name="column_feed"),
    path("feeds/experts/<slug:slug>.atom", public()(feeds.OfExpert()), name="expert_feed"),
    path("feeds/newsletters/<slug:slug>.atom", public()(feeds.OfNewsletter()), name="newsletter_feed"),
    path("sitemap.xml", public()(sitemaps.index), name="sitemap"),
    path("sitemap-<slug:part>.xml", public()(sitemaps.part), name="sitemap_part"),
    path("llms.txt", public()(plain.llms), name="llms"),
    path("favicon.ico", public(86_400)(pages.favicon), name="favicon"),
    path("robots.txt", public(3600)(sitemaps.robots), name="robots"),
    path("about/", page, {"slug": "about"}, name="page"),
    path("standards/", page, {"slug": "standards"}, name="page"),
    path("privacy/", page, {"slug": "privacy"}, name="page"),
    path("contact/", page, {"slug": "contact"}, name="page"),
    *api,
]
