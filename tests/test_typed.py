"""What strangers type: kept, but for what shows nothing or turns the lines around it."""

import pytest
from django import forms

from advice.typed import AddressField, LineField, PlainField


@pytest.mark.parametrize("nothing", ["\u200b", "\u200b \u2060", "\u3164", "\u2800", "\u00ad\u0301", "\u202e"])
@pytest.mark.parametrize("field", [LineField(), PlainField()])
def test_what_shows_nothing_is_nothing(field, nothing):
    with pytest.raises(forms.ValidationError, match="required"):
        field.clean(nothing)


@pytest.mark.parametrize("line", ["a", "?", "\u200ba", "é", "ß", "🏃‍♀️", "ما", "नमस्ते", "走る"])
def test_whatever_shows_is_kept(line):
    assert LineField().clean(line) == line


def test_a_line_turns_no_others():
    assert LineField().clean("a\u202eb\u2066c\u2069 d") == "abc d"
    assert LineField().clean("שלום\u200f!") == "שלום\u200f!"  # a mark of its own line's direction stays


@pytest.mark.parametrize(
    "field", [LineField(max_length=3), PlainField(max_length=3), AddressField(max_length=3)]
)
def test_each_maximum_is_said_in_our_words(field):
    with pytest.raises(forms.ValidationError) as error:
        field.clean("a@b.example")
    assert "Please use at most 3 characters." in error.value.messages


def test_an_address_with_an_umlaut_is_told_what_is_wrong_with_it():
    with pytest.raises(forms.ValidationError, match="Before the @"):
        AddressField().clean("jürgen@mueller.de")
    assert AddressField().clean("juergen@müller.de") == "juergen@müller.de"
