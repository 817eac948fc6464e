"""Answers that editors promote: they stand first for the searches that were named, and for no other."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import PromotedQuery, Promotion
from advice.articles.promotions import change, key_of, promote, promoted, rekey
from advice.articles.searching import search
from tests.factories import make_draft, make_published, make_user

pytestmark = pytest.mark.django_db

SOON = dt.timedelta(days=3)


def promotion(article=None, *queries: str, position: int = 1) -> Promotion:
    article = article or make_published()
    return promote(article, queries=queries or ["calf cramp"], position=position, by=make_user())


@pytest.mark.parametrize(
    "q", ["calf cramp", "Cramps in my CALVES", "the calf-cramping", "“calf” cramp!", "cálf   cramp"]
)
def test_it_stands_first_whatever_the_form_and_order_of_the_words(q):
    article = promotion().article
    assert promoted(q) == [article]


@pytest.mark.parametrize(
    "q",
    ["", "calf", "calf cramp night", "cramp", "cramp -calf", "calf −cramp", "\0", "?!", "calf cramp " * 500],
)
def test_it_does_not_for_another_search(q):
    promotion()
    assert promoted(q) == []


def test_small_words_count_where_there_is_nothing_else():
    article = promotion(None, "who are you").article
    assert promoted("Who are you?") == [article]
    assert promoted("what is it") == []


def test_three_at_most_stand_in_the_editors_order():
    articles = [promotion(position=position).article for position in (3, 1, 2, 4)]
    assert promoted("calf cramp") == [articles[1], articles[2], articles[0]]


def test_one_that_two_promotions_name_stands_once():
    article = promotion(None, "calf cramp", "shank").article
    promotion(article, "cramp calf", position=2)
    assert promoted("calf cramp") == [article]


def test_only_what_is_published_is_shown_and_it_comes_back_by_itself():
    article = promotion().article
    for other in (make_draft(), make_published(at=timezone.now() + SOON)):
        promotion(other)
    gone = promotion().article
    workflow.retract(gone, reason="Wrong.", by=make_user())
    assert promoted("calf cramp") == [article]
    workflow.unpublish(article, by=make_user())
    assert promoted("calf cramp") == []
    workflow.publish(article, by=make_user())
    assert promoted("calf cramp") == [article]


def test_what_was_deleted_takes_its_promotions_along():
    article = promotion().article
    workflow.delete(article, by=make_user())
    assert not Promotion.objects.exists()
    assert not PromotedQuery.objects.exists()


def test_a_change_forgets_the_former_searches_and_says_whose_it_is_now():
    row, other, by = promotion(), make_published(), make_user()
    change(row, article=other, queries=["shank", "Shanks"], position=2, by=by)
    assert promoted("calf cramp") == []
    assert promoted("shanks") == [other]
    row.refresh_from_db()
    assert (row.queries, row.position, row.by) == ("shank, Shanks", 2, by)
    assert PromotedQuery.objects.get().key == "shank"


def test_keys_are_made_anew_when_words_are_stemmed_otherwise():
    article = promotion().article
    PromotedQuery.objects.update(key="as it was")
    assert promoted("calf cramp") == []
    assert rekey() == 1
    assert promoted("calf cramp") == [article]


def test_a_search_costs_one_query_and_two_more_for_what_is_shown(django_assert_num_queries):
    for _ in range(3):
        promotion()
    with django_assert_num_queries(1):
        promoted("something else")
    with django_assert_num_queries(3):
        assert len([answer for article in promoted("calf cramp") for answer in article.answers.all()]) == 3


def test_a_search_that_is_longer_than_its_column_has_no_key():
    assert key_of(" ".join(f"word{number}" for number in range(60))) == ""
    assert len(key_of("x" * 60)) == 60


def test_what_is_promoted_stands_before_the_first_page_of_an_unnarrowed_search():
    article = make_published(headline="Chosen", dek="Of calf cramps.")
    for number in range(12):
        make_published(headline=f"Calf cramp {number}")
    promotion(article, "calf cramp")
    first = search("calf cramps")
    assert [found.article for found in first.promoted] == [article]
    assert first.promoted[0].snippet_html == "Of <mark>calf</mark> <mark>cramps</mark>."
    assert search("calf cramps", page=2).promoted == []
    assert search("calf cramps", year="2020").promoted == []
