"""Two people's changes of one text become one text, and no word of either is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice.threeway import END, THEIRS, YOURS, has_marks, merge

BASE = "Warm up first. Then run slowly. Drink when you are thirsty.\n\nSee a doctor if it swells."


def test_what_each_changed_elsewhere_stands_together():
    theirs = BASE.replace("slowly", "very slowly")
    yours = BASE.replace("a doctor", "your doctor")
    found = merge(BASE, theirs, yours)
    assert found.clashes == 0
    assert found.text == BASE.replace("slowly", "very slowly").replace("a doctor", "your doctor")


def test_sentences_beside_each_other_are_taken_one_by_one():
    assert merge("One. Two.", "One! Two.", "One. Two!").text == "One! Two!"


def test_what_one_takes_out_is_out_and_what_one_adds_is_in():
    found = merge(BASE, BASE.replace("Then run slowly. ", ""), BASE + " Rest for a week.")
    assert found.text == BASE.replace("Then run slowly. ", "") + " Rest for a week."
    assert found.clashes == 0


def test_a_sentence_that_both_changed_stands_in_both_wordings():
    found = merge(BASE, BASE.replace("slowly", "gently"), BASE.replace("slowly", "easily"))
    assert found.clashes == 1
    assert found.text == BASE.replace(
        "Then run slowly.", f"{THEIRS} Then run gently. {YOURS} Then run easily. {END}"
    )
    assert has_marks(found.text)
    assert not has_marks(BASE)


def test_the_last_sentence_is_taken_out_while_the_one_before_it_is_changed():
    found = merge("Run. Rest. Sleep.", "Run. Rest well. Sleep.", "Run. Rest.")
    assert (found.text.rstrip(), found.clashes) == ("Run. Rest well.", 0)


def test_a_paragraph_that_one_of_them_parted_stays_parted():
    assert merge("Run. Rest. ", "Run! Rest. ", "Run.\n\nRest. ").clashes == 0
    assert merge("Run. Rest. ", "Run. Rest. Sleep. ", "Run.\n\nRest. ").text == "Run.\n\nRest. Sleep. "


def test_the_same_change_by_both_stands_once():
    both = BASE.replace("slowly", "gently")
    assert merge(BASE, both, both).text == both


def test_without_the_text_that_both_began_with_all_of_both_is_kept():
    found = merge(None, "One. Three. ", "One. Two. Three. ")
    assert (found.text, found.clashes) == ("One. Two. Three. ", 0)
    found = merge(None, "One. Four. ", "One. Two. ")
    assert found.text == f"One. {THEIRS} Four. {YOURS} Two. {END} "


texts = st.lists(st.sampled_from(["One. ", "Two. ", "Three!\n\n", "Four ", "\n", "3.5 km. ", "Éa… "])).map(
    "".join
)


@given(st.none() | texts, texts, texts)
def test_no_piece_that_somebody_wrote_is_lost(base, theirs, yours):
    words = set(merge(base, theirs, yours).text.split())
    for mine, other in ((theirs, yours), (yours, theirs)):
        gone = set((base or "").split()) - set(other.split())  # taken out by the other one
        assert set(mine.split()) - gone <= words


@given(texts, texts)
def test_who_changed_nothing_gets_the_others_text(base, theirs):
    assert merge(base, theirs, base).text == theirs
    assert merge(base, base, theirs).text == theirs


@pytest.mark.parametrize("long", ["a. " * 20_000, "a\n\n" * 20_000, "a" * 60_000, ". " * 30_000])
def test_a_text_of_many_like_pieces_is_merged_whole_rather_than_for_ever(long):
    found = merge(long, long + "b", "c" + long)
    assert "b" in found.text
    assert "c" in found.text
