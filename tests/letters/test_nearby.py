"""What came near to a letter travels with it, and the letters that an answer made needless are counted."""

import datetime as dt

import pytest
import time_machine

from advice.articles import searching
from advice.letters import nearby, retention, workflow
from advice.letters.models import Letter, NearAnswer, SavedLetters
from advice.operations import person
from tests.factories import make_draft, make_letter, make_published, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def zebras():
    for number in range(4):  # a word that most have tells nothing
        make_published(headline=f"Another {number}")
    return make_published(headline="Zebra stripes", question="Why has a zebra stripes?")


def test_the_line_for_the_expert_stands_encrypted():
    letter = make_letter(context="Canaryword, 40 km a week")
    assert Letter.objects.get().context == "Canaryword, 40 km a week"
    assert not [table for table, rows in everything_stored() if "Canaryword" in rows]
    assert nearby.context_of(letter) == "Canaryword, 40 km a week"


def test_a_letter_with_another_line_is_another_letter():
    column = make_letter(question="Q", text="T", email="").column
    given = {"question": "Q", "text": "T", "email": "", "signature": "Adam", "column": column}
    assert workflow.receive(**given)[1] is False
    letter, is_new = workflow.receive(**given, context="40 km")
    assert (is_new, workflow.receive(**given, context="40 km")) == (True, (letter, False))


def test_a_line_that_no_key_opens_hides_neither_letter_nor_the_other_lines(settings):
    article = make_draft(make_letter(context="Lost with its key"))
    keys, settings.PRIVATE_KEYS = settings.PRIVATE_KEYS, ["another key"]
    workflow.merge(make_letter(context="40 km", email=""), article=article, by=None)
    assert nearby.contexts(article) == ["40 km"]
    settings.PRIVATE_KEYS = [*keys, "another key"]
    assert nearby.contexts(article) == ["Lost with its key", "40 km"]


def test_the_letter_whose_copy_is_printed_comes_first_and_one_taken_back_tells_the_expert_nothing():
    merged, gone = make_letter(context="Merged"), make_letter(context="Gone")
    article = make_draft(make_letter(context="Lead"))
    make_draft(make_letter(context="Of another article"))
    for letter in (merged, gone, make_letter()):
        workflow.merge(letter, article=article, by=None)
    workflow.withdraw(gone)
    assert nearby.contexts(article) == ["Lead", "Merged"]


def test_what_is_near_travels_with_the_letter_in_its_order():
    first, other = zebras(), make_published(headline="Why zebra stripes?", question="Zebra stripes are odd.")
    near = searching.near_enough("Why do zebra have stripes?")
    letter = make_letter(near=near, shown=[first.slug])
    rows = list(letter.near.values_list("article", "place", "was_shown"))
    assert {row[0] for row in rows} == {first.pk, other.pk}
    assert [row[1] for row in rows] == [1, 2]
    assert {row[0] for row in rows if row[2]} == {first.pk}
    assert all(0 < one.score <= 1 for one in letter.near.all())


def test_the_same_form_twice_brings_its_near_answers_once():
    zebras()
    given = {
        "question": "Zebra",
        "text": "Why has it stripes?",
        "near": searching.near_enough("zebra stripes"),
    }
    letter = make_letter(**given)
    given |= {"signature": "Adam", "column": letter.column, "email": letter.email}
    assert workflow.receive(**given) == (letter, False)
    assert NearAnswer.objects.count() == 1


def test_with_a_letters_words_goes_what_was_told_the_expert_and_what_was_near():
    with time_machine.travel(NOW, tick=False) as clock:
        zebras()
        letter = make_letter(context="40 km", near=searching.near_enough("zebra stripes"))
        workflow.publish(make_draft(letter), by=make_user())
        workflow.tell_answered()
        clock.shift(retention.WORDS)
        retention.purge()
        assert (Letter.objects.get().context, NearAnswer.objects.count()) == ("40 km", 1)
        clock.shift(dt.timedelta(days=1))
        retention.purge()
    assert (Letter.objects.get().context, NearAnswer.objects.count()) == (None, 0)


def test_who_asks_for_it_gets_and_has_erased_what_was_told_the_expert_and_what_was_near():
    article = zebras()
    letter = make_letter(email="me@example.org", context="40 km", near=searching.near_enough("zebra stripes"))
    make_draft(letter)
    exported = person.export("me@example.org")["letters"][0]
    assert exported["for_the_expert"] == "40 km"
    assert [one["article"] for one in exported["near_answers"]] == [article.slug]
    person.erase("me@example.org")
    assert (Letter.objects.count(), NearAnswer.objects.count()) == (0, 0)


def test_a_form_saves_one_letter_however_often_it_is_pressed():
    article, other = make_published(), make_published()
    assert nearby.count_saved(article, token="one form") is True
    assert nearby.count_saved(article, token="one form") is False
    assert nearby.count_saved(other, token="one form") is False
    assert nearby.count_saved(article, token="another form") is True
    assert list(SavedLetters.objects.values_list("article", "count")) == [(article.pk, 2)]
    assert "one form" not in str(everything_stored())


def test_saved_letters_are_counted_by_article_and_day_most_first():
    with time_machine.travel(NOW, tick=False) as clock:
        once, often, never = make_published(), make_published(), make_published()
        nearby.count_saved(often, token="a")
        clock.shift(nearby.LATELY)
        nearby.count_saved(often, token="b")
        nearby.count_saved(once, token="c")
        found = [(row.pk, row.saved, row.saved_lately) for row in nearby.saved_by_article()]
    assert found == [(often.pk, 2, 1), (once.pk, 1, 1)]
    assert never.pk not in {row[0] for row in found}
    assert nearby.saved_in_all() == 3
    assert SavedLetters.objects.filter(article=often).count() == 2
