import pytest

from advice.letters.matching import GAP, compiled, find, read
from tests.spending import spent


def found(words, text, *, without="", heed_denial=False):
    """The words that were found, or None; in brackets where they are denied."""
    match = find(compiled(words, without), read(text), heed_denial=heed_denial)
    if match is None:
        return None
    pieces = [text[start:end] for start, end in match.spots]
    return [pieces] if match.is_denied else pieces


@pytest.mark.parametrize(
    ("words", "text", "pieces"),
    [
        ("faint", "I FAINTED.", ["FAINTED"]),
        ("want to die", "He wants to die", ["wants to die"]),
        ("want to die", "I want, to\n\ndie", ["want, to\n\ndie"]),
        ("dont want", "I don\u2019t want it", ["don\u2019t want"]),
        ("dont want", "I don`t want it", ["don`t want"]),
        ("café", "cafe", ["cafe"]),
        ("cafe", "cafe\u0301s", ["cafe\u0301s"]),
        ("suicide", "sui\u00adcide", ["sui\u00adcide"]),
        ("suicide", "_suicide_", ["suicide"]),
        ("suicide", "*suicide*", ["suicide"]),
        ("suicide", "\uff33\uff35\uff29cide", ["\uff33\uff35\uff29cide"]),
        ("self harm", "self-harming", ["self-harming"]),
        ("calf", "my calves", ["calves"]),
        ('"calf"', "my calves", None),
        ("pain", "painting", None),
        ("want to die", "I want to dye it", None),
        ("calf\nwarm", "a warm calf", ["warm", "calf"]),
        ("calf\nwarm", "a warm day", None),
        ("calf, shin\nwarm, hot", "my shin is hot", ["shin", "hot"]),
        ("", "anything", None),
        (" , ;\n", "anything", None),
    ],
)
def test_all_groups_must_be_there_each_by_any_of_its_phrases(words, text, pieces):
    assert found(words, text) == pieces


def test_dots_stand_for_a_few_words_of_the_same_sentence():
    assert found("pain … chest", "a pain in my chest") == ["pain in my chest"]
    assert found("pain … chest", f"a pain {'x ' * GAP}chest") is not None
    assert found("pain … chest", f"a pain {'x ' * (GAP + 1)}chest") is None
    assert found("pain ... chest", "pain, chest") is not None
    assert found("pain … chest", "A pain. My chest is broad.") is None
    assert found("pain … chest", "a pain … in my chest") is not None
    assert found("end … life … now", "I end this life right now") is not None


def test_a_word_within_an_excepted_phrase_does_not_count_and_others_do():
    assert found("died", "My battery died.", without="battery died") is None
    assert found("died", "My battery died. Then he died.", without="battery died") == ["died"]
    assert found("chest … tight", "a chest strap so tight", without="chest strap … tight") is None
    # It goes no further than its own words: what surrounds them counts.
    assert found("want to die", "I want to die", without="die") == ["want to die"]


@pytest.mark.parametrize(
    "text",
    [
        "no chest pain",
        "I have no real chest pain",
        "I don't have any chest pain",
        "I never felt chest pain",
        "without chest pain",
        "it is not chest pain",
        "No cramp or chest pain",
    ],
)
def test_a_plain_denial_is_told_apart_only_where_the_rule_says_so(text):
    words = "chest pain" if "cramp" not in text else "chest pain\ncramp"
    assert isinstance(found(words, text, heed_denial=True)[0], list)
    assert isinstance(found(words, text)[0], str)


@pytest.mark.parametrize(
    "text",
    [
        "I have no chest pain until I run uphill",
        "I have no chest pain unless I run hard",
        "I have no chest pain at rest, only when I run",
        "I have no chest pain at rest. Only when I run.",
        "No chest pain except when I run hard",
        "No chest pain, apart from on hills",
        "I never had chest pain before but since Sunday it comes when I run",
        "I had no chest pain before this spring. It comes now on every run",
        "Until last week I had no chest pain",
        "Normally I have no chest pain, but on hills I do",
        "I don't have chest pain, but when I run it is there",
        "I have no chest pain as long as I walk",
        "I have no chest pain, only a little on hills",
        "No chest pain if I go slowly",
        "I can't lose the chest pain",
        "I can not have chest pain again",
    ],
)
def test_a_denial_that_is_taken_back_counts(text):
    assert found("chest pain", text, heed_denial=True) == ["chest pain"]


@pytest.mark.parametrize(
    "text",
    [
        "I have no chest pain when I run, only a stitch",
        "I have no chest pain, only a stitch when I run",
        "I have no chest pain but my knee hurts",
        "I had no chest pain during the race",
        "I have no chest pain. My knee hurts on hills, and has since the spring, though not much",
        "I haven't any chest pain",
    ],
)
def test_a_denial_stays_one_whatever_else_is_told(text):
    assert found("chest pain", text, heed_denial=True) == [["chest pain"]]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("i had never", "I’d never"),
        ("wish i had never", "wish id never"),
        ("want to die", "i wanna die"),
        ("wanna die", "I want to die"),
        ("do not want", "I dont want"),
        ("dont want", "I do not want"),
        ("dont want", "I don't want"),
        ("can not go on", "I cannot go on"),
        ("cant go on", "I can't go on"),
        ("i am done", "Im done"),
        ("any more", "anymore"),
        ("they are", "they're"),
        ("it is over", "it's over"),
    ],
)
def test_a_contraction_is_the_words_it_stands_for(words, text):
    assert found(words, text) is not None


@pytest.mark.parametrize(
    ("words", "text"),
    [("we will", "well"), ("i will", "ill"), ("we are", "were"), ("sunday is", "Sunday's"), ("it is", "its")],
)
def test_a_word_of_its_own_is_no_contraction(words, text):
    assert found(words, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "not only chest pain",
        "not a cramp but chest pain",
        "it does not stop: chest pain",
        "pills do not help my chest pain",
        "I cannot say that I have no chest pain",
        "I don't know whether it is not chest pain",
        "no, chest pain",
        "I am not sure, is it chest pain",
        "no chest pain on Monday. On Tuesday chest pain.",
        "why is it not chest pain",
        "isn't it chest pain?",
        "never without chest pain",
    ],
)
def test_what_is_not_plainly_denied_counts(text):
    assert found("chest pain", text, heed_denial=True) == ["chest pain"]


HOSTILE = {
    "one word": "die ",
    "want to": "want to ",
    "gaps": "pain pain chest ",
    "no word": "…",
    "dots": ". ",
    "lines": "\n",
    "apostrophes": "a'",
    "accents": "a\u0301\u0315\u0300",
    "invisible": "\u200b",
    "long": "x",
    "wide": "\ufdfa",
    "denied": "no chest pain or ",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_the_time_grows_with_the_length_whatever_stands_there(piece):
    words = "want to die, pain … chest … pain, die die die die die die die die no\nnever there"
    rule = compiled(words, "die … die … end, no pain")

    def seconds(length):
        text = (piece * length)[:length]
        return spent(lambda: find(rule, read(text), heed_denial=True))

    seconds(1_000)
    assert seconds(80_000) < 30 * max(seconds(8_000), 0.004)
