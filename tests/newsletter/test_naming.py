"""What an issue that makes itself is called."""

import pytest

from advice.newsletter.naming import LONGEST, of_headlines


@pytest.mark.parametrize(
    ("headlines", "subject"),
    [
        ([], ""),
        (["Why Salt?"], "Why Salt?"),
        (["Salt", "Feet"], "Salt, and 1 more answer"),
        (["Why Salt?", "Feet"], "Why Salt? And 1 more answer"),
        (["Stop!", "Feet", "Calves"], "Stop! And 2 more answers"),
    ],
)
def test_an_issue_is_called_after_its_first_answer_and_counts_the_others(headlines, subject):
    assert of_headlines(headlines) == subject


@pytest.mark.parametrize("end", ["", "?"])
def test_a_long_headline_leaves_room_for_the_number(end):
    subject = of_headlines(["x" * 159 + end, "Feet"])
    assert subject.endswith(" more answer")
    assert len(subject) <= LONGEST
