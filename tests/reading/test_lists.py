"""Archive, months, columns, tags, experts, corrections, pages of trust."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article, Column, Correction, Expert, Page, Tag, TagAlias
from advice.reading.grouping import beside, months_printed
from tests.factories import make_column, make_draft, make_expert, make_tag
from tests.reading.printed import make_printed, make_site

pytestmark = pytest.mark.django_db

QUERIES = {
    "/questions/": 4,
    "/archive/": 2,
    "/archive/{month}/": 6,
    "/columns/": 5,
    "/columns/{column}/": 6,
    "/tags/": 2,
    "/tags/{tag}/": 7,
    "/experts/": 3,
    "/experts/{expert}/": 7,
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
    assert '<a class="btn quiet" rel="next" href="?page=2">' in first.content.decode()
    assert '<a class="btn quiet" rel="prev" href="/questions/">' in second.content.decode()
    assert 'href="http://127.0.0.1:8000/questions/?page=2"' in second.content.decode()
    assert f">{newest.headline}<" not in second.content.decode()


def test_every_page_of_a_list_has_each_article_once(client):
    make_site(45)
    found = [
        re.findall(
            r'<h2><a href="(/questions/[^"]+)"', client.get(f"/questions/?page={page}").content.decode()
        )
        for page in (1, 2, 3)
    ]
    assert [len(page) for page in found] == [20, 20, 5]
    newest = Article.objects.published().newest_first()
    assert [*found[0], *found[1], *found[2]] == [article.get_absolute_url() for article in newest]


def test_first_page_has_one_address_and_every_page_a_title_of_its_own(client):
    make_site(30)
    for address in ("/questions/", "/columns/training/"):
        plain, first, second = (
            client.get(address + page).content.decode() for page in ("", "?page=1", "?page=2")
        )
        assert f'<link rel="canonical" href="http://127.0.0.1:8000{address}">' in plain
        assert f'<link rel="canonical" href="http://127.0.0.1:8000{address}">' in first
        titles = [page.split("<title>")[1].split("</title>")[0] for page in (plain, second)]
        assert titles[1] == titles[0].replace(" · ", ", page 2 · ", 1)


@pytest.mark.parametrize(
    "page", ["", "3", "0", "-1", "x", "abc", "01", "+1", "1.0", "1_0", "%201", "%EF%BC%91", "9" * 5000, "%00"]
)
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
    assert months.index('href="/archive/2026/1/"') < months.index('href="/archive/2025/12/"')
    assert [months.count(f'<h2 id="year-{year}">{year}</h2>') for year in (2024, 2025, 2026)] == [0, 1, 1]
    assert months.count("<span>1 answer</span>") == 2


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_months_are_counted_by_the_sites_own_clock(settings, zone):
    settings.TIME_ZONE = zone
    column = make_column()
    for hours in range(0, 24 * 70, 7):
        at = dt.datetime(2024, 1, 20, 0, 14, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
        make_printed(column=column, experts=(None,), published_at=at)
    make_printed(column=column, undated=True)
    local = [timezone.localtime(at).date().replace(day=1) for at in _dates()]
    assert months_printed() == [(month, local.count(month)) for month in sorted(set(local), reverse=True)]


def _dates() -> list[dt.datetime]:
    dates = Article.objects.filter(undated=False).values_list("published_at", flat=True)
    return [at for at in dates if at]


def test_month_leads_to_the_nearest_months_that_have_something(client):
    for month in (1, 5, 9):
        make_printed(published_at=dt.datetime(2025, month, 15, tzinfo=dt.UTC))
    make_printed(published_at=dt.datetime(2025, 7, 15, tzinfo=dt.UTC), undated=True)
    make_printed(published_at=dt.datetime(2025, 3, 15, tzinfo=dt.UTC), status="retracted")
    first, middle, last = (client.get(f"/archive/2025/{month}/").content.decode() for month in (1, 5, 9))
    assert ('rel="prev"' in first, 'rel="next" href="/archive/2025/5/"' in first) == (False, True)
    assert 'rel="prev" href="/archive/2025/1/"' in middle
    assert 'rel="next" href="/archive/2025/9/"' in middle
    assert ('rel="prev" href="/archive/2025/5/"' in last, 'rel="next"' in last) == (True, False)


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


def test_tag_names_its_other_words_and_the_tags_beside_it(client):
    calf, knee, everywhere, idle = (make_tag(name) for name in ("Calf", "Knee", "Everywhere", "Idle"))
    TagAlias.objects.create(slug="lower-leg", tag=calf)
    for _ in range(2):
        make_printed(tags=(calf, knee, everywhere))
    make_printed(tags=(calf, everywhere))
    for _ in range(6):
        make_printed(tags=(everywhere,))
    make_printed(tags=(calf, idle), status="draft", published_at=None)
    assert beside(calf) == [knee, everywhere]
    page = client.get(calf.get_absolute_url()).content.decode()
    assert "<i>lower leg</i>" in page
    assert page.index(knee.get_absolute_url()) < page.index(everywhere.get_absolute_url())
    assert idle.get_absolute_url() not in page


def test_a_tag_without_company_has_no_list_of_it(client):
    tag = make_tag()
    make_printed(tags=(tag,))
    assert "Often asked together" not in client.get(tag.get_absolute_url()).content.decode()


def test_few_topics_are_one_list(client):
    make_printed(tags=tuple(make_tag() for _ in range(30)))
    page = client.get("/tags/").content.decode()
    assert (page.count('class="index"'), "Most asked about" in page) == (1, False)


def test_many_topics_stand_under_their_letters(client, django_assert_num_queries):
    names = ["zebra", "Éclair", "eel", "10k", *(f"Mile {number}" for number in range(1_000))]
    tags = Tag.objects.bulk_create([Tag(name=name, slug=f"t{n}") for n, name in enumerate(names)])
    make_printed(tags=tuple(tags))
    make_printed(tags=(tags[0],))
    with django_assert_num_queries(2):
        page = client.get("/tags/").content.decode()
    assert re.findall(r'<h2 id="letter-\d+">(.)</h2>', page) == ["E", "M", "Z", "#"]
    assert page.index("Most asked about") < page.index(">zebra<") < page.index('id="letter-1"')
    assert page.count(">zebra<") == 2
    assert "2 answers" in page
    assert page.index(">Éclair<") < page.index(">eel<") < page.index(">Mile 999<")


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


def test_expert_page_says_who_they_are_and_what_they_reviewed(client):
    expert = make_expert(
        title="Coach",
        credentials="MA",
        bio="Runs *slowly*.",
        interests="Paid by nobody.",
        checked_on=dt.date(2026, 1, 12),
        checked_where="the register",
    )
    column = make_column()
    column.experts.add(expert)
    answered = make_printed(experts=(expert,))
    reviewed = [make_printed(reviewer=expert, reviewed_on=dt.date(2026, 2, day)) for day in range(1, 8)]
    hidden = make_printed(reviewer=expert, reviewed_on=dt.date(2026, 2, 9), status="draft")
    page = client.get(expert.get_absolute_url()).content.decode()
    for said in ("MA · Coach", "<em>slowly</em>", "Paid by nobody.", "12 January 2026, the register"):
        assert said in page
    assert column.get_absolute_url() in page
    assert answered.get_absolute_url() in page
    assert [article.get_absolute_url() in page for article in reviewed] == [True] * 5 + [False] * 2
    assert hidden.get_absolute_url() not in page


def test_columns_page_shows_what_each_has_and_invites_where_there_is_nothing(client):
    full, empty = make_column(), make_column()
    expert = make_expert()
    full.experts.add(expert)
    articles = [make_printed(column=full) for _ in range(4)]
    make_draft(column=empty)
    page = client.get("/columns/").content.decode()
    assert [article.get_absolute_url() in page for article in articles] == [True] * 3 + [False]
    assert expert.get_absolute_url() in page
    assert f'href="/ask/{empty.slug}/"' in page
    assert f'href="/ask/{full.slug}/"' not in page


def test_column_page_asks_for_questions_to_it(client):
    column = make_column()
    page = client.get(column.get_absolute_url()).content.decode()
    assert f'href="/ask/{column.slug}/"' in page
    assert "The first answer needs a first letter" in page


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


def test_of_a_retracted_article_the_list_of_corrections_has_the_reason_only(client):
    article = make_printed()
    workflow.correct(article, kind="correction", text="We said an unsafe thing.", by=None)
    assert "unsafe thing" in client.get("/corrections/").content.decode()
    workflow.retract(article, reason="It was wrong.", by=None)
    page = client.get("/corrections/").content.decode()
    assert "It was wrong." in page
    assert "unsafe thing" not in page
