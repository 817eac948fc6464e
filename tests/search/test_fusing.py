"""Words and meaning together, with the real model and on both databases."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from advice.search import vectors
from advice.search.alike import similar
from advice.search.finding import find
from advice.search.index import Document, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("meaning")]
NOW = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

PIECES = {
    "cramp": "My calf muscle seizes up in bed and wakes me",
    "toes": "Black toenails after every long run",
    "bank": "Which bank account gives the best interest rate?",
    "sleep": "I cannot fall asleep before a race",
    "shoes": "How often should running shoes be replaced?",
}


def put_all(**more) -> None:
    put(
        Document(key, headline, "", "", more.get(key, NOW - HOUR), facets=[f"tag{len(key)}"])
        for key, headline in PIECES.items()
    )
    vectors.make_all()


def found(query: str, **more) -> list[str]:
    return [hit.key for hit in find(query, now=NOW, **more).hits]


def test_what_is_meant_is_found_in_other_words():
    put_all()
    assert found("leg cramps at night")[0] == "cramp"
    assert found("insomnia the evening before a competition")[0] == "sleep"
    assert "bank" not in found("leg cramps at night")


def test_the_words_themselves_come_first_where_they_are_found():
    put_all()
    assert found("toenails")[0] == "toes"


def test_nonsense_finds_nothing():
    put_all()
    assert found("qwxzv jkjkj") == []


def test_who_uses_signs_means_the_words_themselves():
    put_all()
    assert found('"leg cramps"') == []
    assert found("when to buy new trainers")[0] == "shoes"
    assert found("when to buy new trainers -worn") == []


def test_meaning_keeps_to_the_filters_and_to_what_is_public():
    put_all(cramp=NOW + HOUR)
    assert "cramp" not in found("leg cramps at night")
    assert "cramp" not in [hit.key for hit in similar("My leg cramps at night, what can I do?", now=NOW)]
    assert found("insomnia before a competition", facets=["tag5"])[:1] == ["sleep"]
    assert "sleep" not in found("insomnia before a competition", facets=["tag4"])


def test_a_letter_is_near_what_answers_it_in_other_words():
    put_all()
    text = "Hello, nearly each night there is such a pain in my lower leg that I jump up. What is it?"
    assert similar(text, now=NOW)[0].key == "cramp"


def test_the_dearest_search_makes_a_bounded_number_of_queries():
    put_all()
    found("leg cramps at night")
    with CaptureQueriesContext(connection) as context:
        found("leg cramps at night")
    # One of them, only where a typing error is mended, keeps words that are scheduled from being offered.
    assert len(context) <= 20
