"""The promise of the check: of the details planted in 60 letters at least 95 % are found, with one false alarm a letter at most."""

import pytest

from advice.anonymity import find, replace
from tests.anonymity import reckoning
from tests.anonymity.reckoning import KINDS, Result

LETTERS = reckoning.read()
FEWEST = 15  # planted details of each kind, so that its share says something
FLOOR = 0.9  # of each kind


@pytest.fixture(scope="module")
def result() -> Result:
    return reckoning.reckon(LETTERS)


def test_corpus_is_as_large_and_as_mixed_as_it_has_to_be(result):
    assert len(LETTERS) == 60
    assert [sample.name for sample in LETTERS if not 80 <= len(sample.text.split()) <= 250] == []
    assert {kind: result.planted[kind] for kind in KINDS if result.planted[kind] < FEWEST} == {}
    assert set(result.planted) == set(KINDS)


def test_nearly_all_planted_details_are_found(result):
    assert result.recall >= 0.95, "\n".join(result.missed)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_is_neglected(result, kind):
    assert result.found[kind] / result.planted[kind] >= FLOOR, "\n".join(result.missed)


def test_an_editor_is_rarely_stopped_for_nothing(result):
    assert result.alarms_a_letter <= 1, "\n".join(result.alarms)


def test_letters_put_aside_before_the_rules_were_written_do_as_well(result):
    held = reckoning.reckon([sample for sample in LETTERS if sample.held_out])
    assert held.letters == 20
    assert held.recall >= 0.95, "\n".join(held.missed)
    assert held.alarms_a_letter <= 1, "\n".join(held.alarms)


def test_neutral_words_are_no_finds_when_it_runs_again():
    left = []
    for sample in LETTERS:
        text = replace(sample.text, find(sample.text, private=sample.private))
        left += [each.text for each in find(text, private=sample.private)]
    # Two are left of more than 400: what stood beside a find told nothing until that was gone.
    assert len(left) <= 4, left
