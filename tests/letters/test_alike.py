import datetime as dt

import pytest
from django.utils import timezone

from advice.letters import workflow
from advice.letters.alike import LATELY, alike
from advice.letters.models import Letter
from tests.factories import make_letter, make_published, make_user

pytestmark = pytest.mark.django_db

CALF = "My left calf twitches at night after interval training. I stretch it, but the twitching returns by morning."
SAME = "At night the left calf is twitching since my interval training, and stretching does not help in the morning."
SHOES = "Which shoes should a beginner buy for muddy trails when the budget allows only one cheap pair this autumn?"


@pytest.fixture
def letter():
    for number in range(20):
        make_letter(
            question="Anything else?", text=f"Something about my marathon plan, breakfast and pace {number}."
        )
    make_letter(question="Shoes?", text=SHOES)
    return make_letter(question="Why?", text=CALF)


def found(letter):
    return [one.letter for one in alike(letter)]


def test_a_letter_that_asks_the_same_is_found_and_it_is_said_why(letter):
    same = make_letter(question="What is it?", text=SAME)
    (one,) = alike(letter)
    assert (one.letter, one.question, one.beginning) == (same, "What is it?", SAME)
    assert {"calf", "interval"} <= set(one.shared)
    assert "breakfast" not in one.shared


def declined(same):
    workflow.decline(same, by=make_user(), reason="No.")


def published(same):
    make_published(same)


def old(same):
    Letter.objects.filter(pk=same.pk).update(received_at=timezone.now() - LATELY - dt.timedelta(days=1))


def erased(same):
    same.versions.all().delete()


@pytest.mark.parametrize("end", [declined, published, old, erased])
def test_what_is_done_old_or_erased_is_not(letter, end):
    same = make_letter(text=SAME)
    assert found(letter) == [same]
    end(same)
    assert found(letter) == []


def test_one_that_is_merged_already_is_not_found_again(letter):
    same = make_letter(text=SAME)
    workflow.accept(
        letter, by=make_user(), others=[same], headline="H", question="Q", signature="", column=letter.column
    )
    letter.refresh_from_db()
    assert found(letter) == []


def test_it_asks_as_much_for_many_letters_as_for_one(letter, django_assert_num_queries):
    make_letter(text=SAME)
    letter = Letter.objects.prefetch_related("versions").get(pk=letter.pk)
    with django_assert_num_queries(2):
        assert len(alike(letter)) == 1
    for number in range(4):
        make_letter(text=f"{SAME} {number}")
    with django_assert_num_queries(2):
        assert len(alike(letter)) == 5
