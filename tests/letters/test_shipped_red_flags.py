"""The rules that come with the program, on letters of our own."""

import pytest

from advice.letters import redflags
from advice.letters.matching import read
from tests.letters.red_flag_letters import MUST, NEAR

RULES = redflags.shipped()
MUST_MATCH = [(key, text) for key, texts in MUST.items() for text in texts]


def flagged(text):
    tokens = read(redflags.whole("A question?", text))
    found = {key: redflags.matches(version, tokens) for key, version in RULES.items()}
    return {key for key, match in found.items() if match and not match.is_denied}


def test_every_rule_has_letters_that_it_must_see():
    assert MUST.keys() == RULES.keys()


@pytest.mark.parametrize(("key", "text"), MUST_MATCH, ids=range(len(MUST_MATCH)))
def test_a_letter_that_must_not_wait_is_seen(key, text):
    assert key in flagged(text)


@pytest.mark.parametrize("text", NEAR, ids=range(len(NEAR)))
def test_a_letter_that_only_comes_near_is_let_be(text):
    assert flagged(text) == set()


@pytest.mark.parametrize("key", RULES)
def test_a_shipped_rule_gives_no_number_and_sends_its_reader_to_somebody(key):
    rule = RULES[key]
    assert (rule.column_id, rule.numbers) == (None, [])
    assert not any(character.isdigit() for character in rule.text.replace("under 18", ""))
    assert "local emergency number" in rule.text
