"""What the model reads. The numbers are those that the library `tokenizers` gives for all-MiniLM-L6-v2."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice.search import pieces
from advice.search.pieces import numbers_of


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", []),
        ("My calf cramps at night.", [2026, 19134, 13675, 25167, 2012, 2305, 1012]),
        ("Café naïve — it's 3.5 km!", [7668, 15743, 1517, 2009, 1005, 1055, 1017, 1012, 1019, 2463, 999]),
        ("東京 running", [1879, 1755, 2770]),
        ("unaffable supercalifragilistic", [14477, 20961, 3468, 3565, 9289, 10128, 29181, 24411, 4588]),
        ("İstanbul ﬁt", [9960, 1984, 2102]),
        ("nul\0 and \ufffd go, soft\u00adhyphens too", None),
        ("x" * 101, [100]),
        ("🏃", [100]),
    ],
)
def test_pieces_are_those_of_the_original(text, numbers):
    if numbers is None:
        numbers = numbers_of("nul and go, softhyphens too")[1:-1]
    assert numbers_of(text) == [101, *numbers, 102]


def test_long_text_is_cut():
    assert len(numbers_of("calf " * 5_000)) == pieces.MOST
    assert numbers_of("calf " * 5_000)[-1] == 102


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300))
def test_whatever_is_written_has_numbers(text):
    numbers = numbers_of(text)
    assert (numbers[0], numbers[-1]) == (101, 102)
    assert len(numbers) <= pieces.MOST
    assert all(0 <= number < 30_522 for number in numbers)
