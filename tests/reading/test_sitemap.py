"""The sitemap, and robots.txt."""

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Answer, Article, Correction, Page
from advice.reading import sitemaps
from tests.factories import make_column, make_draft, make_expert, make_published, make_tag, make_user
from tests.reading.printed import make_printed, make_site
from tests.reading.valid import check, complaints

pytestmark = pytest.mark.django_db
SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
SITE = "http://127.0.0.1:8000"
PARTS = ["pages", "columns-1", "tags-1", "experts-1", "articles-1"]


@pytest.fixture
def clock():
    """A time that stands still: dates in a sitemap are of seconds."""
    with time_machine.travel(dt.datetime(2026, 11, 20, 7, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


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


def edit(article: Article, **fields) -> Article:
    version = Article.objects.get(pk=article.pk).version
    return workflow.edit(article, by=None, version=version, **fields)


def edit_answer(article: Article) -> None:
    answer = article.answers.get()
    workflow.save_answer(answer, text="Another answer.", by=None, version=answer.version)


def bring_in(article: Article, question: str) -> None:
    fields = {"headline": article.headline, "question": question}
    answers = [Answer(expert=answer.expert, text=answer.text) for answer in article.answers.all()]
    workflow.bring_in(article, fields=fields, slug="", tags=None, answers=answers, at=None)


def after_privacy(article: Article) -> None:
    workflow.correct(article, kind="clarification", text="Hm.", by=None, is_privacy=True)
    edit(article, question="Of nobody.")


@pytest.mark.parametrize(
    "act",
    [
        lambda article: edit(article, question="Put otherwise."),
        lambda article: edit(article, tags=[make_tag()]),
        edit_answer,
        after_privacy,
        lambda article: bring_in(article, "Brought in otherwise."),
        lambda article: workflow.correct(article, kind="clarification", text="Clear.", by=None),
        lambda article: workflow.record_review(
            article, reviewer=make_expert(), on=timezone.localdate(), by=None
        ),
        lambda article: workflow.publish(workflow.unpublish(article, by=None), by=None),
    ],
)
def test_each_change_of_what_is_printed_is_the_date_of_an_article_and_of_its_lists(client, clock, act):
    article = make_published(question="A question.")
    bring_in(article, article.question)
    files = {"articles": article, "columns": article.column, "tags": article.tags.get()}
    clock.shift(3600)
    bring_in(article, article.question)  # as it was
    article.refresh_from_db()
    edited = edit(make_draft(), dek="Of a draft.")
    assert edited.status == "draft"
    published = iso(article.published_at)
    before = {name: part(client, f"{name}-1")[one.get_absolute_url()] for name, one in files.items()}
    assert before == dict.fromkeys(files, published)

    act(article)

    now = iso(timezone.now())
    files["tags"] = Article.objects.get(pk=article.pk).tags.get()
    after = {name: part(client, f"{name}-1")[one.get_absolute_url()] for name, one in files.items()}
    assert after == dict.fromkeys(files, now)


def test_scheduled_article_has_the_date_at_which_it_came_out(client, clock):
    article = make_published(at=timezone.now() + dt.timedelta(hours=1))
    clock.shift(1800)
    edit(article, dek="Before anybody saw it.")
    clock.shift(3600)
    assert part(client, "articles-1") == {article.get_absolute_url(): iso(article.published_at)}


def steps(article: Article, column, tag) -> dict[str, Callable[[], object]]:
    """What happens to an article in its life. One more stays beside it, so that no file ends."""
    by = make_user()
    return {
        "publish": lambda: make_published(headline="Another", column=column, tags=[tag]),
        "edit": lambda: edit(article, headline="Otherwise"),
        "edit an answer": lambda: edit_answer(article),
        "give another slug": lambda: edit(article, slug="elsewhere"),
        "tag": lambda: edit(article, tags=[tag, make_tag()]),
        "correct": lambda: workflow.correct(article, kind="correction", text="Right.", by=by),
        "clarify": lambda: workflow.correct(article, kind="clarification", text="Clear.", by=by),
        "correct for privacy": lambda: after_privacy(article),
        "unpublish": lambda: workflow.unpublish(article, by=by),
        "publish again": lambda: workflow.publish(article, by=by),
        "schedule": lambda: make_published(column=column, tags=[tag], at=timezone.now() + dt.timedelta(hours=2)),
        "wait": lambda: None,
        "retract": lambda: workflow.retract(article, reason="Wrong.", by=by),
        "retract another": lambda: workflow.retract(Article.objects.get(headline="Another"), reason="Wrong.", by=by),
        "delete": lambda: workflow.delete(article, by=by),
        "delete a published one": lambda: workflow.delete(Article.objects.published().first(), by=by),
        "write a page": lambda: Page.objects.create(slug="about", title="About", text="Us."),
    }  # fmt: skip


def test_no_date_ever_goes_back_and_a_file_that_changed_has_a_newer_one(client, clock):
    column, tag = make_column(), make_tag()
    make_published(column=column, tags=[tag])
    clock.shift(60)
    article = make_published(column=column, tags=[tag])
    clock.shift(3600)

    def read() -> dict[str, tuple[str | None, dict[str, str | None]]]:
        return {file: (at, found(client, file)) for file, at in found(client).items()}

    before, changed = read(), set()
    for name, step in steps(article, column, tag).items():
        step()
        after = read()
        assert after.keys() == before.keys(), name
        for file, (at, entries) in after.items():
            was, held = before[file]
            assert was is not None
            assert at is not None
            assert at >= was, (name, file)
            if entries != held:
                changed.add((name, file))
                assert at > was, (name, file)
        before = after
        clock.shift(3600)
    # Nothing was proved by files that stood still.
    gone = {"unpublish", "retract", "retract another", "delete a published one", "give another slug"}
    assert {name for name, file in changed if "articles" in file} >= gone
    assert {name for name, file in changed if "tags" in file} >= {"publish", "edit", "unpublish", "retract"}


def test_file_of_articles_that_nothing_happened_to_keeps_its_date(client, clock, monkeypatch):
    first, other = make_published(), make_published()
    monkeypatch.setattr(sitemaps, "A_FILE", 1)
    clock.shift(3600)
    edit(other, dek="Otherwise.")
    files = {f"/sitemap-articles-{one.pk}.xml": one for one in (first, other)}
    dates = {file: at for file, at in found(client).items() if file in files}
    assert list(dates.values()) == [iso(first.published_at), iso(timezone.now())]


def test_months_are_named_with_the_last_change_in_them(client, clock):
    clock.move_to(dt.datetime(2026, 11, 20, 7, tzinfo=dt.UTC))
    made = [
        make_printed(published_at=dt.datetime(2025, month, day, 12, tzinfo=dt.UTC))
        for month, day in ((3, 1), (3, 9), (3, 31), (5, 9))
    ]
    make_printed(published_at=dt.datetime(2024, 1, 9, tzinfo=dt.UTC), undated=True)
    make_printed(published_at=dt.datetime(2027, 1, 9, tzinfo=dt.UTC))
    workflow.correct(made[3], kind="correction", text="Right.", by=None)
    pages = part(client, "pages")
    assert {address: at for address, at in pages.items() if "/archive/2" in address} == {
        "/archive/2025/3/": iso(made[2].published_at),
        "/archive/2025/5/": iso(timezone.now()),
    }


def test_list_has_the_date_of_the_last_change_of_its_articles(client, clock):
    column, tag, expert = make_column(), make_tag(), make_expert()
    given = {"column": column, "tags": (tag,), "experts": (expert,)}
    newest = old(2, **given)
    changed = old(9, **given)
    for name, one in (("columns", column), ("tags", tag), ("experts", expert)):
        assert part(client, f"{name}-1") == {one.get_absolute_url(): iso(newest.published_at)}
    note = workflow.correct(changed, kind="clarification", text="Clear.", by=None)
    for name, one in (("columns", column), ("tags", tag), ("experts", expert)):
        assert part(client, f"{name}-1") == {one.get_absolute_url(): iso(note.made_at)}


def test_file_has_the_date_of_the_last_change_in_it(client, clock):
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
    month = timezone.localdate(article.published_at)
    page = Page.objects.create(slug="standards", title="How we answer", text="So.")
    Page.objects.create(slug="unlinked", title="Elsewhere", text="No address leads here.")
    pages = part(client, "pages")
    assert {address: at for address, at in pages.items() if at} == {
        "/": iso(article.published_at),
        "/questions/": iso(article.published_at),
        "/standards/": iso(page.updated_at),
        f"/archive/{month.year}/{month.month}/": iso(article.published_at),
    }
    assert {address for address, at in pages.items() if not at} == {
        "/working-on/",
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
    [("", 9), ("-pages", 8), ("-columns-1", 3), ("-tags-1", 3), ("-experts-1", 3), ("-articles-1", 2)],
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
