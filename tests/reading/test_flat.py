"""Every list asks the database as often for a thousand rows as for one."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

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
from tests.factories import make_newsletter

pytestmark = pytest.mark.django_db

FEW, MANY = 25, 1_000  # the few have a second page, too
LISTS = [
    "/",
    "/questions/",
    "/questions/?page=2",
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
    "/search/",
    "/feeds/latest.atom",
    "/feeds/latest.rss",
    "/feeds/latest.json",
    "/feeds/tags/one.atom",
    "/feeds/columns/one.atom",
    "/feeds/experts/one.atom",
    "/feeds/corrections.atom",
    "/sitemap.xml",
    "/sitemap-articles-0.xml",
    "/llms.txt",
    "/api/v1/questions",
    "/api/v1/questions?tag=one&column=one&expert=one",
    "/api/v1/questions/printed-0/related",
    "/api/v1/tags",
    "/api/v1/columns",
    "/api/v1/experts",
]


def fill(count: int) -> None:
    """`count` published articles, each with two answers, two tags, a correction, votes and neighbours."""
    make_newsletter()
    names = ["one", "two"]
    columns = [
        Column.objects.create(name=name, slug=name, position=place) for place, name in enumerate(names)
    ]
    tags = [Tag.objects.create(name=name, slug=name) for name in names]
    experts = [Expert.objects.create(name=name, slug=name) for name in names]
    for column in columns:
        column.experts.set(experts)
    TagAlias.objects.create(slug="uno", tag=tags[0])
    first = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    articles = Article.objects.bulk_create(
        Article(
            headline=f"Printed {number}",
            slug=f"printed-{number}",
            dek="A dek.",
            question="My calf twitches.",
            question_html="<p>My calf twitches.</p>",
            signature="Adam",
            column=columns[number % 2 if count > 1 else 0],
            status="published",
            published_at=first + dt.timedelta(minutes=number),
            announced_as="",
        )
        for number in range(count)
    )
    Article.objects.bulk_create(
        Article(headline=f"Draft {n}", slug=f"draft-{n}", announced_as=f"Line {n}") for n in range(count)
    )
    Answer.objects.bulk_create(
        Answer(
            article=article, expert=expert, position=place, text="It passes.", html="<p>It passes.</p>",
            status="filed", filed_at=first,
        )
        for article in articles
        for place, expert in enumerate(experts, 1)
    )  # fmt: skip
    through = Article.tags.through
    through.objects.bulk_create(through(article=article, tag=tag) for article in articles for tag in tags)
    Correction.objects.bulk_create(
        Correction(article=article, kind="correction", text="x", html="<p>x</p>", made_at=first)
        for article in articles
    )
    today = timezone.localdate()
    Tally.objects.bulk_create(
        Tally(article=article, kind=TallyKind.HELPFUL, day=today, count=1) for article in articles
    )
    Related.objects.bulk_create(
        Related(article=article, neighbour=other, position=place)
        for article in articles[:1]
        for place, other in enumerate(articles[1:13], 1)
    )


def asked(client, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(path)
    assert response.status_code in {200, 404}, path
    return [query["sql"] for query in queries.captured_queries]


@pytest.mark.slow
def test_a_thousand_rows_cost_no_list_another_query(client):
    counts = {}
    for count in (FEW, MANY):
        fill(count)
        for path in LISTS:
            client.get(path)  # what is asked once a process is not the list's
            counts[path, count] = len(asked(client, path))
        empty()
    grown = {
        path: (counts[path, FEW], counts[path, MANY])
        for path in LISTS
        if counts[path, FEW] != counts[path, MANY]
    }
    assert grown == {}


def empty() -> None:
    for model in (Related, Tally, Correction, Answer, Article, TagAlias, Tag, Column, Expert):
        model.objects.all().delete()
