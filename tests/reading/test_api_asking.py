"""How the API is asked: its lists page by page, its filters, from everywhere and by everybody."""

import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from advice.articles import indexing, searching
from advice.articles.models import Article, Expert, Related, Tag, TagAlias
from advice.reading.api import endpoints
from tests.factories import make_column, make_expert, make_published, make_tag, make_user
from tests.reading.asked import LISTS, get, items, pages, slugs
from tests.reading.printed import make_printed, make_site, relate

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Location",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}


def flat(found):
    return [slug for page in found for slug in page]


# -- page by page -----------------------------------------------------------------------------------------------


def test_articles_come_newest_first_and_of_one_moment_the_last_made_first(client):
    at = timezone.now() - DAY
    made = [make_printed(published_at=when).slug for when in (at, at, at - DAY, at + DAY / 2, at)]
    expected = [made[3], made[4], made[1], made[0], made[2]]
    for limit in (1, 2, 3, 5, 100):
        assert flat(pages(client, "questions", limit=limit)) == expected
    assert [len(page) for page in pages(client, "questions", limit=2)] == [2, 2, 1]
    assert pages(client, "questions", limit=5) == [expected]


def test_a_list_goes_on_where_it_stopped_while_articles_are_published_and_taken_back(client):
    old = [make_printed().slug for _ in range(4)]
    first = get(client, "questions?limit=2").json()
    make_printed(published_at=timezone.now())
    Article.objects.filter(slug=old[1]).update(status="draft", published_at=None)
    second = get(client, f"questions?limit=2&cursor={first['next']}").json()
    assert [item["slug"] for item in first["items"] + second["items"]] == old
    assert second["next"] is None


def test_an_article_of_a_distant_year_has_its_place(client):
    years = [dt.datetime(year, 5, 6, 7, 8, 9, 12345, tzinfo=dt.UTC) for year in (1969, 1650, 2)]
    made = [make_printed(published_at=at).slug for at in years]
    assert pages(client, "questions", limit=1) == [[slug] for slug in made]


def test_every_list_is_followed_to_its_end(client):
    tags = tuple(make_tag() for _ in range(5))
    for tag in tags:
        make_printed(tags=(tag,), column=make_column(position=7))
    for address in ("tags", "columns", "experts"):
        found = pages(client, address, limit=2)
        assert [len(page) for page in found] == [2, 2, 1], address
        assert flat(found) == slugs(client, f"{address}?limit=100"), address


def test_twenty_come_unless_said_otherwise(client):
    make_site(21)
    assert len(items(client, "questions")) == 20
    assert len(items(client, "questions?limit=100")) == 21


def test_search_is_narrowed_by_year(client):
    old, new = (make_published(headline=f"Zebra {number}") for number in range(2))
    old.published_at = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)
    old.save()
    indexing.index(old)
    assert slugs(client, "search?q=zebra&year=2023") == [old.slug]
    assert set(slugs(client, "search?q=zebra")) == {old.slug, new.slug}
    assert get(client, "search?q=zebra&year=23").status_code == 422


def test_search_goes_on_by_rank(client):
    for number in range(5):
        make_published(headline=f"Zebra {number}")
    found = pages(client, "search?q=zebra", limit=2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert flat(found) == slugs(client, "search?q=zebra")
    assert len(set(flat(found))) == 5


def test_search_goes_no_deeper_than_the_search_page(client, monkeypatch):
    for number in range(4):
        make_published(headline=f"Zebra {number}")
    assert searching.DEEPEST == 500
    monkeypatch.setattr(searching, "DEEPEST", 3)
    assert [len(page) for page in pages(client, "search?q=zebra", limit=2)] == [2, 1]
    assert get(client, "search?q=zebra&cursor=003").json() == {"items": [], "next": None}
    assert get(client, "search?q=zebra&cursor=fff").json() == {"items": [], "next": None}


NO_PLACES = ["", "%00", "ü", "a%0A", "a.b", "e320adf37ff80000000000000002.", "E320ADF37FF80000000000000002A!"]
NO_NUMBERS = ["x", "zz", "E320ADF37FF80000000000000002A", "e320adf37ff80000000000000002", "0" * 30]


def test_a_cursor_that_is_none_is_refused(client):
    slugs_are_places = {"tags", "experts"}
    for address in LISTS:
        for cursor in NO_PLACES + ([] if address in slugs_are_places else NO_NUMBERS):
            response = get(client, f"{address}{'&' if '?' in address else '?'}cursor={cursor}")
            assert response.status_code == 422, (address, cursor)
            detail = response.json()["detail"]
            assert detail.startswith("cursor: String should match pattern"), (address, cursor)
            assert ";" not in detail, (address, cursor)


@pytest.mark.parametrize(
    "limit", ["0", "-1", "101", "x", "", "1.5", "9" * 30, "1_0", "1.0", "%205", "5%20", "%2B5", "٥", "5%0A"]
)
def test_a_limit_beyond_its_bounds_is_refused(client, limit):
    response = get(client, f"questions?limit={limit}")
    assert response.status_code == 422
    assert response.json()["detail"].startswith("limit: Input should be")


# -- filters ----------------------------------------------------------------------------------------------------


def test_articles_are_narrowed_by_tag_alias_column_and_expert(client):
    tag, column, expert = make_tag(), make_column(), make_expert()
    TagAlias.objects.create(slug="shank", tag=tag)
    both = make_printed(tags=(tag,), column=column, experts=(expert,)).slug
    tagged = make_printed(tags=(tag, make_tag())).slug
    make_printed()
    assert slugs(client, f"questions?tag={tag.slug}") == [both, tagged]
    assert slugs(client, "questions?tag=shank") == [both, tagged]
    assert slugs(client, f"questions?column={column.slug}") == [both]
    assert slugs(client, f"questions?expert={expert.slug}") == [both]
    assert slugs(client, f"questions?tag=shank&column={column.slug}&expert={expert.slug}") == [both]
    for name in ("tag", "column", "expert"):
        assert slugs(client, f"questions?{name}=no-such") == []
        assert get(client, f"questions?{name}=").status_code == 422
    assert pages(client, "questions?tag=shank", limit=1) == [[both], [tagged]]


def test_articles_are_narrowed_by_days_of_the_sites_time(client, settings):
    settings.TIME_ZONE = "America/New_York"
    late = make_printed(
        published_at=dt.datetime(2026, 3, 9, 2, tzinfo=dt.UTC)
    ).slug  # the evening of the eighth
    early = make_printed(published_at=dt.datetime(2026, 3, 8, 4, tzinfo=dt.UTC)).slug  # of the seventh
    make_printed(published_at=dt.datetime(2026, 3, 8, 12, tzinfo=dt.UTC), undated=True)
    assert slugs(client, "questions?since=2026-03-08&until=2026-03-08") == [late]
    assert slugs(client, "questions?until=2026-03-07") == [early]
    assert slugs(client, "questions?since=2026-03-07") == [late, early]
    assert slugs(client, "questions?since=0001-01-01&until=9999-12-31") == [late, early]


@pytest.mark.parametrize(
    "day", ["", "1700000000", "2026-02-30", "2026-3-9", "2026-03-09T00:00:00", "٢٠٢٦-٠٣-٠٩"]
)
def test_a_day_that_is_none_is_refused(client, day):
    response = get(client, f"questions?since={day}")
    assert response.status_code == 422
    assert response.json()["detail"].startswith("since: ")


def test_search_finds_with_its_words_marked_and_is_narrowed(client):
    tag, column = make_tag(), make_column()
    TagAlias.objects.create(slug="shank", tag=tag)
    found = make_published(headline="Zebra one", tags=[tag], column=column, question="A <b>zebra</b>.")
    make_published(headline="Zebra two")
    expert = found.answers.get().expert
    assert len(items(client, "search?q=zebra")) == 2
    for narrowed in (f"tag={tag.slug}", "tag=shank", f"column={column.slug}", f"expert={expert.slug}"):
        assert slugs(client, f"search?q=zebra&{narrowed}") == [found.slug]
    told = items(client, "search?q=zebra&tag=shank")[0]
    assert told["snippet_html"].startswith("A &lt;b&gt;<mark>zebra</mark>&lt;/b&gt;.")
    assert told["tags"][0]["slug"] == tag.slug
    assert told["experts"][0]["slug"] == expert.slug
    assert items(client, "search?q=zebra&tag=no-such") == []


def test_a_search_needs_words_but_any_text_will_do(client):
    make_published(headline="Zebra")
    for nothing in ("search", "search?q=", "search?q=" + "x" * 401):
        assert get(client, nothing).status_code == 422
    for odd in ("%00", "%FF", "%22", "%20", "' OR 1=1 --", "🦓"):
        assert items(client, f"search?q={odd}") == []


# -- from everywhere, by everybody ------------------------------------------------------------------------------


def every_kind(article):
    """An address of each answer that there is, with its status."""
    good = [*LISTS, f"questions/{article.slug}", f"questions/{article.slug}/related", "openapi.json"]
    bad = {
        "questions/no-such": 404,
        "no/such": 404,
        "questions?limit=0": 422,
        "search": 422,
        "questions/": 301,
    }
    return {**dict.fromkeys(good, 200), **bad}


@pytest.mark.parametrize("method", ["get", "head"])
def test_every_answer_is_open_to_all_cacheable_and_about_nobody(client, method):
    article = make_site(2)
    client.force_login(make_user())
    for address, status in every_kind(article).items():
        response = getattr(client, method)(
            f"/api/v1/{address}", headers={"Origin": "https://elsewhere.example"}
        )
        assert response.status_code == status, address
        assert {name: response[name] for name in OPEN} == OPEN, address
        assert response["Cache-Control"] == "public, max-age=0, must-revalidate", address
        assert response.has_header("ETag") == (status != 301), address
        assert not response.cookies, address
        assert not response.has_header("Vary"), address
        if method == "head":
            assert response.content == b""


def test_what_has_not_changed_is_not_sent_again(client):
    article = make_site(2)
    for address in [*LISTS, f"questions/{article.slug}", f"questions/{article.slug}/related", "openapi.json"]:
        etag = client.get(f"/api/v1/{address}")["ETag"]
        assert client.head(f"/api/v1/{address}")["ETag"] == etag
        for method in (client.get, client.head):
            response = method(f"/api/v1/{address}", headers={"If-None-Match": etag})
            assert (response.status_code, response.content) == (304, b""), address
            assert {name: response[name] for name in OPEN} == OPEN, address
            assert response["ETag"] == etag
    Article.objects.update(headline="Changed")
    assert client.get("/api/v1/questions", headers={"If-None-Match": etag}).status_code == 200


def test_a_browser_is_told_beforehand_what_it_may_ask(client):
    article = make_printed()
    for address in every_kind(article):
        response = client.options(
            f"/api/v1/{address}",
            headers={
                "Origin": "https://elsewhere.example",
                "Access-Control-Request-Headers": "if-none-match",
            },
        )
        assert (response.status_code, response.content) == (204, b""), address
        assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert response["Access-Control-Allow-Headers"] == "If-None-Match"
        assert {name: response[name] for name in OPEN} == OPEN, address


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_nothing_can_be_written(client, method):
    article = make_printed()
    for address in every_kind(article):
        response = getattr(client, method)(f"/api/v1/{address}")
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS"), address
        assert response.json() == {"detail": "This can only be read: GET, HEAD or OPTIONS."}
        assert response["Access-Control-Allow-Origin"] == "*"


def test_an_address_with_a_slash_too_many_is_led_to_the_one_without(client):
    response = client.get("/api/v1/questions/?limit=2&tag=a")
    assert (response.status_code, response["Location"]) == (301, "/api/v1/questions?limit=2&tag=a")
    assert client.get("/api/v1/")["Location"] == "/api/"
    assert client.get("/api/v1")["Location"] == "/api/v1/"


@pytest.mark.parametrize(
    "odd", ["x" * 5_000, "%00", "%FF", "%", "%0d%0aA:b", "%2e%2e", "a%2Fb", "🦵", "//evil.example/"]
)
def test_odd_addresses_are_answered_as_data(client, odd):
    for place in (
        "{}",
        "questions/{}",
        "questions/{}/related",
        "questions?tag={}",
        "search?q={}",
        "tags?cursor={}",
    ):
        response = client.get(f"/api/v1/{place.format(odd)}")
        assert response.status_code in {200, 301, 404, 422}, place
        assert response["Access-Control-Allow-Origin"] == "*", place


def test_a_database_that_is_gone_is_said_so(client, monkeypatch, caplog):
    def gone(*arguments: object, **more: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(endpoints.paging, "page", gone)
    response = get(client, "questions")
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert response.json() == {"detail": "The site is out of breath. Please try again in a moment."}
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "The API could not ask the database." in caplog.text


# -- what it costs ----------------------------------------------------------------------------------------------

QUERIES = {
    "questions?limit=100": 3,  # the articles, their answers, their tags
    "questions?limit=100&tag=calf&column=training&expert=joss": 4,
    "questions/printed": 3,
    "questions/printed/related": 4,
    "tags?limit=100": 2,
    "columns?limit=100": 2,
    "experts?limit=100": 1,
}


def test_queries_are_as_many_for_one_as_for_thirty(client, django_assert_num_queries):
    column, expert = make_column(slug="training"), make_expert()
    tag = Tag.objects.create(name="Calf", slug="calf")
    Expert.objects.update(slug="joss")
    shared = {"column": column, "experts": (expert, make_expert())}
    made = [make_printed(slug="printed", tags=(tag,), **shared)]
    for count in (1, 30):
        while len(made) < count:
            made.append(make_printed(tags=(tag, make_tag(), make_tag()), **shared))
            make_column().experts.add(expert)
            TagAlias.objects.create(slug=f"alias-{len(made)}", tag=tag)
        Related.objects.all().delete()
        relate(made[0], *(made[1:6] or [make_printed(**shared)]))
        for address, number in QUERIES.items():
            with django_assert_num_queries(number):
                assert get(client, address).status_code == 200


def test_a_search_asks_as_much_for_one_as_for_twelve(client, django_assert_num_queries):
    tag = make_tag()
    TagAlias.objects.create(slug="shank", tag=tag)
    queries = 8 if connection.vendor == "sqlite" else 9  # PostgreSQL's engine asks how common the words are
    for count in (1, 11):
        for _ in range(count):
            make_published(headline="Zebra", tags=[tag, make_tag()])
        with django_assert_num_queries(queries):
            assert items(client, "search?q=zebra&tag=shank&limit=100")
