"""The points of the check before publishing that need no letter."""

import datetime as dt

import pytest
from django.db import IntegrityError

from advice.articles import checking, workflow
from advice.articles.checking import State, points, waivers_of
from advice.articles.models import Answer, Article, Waiver
from advice.articles.page import page_of
from advice.articles.workflow import NotReady
from tests.factories import make_column, make_draft, make_expert, make_user

pytestmark = pytest.mark.django_db

PICTURE = "![{}](/media/uploads/calf.webp)"
SOURCE = {"title": "Cramp", "publisher": "", "year": None, "url": ""}


def fresh(article) -> Article:
    return Article.objects.get(pk=article.pk)


def found(article):
    article = fresh(article)
    return {point.key: point for point in points(article, waivers_of(article))}


def states(article):
    return {key: str(point.state) for key, point in found(article).items()}


def open_of(article):
    return {key for key, state in states(article).items() if state == State.OPEN}


def edit(article, **fields):
    article = fresh(article)
    return workflow.edit(article, by=None, version=article.version, **fields)


def waive(article, key, reason="For a reason."):
    return checking.waive(article, found(article)[key], reason=reason, by=make_user())


def answer(article, text):
    row = article.answers.get()
    return workflow.save_answer(row, text=text, by=None, version=row.version)


def test_a_piece_with_all_it_needs_meets_every_point():
    assert set(states(make_draft()).values()) == {"met"}


@pytest.mark.parametrize(
    ("key", "missing"),
    [
        ("headline", {"headline": " "}),
        ("dek", {"dek": ""}),
        ("question", {"question": "\n"}),
        ("column", {"column": None}),
        ("tag", {"tags": []}),
        ("alt", {"question": f"See. {PICTURE.format('')}"}),
        ("alt", {"question": f"See. {PICTURE.format(' ')}"}),
    ],
)
def test_what_is_missing_is_open(key, missing):
    article = make_draft()
    edit(article, **missing)
    assert open_of(article) == {key}


def test_every_sentence_of_the_workflow_is_one_of_the_check():
    article = workflow.draft(by=None, headline=" ")
    said = [point.why for point in found(article).values() if point.is_open]
    assert set(workflow.problems(fresh(article))) <= set(said)
    workflow.assign(article, expert=make_expert(), by=None)
    assert "Not every answer is filed yet." in [point.why for point in found(article).values()]


def test_a_described_picture_is_fine_and_one_in_the_answer_counts():
    article = make_draft()
    edit(article, question=PICTURE.format("A calf"))
    assert open_of(article) == set()
    answer(article, PICTURE.format(""))
    assert open_of(article) == {"alt"}


def test_an_answer_without_a_byline_is_open_unless_it_names_where_it_came_from():
    article = make_draft()
    Answer.objects.filter(article=article).update(expert=None)
    assert open_of(article) == {"byline"}
    edit(article, source_name="Runner’s Weekly")
    assert open_of(article) == set()


def test_sources_are_asked_for_where_the_column_does():
    article = make_draft(column=make_column(asks_sources=True))
    assert open_of(article) == {"sources"}
    edit(article, sources=[SOURCE])
    assert open_of(article) == set()


def test_a_review_is_asked_for_where_the_column_does_and_again_once_other_words_stand_there():
    article = make_draft(column=make_column(asks_review=True))
    assert found(article)["review"].why == "It has not been reviewed."
    workflow.record_review(article, reviewer=make_expert(), on=dt.date(2026, 3, 1), by=None)
    assert open_of(article) == set()
    edit(article, question="It burns.")
    assert found(article)["review"].why == "It was changed since it was reviewed."
    assert open_of(article) == {"review"}


def test_a_waiver_holds_with_its_reason_until_it_is_taken_back():
    article = make_draft(column=make_column(asks_sources=True))
    waiver = waive(article, "sources", "Nobody has studied this.")
    assert states(article)["sources"] == "waived"
    event = article.events.last()
    assert (event.verb, event.note) == ("waive", "Sources: Nobody has studied this.")
    checking.take_back(waiver, by=make_user())
    assert states(article)["sources"] == "open"
    assert article.events.last().verb == "take waiver back"


@pytest.mark.parametrize(
    ("key", "fields", "change"),
    [
        ("sources", {}, lambda article: answer(article, "Something else.")),
        ("review", {}, lambda article: answer(article, "Something else.")),
        (
            "alt",
            {"question": PICTURE.format("")},
            lambda article: edit(article, question="![](/media/uploads/other.webp)"),
        ),
    ],
)
def test_a_waiver_is_void_once_what_it_was_given_for_changes(key, fields, change):
    article = make_draft(column=make_column(asks_sources=key == "sources", asks_review=key == "review"))
    edit(article, **fields)
    waive(article, key)
    assert states(article)[key] == "waived"
    change(article)
    assert states(article)[key] == "open"


def test_a_waived_review_still_stands_for_just_these_words():
    article = make_draft(column=make_column(asks_review=True))
    workflow.record_review(article, reviewer=make_expert(), on=dt.date(2026, 3, 1), by=None)
    edit(article, question="My calf twitches, mostly.")
    assert page_of(fresh(article)).reviewer is None
    waiver = waive(article, "review", "A word that changes nothing.")
    assert page_of(fresh(article)).reviewer
    edit(article, question="It burns.")
    assert page_of(fresh(article)).reviewer is None
    edit(article, question="My calf twitches, mostly.")
    checking.take_back(waiver, by=make_user())
    assert page_of(fresh(article)).reviewer is None


def test_a_tag_can_be_waived_and_what_no_page_could_do_without_cannot():
    article = make_draft(tags=[])
    with pytest.raises(NotReady):
        workflow.publish(article, by=None)
    waive(article, "tag")
    assert workflow.publish(article, by=None).is_published
    bare = workflow.draft(by=None, headline=" ")
    assert {key for key, point in found(bare).items() if point.is_open and point.may_waive} == {"tag"}


def test_a_waiver_needs_a_reason_in_the_database_too():
    with pytest.raises(IntegrityError):
        Waiver.objects.create(article=make_draft(), point="tag", reason="")
