"""What stands around an article comes in one query, and is what each of its parts would have given."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import related
from advice.reading.around import around
from advice.reading.furniture import Furniture
from tests.factories import make_column, make_newsletter, make_tag
from tests.reading.printed import CANARY, make_printed, relate

pytestmark = pytest.mark.django_db


def test_is_the_same_as_its_parts_asked_for_one_by_one(django_assert_num_queries):
    tags = (make_tag("Sleep"), make_tag("Calf"))
    article = make_printed(tags=tags)
    make_newsletter(is_open=False)
    for number in range(3):
        make_column(position=3 - number)
        make_newsletter(position=3 - number)
    hidden = make_printed(headline=CANARY, published_at=timezone.now() + dt.timedelta(days=1))
    relate(article, hidden, *(make_printed() for _ in range(8)))
    make_printed(tags=(make_tag(),))
    with django_assert_num_queries(1):
        found = around(article)
    assert [(tag.name, tag.slug) for tag in found.tags] == [
        (tag.name, tag.slug) for tag in article.tags.all()
    ]
    shown = related.shown(article)
    assert len(shown) == 5
    assert [cards(one) for one in found.neighbours] == [cards(one) for one in shown]
    assert found.furniture.pieces == Furniture().pieces


def cards(article) -> tuple[str, ...]:
    return article.headline, article.get_absolute_url(), article.dek, article.column.name


def test_an_article_alone_has_nothing_beside_it(django_assert_num_queries):
    found = around(make_printed())
    assert (found.tags, found.neighbours) == ([], [])
