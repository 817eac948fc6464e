import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advice.articles import related, workflow
from advice.articles.models import Article, Related, RelatedChoice
from advice.articles.related import shown
from advice.operations.due import run_due
from tests.factories import make_column, make_draft, make_published, make_tag

pytestmark = pytest.mark.django_db
TOMORROW = timezone.now() + dt.timedelta(days=1)


def names(article: Article, **more) -> list[str]:
    return [neighbour.headline for neighbour in shown(article, **more)]


def test_shared_tags_make_neighbours_and_rare_ones_count_more():
    rare, common = make_tag(), make_tag()
    make_published(headline="Shares the rare tag", question="Abc.", tags=[rare])
    for number in range(6):
        make_published(headline=f"Shares the common tag {number}", question="Def.", tags=[common])
    article = make_published(headline="New", question="Ghi.", tags=[rare, common])
    assert names(article)[0] == "Shares the rare tag"


def test_likeness_of_the_texts_makes_neighbours():
    tag = make_tag()
    make_published(headline="Toenails", question="They turn black after marathons.", tags=[tag])
    make_published(
        headline="Magnesium", question="Does it help against nightly cramps in the shin?", tags=[tag]
    )
    for number in range(8):
        make_published(headline=f"Shoes {number}", question="Which laces shall I tie?", tags=[tag])
    article = make_published(headline="Shin", question="At night cramps wake me, in the shin.", tags=[tag])
    assert names(article)[0] == "Magnesium"


def test_an_article_is_never_its_own_neighbour():
    articles = [make_published() for _ in range(4)]
    related.rebuild()
    assert all(article not in shown(article) for article in articles)
    assert Related.objects.count() == 4 * 3


def test_one_that_is_still_to_come_pushes_out_no_public_one_that_says_the_same(time_machine):
    tag, rare = make_tag(), make_tag()
    for number in range(6):
        make_published(headline=f"Shoes {number}", question="Which laces?", tags=[tag])
    make_published(headline="Cramps at night", question="Why?", tags=[tag])
    later = make_published(headline="Cramps at night", question="Why?", tags=[tag, rare], at=TOMORROW)
    article = make_published(headline="New", question="Ghi.", tags=[tag, rare])
    assert "Cramps at night" in names(article)
    time_machine.move_to(TOMORROW + dt.timedelta(hours=1))
    assert names(article).count("Cramps at night") == 1
    related.refresh(later)
    assert names(article).count("Cramps at night") == 1


@pytest.mark.parametrize("count", [2, 4, 6, 9, 20])
def test_as_many_are_shown_as_there_are_up_to_five(count):
    articles = [make_published(column=make_column()) for _ in range(count)]
    assert {len(shown(article)) for article in articles} == {min(5, count - 1)}


def test_pins_stand_first_and_exclusions_never_show():
    tag = make_tag()
    near = [make_published(headline=f"Near {number}", tags=[tag]) for number in range(3)]
    pinned, *far = [make_published(headline=f"Far {number}") for number in range(8)]
    article = make_published(headline="New", tags=[tag])
    RelatedChoice.objects.create(article=article, other=pinned)
    RelatedChoice.objects.create(article=article, other=near[0], excluded=True)
    RelatedChoice.objects.create(article=article, other=far[0], excluded=True)
    related.refresh(article)
    stored = list(Related.objects.filter(article=article).values_list("neighbour__headline", flat=True))
    assert stored[0] == "Far 0"
    assert len(stored) == 9
    assert not {"Near 0", "Far 1"} & set(stored)
    related.rebuild()
    assert (
        list(Related.objects.filter(article=article).values_list("neighbour__headline", flat=True)) == stored
    )


def test_a_pinned_article_that_is_not_public_does_not_show():
    draft, article = make_draft(headline="Draft"), make_published()
    RelatedChoice.objects.create(article=article, other=draft)
    related.refresh(article)
    assert names(article) == []


def test_neighbours_lists_are_refreshed_when_an_article_comes():
    tag, other = make_tag(), make_tag()
    old = make_published(headline="Old", question="The shin cramps.", tags=[tag])
    for number in range(45):
        make_published(headline=f"Filler {number}", question="Laces.", tags=[other])
    assert "New" not in names(old)
    make_published(headline="New", question="Cramps in the shin.", tags=[tag])
    assert names(old)[0] == "New"


def test_a_scheduled_one_is_hidden_until_its_time():
    tag = make_tag()
    article = make_published(headline="Now", tags=[tag])
    make_published(headline="Later", tags=[tag], at=TOMORROW)
    assert names(article) == []
    assert names(article, now=TOMORROW) == ["Later"]


def test_many_scheduled_ones_leave_room_for_those_that_can_be_shown():
    tag = make_tag()
    for number in range(6):
        make_published(headline=f"Public {number}")
    for number in range(15):
        make_published(headline=f"Scheduled {number}", tags=[tag], at=TOMORROW)
    article = make_published(headline="New", tags=[tag])
    assert len(shown(article)) == 5
    assert Related.objects.filter(article=article).count() == related.STORED
    related.rebuild()
    assert len(shown(article)) == 5


@pytest.mark.parametrize("act", [workflow.retract, workflow.unpublish])
def test_one_that_is_taken_away_leaves_no_gap(act):
    tag = make_tag()
    articles = [make_published(headline=f"Here {number}", tags=[tag]) for number in range(16)]
    gone = [make_published(headline=f"Gone {number}", tags=[tag]) for number in range(10)]
    for article in gone:
        act(article, **({"reason": "Wrong."} if act is workflow.retract else {}), by=None)
    for article in articles:
        assert len(shown(article)) == 5
        assert not any(name.startswith("Gone") for name in names(article))
    assert not Related.objects.filter(neighbour__in=gone).exists()


def test_an_edit_moves_an_article_away_from_its_former_neighbours():
    tag, other = make_tag(), make_tag()
    old = make_published(headline="Old", tags=[tag])
    article = make_published(headline="New", tags=[tag])
    for number in range(6):
        make_published(headline=f"Of the tag {number}", tags=[tag])
        make_published(headline=f"Of the other {number}", tags=[other])
    workflow.edit(
        article, by=None, version=article.version, tags=[other], headline="Moved", question="Toenails."
    )
    article.refresh_from_db()
    assert all(name.startswith("Of the other") for name in names(article))
    assert "Moved" not in names(old)


def test_an_article_without_tags_has_neighbours_too():
    for number in range(6):
        make_published(headline=f"Other {number}")
    article = make_published()
    article.tags.clear()
    related.refresh(article)
    assert len(shown(article)) == 5


def test_the_columns_newest_fill_a_list_before_the_newest_of_all():
    column = make_column()
    for number in range(5):
        make_published(headline=f"Of the column {number}", question=f"Abc{number}.", column=column)
    for number in range(5):
        make_published(headline=f"Newer {number}", question=f"Def{number}.")
    article = make_published(headline="New", question="Ghi.", column=column)
    assert names(article) == [f"Of the column {number}" for number in (4, 3, 2, 1, 0)]


def test_what_a_page_shows_is_one_query(django_assert_num_queries):
    article, *_ = [make_published() for _ in range(7)]
    with django_assert_num_queries(1):
        assert [neighbour.column.name for neighbour in shown(article)]


def test_a_refresh_makes_the_same_few_queries_on_a_site_of_any_size():
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            related.refresh(article)
        return len(context)

    tag = make_tag()
    article = make_published(tags=[tag])
    for number in range(3):
        make_published(headline=f"Few {number}", tags=[tag])
    few = queries()
    for number in range(27):
        make_published(headline=f"Many {number}", tags=[tag])
    assert queries() == few <= 24


def test_a_bulk_of_new_ones_gives_the_lists_that_a_rebuild_gives():
    tags = [make_tag() for _ in range(4)]
    for number in range(20):
        make_published(
            headline=f"Article {number}", question=f"About thing{number % 5}.", tags=[tags[number % 4]]
        )
    related.rebuild()
    first = list(Related.objects.order_by("article", "position").values_list("article", "neighbour"))
    Related.objects.all().delete()
    related.refresh_many(list(Article.objects.values_list("pk", flat=True)))
    assert list(Related.objects.order_by("article", "position").values_list("article", "neighbour")) == first


@pytest.mark.django_db(transaction=True)
def test_two_publications_at_once_give_whole_lists():
    tag = make_tag()
    for number in range(6):
        make_published(headline=f"Here {number}", tags=[tag])
    drafts = [make_draft(headline=f"New {number}", tags=[tag]) for number in range(6)]

    def publish(draft: Article) -> None:
        try:
            workflow.publish(draft, by=None)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(publish, drafts))
    for article in Article.objects.all():
        assert Related.objects.filter(article=article).count() == 11


def test_two_that_say_the_same_do_not_stand_in_one_list():
    tag = make_tag()
    for headline in ("Cramps at night", "Cramps at Night!", "Shin pain", "A cramped toe"):
        make_published(headline=headline, tags=[tag])
    article = make_published(headline="New", tags=[tag])
    assert sorted(names(article)) == ["A cramped toe", "Cramps at Night!", "Shin pain"]


def test_the_own_column_stands_slightly_lower_and_the_newer_slightly_higher():
    tag, column = make_tag(), make_column()
    first, second, third = [
        make_published(headline=name, question=f"{name}.", tags=[tag], column=own)
        for name, own in (("Abc", make_column()), ("Def", column), ("Ghi", make_column()))
    ]
    Article.objects.filter(pk=first.pk).update(published_at=timezone.now() - dt.timedelta(days=3_650))
    article = make_published(headline="New", question="Jkl.", tags=[tag], column=column)
    assert names(article) == ["Ghi", "Def", "Abc"]
    Article.objects.filter(pk=first.pk).update(published_at=second.published_at)
    related.rebuild()
    assert names(article) == ["Ghi", "Abc", "Def"]
    assert third in shown(article)


def lists() -> list[tuple[int, int]]:
    return list(Related.objects.order_by("article", "position").values_list("article", "neighbour"))


def test_a_rebuild_that_was_stopped_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(related, "_BATCH", 2)
    tags = [make_tag() for _ in range(2)]
    pks = [make_published(headline=f"Article {n}", tags=[tags[n % 2]]).pk for n in range(7)]
    related.rebuild()
    whole = lists()
    Related.objects.all().delete()
    seen: list[int] = []
    assert related.rebuild(seen.append, stop=lambda: len(seen) == 2) == 4
    assert related.unfinished() == pks[3]
    assert related.rebuild(seen.append, going_on=True) == 3
    assert (seen, related.unfinished(), lists()) == ([2, 4, 6, 7], None, whole)
    assert related.rebuild(going_on=True) == 7


@pytest.mark.usefixtures("meaning")
def test_what_is_meant_alike_is_near_once_its_vector_is_made():
    tag = make_tag()
    make_published(headline="Charley horse", question="My leg seizes up in bed.", tags=[tag])
    for number in range(8):
        make_published(headline=f"Shoes {number}", question=f"Which laces shall I tie {number}?", tags=[tag])
    article = make_published(
        headline="Spasms", question="Nightly muscle cramps in the calves wake us.", tags=[tag]
    )
    assert names(article)[0] != "Charley horse"
    said = run_due()
    assert (said["vectors made"], said["neighbours found"]) == (10, 10)
    assert names(article)[0] == "Charley horse"
    assert "neighbours found" not in run_due()
    before = lists()
    related.rebuild()
    assert names(article)[0] == "Charley horse"
    assert lists()[:12] == before[:12]


@pytest.mark.usefixtures("meaning")
def test_two_that_mean_nearly_the_same_do_not_stand_in_one_list():
    tag = make_tag()
    twins = ("Why do my calves cramp at night?", "Why do my calves cramp in the night?")
    for headline in (*twins, "Black toenails", "Shoes for wide feet"):
        make_published(headline=headline, question=f"{headline}.", tags=[tag])
    article = make_published(headline="Nightly cramps", question="Nightly cramps.", tags=[tag])
    run_due()
    assert sum(name in twins for name in names(article)) == 1
    assert len(names(article)) == 3
