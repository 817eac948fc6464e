import datetime as dt
import re

import pytest
from django.utils import timezone

from advice.articles import workflow as articles
from advice.articles.models import Answer, Article
from advice.desk import filters
from advice.desk.filters import ARTICLES, LETTERS, stages
from advice.letters import asking
from advice.letters import workflow as letters
from advice.letters.models import Alarm, Letter
from advice.prepared import Prepared
from tests.factories import (
    make_column,
    make_draft,
    make_expert,
    make_letter,
    make_published,
    make_tag,
    make_user,
)

pytestmark = pytest.mark.django_db


def article_at(stage):
    if stage == "draft":
        return articles.draft(by=None, headline="H", column=make_column())
    if stage == "assigned":
        article = article_at("draft")
        articles.assign(article, expert=make_expert(), by=None)
        return article
    if stage == "scheduled":
        return make_published(at=timezone.now() + dt.timedelta(days=1))
    if stage == "retracted":
        return articles.retract(make_published(), reason="Wrong.", by=None)
    return {
        "filed": make_draft,
        "published": make_published,
        "in_review": lambda: articles.review(make_draft(), by=None),
    }[stage]()


def test_each_stage_is_counted_as_the_article_says_of_itself():
    made = {stage: article_at(stage) for stage in ARTICLES}
    for stage, condition in stages(timezone.now()).items():
        found = list(Article.objects.filter(condition))
        assert found == [made[stage]]
        assert found[0].stage == stage


@pytest.mark.parametrize("stage", ARTICLES)
def test_a_filter_shows_its_articles_only(at_desk, stage):
    for each in ARTICLES:
        article_at(each)
    queue = at_desk.get(f"/desk/articles/?show={stage}").context["queue"]
    assert [row.pk for row in queue.rows] == [
        article.pk for article in Article.objects.all() if article.stage == stage
    ]
    assert {item.key: item.count for item in queue.articles} == dict.fromkeys(ARTICLES, 1)


def test_of_very_many_published_articles_the_first_are_counted_and_all_are_listed(at_desk, monkeypatch):
    monkeypatch.setattr(filters, "COUNTED", 2)
    monkeypatch.setattr(filters, "_rows", Prepared(filters._counted_at, dt.datetime))

    def shown():
        response = at_desk.get("/desk/articles/?show=published")
        queue = response.context["queue"]
        word = re.search(r">Published <b>(.*?)</b>", response.content.decode())[1]
        return word, len(queue.rows)

    for _ in range(2):
        make_published()
    assert shown() == ("2", 2)
    make_published()
    assert shown() == ("2+", 3)


def test_what_a_writer_did_stands_on_the_row_and_in_a_filter_until_an_editor_does_something(at_desk, editor):
    def said(show):
        return {row.pk: row.said for row in at_desk.get(f"/desk/?show={show}").context["queue"].rows}

    replied, changed, meant, quiet, gone = (make_letter() for _ in range(5))
    for letter in (replied, quiet, gone):
        asking.ask_back(letter, text="Since when?", by=editor)
    for letter in (replied, gone):
        asking.reply(letter, text="Since May.")
    letters.change(changed, question="Why?", text="It still twitches.")
    make_draft(meant)
    wording = asking.show_wording(meant, by=editor, days=7)
    asking.say(meant, wording=wording.pk, verdict="changed", note="No.")
    letters.withdraw(gone)
    assert said("answered") == {
        replied.pk: "Replied",
        changed.pk: "Changed",
        meant.pk: "Says the meaning is changed",
    }
    assert said("received") == {
        replied.pk: "Replied",
        changed.pk: "Changed",
        quiet.pk: "Waits for its writer",
    }
    assert (
        next(one.count for one in at_desk.get("/desk/").context["queue"].letters if one.key == "answered")
        == 3
    )
    asking.ask_back(replied, text="And where?", by=editor)
    assert replied.pk not in said("answered")


def test_letters_are_filtered_by_status_oldest_first(at_desk, editor):
    first, second, declined = make_letter(), make_letter(), make_letter()
    letters.decline(declined, by=editor, reason="Not for us.")
    assert [row.pk for row in at_desk.get("/desk/").context["queue"].rows] == [first.pk, second.pk]
    assert [row.pk for row in at_desk.get("/desk/?show=declined").context["queue"].rows] == [declined.pk]
    counts = {item.key: item.count for item in at_desk.get("/desk/").context["queue"].letters}
    assert counts == {**dict.fromkeys(LETTERS, 0), "received": 2, "declined": 1}


def shown(at_desk, query, at="/desk/"):
    return [row.pk for row in at_desk.get(f"{at}?{query}").context["queue"].rows]


def counts(at_desk):
    queue = at_desk.get("/desk/").context["queue"]
    return {one.key: one.count for one in (*queue.letters, *queue.articles) if one.count}


def test_a_letter_waits_for_its_writer_from_the_question_to_the_reply(at_desk, editor):
    asked, accepted, spam, other = (make_letter() for _ in range(4))
    article = make_draft(accepted)
    for letter in (asked, accepted, spam):
        asking.ask_back(letter, text="Since when?", by=editor)
    letters.mark_spam(spam, by=editor)
    Letter.objects.filter(pk=asked.pk).update(received_at=timezone.now() - dt.timedelta(days=9))
    Letter.objects.filter(pk=other.pk).update(received_at=timezone.now() - dt.timedelta(days=3))
    assert shown(at_desk, "show=waiting") == [asked.pk, accepted.pk]
    assert counts(at_desk) == {"received": 2, "waiting": 2, "spam": 1, "filed": 1}
    assert (
        "Oldest letter waiting 3 days" in at_desk.get("/desk/").content.decode()
    )  # the other's clock stands
    letters.publish(article, by=editor)
    asking.reply(asked, text="Since May.")
    assert shown(at_desk, "show=waiting") == []


def test_urgent_are_those_nobody_has_seen_and_those_still_to_be_decided(at_desk, editor):
    seen, unseen, decided, spam = (make_letter() for _ in range(4))
    make_letter()
    for letter in (seen, unseen, decided, spam):
        Alarm.objects.create(letter=letter)
    letters.mark_spam(spam, by=editor)
    letters.decline(decided, by=editor, reason="No.")
    Alarm.objects.filter(letter__in=[seen, decided]).update(seen_at=timezone.now(), seen_by=editor)
    assert shown(at_desk, "show=urgent") == [unseen.pk, spam.pk, seen.pk]
    assert counts(at_desk)["urgent"] == 3


def test_each_filter_tells_since_when_its_oldest_waits(at_desk):
    letter, article = make_letter(), article_at("assigned")
    days = {name: timezone.now() - dt.timedelta(days=n) for n, name in enumerate("abc", start=4)}
    Letter.objects.filter(pk=letter.pk).update(received_at=days["a"])
    Answer.objects.filter(article=article).update(assigned_at=days["b"])
    Article.objects.filter(pk=article_at("published").pk).update(published_at=days["c"])
    queue = at_desk.get("/desk/").context["queue"]
    assert {one.key: one.since for one in (*queue.letters, *queue.articles) if one.since} == {
        "received": days["a"],
        "assigned": days["b"],
    }
    assert "<span>4 days</span>" in at_desk.get("/desk/").content.decode()


def test_articles_are_narrowed_by_column_expert_tag_and_what_is_overdue(at_desk):
    column, tag, expert = make_column(), make_tag("Calf"), make_expert()
    late, other = (articles.draft(by=None, headline="H", column=column, tags=[tag]) for _ in range(2))
    plain = article_at("assigned")
    for article in (late, other):
        articles.assign(article, expert=expert, by=None)
    Answer.objects.filter(article=late).update(due_on=timezone.localdate() - dt.timedelta(days=1))
    for query in (f"column={column.pk}", "tag=calf", f"expert={expert.pk}", f"expert={expert.pk}&tag=Calf"):
        assert shown(at_desk, f"show=assigned&{query}", "/desk/articles/") == [late.pk, other.pk], query
    assert shown(at_desk, "show=assigned&overdue=on", "/desk/articles/") == [late.pk]
    assert shown(at_desk, "show=assigned&sort=newest", "/desk/articles/") == [plain.pk, other.pk, late.pk]
    assert shown(at_desk, "show=assigned&sort=due", "/desk/articles/") == [late.pk, other.pk, plain.pk]
    assert shown(at_desk, f"show=draft&expert={expert.pk}", "/desk/articles/") == []


def test_letters_are_narrowed_by_column_and_turned_round(at_desk):
    column = make_column()
    first, second = make_letter(column), make_letter(column)
    make_letter()
    assert shown(at_desk, f"column={column.pk}") == [first.pk, second.pk]
    assert shown(at_desk, f"column={column.pk}&sort=newest") == [second.pk, first.pk]


def test_what_it_is_narrowed_by_is_kept_on_the_way_to_a_letter_and_back_and_to_the_next_page(at_desk):
    column = make_column()
    for _ in range(61):
        make_letter(column)
    page = at_desk.get(f"/desk/?column={column.pk}&sort=newest&page=2").content.decode()
    kept = f"show=received&amp;column={column.pk}&amp;sort=newest"
    assert f'href="?{kept}&amp;page=3"' in page
    letter = re.search(r'href="(/desk/letters/\d+/\?[^"]*)"', page)[1]
    assert letter.endswith(f"?{kept}&amp;page=2")
    answer = at_desk.get(letter.replace("&amp;", "&"))
    assert f'href="/desk/?{kept}&amp;page=2">Back' in answer.content.decode()
    assert answer.context["queue"].page.number == 2
    assert f'href="/desk/?show=spam&amp;column={column.pk}&amp;sort=newest"' in page  # to another filter, too


def test_a_wrong_narrowing_says_so_and_narrows_nothing(at_desk):
    article = article_at("draft")
    page = at_desk.get("/desk/articles/?show=draft&tag=nosuch&column=x&expert=0&sort=y&page=²")
    assert [row.pk for row in page.context["queue"].rows] == [article.pk]
    assert "There is no such tag." in page.content.decode()


def test_the_oldest_waiting_letter_and_what_is_overdue_are_told(at_desk):
    letter = make_letter()
    Letter.objects.filter(pk=letter.pk).update(received_at=timezone.now() - dt.timedelta(days=5))
    Answer.objects.filter(article=article_at("assigned")).update(
        due_on=timezone.localdate() - dt.timedelta(days=1)
    )
    page = at_desk.get("/desk/").content.decode()
    assert "Oldest letter waiting 5 days" in page
    assert "1 answer overdue" in page


def test_the_queue_shows_the_newest_wording_of_a_letter(at_desk):
    letter = make_letter(question="First words")
    letters.change(letter, question="Second words", text="x")
    page = at_desk.get("/desk/").content.decode()
    assert "Second words" in page
    assert "First words" not in page


def test_an_unknown_filter_or_page_is_no_error(at_desk):
    make_letter()
    for query in ("?show=nonsense", "?page=99", "?page=x", "?show=filed&page=-1"):
        assert at_desk.get(f"/desk/{query}").status_code == 200


def test_an_empty_queue_says_so(at_desk):
    assert "No letter is waiting" in at_desk.get("/desk/").content.decode()


def test_thirty_stand_on_a_page(at_desk):
    column = make_column()
    for _ in range(31):
        make_letter(column)
    assert len(at_desk.get("/desk/").context["queue"].rows) == 30
    assert len(at_desk.get("/desk/?page=2").context["queue"].rows) == 1


def _changed(by):
    letters.change(make_letter(), question="Why?", text="It still twitches.")


LISTS = {
    "/desk/?show=answered": _changed,
    "/desk/": lambda user: make_letter(),
    "/desk/articles/?show=assigned": lambda user: article_at("assigned"),
    "/desk/articles/?show=published": lambda user: make_published(),
    "/desk/people/": lambda user: make_expert(make_user("expert")),
}


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/desk/", 13),
        ("/desk/?show=answered", 13),
        ("/desk/articles/?show=assigned", 13),
        ("/desk/articles/?show=published", 13),
        ("/desk/people/", 6),
    ],
)
def test_a_list_asks_as_much_for_thirty_rows_as_for_one(
    at_desk, editor, django_assert_num_queries, path, queries
):
    LISTS[path](editor)
    with django_assert_num_queries(queries):
        at_desk.get(path)
    for _ in range(29):
        LISTS[path](editor)
    with django_assert_num_queries(queries):
        at_desk.get(path)


def test_an_experts_list_asks_as_much_for_thirty_rows_as_for_one(client, django_assert_num_queries):
    expert = make_expert(make_user("expert"))
    client.force_login(expert.user)

    def give():
        articles.assign(articles.draft(by=None, headline="H", column=make_column()), expert=expert, by=None)

    give()
    with django_assert_num_queries(5):
        assert len(client.get("/desk/").context["answers"]) == 1
    for _ in range(29):
        give()
    with django_assert_num_queries(5):
        assert len(client.get("/desk/").context["answers"]) == 30


def test_what_is_to_be_written_stands_before_what_is_filed(client):
    expert = make_expert(make_user("expert"))
    client.force_login(expert.user)
    filed = articles.assign(articles.draft(by=None, headline="Filed"), expert=expert, by=None)
    articles.file_answer(filed, text="x", by=None, version=1)
    articles.assign(articles.draft(by=None, headline="Waiting"), expert=expert, by=None)
    assert [answer.article.headline for answer in client.get("/desk/").context["answers"]] == [
        "Waiting",
        "Filed",
    ]
