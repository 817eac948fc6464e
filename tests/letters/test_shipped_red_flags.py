"""The rules that come with the program, on letters of our own."""

import pytest

from advice.letters import redflags
from advice.letters.matching import LONGEST_PHRASE, MOST_PHRASES, phrases, read
from tests.letters.red_flag_letters import MUST, NEAR
from tests.letters.red_flag_paraphrases import FRESH, HARMLESS, URGENT

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


def test_most_of_what_is_said_in_other_words_is_seen():
    assert len(URGENT) == 40
    seen = [text for key, text in URGENT if key in flagged(text)]
    assert len(seen) >= 36
    assert sum(bool(flagged(text)) for text in FRESH) >= 12


@pytest.mark.parametrize("text", HARMLESS, ids=range(len(HARMLESS)))
def test_a_figure_of_speech_is_let_be(text):
    assert flagged(text) == set()


@pytest.mark.parametrize("key", RULES)
def test_an_editor_can_save_a_shipped_rule_and_has_room_for_more(key):
    rule = RULES[key]
    assert len(phrases(rule.words.replace("\n", ","))) < MOST_PHRASES
    assert max(len(rule.words), len(rule.without)) < 10_000
    assert max(map(len, phrases(rule.words))) <= LONGEST_PHRASE


@pytest.mark.parametrize("text", NEAR, ids=range(len(NEAR)))
def test_a_letter_that_only_comes_near_is_let_be(text):
    assert flagged(text) == set()


@pytest.mark.parametrize("key", RULES)
def test_a_shipped_rule_gives_no_number_and_sends_its_reader_to_somebody(key):
    rule = RULES[key]
    assert (rule.column_id, rule.numbers) == (None, [])
    assert not any(character.isdigit() for character in rule.text.replace("under 18", ""))
    assert "local emergency number" in rule.text


@pytest.mark.parametrize("key", RULES)
def test_a_shipped_rule_says_nothing_of_how_likely_or_how_late_something_is(key):
    """It has no source to say it from, and what calms one reader keeps another from being seen."""
    text = RULES[key].text.casefold()
    assert not [
        word
        for word in ("harmless", "mostly", "most often", "usually", "rarely", "days later")
        if word in text
    ]
