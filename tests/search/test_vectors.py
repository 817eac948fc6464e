"""One class for both databases, with the real model."""

import datetime as dt
import threading

import pytest
from django.db import connection

from advice.operations.due import run_due
from advice.search import finding, held, index, model, vectors
from advice.search.index import Document
from advice.search.models import IndexedDocument, Vector

NOW = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)

CRAMP, BANK, SHOES = (
    "Cramps in the calf at night",
    "Which bank has the best rates?",
    "Lacing shoes for a wide foot",
)


def _key(headline: str) -> str:
    return headline.lower().replace("\0", "")[:60]


def put(*headlines: str, **more) -> list[int]:
    """Put documents, each with a key from its headline; gives their ids."""
    index.put(
        Document(
            key=_key(headline),
            headline=headline,
            question=more.get("question", ""),
            answer=more.get("answer", ""),
            published_at=NOW + dt.timedelta(hours=number),
        )
        for number, headline in enumerate(headlines)
    )
    keys = [_key(headline) for headline in headlines]
    found = dict(IndexedDocument.objects.filter(key__in=keys).values_list("key", "pk"))
    return [found[key] for key in keys]


def near(text: str, k: int = 3) -> list[int]:
    return [pk for pk, _ in vectors.nearest(model.encode([text])[0], k=k)]


class TestMeant:
    def test_headline_and_question_and_not_the_answer(self):
        text = "They wake me at night. Stretch more."
        assert vectors.meant("Calf cramps", text, 22) == "Calf cramps They wake me at night."

    def test_headline_that_begins_the_question_is_not_said_twice(self):
        assert vectors.meant("Calf cramps?", "Calf  CRAMPS wake me Stretch", 20) == "Calf  CRAMPS wake me"

    def test_answer_counts_where_hardly_anything_is_asked(self):
        assert vectors.meant("Calf cramps", "Help! Stretch more", 5) == "Calf cramps Help! Stretch more"

    def test_nothing_is_nothing(self):
        assert vectors.meant("", "", 0) == ""

    @pytest.mark.django_db
    def test_what_is_stored_tells_the_question_from_the_answer(self):
        (pk,) = put("Calf\0 cramps", question=" \0They wake me at\0 night. \n", answer="Stretch")
        assert vectors.texts(IndexedDocument.objects.all()) == {pk: "Calf cramps They wake me at night."}


@pytest.mark.django_db
@pytest.mark.usefixtures("meaning")
class TestVectors:
    def test_what_is_meant_alike_is_near(self):
        cramp, bank, shoes = put(CRAMP, BANK, SHOES)
        assert vectors.make_due() == 3
        assert near("My charley horse wakes me")[0] == cramp
        assert near("Where shall I keep my savings?")[0] == bank
        assert set(near("anything", k=9)) == {cramp, bank, shoes}

    def test_what_is_near_within_a_facet_is_found_there_and_was_counted_so(self):
        """More than join a search are near: those of one facet are as many as they can be when it is chosen."""
        many = [
            Document(
                f"d{n}",
                f"Cramps in the calf at night {n}",
                "",
                "",
                NOW,
                facets=[f"tag{n % 2}", f"year{n % 9}"],
            )
            for n in range(90)
        ]
        index.put([*many, Document("bank", BANK, "", "", NOW, facets=["tag0"])])
        vectors.make_due()
        found = finding.find("muscle spasms while I sleep", now=NOW)
        assert (found.total, found.counts["tag0"], found.counts["tag1"]) == (30, 30, 30)
        for facet, count in found.counts.items():
            assert (facet, finding.find("muscle spasms while I sleep", now=NOW, facets=[facet]).total) == (
                facet,
                count,
            )

    def test_what_is_near_to_words_with_an_error_is_shown_rather_than_other_words(self):
        put("My heart races before every start", "Sandals", SHOES)
        vectors.make_due()
        found = finding.find(
            "palpitations of the heartt cardiac racing pulse sandalz", now=NOW + dt.timedelta(days=1)
        )
        assert not found.is_for_meant
        found = finding.find("sandalz", now=NOW + dt.timedelta(days=1))
        assert (found.meant, found.is_for_meant, found.hits[0].key) == (
            "sandals",
            True,
            "sandals",
        )

    def test_vector_takes_384_bytes_and_loses_next_to_nothing(self):
        (pk,) = put(CRAMP)
        vectors.make_due()
        assert [len(bytes(row.data)) for row in Vector.objects.all()] == [384]
        ((found, cosine),) = vectors.nearest(model.encode([CRAMP])[0], k=1)
        assert found == pk
        assert 0.999 < cosine <= 1.000001

    def test_vector_stays_while_the_same_is_meant_and_goes_at_once_when_not(self):
        put(CRAMP, BANK, question="Please tell me what to do", answer="Nothing")
        vectors.make_due()
        before = set(Vector.objects.values_list("pk", flat=True))
        put(CRAMP, BANK, question="Please tell me what to do", answer="Something else")
        assert set(Vector.objects.values_list("pk", flat=True)) == before
        (pk,) = put(CRAMP, question="Please tell me something else")
        assert not Vector.objects.filter(document=pk).exists()
        assert vectors.make_due() == 1
        assert Vector.objects.get(document=pk).pk > max(before)

    def test_document_that_changed_while_it_was_read_does_not_get_the_old_ones_vector(self, monkeypatch):
        pk, other = put(CRAMP, BANK, question="What can I do about it?")
        encode = model.encode

        def encode_slowly(texts, **more):
            monkeypatch.undo()
            put(CRAMP, question="Does anybody else know better?")
            return encode(texts, **more)

        monkeypatch.setattr(model, "encode", encode_slowly)
        assert vectors.make_due() == 1
        assert list(Vector.objects.values_list("document", flat=True)) == [other]
        assert vectors.make_due() == 1
        assert near(f"{CRAMP} Does anybody else know better?")[0] == pk

    def test_document_that_was_deleted_while_it_was_read_gets_none(self, monkeypatch):
        put(CRAMP)
        encode = model.encode

        def encode_slowly(texts, **more):
            index.remove([CRAMP.lower()])
            return encode(texts, **more)

        monkeypatch.setattr(model, "encode", encode_slowly)
        assert vectors.make_due() == 0
        assert not Vector.objects.exists()

    def test_newest_are_made_first_and_making_stops_between_batches(self, monkeypatch):
        monkeypatch.setattr(vectors, "_BATCH", 1)
        _, newest = put(CRAMP, BANK)
        asked = iter([False, True])
        assert vectors.make_due(stop=lambda: next(asked)) == 1
        assert list(Vector.objects.values_list("document", flat=True)) == [newest]
        assert vectors.make_due(seconds=-1) == 0

    def test_all_are_made_on_all_cores_and_it_says_how_far_it_is(self):
        put(*(f"Question number {number} about running" for number in range(300)))
        done: list[int] = []
        assert vectors.make_all(done.append) == 300
        assert done == [128, 256, 300]
        assert vectors.make_all(done.append) == 0

    def test_making_none_costs_two_queries_and_a_batch_few(self, django_assert_num_queries):
        put(CRAMP, BANK, SHOES)
        # How many, twice; which; their texts; [ wait for turn,] their texts again, old ones, into a transaction and out
        with django_assert_num_queries(10 if connection.vendor == "postgresql" else 9):
            vectors.make_due()
        with django_assert_num_queries(2):
            vectors.make_due()

    def test_another_models_vectors_count_as_missing_and_are_replaced(self):
        (pk,) = put(CRAMP)
        Vector.objects.create(document_id=pk, made_with="other-1", data=b"\1" * 384)
        assert near(CRAMP) == []
        assert vectors.make_due() == 1
        assert [(row.document_id, row.made_with) for row in Vector.objects.all()] == [(pk, model.NAME)]

    def test_new_ones_are_seen_in_the_next_call_which_asks_once(self, django_assert_num_queries):
        put(CRAMP)
        vectors.make_due()
        assert len(near(CRAMP)) == 1
        put(BANK)
        vectors.make_due()
        with django_assert_num_queries(1):
            assert len(near(CRAMP)) == 2

    def test_vector_that_took_anothers_place_is_the_one_that_counts(self):
        (pk,) = put(CRAMP)
        vectors.make_due()
        near(CRAMP)
        put(CRAMP, question="What do you know about banks and interest rates?")
        vectors.make_due()
        assert near(CRAMP) == [pk]

    def test_deleted_ones_go_at_the_next_count(self, monkeypatch):
        cramp, bank = put(CRAMP, BANK)
        vectors.make_due()
        assert near(CRAMP) == [cramp, bank]
        index.remove([CRAMP.lower()])
        assert not Vector.objects.filter(document=cramp).exists()
        monkeypatch.setattr(held, "_COUNT_EVERY", -1)
        assert near(CRAMP) == [bank]
        put(CRAMP, SHOES)
        vectors.make_due()
        assert len(near(CRAMP)) == 3

    def test_cosines_of_given_documents(self):
        cramp, bank, shoes = put(CRAMP, BANK, SHOES)
        vectors.make_due()
        vector = model.encode([CRAMP])[0]
        assert vectors.cosines(vector, [bank, cramp, 0, 10**9]) == pytest.approx(
            {pk: cosine for pk, cosine in vectors.nearest(vector, k=3) if pk != shoes}, abs=1e-5
        )
        assert vectors.cosines(vector, []) == {}

    def test_neighbours_of_many(self, monkeypatch):
        monkeypatch.setattr(held, "_ABREAST", 1)
        monkeypatch.setattr(held, "_CHUNK", 2)
        cramp, again, bank = put(CRAMP, "My calves cramp when I sleep", BANK)
        vectors.make_due()
        found = vectors.nearest_many([cramp, bank, 10**9], k=2)
        assert list(found) == [cramp, bank] or list(found) == [bank, cramp]
        assert [pk for pk, _ in found[cramp]] == [again, bank]
        assert cramp in dict(found[bank])

    def test_nothing_is_held_where_there_is_nothing(self):
        assert near(CRAMP) == []
        assert vectors.cosines(model.encode([CRAMP])[0], [1]) == {}
        assert vectors.nearest_many([1], k=2) == {}

    def test_new_ones_are_named_until_somebody_has_looked_what_lies_near(self):
        put(CRAMP, BANK)
        vectors.make_due()
        waiting = vectors.new(10)
        assert set(waiting.values()) == {CRAMP.lower(), BANK.lower()}
        assert len(vectors.new(1)) == 1
        vectors.seen(waiting)
        assert vectors.new(10) == {}

    def test_worker_makes_them(self):
        put(CRAMP)
        assert run_due()["vectors made"] == 1
        assert "vectors made" not in run_due()


@pytest.mark.django_db
def test_without_the_model_none_are_made_and_none_asked_for():
    put(CRAMP)
    assert vectors.make_due() == 0
    assert vectors.make_all() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("meaning")
def test_two_workers_at_once_make_each_vector_once(monkeypatch):
    monkeypatch.setattr(vectors, "_BATCH", 2)
    put(*(f"Question number {number} about running" for number in range(10)))
    made: list[int] = []

    def work() -> None:
        try:
            made.append(vectors.make_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 10
    assert Vector.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_document_that_goes_by_a_bare_statement_leaves_no_words_on_sqlite():
    """The trigger outlives the migration that adds columns to its table."""
    put(CRAMP)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_document")
    assert finding.find("cramps", now=NOW + dt.timedelta(days=1)).total == 0
