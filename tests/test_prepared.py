"""A prepared query gives what its queryset gives, with values of any kind, and is compiled once."""

import datetime as dt

import pytest
from django.db.models import Exists, OuterRef, Value
from django.utils import timezone

from advice.articles.models import Answer, Article, Column, Correction, Tag
from advice.prepared import Prepared
from tests import factories
from tests.hostile import HOSTILE

pytestmark = pytest.mark.django_db


def by_slug(slug: str, now: dt.datetime):
    noted = Correction.objects.filter(article=OuterRef("pk"))
    public = Article.objects.on_its_page(now).select_related("column", "reviewer")
    return public.annotate(noted=Exists(noted)).filter(slug=slug)


def values(row) -> dict:
    return {name: value for name, value in vars(row).items() if name != "_state"}


@pytest.fixture
def article():
    article = factories.make_published()
    Article.objects.filter(pk=article.pk).update(
        sources=[{"title": "Cramp, and what is known", "publisher": "", "year": 2019, "url": ""}]
    )
    return article


def test_gives_the_rows_of_its_queryset_with_what_they_select(article):
    prepared = Prepared(by_slug, str, dt.datetime)
    now = timezone.now()
    (row,) = prepared(article.slug, now)
    (usual,) = by_slug(article.slug, now)
    assert values(row).keys() == values(usual).keys()
    fields = [field.attname for field in Article._meta.concrete_fields]
    assert [getattr(row, name) for name in fields] == [getattr(usual, name) for name in fields]
    assert values(row.column) == values(usual.column)
    assert row.noted is False
    assert row.sources == [{"title": "Cramp, and what is known", "publisher": "", "year": 2019, "url": ""}]


def test_each_call_has_values_of_its_own(article, django_assert_num_queries):
    prepared = Prepared(by_slug, str, dt.datetime)
    now = timezone.now()
    with django_assert_num_queries(3):
        assert [row.pk for row in prepared(article.slug, now)] == [article.pk]
        assert prepared("no-such-slug", now) == []
        assert prepared(article.slug, article.published_at - dt.timedelta(seconds=1)) == []


def test_is_compiled_once(article):
    made = []

    def make(pk: int):
        made.append(pk)
        return Answer.objects.select_related("expert").filter(article=pk)

    prepared = Prepared(make, int)
    assert [prepared(article.pk)[0].expert for _ in range(3)] == [article.answers.get().expert] * 3
    assert len(made) == 1


def test_takes_no_text_for_sql(article):
    prepared = Prepared(lambda name: Tag.objects.filter(name=name), str)
    for text in HOSTILE:
        if "\0" not in text and text.isprintable():
            assert prepared(text[:60]) == []
    assert Tag.objects.exists()


def test_gives_tuples_of_a_values_list(article):
    columns = Column.objects.order_by().values_list(Value("column"), "name")
    tags = Tag.objects.order_by().values_list(Value("tag"), "name")
    prepared = Prepared(lambda: columns.union(tags, all=True))
    assert sorted(prepared()) == sorted(columns.union(tags, all=True))


def test_refuses_a_query_that_does_not_hold_its_value_as_it_is():
    prepared = Prepared(lambda name: Tag.objects.filter(name__icontains=name), str)
    with pytest.raises(AssertionError, match="as they are"):
        prepared("cramp")
