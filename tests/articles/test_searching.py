import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from advice.articles import indexing, related, searching, workflow
from advice.articles.models import Article
from advice.articles.searching import search, similar
from advice.operations.due import run_due
from advice.search import index as door
from advice.search.models import IndexedDocument, Word
from tests.factories import make_column, make_draft, make_published, make_tag

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def names(*arguments, **more) -> list[str]:
    return [found.article.headline for found in search(*arguments, **more).items]


def test_only_what_is_public_now_is_found():
    make_published(headline="A public zebra")
    make_draft(headline="A draft zebra")
    make_published(headline="A scheduled zebra", at=timezone.now() + HOUR)
    workflow.retract(make_published(headline="A retracted zebra"), reason="Wrong.", by=None)
    workflow.unpublish(make_published(headline="An unpublished zebra"), by=None)
    assert names("zebra") == ["A public zebra"]
    assert search("zebra").total == 1


def test_a_scheduled_article_is_found_from_its_time_on(time_machine):
    at = timezone.now() + HOUR
    make_published(headline="A zebra", at=at)
    assert names("zebra") == []
    time_machine.move_to(at + dt.timedelta(seconds=1))
    assert names("zebra") == ["A zebra"]


def test_question_answer_and_tags_are_found_with_the_words_marked():
    article = make_published(
        headline="Why?", question="My **calf** <b>&</b> shin.", tags=[make_tag("Iliotibial")]
    )
    found = search("calf").items[0]
    assert found.article == article
    assert found.headline_html == "Why?"
    assert found.snippet_html == "My <mark>calf</mark> &lt;b&gt;&amp;&lt;/b&gt; shin. Dear Adam, It passes."
    assert (names("passes"), names("iliotibial")) == (["Why?"], ["Why?"])


def test_an_edit_of_a_published_text_is_found_at_once():
    article = make_published(headline="Zebra")
    answer = article.answers.get()
    workflow.edit(article, by=None, version=article.version, headline="Giraffe")
    workflow.save_answer(answer, text="Antelope", by=None, version=answer.version)
    assert (names("zebra"), names("giraffe"), names("antelope")) == ([], ["Giraffe"], ["Giraffe"])


def test_tag_column_and_expert_narrow_the_search():
    tag, column = make_tag(), make_column()
    first = make_published(headline="First zebra", tags=[tag])
    make_published(headline="Second zebra", column=column)
    expert = first.answers.get().expert
    assert names("zebra", tag=tag.slug) == ["First zebra"]
    assert names("zebra", column=column.slug) == ["Second zebra"]
    assert names("zebra", expert=expert.slug) == ["First zebra"]
    assert names("zebra", expert=expert.slug, column=column.slug) == []
    assert names("zebra", tag="no-such") == []
    assert names("zebra", tag="\0") == []


def test_a_year_narrows_the_search_and_what_is_left_is_counted():
    tag = make_tag("Calf")
    for number, year in enumerate((2023, 2023, 2024)):
        article = make_published(headline=f"Zebra {number}", tags=[tag if number else make_tag("Toe")])
        article.published_at = dt.datetime(year, 6, 1, tzinfo=dt.UTC)
        article.save()
        indexing.index(article)
    facets = {
        facet.kind: [(choice.slug, choice.count) for choice in facet.choices]
        for facet in search("zebra").facets
    }
    assert facets["year"] == [("2024", 1), ("2023", 2)]
    assert [count for _, count in facets["tag"]] == [2, 1]
    assert set(names("zebra", year="2023")) == {"Zebra 0", "Zebra 1"}
    assert "year" not in [facet.kind for facet in search("zebra", year="2023").facets]
    assert names("zebra", year="x") == names("zebra", year="0001") == []


def test_each_way_to_narrow_a_search_leaves_as_many_as_it_says():
    tags = [make_tag(name) for name in ("Calf", "Toe", "Night")]
    for number in range(9):
        words = ("Zebra night", "Zebra", "Night")[number % 3]
        make_published(headline=f"{words} {number}", tags=[tags[number % 2], tags[2]][: 1 + number % 2])
    for q in ("zebra night", "zebra night quagga", "zebra"):
        facets = search(q).facets
        assert len(facets) > 1
        for facet in facets:
            for choice in facet.choices:
                assert search(q, **{facet.kind: choice.slug}).total == choice.count


def test_a_count_beyond_a_hundred_is_said_to_be_more():
    column = make_column(name="Legs")
    make_published(headline="A zebra")
    door.put(
        door.Document(f"article:{pk}", "Zebra", "", "", timezone.now(), facets=[f"column{column.pk}"])
        for pk in range(9_000, 9_150)
    )
    choice = next(facet for facet in search("zebra").facets if facet.kind == "column").choices[0]
    assert (choice.name, choice.count, choice.is_more) == ("Legs", 100, True)


def test_a_tag_is_suggested_as_soon_as_a_public_article_has_it(time_machine):
    at = timezone.now() + HOUR
    tag = make_tag("Zebras")
    make_draft(tags=[tag])
    make_published(headline="A scheduled one", tags=[tag], at=at)
    assert searching.suggest("zebr") == []
    time_machine.move_to(at + dt.timedelta(seconds=1))
    assert [(found.kind, found.label) for found in searching.suggest("zebr")] == [("tag", "Zebras")]


def test_headlines_and_tags_are_suggested_and_only_public_ones():
    tag = make_tag("Night cramps")
    make_published(headline="Cramps at night", tags=[tag])
    make_published(headline="Why at night do I cramp?")
    make_draft(headline="Nightly draft")
    make_published(headline="Night later", at=timezone.now() + HOUR)
    workflow.retract(make_published(headline="Night retracted"), reason="Wrong.", by=None)
    assert [(found.kind, found.label) for found in searching.suggest("nigh")] == [
        ("tag", "Night cramps"),
        ("article", "Why at night do I cramp?"),
        ("article", "Cramps at night"),
    ]
    assert searching.suggest("cramps at ni")[0].label == "Cramps at night"
    assert searching.suggest("n") == searching.suggest("\0 ") == []


def test_results_come_ten_a_page():
    for number in range(23):
        make_published(headline=f"Zebra {number}")
    pages = [search("zebra", page=page) for page in (1, 2, 3, 4)]
    assert [len(page.items) for page in pages] == [10, 10, 3, 0]
    assert [(page.has_previous, page.has_next) for page in pages] == [
        (False, True),
        (True, True),
        (True, False),
        (True, False),
    ]
    assert len({found.article for page in pages for found in page.items}) == 23
    assert {page.total for page in pages} == {23}
    assert search("zebra", page=-3).page == 1
    assert search("zebra", page=10**9).page == searching.MAX_PAGES


@pytest.mark.parametrize("q", ["", '"', "zebra\0", "🦓", "x" * 10_000, "' OR 1=1 --", "*"])
def test_whatever_is_typed_is_no_error(q):
    make_published(headline="A zebra")
    assert search(q).total in {0, 1}


def test_the_queries_are_the_same_for_one_result_and_for_many(django_assert_max_num_queries):
    make_published(headline="Zebra 0")
    for count in (1, 12):
        with django_assert_max_num_queries(13):
            for found in search("zebra").items:
                assert found.article.column.name
                assert all(answer.expert.name for answer in found.article.answers.all())
        for number in range(count, 12):
            make_published(headline=f"Zebra {number}")


def test_similar_articles_are_found_for_a_letter_being_written():
    make_published(headline="Why do my calves cramp at night?")
    make_published(headline="Black toenails")
    make_published(headline="A scheduled cramp", at=timezone.now() + HOUR)
    found = similar("Hello, after long runs I get such a cramp in my calf that I cannot sleep at night.")
    assert [each.article.headline for each in found] == ["Why do my calves cramp at night?"]
    assert found[0].headline_html == "Why do my <mark>calves</mark> <mark>cramp</mark> at <mark>night</mark>?"
    assert found[0].score > 0


def test_a_rebuild_makes_the_same_index():
    for number in range(3):
        make_published(headline=f"Zebra {number}")
    stale = make_published(headline="Zebra 3")
    before = names("zebra")
    Article.objects.filter(pk=stale.pk).update(headline="Giraffe")
    IndexedDocument.objects.filter(key=indexing.key_of(stale.pk - 1)).delete()
    assert indexing.rebuild() == 4
    assert names("zebra") == [name for name in before if name != "Zebra 3"]
    assert names("giraffe") == ["Giraffe"]


def test_a_rebuild_takes_out_what_is_public_no_more_and_counts_the_words_anew():
    articles = [make_published(headline=f"Zebra {number}") for number in range(5)]
    whole = dict(Word.objects.filter(documents__gt=0).values_list("word", "documents"))
    make_published(headline="Gone giraffe").delete()
    Word.objects.filter(word="zebra").delete()
    assert indexing.rebuild() == 5
    assert set(IndexedDocument.objects.values_list("key", flat=True)) == {
        indexing.key_of(article.pk) for article in articles
    }
    kept = {word: whole[word] for word in ("", "zebra", "calf")}
    assert dict(Word.objects.filter(word__in=kept).values_list("word", "documents")) == kept
    assert not Word.objects.filter(word="giraff").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rebuild", [indexing.rebuild, related.rebuild])
def test_others_may_write_between_the_batches_of_a_rebuild(monkeypatch, rebuild):
    for module in (indexing, related):
        monkeypatch.setattr(module, "_BATCH", 2)
    for number in range(5):
        make_published(headline=f"Zebra {number}")
    between = []
    rebuild(lambda done: between.append((done, connection.in_atomic_block)))
    assert between == [(2, False), (4, False), (5, False)]


def test_long_work_pauses_so_that_who_waits_for_sqlite_gets_in(monkeypatch):
    slept = []
    monkeypatch.setattr(indexing.time, "sleep", slept.append)
    pauses = indexing.Pauses()
    pauses.take()
    assert slept == []
    pauses.since -= 1
    pauses.take()
    assert slept == ([0.12] if connection.vendor == "sqlite" else [])


def test_what_an_earlier_release_indexed_is_put_in_anew_by_the_worker():
    for number in range(3):
        make_published(headline=f"Zebra {number}")
    before = names("zebra")
    IndexedDocument.objects.update(edition=1)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM search_index")
        else:
            cursor.execute("UPDATE search_document SET vector = ''")
        cursor.execute("DELETE FROM search_word")
    assert names("zebra") == []
    assert indexing.make_due(limit=2) == 2
    assert run_due()["articles indexed anew"] == 1
    assert names("zebra") == before
    assert indexing.make_due() == 0
