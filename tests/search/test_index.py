"""One class for every engine: the suite runs on both databases."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advice.search import index
from advice.search.alike import similar, telling_words
from advice.search.finding import find, with_headline
from advice.search.index import Document, put, remove
from advice.search.models import FORM, IndexedDocument, Synonym, Word

NOW = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

NAUGHTY = Path(__file__).with_name("naughty_strings.json")
HOSTILE = [
    "", " ", "\t\n", "\0", "cramp\0", '"', '"cramp', "'", "''; DROP TABLE search_document; --", "*", "**", "cramp*",
    "(", ")", "(cramp", "cramp)", "-", "-cramp", "^cramp", "NEAR(a b)", "a NEAR b", "headline:cramp", "{headline}: x",
    "cramp AND", "AND", "OR", "NOT", "NOT cramp", "cramp + calf", "cramp & | !", "!cramp", "a:*", "<->", ":*A", "\\",
    "\\'", "%", "_", "__", "%s %(x)s", "🏃‍♀️", "👍 cramp", "²½ﬁ", "\u202ecramp", "ﷺ", "Ω≈ç√∫", "田中さん", "İstanbul",
    "\ud800", "e\u0301" * 50, "x" * 10_000, "a " * 5_000, " ".join(f"word{n}" for n in range(2_000)),
]  # fmt: skip


def document(key: str, headline: str = "", question: str = "", answer: str = "", **more) -> Document:
    return Document(
        key=key,
        headline=headline,
        question=question,
        answer=answer,
        published_at=more.get("at", NOW - HOUR),
        facets=more.get("facets", ()),
    )


def keys(query: str, **more) -> list[str]:
    return [hit.key for hit in find(query, **{"now": NOW, **more}).hits]


def counts() -> dict[str, int]:
    return dict(Word.objects.values_list("word", "documents"))


def padding(count: int = 12) -> list[Document]:
    """Documents about something else, so that a word in a few of all is a rare one."""
    return [
        document(f"other{n}", f"Shoes for trail number {n}", "Which lace", "Tie twice") for n in range(count)
    ]


@pytest.mark.django_db
class TestIndex:
    def test_all_words_of_the_query_are_required(self):
        put([document("both", "Calf cramp"), document("calf", "Calf strain"), *padding()])
        put([document(f"more{n}", "Calf and cramp again") for n in range(3)])
        assert set(keys("calf cramp")) == {"both", "more0", "more1", "more2"}

    def test_words_put_in_uncounted_are_found_and_counted_alike_by_the_recount(self):
        put([document("calf", "Calf cramp", "My calf cramps", "Stretch"), *padding()])
        counted = counts()
        index.clear()
        put([document("calf", "Gone by now"), *padding()])
        put([document("calf", "Calf cramp", "My calf cramps", "Stretch")], counted=False)
        assert keys("calf") == ["calf"]
        index.recount()
        assert counts() == counted

    def test_a_recount_that_somebody_owes_and_will_not_make_is_made(self, time_machine):
        time_machine.move_to(NOW)
        put([document("calf", "Calf cramp")], counted=False)
        assert index.recount_due() is False
        time_machine.move_to(NOW + dt.timedelta(minutes=7))
        assert index.recount_due() is True
        assert counts()["cramp"] == 1
        assert index.recount_due() is False

    def test_a_phrase_is_as_rare_as_its_words_stand_together(self):
        """The words stand everywhere, the phrase in two documents: it decides, on every engine."""
        put(
            [
                *(
                    document(f"apart{n}", "Run", answer="a run that is not long, and long ago")
                    for n in range(12)
                ),
                document("once", "Shoes", answer="after a long run"),
                document("twice", "Shoes", answer="a long run, then another long run"),
                *padding(30),
            ]
        )
        assert keys('"long run" shoe')[:2] == ["twice", "once"]
        assert [hit.score > 1 for hit in find('"long run"', now=NOW).hits] == [True, True]

    def test_what_has_some_of_the_words_only_does_not_fit(self):
        put([document("tax", "Tax on shoes"), *padding()])
        found = find("tax return", now=NOW)
        assert (found.total, found.fitting) == (1, 0)
        assert find("tax shoes", now=NOW).fitting == 1

    def test_word_that_stands_in_no_document_any_more_is_not_kept(self):
        def kept() -> dict[str, int]:
            rows = Word.objects.values_list("word", "documents")
            assert {(word[1:], count) for word, count in rows if word.startswith(FORM)} == {
                (word, count) for word, count in rows if word and not word.startswith((FORM, "#"))
            }
            return {word: count for word, count in rows if not word.startswith((FORM, "#"))}

        put([document("one", "Calf cramp", "Secret"), document("two", "Calf", "Cramp", "Twice")])
        assert kept() == {"": 2, "calf": 2, "cramp": 2, "secret": 1, "twice": 1}
        put([document("one", "Calf", "", "Open")])
        assert kept() == {"": 2, "calf": 2, "cramp": 1, "open": 1, "twice": 1}
        remove(["two", "never there"])
        assert kept() == {"": 1, "calf": 1, "open": 1}
        put([document("three", "Cramp")])
        assert kept() == {"": 2, "calf": 1, "open": 1, "cramp": 1}
        remove(["one", "three"])
        assert {word for word in kept() if word} == set()

    def test_documents_with_any_word_follow_where_few_have_all(self):
        put(
            [
                document("any", "Cramp cramp cramp"),
                document("all", "Toes", "", "calf and then a cramp"),
                *padding(),
            ]
        )
        hits = find("calf cramp", now=NOW)
        assert ([hit.key for hit in hits.hits], hits.total) == (["all", "any"], 2)

    def test_the_headline_weighs_more_than_the_question_and_that_more_than_the_answer(self):
        texts = {"headline": "sleep", "question": "sleep", "answer": "sleep"}
        for part in ("answer", "headline", "question"):
            put([document(part, **{name: text if name == part else "rest" for name, text in texts.items()})])
        put(padding())
        assert keys("sleep") == ["headline", "question", "answer"]

    def test_a_rare_word_weighs_more_than_a_common_one(self):
        put([document("rare", "Iliotibial"), document("common", "Runner"), *padding()])
        put([document(f"runner{n}", "Runner") for n in range(5)])
        assert keys("iliotibial runner")[0] == "rare"

    @pytest.mark.parametrize(
        ("written", "asked"),
        [
            ("Calf cramps", "cramp"),
            ("A cramp", "cramping"),
            ("My calves ache", "calf"),
            ("A calf", "CALVES"),
            ("At the café", "cafe"),
            ("At the cafe", "café"),
            ("At the cafe\u0301", "CAFÉ"),
            ("Zürich", "zurich"),
            ("Straße", "strasse"),
            ("The runner’s knee", "runners"),
            ("The runners knee", "runner's"),
            ("I don’t sleep", "don't"),
            ("Half-marathon", "half marathon"),
            ("A 5K in spring", "5k"),
            ("Happiness", "happiness"),
            ("田中さん", "田中さん"),
            ("snake_case", "snake_case"),
        ],
    )
    def test_words_are_found_in_their_other_forms(self, written, asked):
        put([document("it", written), *padding()])
        assert keys(asked) == ["it"]

    @pytest.mark.parametrize(
        "typed", ["cra", "cram", "cramp", "cramped", "happin", "happine", "happines", "it happine"]
    )
    def test_the_last_word_may_be_unfinished(self, typed):
        put([document("it", "Happiness is a cramped toe"), *padding()])
        assert keys(typed) == ["it"]

    def test_a_word_that_is_not_the_last_one_is_whole(self):
        put([document("it", "Cramp in a toe"), *padding()])
        assert keys("cr yoga") == []

    def test_small_words_do_not_count_beside_others(self):
        put([document("it", "Why do my calf muscles spasm"), *padding()])
        assert keys("what is it about the calf") == ["it"]

    def test_small_words_alone_are_looked_for(self):
        put([document("it", "Can the WHO help?"), *padding()])
        assert keys("who") == ["it"]

    def test_a_scheduled_document_is_hidden_until_its_time(self):
        put([document("later", "Cramp", at=NOW + HOUR), document("now", "Cramp", at=NOW), *padding()])
        assert keys("cramp") == ["now"]
        assert find("cramp", now=NOW).total == 1
        assert set(keys("cramp", now=NOW + HOUR)) == {"later", "now"}

    def test_a_removed_document_is_gone(self):
        put([document("gone", "Cramp"), document("stays", "Cramp"), *padding()])
        remove(["gone", "never was"])
        assert keys("cramp") == ["stays"]
        assert not IndexedDocument.objects.filter(key="gone").exists()

    def test_a_document_put_again_replaces_the_former_one(self):
        put([document("it", "Cramp"), *padding()])
        put([document("it", "Blister")])
        assert (keys("cramp"), keys("blister")) == ([], ["it"])
        assert find("blister", now=NOW).total == 1

    def test_of_two_with_the_same_key_the_last_one_counts(self):
        put([document("it", "Cramp"), document("it", "Blister")])
        assert (keys("cramp"), keys("blister")) == ([], ["it"])

    def test_clearing_leaves_nothing(self):
        put([document("it", "Cramp")])
        index.clear()
        assert keys("cramp") == []
        assert telling_words("cramp") == []
        put([document("it", "Cramp")])
        assert keys("cramp") == ["it"]

    def test_a_row_that_is_deleted_takes_its_words_along(self):
        put([document("it", "Cramp"), *padding()])
        IndexedDocument.objects.filter(key="it").delete()
        assert find("cramp", now=NOW).total == 0

    def test_equals_stand_newest_first_and_stay_so(self):
        put([document(f"d{n}", "Cramp", at=NOW - n * HOUR) for n in (3, 1, 4, 2, 5)])
        put(padding())
        assert [keys("cramp") for _ in range(3)] == [["d1", "d2", "d3", "d4", "d5"]] * 3

    def test_pages_follow_one_another_without_gap_or_repetition(self):
        put([document(f"d{n:02}", "Cramp", answer="word " * n) for n in range(25)])
        whole = keys("cramp", limit=100)
        pages = [keys("cramp", limit=10, offset=offset) for offset in (0, 10, 20, 30)]
        assert [len(page) for page in pages] == [10, 10, 5, 0]
        assert [key for page in pages for key in page] == whole
        assert find("cramp", now=NOW, offset=30).total == 25

    def test_facets_narrow_the_search(self):
        put(
            [
                document("one", "Cramp", facets=["tag1", "column1"]),
                document("ten", "Cramp", facets=["tag10", "column1"]),
                document("both", "Cramp", facets=["tag1", "tag10"]),
            ]
        )
        assert set(keys("cramp", facets=["tag1"])) == {"one", "both"}
        assert keys("cramp", facets=["tag1", "tag10"]) == ["both"]
        assert find("cramp toe", now=NOW, facets=["tag10", "column1"]).total == 1
        assert keys("tag1") == []

    def test_a_facet_that_is_not_one_word_is_refused(self):
        with pytest.raises(ValueError, match="letters and digits"):
            put([document("it", facets=['x" OR "y'])])

    @pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
    def test_whatever_is_typed_is_no_error(self, query):
        put([document("it", "Cramp in a calf"), *padding()])
        hits = find(query, now=NOW)
        assert hits.total == len(hits.hits) or hits.total > 10
        similar(query, now=NOW)

    def test_every_naughty_string_is_searched_and_indexed(self):
        strings = json.loads(NAUGHTY.read_text())
        assert len(strings) > 500
        put([document(f"naughty{n}", text, text, text) for n, text in enumerate(strings)])
        for text in strings:
            find(text, now=NOW)
            similar(text, now=NOW)
            with_headline(text, now=NOW, limit=5)

    def test_naughty_strings_give_a_page_of_results(self, client):
        for text in json.loads(NAUGHTY.read_text())[::3]:
            assert client.get("/search/", {"q": text}).status_code == 200, text

    @pytest.mark.parametrize("query", ["", "   ", "!?…—", "\0", "🙂 🙃", "((("])
    def test_a_query_without_words_finds_nothing(self, query):
        put([document("it", "Cramp !?… 🙂")])
        hits = find(query, now=NOW)
        assert (hits.total, hits.hits) == (0, [])

    def test_the_plain_text_comes_along_for_the_page_to_show(self):
        put([document("it", "Cramp", "My  calf.", "Dear\0 Adam")])
        assert find("cramp", now=NOW).hits[0].text == "My  calf. Dear Adam"

    def test_a_rollback_takes_the_words_back(self):
        put([document("it", "Blister"), *padding()])
        with transaction.atomic():
            put([document("it", "Cramp"), document("new", "Cramp")])
            transaction.set_rollback(True)
        assert (keys("cramp"), keys("blister")) == ([], ["it"])

    def test_a_very_long_text_is_indexed_to_its_end(self):
        put([document("long", "Long", answer="filler words here " * 20_000 + "needle"), *padding()])
        assert keys("needle") == ["long"]

    def test_similar_takes_the_most_telling_words(self):
        put(
            [
                document("calf", "Why does my calf cramp at night", "It wakes me", "Stretch the calf"),
                document("toe", "Black toenails", "After every marathon", "Larger shoes"),
                *padding(),
            ]
        )
        text = "Hello, I am a runner and after I go to bed I get a cramp in the left calf, please help."
        assert next(hit.key for hit in similar(text, now=NOW)) == "calf"
        assert "toe" not in [hit.key for hit in similar(text, now=NOW)]

    def test_similar_hides_what_is_scheduled_unless_asked(self):
        put([document("later", "Calf cramp", at=NOW + HOUR), *padding()])
        assert similar("calf cramp", now=NOW) == []
        assert [hit.key for hit in similar("calf cramp", now=None)] == ["later"]

    def test_telling_words_are_known_to_the_index_and_not_in_most_of_it(self):
        put([document("it", "Calf cramp"), document("two", "Calf"), *padding()])
        assert telling_words("the shoes, my calf, a cramp, zebra") == ["cramp", "calf"]
        assert telling_words("cramp calf", least=2) == ["calf"]

    def test_a_search_makes_the_same_few_queries_for_one_and_for_many(self, django_assert_max_num_queries):
        put([document("it", "Cramp"), *padding()])
        with django_assert_max_num_queries(8):
            keys("cramp")
        put([document(f"d{n}", "Cramp") for n in range(40)])
        with django_assert_max_num_queries(8):
            keys("cramp", limit=30)

    def test_words_in_quotes_stand_one_after_the_other(self):
        put(
            [
                document("it", "A hyphenated half-marathon"),
                document("other", "Marathon, then half"),
                *padding(),
            ]
        )
        put([document("apart", "Half", "marathon"), document("answer", "Which", "", "My half marathons")])
        assert set(keys('"half marathon"')) == {"it", "answer"}
        assert keys('"marathon half"') == []
        assert keys("“half marathon” -hyphenated") == ["answer"]

    def test_a_minus_leaves_out(self):
        put([document("calf", "Calf cramp"), document("toe", "Toe cramp"), *padding()])
        assert keys("cramp -toe") == ["calf"]
        assert keys('cramp -"calf cramp"') == ["toe"]
        assert keys("cramp −toe") == ["calf"]
        assert keys("-toe") == []

    @pytest.mark.parametrize(
        ("written", "asked"),
        [
            ("A half-marathon", "halfmarathon"),
            ("A halfmarathon", "half-marathon"),
            ("A half marathon", "half-marathon"),
            ("Half-marathons", "half marathon"),
            ("By e-mail", "email"),
            ("By email", "e-mail"),
            ("A half marathon", "halfmarathon"),
        ],
    )
    def test_a_hyphen_more_or_less_does_not_matter(self, written, asked):
        put([document("it", written), *padding()])
        assert keys(asked) == ["it"]

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("hamstirng", "hamstring"),
            ("hamsting", "hamstring"),
            ("hhamstring pain", "hamstring pain"),
            ("amstring", "hamstring"),
            ("Plantar fascitis?", "Plantar fasciitis?"),
            ("plantrar fasciitis", "plantar fasciitis"),
            ("hamstringpain", "hamstring pain"),
        ],
    )
    def test_typing_errors_are_mended_where_nothing_else_is_found(self, typed, meant):
        put([document("it", "Hamstring pain"), document("foot", "Plantar fasciitis"), *padding()])
        hits = find(typed, now=NOW)
        assert hits.meant == meant
        assert [hit.key for hit in hits.hits] == ["foot" if "lant" in typed else "it"]

    def test_what_was_meant_is_only_asked_where_other_words_are_found(self):
        put([document("pain", "Shoe pain"), document("it", "Hamstring pain"), *padding()])
        hits = find("hamstirng pain", now=NOW)
        assert (hits.meant, hits.is_for_meant) == ("hamstring pain", False)
        assert {hit.key for hit in hits.hits} == {"pain", "it"}

    def test_nothing_is_meant_that_only_a_scheduled_document_has(self):
        put([document("later", "Hamstring", at=NOW + HOUR), *padding()])
        hits = find("hamstirng", now=NOW)
        assert (hits.meant, hits.total) == ("", 0)

    @pytest.mark.parametrize("typed", ["hamstirng pain", "hamstringshoe pain"])
    def test_nor_a_word_of_one_beside_words_that_are_public(self, typed):
        scheduled = document("later", "Hamstring", at=NOW + HOUR)
        put([scheduled, document("shoe", "Shoe pain"), *padding()])
        hits = find(typed, now=NOW)
        assert (hits.meant, [hit.key for hit in hits.hits]) == ("", ["shoe"])
        later = find(typed, now=NOW + HOUR)
        assert later.meant.startswith("hamstring ")

    def test_a_public_word_is_meant_where_a_nearer_one_is_only_scheduled(self):
        put([document("later", "Hamstrung", at=NOW + HOUR), document("it", "Hamstring"), *padding()])
        hits = find("hamstrongg", now=NOW)
        assert (hits.meant, hits.is_for_meant) == ("hamstring", False)
        assert find("hamstrungg", now=NOW + HOUR).meant == "hamstrung"

    def test_a_word_with_a_synonym_is_no_typing_error(self):
        Synonym.objects.create(words="charley horse, calf cramp")
        put([document("house", "Charge the house"), document("calf", "Calf cramps"), *padding()])
        hits = find("charley horse again tomorow", now=NOW)
        assert (hits.meant, [hit.key for hit in hits.hits]) == ("", ["calf"])

    def test_synonyms_find_one_another(self):
        Synonym.objects.create(words="charley horse, calf cramp")
        put([document("horse", "A Charley horse"), document("calf", "Calf cramps"), *padding()])
        assert set(keys("charley horse")) == set(keys("calf cramp")) == {"horse", "calf"}
        assert set(keys("charley horse shoe")) >= {"horse", "calf"}

    def test_a_synonym_of_one_way_is_not_found_the_other_way(self):
        Synonym.objects.create(words="jogger", also="runner")
        put([document("jogger", "A jogger"), document("runner", "A runner"), *padding()])
        assert (set(keys("joggers")), keys("runners")) == ({"jogger", "runner"}, ["runner"])

    def test_of_very_many_synonyms_the_rarest_that_stand_anywhere_are_looked_for(self):
        for row in range(4):
            Synonym.objects.create(words=", ".join(["calf", *(f"gastro{row}x{n}" for n in range(20))]))
        put([document("calf", "Calf"), document("rare", "Gastro3x19"), *padding()])
        put(
            [
                document(f"d{n}", "Gastro0x0", "", " ".join(f"gastro1x{m}" for m in range(20)))
                for n in range(3)
            ]
        )
        found = find("calf", now=NOW)
        assert [len(term) for term in found.query.terms] == [12]
        assert {hit.key for hit in found.hits} == {"calf", "rare", "d0", "d1", "d2"}

    def test_what_was_found_is_counted_by_its_facets(self):
        put([document(f"d{n}", "Cramp", facets=["tag1", f"column{n % 2}"]) for n in range(5)])
        put([document("later", "Cramp", facets=["tag1"], at=NOW + HOUR), *padding()])
        assert find("cramp", now=NOW).counts == {"tag1": 5, "column0": 3, "column1": 2}
        assert find("cramp", now=NOW, facets=["column1"]).counts == {"tag1": 2, "column1": 2}

    @pytest.mark.parametrize(
        "query", ["calf cramp", "calf cramp toe", "calf xylophone", "calf", "calf crmap"]
    )
    def test_a_search_finds_within_a_facet_what_was_counted(self, query):
        """Wherever there are few with all the words, and few or many in all."""
        put(
            [
                *(document(f"both{n}", "Calf cramp", facets=["tag1", f"year{n % 2}"]) for n in range(4)),
                *(document(f"calf{n}", "Calf", facets=[f"tag{n % 3}", "year2"]) for n in range(40)),
                *(document(f"cramp{n}", "Toe", "", "Cramp", facets=[f"tag{n % 5}"]) for n in range(40)),
                *padding(40),
            ]
        )
        found = find(query, now=NOW)
        assert found.counts
        for facet, count in found.counts.items():
            narrowed = find(query, now=NOW, facets=[facet])
            assert (facet, narrowed.total) == (facet, count)
            for other, fewer in narrowed.counts.items():
                assert find(query, now=NOW, facets=[facet, other]).total == fewer

    def test_no_more_is_ranked_than_fifty_pages_show(self):
        put([document(f"d{n:03}", "Cramp", at=NOW - n * HOUR) for n in range(520)])
        hits = find("cramp", now=NOW, offset=495)
        assert (hits.total, hits.is_more, len(hits.hits)) == (500, True, 5)
        put([document(f"d{n:03}", "Cramp", at=NOW + HOUR) for n in range(520) if n % 2])
        hits = find("cramp", now=NOW)
        assert (hits.total, hits.is_more) == (260, False)

    @pytest.mark.parametrize(
        ("headline", "query", "facets"),
        [
            ("Knee", "knee", []),
            ("Knee", "knee -toe", []),
            ("Knee", "kne", []),
            ("Knee", "knee", ["tag1"]),
            ("Knee pain", "knee pain", []),
            ("Knee pain", "knee pain", ["tag1"]),
            ("Knee pain", "knee pain xylophone", []),
            ("Knee", "knee xylophone", []),
            ("Knee", "knee xylophone", ["tag1"]),
            ("Knee", "knee marathon", []),
        ],
    )
    def test_an_old_headline_comes_before_what_is_newer_and_names_it_by_the_way(
        self, headline, query, facets
    ):
        rest = "is what this is about, as some said"
        many = [
            document(f"d{n}", "Shoes", answer=f"A knee and its pain {rest}", facets=["tag1"])
            for n in range(600)
        ]
        old = document("old", headline, answer=f"pain {rest}", at=NOW - 1000 * HOUR, facets=["tag1"])
        some = [document(f"m{n}", "Marathon", at=NOW - 900 * HOUR) for n in range(5)]
        put([*many, old, *some, *padding(600)])
        first = [key for key in keys(query, facets=facets) if not key.startswith("m")]
        assert first[0] == "old"

    def test_headlines_are_found_by_their_first_letters_newest_first(self):
        put([document("old", "Running at night", at=NOW - 2 * HOUR), document("new", "Nightly runs")])
        put([document("later", "A run", at=NOW + HOUR), document("text", "Shoes", "night run")])
        assert with_headline("ru", now=NOW, limit=9) == ["new", "old"]
        assert with_headline("running nig", now=NOW, limit=9) == ["new", "old"]
        assert with_headline("shoes nig", now=NOW, limit=9) == []

    @given(st.text(max_size=60))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_letters_are_typed_it_is_no_error(self, text):
        put([document("it", text, text, "Cramp")])
        find(text, now=NOW)
        similar(text, now=NOW)
        with_headline(text, now=NOW, limit=5)
