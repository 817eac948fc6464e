import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow as articles
from advice.articles.models import Answer, Article
from advice.desk.queue import ARTICLES, LETTERS, stages
from advice.letters import asking
from advice.letters import workflow as letters
from advice.letters.models import Letter
from tests.factories import make_column, make_draft, make_expert, make_letter, make_published, make_user

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
    assert said("received") == {replied.pk: "Replied", changed.pk: "Changed", quiet.pk: ""}
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
        ("/desk/", 12),
        ("/desk/?show=answered", 12),
        ("/desk/articles/?show=assigned", 11),
        ("/desk/articles/?show=published", 11),
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
    with django_assert_num_queries(4):
        assert len(client.get("/desk/").context["answers"]) == 1
    for _ in range(29):
        give()
    with django_assert_num_queries(4):
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
