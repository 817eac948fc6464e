"""Every list asks the database as often for a thousand rows as for one."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advice.articles import indexing
from advice.articles.models import (
    Answer,
    Article,
    Column,
    Correction,
    Expert,
    Related,
    Tag,
    TagAlias,
    Tally,
    TallyKind,
)
from advice.newsletter.models import Issue, IssueItem, Newsletter
from tests.factories import make_newsletter

pytestmark = pytest.mark.django_db

ONE, SOME, MANY = 1, 101, 1_000  # articles; some have a second page, whatever is listed
PIECES = 64  # so many columns, tags and experts there are with the many
FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
LISTS = [
    "/",
    "/questions/",
    "/archive/",
    "/archive/2026/3/",
    "/columns/",
    "/columns/one/",
    "/tags/",
    "/tags/one/",
    "/experts/",
    "/experts/one/",
    "/working-on/",
    "/corrections/",
    "/newsletters/",
    "/newsletters/one/",
    "/newsletters/one/1/",
    "/feeds/newsletters/one.atom",
    "/ask/",
    "/search/",
    "/search/?q=printed",
    "/search/?q=printed&tag=uno&column=one&expert=one",
    "/feeds/latest.atom",
    "/feeds/latest.rss",
    "/feeds/latest.json",
    "/feeds/tags/one.atom",
    "/feeds/columns/one.atom",
    "/feeds/experts/one.atom",
    "/feeds/corrections.atom",
    "/sitemap.xml",
    "/llms.txt",
    "/api/v1/questions",
    "/api/v1/questions?tag=one&column=one&expert=one",
    "/api/v1/tags",
    "/api/v1/columns",
    "/api/v1/experts",
    "/api/v1/search?q=printed",
]
SECOND_PAGES = [
    "/questions/?page=2",
    "/archive/2026/3/?page=2",
    "/columns/one/?page=2",
    "/tags/one/?page=2",
    "/experts/one/?page=2",
    "/working-on/?page=2",
    "/corrections/?page=2",
    "/newsletters/one/?page=2",
    "/search/?q=printed&page=2",
]


def fill(articles: int, pieces: int) -> None:
    """So many published articles, each with answers, tags, a correction, votes and neighbours; and pieces of each kind.

    Half of the articles are the first piece's, or all where one can have several.
    """
    names = ["one", *(f"piece-{number}" for number in range(1, pieces))]
    for number in range(min(pieces, 3)):
        make_newsletter(f"Letter {number}")
    newsletter = make_newsletter("One", slug="one")
    columns = [Column(name=name, slug=name, position=place) for place, name in enumerate(names)]
    columns = Column.objects.bulk_create(columns)
    tags = Tag.objects.bulk_create(Tag(name=name, slug=name) for name in names)
    experts = Expert.objects.bulk_create(Expert(name=name, slug=name) for name in names)
    for place, column in enumerate(columns):
        column.experts.set({experts[0], experts[place]})
    TagAlias.objects.bulk_create(
        TagAlias(slug=f"{tag.slug}-too" if place else "uno", tag=tag) for place, tag in enumerate(tags)
    )
    made = _articles(articles, columns)
    through = Article.tags.through
    Answer.objects.bulk_create(
        Answer(
            article=article, expert=expert, position=place, text="It passes.", html="<p>It passes.</p>",
            status="filed", filed_at=FIRST,
        )
        for number, article in enumerate(made)
        for place, expert in enumerate({experts[0], experts[number % pieces]}, 1)
    )  # fmt: skip
    through.objects.bulk_create(
        through(article=article, tag=tag)
        for number, article in enumerate(made)
        for tag in {tags[0], tags[number % pieces]}
    )
    _issues(newsletter, made)
    indexing.rebuild()


def _issues(newsletter: Newsletter, articles: list[Article]) -> None:
    """As many issues as articles, each with at most ten answers, half of them in full."""
    issues = Issue.objects.bulk_create(
        Issue(
            newsletter=newsletter,
            kind="edited",
            status="sent",
            number=number,
            left_at=FIRST,
            subject="Sent",
            is_listed=True,
        )
        for number in range(1, len(articles) + 1)
    )
    IssueItem.objects.bulk_create(
        IssueItem(
            issue=issue, article=article, in_full=place % 2, headline="Mailed", path="/questions/mailed/"
        )
        for issue in issues
        for place, article in enumerate(articles[:10])
    )


def _articles(count: int, columns: list[Column]) -> list[Article]:
    made = Article.objects.bulk_create(
        Article(
            headline=f"Printed {number}",
            slug=f"printed-{number}",
            dek="A dek.",
            question="My calf twitches.",
            question_html="<p>My calf twitches.</p>",
            signature="Adam",
            column=columns[number % len(columns) if number % 2 else 0],
            status="published",
            published_at=FIRST + dt.timedelta(minutes=number),
        )
        for number in range(count)
    )
    Article.objects.bulk_create(
        Article(headline=f"Draft {n}", slug=f"draft-{n}", announced_as=f"Line {n}") for n in range(count)
    )
    Correction.objects.bulk_create(
        Correction(article=article, kind="correction", text="x", html="<p>x</p>", made_at=FIRST)
        for article in made
    )
    today = timezone.localdate()
    Tally.objects.bulk_create(
        Tally(article=article, kind=TallyKind.HELPFUL, day=today, count=1) for article in made
    )
    Related.objects.bulk_create(
        Related(article=made[0], neighbour=other, position=place) for place, other in enumerate(made[1:13], 1)
    )
    return made


def asked(client, path: str) -> int:
    client.get(path)  # what is asked once a process is not the list's
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200, path
    return len(queries.captured_queries)


def parts_of_the_sitemap(client) -> list[str]:
    places = re.findall(r"<loc>(.*?)</loc>", client.get("/sitemap.xml").content.decode())
    return [place.removeprefix(settings.SITE_URL) for place in places]


def grown(counts: dict[tuple[str, int], int], few: int) -> dict[str, tuple[int, int]]:
    pairs = {path: (counts[path, few], counts[path, MANY]) for path, size in counts if size == few}
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}


@pytest.mark.slow
def test_a_thousand_rows_cost_no_list_another_query(client):
    counts = {}
    for count, pieces in ((ONE, 1), (MANY, PIECES)):
        fill(count, pieces)
        parts = parts_of_the_sitemap(client)
        assert len(parts) > 1
        for path in LISTS + parts:
            counts[path, count] = asked(client, path)
        empty()
    assert grown(counts, ONE) == {}


def test_twelve_neighbours_cost_no_query_more_than_one(client):
    counts = []
    for count in (2, 13):
        fill(count, 1)
        counts.append(
            [asked(client, f"/api/v1/questions/printed-0/related?limit={limit}") for limit in (1, 12)]
        )
        empty()
    assert counts[0] == counts[1]


@pytest.mark.slow
def test_a_thousand_rows_cost_no_second_page_another_query(client):
    counts = {}
    for count, pieces in ((SOME, 2), (MANY, PIECES)):
        fill(count, pieces)
        for path in SECOND_PAGES:
            counts[path, count] = asked(client, path)
        empty()
    assert grown(counts, SOME) == {}


def empty() -> None:
    for model in (
        Issue,
        Related,
        Tally,
        Correction,
        Answer,
        Article,
        TagAlias,
        Tag,
        Column,
        Expert,
        Newsletter,
    ):
        model.objects.all().delete()
