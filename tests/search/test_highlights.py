import pytest

from advice.search import highlights
from advice.search.words import Synonyms, parse


def highlight(text: str, query: str, **more) -> str:
    return highlights.highlight(text, parse(query, Synonyms([("charley horse, calf cramp", "")])), **more)


def test_found_words_are_marked_in_all_their_forms():
    assert highlight("Cramps, cramping; a café cramp.", "cramp cafe") == (
        "<mark>Cramps</mark>, <mark>cramping</mark>; a <mark>café</mark> <mark>cramp</mark>."
    )


def test_an_unfinished_word_is_marked_whole():
    assert highlight("Happiness", "happine") == "<mark>Happiness</mark>"


def test_markup_in_the_text_is_shown_as_text():
    assert highlight("<b>calf</b> & <script>", "calf b") == (
        "&lt;<mark>b</mark>&gt;<mark>calf</mark>&lt;/<mark>b</mark>&gt; &amp; &lt;script&gt;"
    )


def test_a_query_that_is_markup_leaves_nothing_behind():
    assert "<script" not in highlight("see <script>alert(1)</script>", "<script>alert(1)</script>")


def test_the_part_with_the_most_of_the_words_is_shown():
    text = "calf " + "filler " * 60 + "calf and cramp " + "filler " * 60
    shown = highlight(text, "calf cramp", length=12)
    assert shown.startswith("… filler")
    assert "<mark>calf</mark> and <mark>cramp</mark>" in shown
    assert shown.endswith("filler …")
    assert len(shown.replace("…", "").split()) == 12


def test_the_beginning_is_shown_where_nothing_is_found():
    assert highlight("one two three four", "zebra", length=2) == "one two …"


def test_a_part_at_the_end_has_no_dots_after_it():
    assert highlight("one two three cramp", "cramp", length=2) == "… three <mark>cramp</mark>"


def test_small_words_are_not_marked_beside_others():
    assert highlight("the calf", "what is the calf") == "the <mark>calf</mark>"


def test_an_apostrophe_stays_in_its_word():
    assert highlight("Runner’s knee", "runners") == "<mark>Runner’s</mark> knee"


@pytest.mark.parametrize("text", ["", "🙂", "e\u0301" * 10, "\ud800", "word " * 40_000])
def test_whatever_the_text_it_is_no_error(text):
    assert "<mark>" not in highlight(text, "zebra ☃ \0")


def test_words_in_quotes_are_marked_only_together():
    assert highlight("half a marathon, a half-marathon", '"half marathon"') == (
        "half a marathon, a <mark>half</mark>-<mark>marathon</mark>"
    )


def test_a_synonym_is_marked_where_all_of_it_stands():
    assert highlight("a cramp, a calf cramp", "charley horse") == (
        "a cramp, a <mark>calf</mark> <mark>cramp</mark>"
    )


def test_what_was_left_out_is_not_marked():
    assert highlight("calf and toe", "calf -toe") == "<mark>calf</mark> and toe"
