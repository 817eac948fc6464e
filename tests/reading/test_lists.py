"""Archive, months, columns, tags, experts, corrections, pages of trust."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles.models import Article, Column, Correction, Expert, Page, Tag, TagAlias
from tests.factories import make_column, make_expert, make_tag
from tests.reading.printed import make_printed, make_site

pytestmark = pytest.mark.django_db

QUERIES = {
    "/questions/": 4,
    "/archive/": 2,
    "/archive/{month}/": 4,
    "/columns/": 3,
    "/columns/{column}/": 6,
    "/tags/": 2,
    "/tags/{tag}/": 5,
    "/experts/": 2,
    "/experts/{expert}/": 6,
    "/corrections/": 3,
}


def filled(address: str) -> str:
    return address.format(
        month=timezone.localtime().strftime("%Y/%-m"),
        column=Column.objects.get().slug,
        tag=Tag.objects.get().slug,
        expert=Expert.objects.get().slug,
    )


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("address", "queries"), QUERIES.items())
def test_list_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, address, queries, count):
    make_site(count)
    Article.objects.update(published_at=timezone.now())
    for article in Article.objects.all():
        Correction.objects.create(article=article, kind="correction", text="Put right.")
    filled_in = filled(address)
    with django_assert_num_queries(queries):
        response = client.get(filled_in)
    assert response.status_code == 200


def test_archive_is_in_pages(client):
    newest = make_site(30)
    first, second = client.get("/questions/"), client.get("/questions/?page=2")
    assert f">{newest.headline}<" in first.content.decode()
    assert 'href="?page=2"' in first.content.decode()
    assert 'href="http://127.0.0.1:8000/questions/?page=2"' in second.content.decode()
    assert f">{newest.headline}<" not in second.content.decode()


@pytest.mark.parametrize("page", ["3", "0", "-1", "x", "9" * 5000, "%00"])
def test_page_that_is_not_there_answers_404(client, page):
    make_site(1)
    assert client.get(f"/questions/?page={page}").status_code == 404


def test_month_lists_its_articles_and_neither_others_nor_undated_ones(client):
    at = dt.datetime(2025, 12, 31, 23, 59, tzinfo=timezone.get_current_timezone())
    make_printed(headline="Of December", published_at=at)
    make_printed(headline="Of January", published_at=at + dt.timedelta(minutes=1))
    make_printed(headline="Of no day", published_at=at, undated=True)
    page = client.get("/archive/2025/12/").content.decode()
    assert "Of December" in page
    assert "Of January" not in page
    assert "Of no day" not in page
    months = client.get("/archive/").content.decode()
    assert months.index("January 2026") < months.index("December 2025")
    assert "1 answer<" in months


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Lima"])
@pytest.mark.parametrize(
    "month",
    [
        "2025/11",
        "2025/13",
        "0/1",
        "0/13",
        "1/1",
        "2/1",
        "9998/12",
        "9999/12",
        "99999/1",
        f"{10**20}/1",
        f"1/{10**20}",
    ],
)
def test_month_without_articles_answers_404(client, settings, month, zone):
    settings.TIME_ZONE = zone
    make_printed(published_at=dt.datetime(2025, 12, 31, tzinfo=dt.UTC))
    assert client.get(f"/archive/{month}/").status_code == 404


def test_alias_leads_to_its_tag(client):
    tag = make_tag("Calf")
    TagAlias.objects.create(slug="lower-leg", tag=tag)
    response = client.get("/tags/lower-leg/")
    assert (response.status_code, response["Location"]) == (301, tag.get_absolute_url())


def test_capitals_lead_to_the_list(client):
    make_column(slug="training")
    response = client.get("/columns/Training/")
    assert (response.status_code, response["Location"]) == (301, "/columns/training/")


@pytest.mark.parametrize("address", ["/columns/none/", "/tags/none/", "/experts/none/", "/tags/NONE/"])
def test_unknown_list_answers_404(client, address):
    assert client.get(address).status_code == 404


def test_expert_is_listed_once_an_answer_is_public(client):
    quiet, heard = make_expert(), make_expert()
    make_printed(experts=(heard,))
    make_printed(experts=(quiet,), published_at=timezone.now() + dt.timedelta(days=1))
    page = client.get("/experts/").content.decode()
    assert heard.get_absolute_url() in page
    assert quiet.get_absolute_url() not in page


def test_column_and_expert_pages_name_their_feeds(client):
    make_site(1)
    for kind in ("column", "tag", "expert"):
        address = filled(f"/{kind}s/{{{kind}}}/")
        assert f'href="/feeds{address[:-1]}.atom"' in client.get(address).content.decode()


def test_page_of_trust_carries_the_name_of_the_site(client):
    Page.objects.create(slug="about", title="About {site_name}", text="**{site_name}** is a column.")
    page = client.get("/about/").content.decode()
    assert "<h1>About Second Wind</h1>" in page
    assert "<strong>Second Wind</strong> is a column." in page
