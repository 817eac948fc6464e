"""The front page, and the whole site while it is empty."""

import datetime as dt
import re

import html5lib
import pytest
from django.utils import timezone

from advice.articles.models import Article, Tally
from advice.reading.front import opening
from tests.factories import make_column, make_expert, make_newsletter, make_tag
from tests.reading.printed import CANARY, make_printed, make_site

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


def announce(line: str, **fields) -> Article:
    return make_printed(**{"status": "draft", "published_at": None, "announced_as": line, **fields})


def help_with(article: Article, *, times: int = 1, days_ago: int = 0) -> None:
    day = timezone.localdate() - dt.timedelta(days=days_ago)
    Tally.objects.create(article=article, kind="helpful", day=day, count=times)


@pytest.mark.django_db
@pytest.mark.parametrize("columns", [1, 6])
@pytest.mark.parametrize("count", [1, 30])
def test_front_page_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, count, columns):
    make_site(count)
    for _ in range(columns - 1):
        column = make_column()
        for _ in range(count):
            make_printed(column=column, tags=(make_tag(),))
    for article in Article.objects.all():
        help_with(article)
    for number in range(count):
        announce(f"Is it number {number}?")
    with django_assert_num_queries(10):
        assert client.get("/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 2, 3, 8])
def test_front_page_of_a_small_site_has_no_empty_part(client, count):
    if count:
        make_site(count)
    page = client.get("/").content.decode()
    assert page.count("<h1") == 1
    assert ('id="newest"' in page) == (count > 1)
    assert ('class="column-rows"' in page) == (count > 7)
    assert ('id="topics"' in page) == (count > 0)
    for empty in ("most-helpful", 'id="working-on"', "<ol></ol>", "<ul></ul>"):
        assert empty not in page
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    assert not [each.tag for each in tree.iter() if each.tag in {"ol", "ul"} and len(each) == 0]


@pytest.mark.django_db
def test_most_helpful_of_the_month_stand_in_their_order_without_counts(client):
    make_site(9)
    *_, third, second, first = Article.objects.newest_first()
    help_with(second, times=4711)
    help_with(first, times=9999, days_ago=2)
    help_with(third, times=99_999, days_ago=40)
    page = client.get("/").content.decode()
    ranked = page.split('<ol class="ranked">')[1].split("</ol>")[0]
    assert re.findall(r'href="([^"]+)"', ranked) == [first.get_absolute_url(), second.get_absolute_url()]
    assert "4711" not in page
    assert "9999" not in page


@pytest.mark.django_db
def test_questions_being_worked_on_are_their_lines_and_nothing_else(client):
    make_site(2)
    drafts = [
        announce(f"Is it line {number}?", headline=CANARY, dek=CANARY, question=CANARY, signature=CANARY)
        for number in range(6)
    ]
    make_printed(status="draft", published_at=None, headline=CANARY)
    announce("Is it out?", status="published", published_at=timezone.now())
    announce("Is it soon?", status="published", published_at=timezone.now() + dt.timedelta(days=1))
    page = client.get("/").content.decode()
    assert CANARY not in page
    assert "Is it out?" not in page
    lines = re.findall(r">(Is it [^<]+)</p>", page)
    assert lines == ["Is it soon?", *(f"Is it line {number}?" for number in (5, 4, 3, 2))]
    assert f'<form method="post" action="/working-on/{drafts[5].pk}/"' in page
    assert drafts[5].slug not in page


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
