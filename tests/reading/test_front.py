"""The front page, and the whole site while it is empty."""

import pytest

from advice.articles.models import Article
from advice.reading.front import opening
from tests.factories import make_column, make_expert, make_newsletter, make_tag
from tests.reading.printed import make_printed, make_site

EMPTY = ["/", "/questions/", "/archive/", "/columns/", "/tags/", "/experts/", "/search/", "/search/?q=calf"]
EMPTY += [
    "/corrections/",
    "/about/",
    "/standards/",
    "/privacy/",
    "/contact/",
    "/membership/",
    "/feeds/latest.atom",
]
EMPTY += ["/sitemap.xml", "/robots.txt"]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 30])
def test_front_page_makes_at_most_ten_queries(client, django_assert_max_num_queries, count):
    make_site(count)
    for _ in range(4):
        column = make_column()
        for _ in range(count // 5):
            make_printed(column=column, tags=(make_tag(),))
    with django_assert_max_num_queries(10):
        assert client.get("/").status_code == 200


@pytest.mark.django_db
def test_front_page_leads_with_the_newest_and_repeats_nothing(client):
    make_site(12)
    page = client.get("/").content.decode()
    newest = Article.objects.newest_first()
    assert f'<h1 id="lead"><a href="{newest[0].get_absolute_url()}">' in page
    links = [f'<a href="{article.get_absolute_url()}">' for article in newest]
    assert [page.count(link) for link in links] == [1] * 10 + [0] * 2  # lead, six newest, three of the column


@pytest.mark.django_db
def test_front_page_shows_who_answers_and_topics(client):
    expert, tag = make_expert(), make_tag("Calf")
    make_printed(experts=(expert,), tags=(tag,))
    idle = make_tag("Idle")
    page = client.get("/").content.decode()
    assert expert.get_absolute_url() in page
    assert tag.get_absolute_url() in page
    assert idle.get_absolute_url() not in page


@pytest.mark.django_db
@pytest.mark.parametrize("address", EMPTY)
def test_site_without_an_article_is_whole(client, address):
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_site_without_an_article_asks_for_the_first_letter(client):
    make_newsletter()
    assert "Ask the first question" in client.get("/").content.decode()
    assert "/ask/" in client.get("/questions/").content.decode()


@pytest.mark.parametrize(
    ("html", "quote"),
    [
        ("<p>Dear Doc,</p><p>It twitches. Why?</p>", "It twitches. Why?"),
        ("<p>Dear all, is it on?</p>", "Dear all, is it on?"),
        ("<p>One. " + "Word " * 50 + "end.</p>", "One."),
        ("<p>" + "word " * 100 + "</p>", "word " * 37 + "word …"),
        ("", ""),
    ],
)
def test_pull_quote_takes_whole_sentences_from_the_beginning(html, quote):
    assert opening(html) == quote
