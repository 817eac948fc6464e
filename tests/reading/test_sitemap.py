"""The sitemap, and robots.txt."""

import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article, Correction, Page
from advice.reading import sitemaps
from tests.factories import make_column, make_expert, make_tag
from tests.reading.printed import make_printed, make_site
from tests.reading.valid import check, complaints

pytestmark = pytest.mark.django_db
SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
SITE = "http://127.0.0.1:8000"
PARTS = ["pages", "columns-1", "tags-1", "experts-1", "articles-1"]


def found(client, path: str = "/sitemap.xml") -> dict[str, str | None]:
    """The addresses in a file, without the site's own, each with its date."""
    response = client.get(path, headers={"host": "localhost"})
    assert response.status_code == 200
    check(response)
    entries = {
        entry.findtext("s:loc", namespaces=SPACE): entry.findtext("s:lastmod", namespaces=SPACE)
        for entry in ET.fromstring(response.content)
    }
    assert all(address.startswith(f"{SITE}/") for address in entries)
    return {address.removeprefix(SITE): changed for address, changed in entries.items()}


def part(client, name: str) -> dict[str, str | None]:
    return found(client, f"/sitemap-{name}.xml")


def whole(client) -> dict[str, str | None]:
    return {address: at for file in found(client) for address, at in found(client, file).items()}


def iso(at: dt.datetime) -> str:
    return at.replace(microsecond=0).isoformat()


def old(days: int, **fields) -> Article:
    return make_printed(published_at=timezone.now() - dt.timedelta(days=days), **fields)


def test_sitemap_is_an_index_of_files_at_the_root(client):
    assert list(found(client)) == ["/sitemap-pages.xml"]
    make_printed(tags=(make_tag(),))
    assert list(found(client)) == [f"/sitemap-{name}.xml" for name in PARTS]


def test_article_has_the_date_of_its_last_change(client):
    day = dt.timedelta(days=1)
    plain = old(9)
    updated = old(9, updated_at=timezone.now() - 5 * day)
    noted = old(9, updated_at=timezone.now() - 5 * day)
    note = Correction.objects.create(
        article=noted, kind="clarification", text="Clear.", made_at=timezone.now() - 3 * day
    )
    plain.save()  # the desk has done something to it that no reader sees
    assert part(client, "articles-1") == {
        plain.get_absolute_url(): iso(plain.published_at),
        updated.get_absolute_url(): iso(updated.updated_at),
        noted.get_absolute_url(): iso(note.made_at),
    }


def test_list_has_the_date_of_the_last_change_of_its_articles(client):
    column, tag, expert = make_column(), make_tag(), make_expert()
    given = {"column": column, "tags": (tag,), "experts": (expert,)}
    newest = old(2, **given)
    changed = old(9, **given)
    for name, one in (("columns", column), ("tags", tag), ("experts", expert)):
        assert part(client, f"{name}-1") == {one.get_absolute_url(): iso(newest.published_at)}
    note = workflow.correct(changed, kind="clarification", text="Clear.", by=None)
    for name, one in (("columns", column), ("tags", tag), ("experts", expert)):
        assert part(client, f"{name}-1") == {one.get_absolute_url(): iso(note.made_at)}


def test_file_has_the_date_of_the_last_change_in_it(client):
    article = old(9, tags=(make_tag(),))
    assert set(found(client).values()) == {iso(article.published_at)}
    page = Page.objects.create(slug="about", title="About", text="Us.")
    dates = found(client)
    assert dates.pop("/sitemap-pages.xml") == iso(page.updated_at)
    assert set(dates.values()) == {iso(article.published_at)}
    note = workflow.correct(article, kind="correction", text="Right.", by=None)
    assert set(found(client).values()) == {iso(note.made_at)}


def test_pages_are_those_that_there_is_one_of(client):
    article = old(9)
    page = Page.objects.create(slug="standards", title="How we answer", text="So.")
    Page.objects.create(slug="unlinked", title="Elsewhere", text="No address leads here.")
    pages = part(client, "pages")
    assert {address: at for address, at in pages.items() if at} == {
        "/": iso(article.published_at),
        "/questions/": iso(article.published_at),
        "/standards/": iso(page.updated_at),
    }
    assert set(pages) - {"/", "/questions/", "/standards/"} == {
        *("/archive/", "/columns/", "/tags/", "/experts/", "/ask/", "/newsletters/", "/corrections/"),
    }


def test_what_is_not_published_is_in_no_file(client):
    shown = [make_column(), make_tag(), make_expert()]
    given = {"column": shown[0], "tags": (shown[1],), "experts": (shown[2],)}
    article = make_printed(**given)
    hidden = [
        make_printed(status="draft", published_at=None, tags=(make_tag(),)),
        make_printed(published_at=timezone.now() + dt.timedelta(days=1), tags=(make_tag(),)),
        make_printed(tags=(make_tag(),)),
    ]
    retracted = workflow.retract(hidden[2], reason="Wrong.", by=None)
    addresses = whole(client)
    assert {one.get_absolute_url() for one in (article, *shown)} <= set(addresses)
    out = [retracted, *hidden]
    out += [one for row in hidden for one in (row.column, row.tags.get(), row.answers.get().expert)]
    assert [one for one in out if one.get_absolute_url() in addresses] == []


def test_every_address_of_the_sitemap_is_a_page_that_may_be_found(client):
    make_site(3)
    for address in whole(client):
        response = client.get(address)
        assert (response.status_code, response.get("X-Robots-Tag")) == (200, None), address


def test_articles_stay_in_their_file_when_others_come_and_go(client, monkeypatch):
    made = [make_printed() for _ in range(7)]
    first = made[0].pk
    monkeypatch.setattr(sitemaps, "A_FILE", 4)

    def files() -> dict[str, list[str]]:
        names = [file for file in found(client) if "articles" in file]
        return {file: list(found(client, file)) for file in names}

    def expected(articles: list[Article]) -> dict[str, list[str]]:
        parted: dict[str, list[str]] = {}
        for article in articles:
            file = f"/sitemap-articles-{(article.pk - 1) // 4 + 1}.xml"
            parted.setdefault(file, []).append(article.get_absolute_url())
        return parted

    assert files() == expected(made)
    assert max(map(len, files().values())) <= 4
    inner = [article for article in made if (article.pk - 1) // 4 == (first + 3) // 4]
    for article in inner[:-1]:
        workflow.unpublish(article, by=None)
    assert files() == expected([article for article in made if article not in inner[:-1]])
    workflow.unpublish(inner[-1], by=None)
    assert files() == expected([article for article in made if article not in inner])
    assert client.get(f"/sitemap-articles-{(inner[0].pk - 1) // 4 + 1}.xml").status_code == 404


def test_lists_are_parted_too_where_there_are_many(client, monkeypatch):
    tags = [make_tag() for _ in range(6)]
    make_printed(tags=tuple(tags))
    monkeypatch.setattr(sitemaps, "A_FILE", 4)
    files = [file for file in found(client) if "tags" in file]
    assert len(files) in {2, 3}
    assert [address for file in files for address in found(client, file)] == [
        tag.get_absolute_url() for tag in tags
    ]


@pytest.mark.parametrize(
    "name",
    [
        "articles",
        "articles-0",
        "articles-01",
        "articles-2",
        "tags-x",
        "letters-1",
        "pages-1",
        "9" * 5000,
        "articles-99999999999999999999",
    ],
)
def test_part_of_the_sitemap_that_is_not_there_answers_404(client, name):
    make_site(1)
    assert client.get(f"/sitemap-{name}.xml").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(
    ("path", "queries"),
    [("", 13), ("-pages", 4), ("-columns-1", 3), ("-tags-1", 3), ("-experts-1", 3), ("-articles-1", 2)],
)
def test_sitemap_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, path, queries, count):
    make_site(count)
    with django_assert_num_queries(queries):
        response = client.get(f"/sitemap{path}.xml")
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not response.cookies


@pytest.mark.parametrize("name", ["", *(f"-{name}" for name in PARTS)])
def test_file_not_changed_since_answers_304(client, name):
    make_site(1)
    first = client.get(f"/sitemap{name}.xml")
    again = client.get(f"/sitemap{name}.xml", headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<loc>http://127.0.0.1:8000", "<loc>"),
        ("<lastmod>", "<lastmod>24 November "),
        ("+00:00", ""),
        ("<loc>", "<loc>http://127.0.0.1:8000/" + "x" * 2048),
        ("/0.9", "/0.84"),
        ("urlset", "urls"),
        ("</lastmod>", "</lastmod><lastmod>2026-11-24T00:00:00Z</lastmod>"),
    ],
)
def test_fault_in_a_sitemap_is_found(client, right, wrong):
    make_printed()
    text = client.get("/sitemap-articles-1.xml").content.decode()
    assert complaints(text.encode(), "sitemap") == []
    assert right in text
    assert complaints(text.replace(right, wrong).encode(), "sitemap") != []


def test_robots_names_the_sitemap_and_what_is_closed(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert f"Sitemap: {SITE}/sitemap.xml" in lines
    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow")]
    # Not the search: what says “noindex” must be read to be heeded.
    assert closed == ["/desk/", "/accounts/", "/letters/", "/admin/"]
