"""How answers to the labelled sets are judged: on a handful of questions whose figures are counted by hand."""

import pytest

from tests.searching import baselines
from tests.searching.minilm import Pieces
from tests.searching.sets import gather, judge, recall, reciprocal_rank

TEXTS = {
    "cramp-1": "Why does my calf cramp at night?",
    "cramp-2": "Night cramps in the calf",
    "cramp-again": "why does my  calf cramp at NIGHT?",
    "shoes": "Which shoes are best for trails?",
    "bank": "Where can I open an account?",
    "visa": "How long is a visa good for?",
}
ROWS = [
    {"set": "legs", "query": "my calves cramp", "rel": ["cramp-1", "cramp-2", "cramp-again"]},
    {"set": "legs", "query": "Which shoes are best for trails?", "rel": ["shoes"]},
    {"set": "town", "query": "Where can I open an account?", "rel": ["bank", "visa"]},
]
SETS = gather(TEXTS, ROWS)
CRAMP_1, CRAMP_2, SHOES, BANK, VISA = range(5)


def test_text_that_comes_twice_is_one_question():
    assert SETS.texts == [text for key, text in TEXTS.items() if key != "cramp-again"]
    assert SETS.queries[0].relevant == {CRAMP_1, CRAMP_2}


def test_query_itself_is_no_answer_and_one_with_no_other_is_not_asked():
    assert [(query.text, query.relevant, query.itself) for query in SETS.queries] == [
        ("my calves cramp", {CRAMP_1, CRAMP_2}, None),
        ("Where can I open an account?", {VISA}, BANK),
    ]


@pytest.mark.parametrize(
    ("found", "recalled", "ranked"),
    [
        ([CRAMP_1, CRAMP_2], 1.0, 1.0),
        ([SHOES, CRAMP_2], 0.5, 0.5),
        ([SHOES, SHOES, BANK, CRAMP_1], 0.5, 1 / 3),  # what is given twice counts once
        ([5, 6, 7, 8, 9, CRAMP_1], 0.0, 1 / 6),  # the sixth is not among the first five
        ([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, CRAMP_1], 0.0, 0.0),  # the eleventh is nowhere
        ([], 0.0, 0.0),
    ],
)
def test_answer_is_judged_by_its_first_five_and_its_first_relevant_one(found, recalled, ranked):
    assert (recall(SETS.queries[0], found), reciprocal_rank(SETS.queries[0], found)) == (recalled, ranked)


def test_query_itself_takes_no_place_in_its_answer():
    assert reciprocal_rank(SETS.queries[1], [BANK, VISA]) == 1.0


def test_sets_are_pooled_by_queries_and_not_by_sets():
    queries = [SETS.queries[0], SETS.queries[0], SETS.queries[1]]
    judged = judge(type(SETS)(SETS.texts, queries), [([CRAMP_1, CRAMP_2], 1), ([SHOES], 1), ([VISA], 1)])
    assert (judged.recall("legs"), judged.recall("town")) == (50.0, 100.0)
    assert judged.recall("legs", "town") == pytest.approx(200 / 3)


@pytest.mark.parametrize("approach", [baselines.fts5, baselines.bm25])
def test_what_ours_is_compared_with_finds_what_shares_words(approach):
    judged = judge(SETS, approach(SETS))
    assert (judged.recall("legs"), judged.rank("legs")) == (100.0, 100.0)


def test_words_are_split_into_the_longest_known_pieces():
    pieces = Pieces(["[UNK]", "[CLS]", "[SEP]", "calf", "cramp", "##s", "cr", "##amp", "'", "e"])
    assert pieces("Calf CRAMPS, é'") == [1, 3, 4, 5, 0, 9, 8, 2]
