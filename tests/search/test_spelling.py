"""What is taken for a typing error and what is not, on both databases."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from advice.search import english
from advice.search.finding import find
from advice.search.index import put
from advice.search.models import FORM, Synonym, Word
from tests.search.test_index import HOUR, NOW, document, padding

pytestmark = pytest.mark.django_db


def meant(query: str) -> str:
    return find(query, now=NOW).meant


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("angina", "hanging"),
        ("nausea", "causes"),
        ("stamina", "staring"),
        ("callus", "calls"),
        ("bowel", "towel"),
        ("chafing", "chasing"),
        ("bunion", "benign"),
        ("rash", "wash"),
        ("kneecap", "kneecaps kneepad"),
        ("charly horse", "carry a house"),
        ("kolp", "kelp"),  # too short to be judged
        ("bexing", "vexing"),  # nobody errs in the first letter
        ("blexing", "boxing"),  # two errors in a short word
        ("mourning", "morning"),
    ],
)
def test_right_words_and_those_far_from_all_others_are_not_taken_for_others(typed, known):
    put([document("it", f"{known} here"), *padding()])
    hits = find(typed, now=NOW)
    assert (hits.meant, hits.is_for_meant) == ("", False)


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("crmap", "cramp"),
        ("cramb", "cramp"),
        ("rcamps", "cramps"),
        ("fiber", "fibre"),
        ("diarrhea", "diarrhoea"),
        ("how do i stop my kneecap from grindng", "how do i stop my kneecap from grinding"),
        ("calf spams at nihgt", "calf spams at night"),  # “spams” is a word
    ],
)
def test_one_error_is_mended_and_what_was_meant_is_shown(typed, better):
    put([document("it", "Cramp or cramps, grinding, night, fibre, diarrhoea"), *padding()])
    hits = find(typed, now=NOW)
    assert (hits.meant, hits.is_for_meant) == (better, True)
    assert [hit.key for hit in hits.hits] == ["it"]


def test_what_is_two_errors_away_is_only_asked():
    put([document("it", "Hamstring"), *padding()])
    hits = find("hamstreng", now=NOW)
    assert (hits.meant, hits.is_for_meant, hits.total) == ("hamstring", True, 1)
    hits = find("hamztreng", now=NOW)
    assert (hits.meant, hits.is_for_meant, hits.total) == ("hamstring", False, 0)


def test_of_equally_near_words_the_one_in_more_documents_is_meant():
    put([document("one", "Strides"), *(document(f"more{n}", "Strikes") for n in range(3)), *padding()])
    assert meant("stripezz") == ""
    assert meant("strises") == "strikes"


@pytest.mark.parametrize(
    ("typed", "better"),
    [("wadenbjss", "wadenbiss"), ("charly horse", "charley horse"), ("charly hors", "charley hors")],
)
def test_an_error_in_a_word_that_only_a_synonym_has_is_mended(typed, better):
    Synonym.objects.create(words="wadenbiss, charley horse, calf cramp")
    put([document("it", "Calf cramps"), document("house", "Carry a house"), *padding()])
    hits = find(typed, now=NOW)
    assert (hits.meant, hits.is_for_meant) == (better, True)
    assert [hit.key for hit in hits.hits] == ["it"]


@pytest.mark.parametrize("typed", ["charley hors", "charley horse", "my charley hor", "wadenb", "wadenbis"])
def test_the_last_word_of_a_synonym_may_be_unfinished(typed):
    Synonym.objects.create(words="wadenbiss, charley horse, calf cramp")
    put([document("it", "Calf cramps"), document("horse", "A charley horse"), *padding()])
    hits = find(typed, now=NOW)
    assert (hits.meant, {hit.key for hit in hits.hits}) == ("", {"it", "horse"})


@pytest.mark.parametrize("typed", ["char", "waden hors", "wad"])
def test_what_no_synonym_begins_with_finds_none(typed):
    Synonym.objects.create(words="wadenbiss, charley horse, calf cramp")
    put([document("it", "Calf cramps"), *padding()])
    assert find(typed, now=NOW).total == 0


def test_of_many_words_that_are_not_known_three_are_mended_and_of_more_than_six_none():
    put([document("it", "Hamstring iliotibial fasciitis plantar metatarsal"), *padding()])
    typed = "hamstrng iliotibal fascitis plantarr"
    assert meant(typed) == "hamstring iliotibial fasciitis plantarr"
    nonsense = "qwertzui asdfghjk yxcvbnmm poiuztre lkjhgfds mnbvcxyy"
    assert meant(f"hamstrng {nonsense}") == ""


def much(count: int = 60_000) -> None:
    """As many words as a large site has, of letters by rule."""
    parts = [a + b + c for a in "bcdfghjklmnpqrstvwz" for b in "aeiou" for c in "lnrst"]
    names = (f"{one}{other}{'aeiou'[n % 5]}" for n, one in enumerate(parts) for other in parts)
    rows = [
        Word(word=FORM + name, documents=2 + n % 50) for n, name in zip(range(count), names, strict=False)
    ]
    Word.objects.bulk_create(rows, batch_size=400)


def test_to_look_for_what_was_meant_asks_little_among_many_words():
    put([document("it", "Grinding while descending stairs"), *padding()])
    much()
    for query in (
        " ".join(f"zq{a}{b}xvwpq" for a in "abcdef" for b in "ghijk")[:390],
        "how do i stop my kneecapp from grindng when desending staris",
        "sundrel hollert tarsilo",
        "zundrelqqx wollertqqx tarsiloqqx",
    ):
        with CaptureQueriesContext(connection) as asked:
            find(query, now=NOW)
        assert len(asked) <= 24


def test_where_much_is_scheduled_few_words_are_looked_for_in_public_documents():
    put(
        [
            document(f"later{n}", "Hamstring hamstrung hamstrings plantar iliotibial", at=NOW + HOUR)
            for n in range(9)
        ]
    )
    put(padding())
    with CaptureQueriesContext(connection) as asked:
        assert meant("hamstrimg plantat iliotibail") == ""
    assert len(asked) <= 30


def test_the_listed_words_are_right_ones():
    assert all(map(english.is_right, ["angina", "callus", "oedema", "edema", "colour", "fibre", "horse"]))
    assert not any(map(english.is_right, ["crmap", "grindng", "hamst", "a\nb", "", "cramp\n"]))
