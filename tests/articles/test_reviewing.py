"""The review by somebody other than the authors: who may give it, of which words it is, and when it is void."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.accounts.models import Role
from advice.articles import reviewing, reviews, workflow
from advice.articles.models import AnswerStatus, Article, Expert, Status
from advice.articles.page import page_of
from advice.articles.workflow import NotPermitted, Stale
from advice.mail.models import Message
from tests.factories import make_column, make_draft, make_expert, make_user

pytestmark = pytest.mark.django_db


def make_reviewer(role=Role.EXPERT, **fields):
    return make_expert(make_user(role, may_review=True), **fields)


def to_review(**fields) -> Article:
    article = make_draft(column=make_column(asks_review=True), **fields)
    return reviewing.hand_in(article, by=make_user())


def fresh(article) -> Article:
    return Article.objects.get(pk=article.pk)


def approve(article, reviewer, **more):
    return reviewing.approve(article, by=reviewer.user, seen=reviews.fingerprint(article), **more)


def reviewed() -> Article:
    article = to_review()
    approve(article, make_reviewer(credentials="MD"))
    return fresh(article)


def test_a_review_is_printed_with_the_name_and_credential_of_its_day():
    article, reviewer = to_review(), make_reviewer(credentials="MD")
    name = reviewer.name
    approve(article, reviewer, on=dt.date(2026, 3, 1))
    Expert.objects.filter(pk=reviewer.pk).update(name="Dr. Married Since", credentials="MD, PhD")
    page = page_of(fresh(article))
    assert (page.reviewer.byline, page.reviewed_on) == (f"{name}, MD", dt.date(2026, 3, 1))
    event = article.events.last()
    assert (event.verb, event.by, event.note) == ("reviewed", reviewer.user, f"{name}, MD")


def test_what_waits_is_in_review_in_a_column_that_asks_and_not_ones_own():
    reviewer = make_reviewer()
    waits, own = to_review(), make_draft(column=make_column(asks_review=True))
    answer = workflow.assign(own, expert=reviewer, by=None)
    workflow.file_answer(answer, text="Mine.", by=None, version=1)
    workflow.review(own, by=None)
    workflow.review(make_draft(), by=None)  # in a column that asks for none
    make_draft(column=make_column(asks_review=True))  # not handed in
    reviewed()
    assert list(Article.objects.to_review_by(reviewer.user)) == [waits]
    for nobody in (make_expert(make_user(Role.EXPERT)).user, make_user(Role.EXPERT, may_review=True)):
        assert not Article.objects.to_review_by(nobody).exists()
    with pytest.raises(NotPermitted):
        approve(own, reviewer)


def test_who_may_review_is_told_by_mail_and_no_author():
    reviewer, article = make_reviewer(), make_draft(column=make_column(asks_review=True))
    for expert in (make_reviewer(), make_expert(make_user(Role.EXPERT))):
        answer = workflow.assign(article, expert=expert, by=None)
        workflow.file_answer(answer, text="So.", by=None, version=1)
    reviewing.hand_in(article, by=make_user())
    assert [one.content["to"] for one in Message.objects.filter(kind="to_review")] == [reviewer.user.email]
    reviewing.hand_in(make_draft(), by=make_user())
    assert Message.objects.filter(kind="to_review").count() == 1


def test_approving_other_words_than_those_that_were_read_is_refused():
    article, reviewer = to_review(), make_reviewer()
    seen = reviews.fingerprint(article)
    workflow.edit(article, by=None, version=article.version, question="It burns.")
    with pytest.raises(Stale):
        reviewing.approve(article, by=reviewer.user, seen=seen)
    assert fresh(article).reviewer is None


def change_question(article):
    workflow.edit(article, by=None, version=article.version, question="It burns.")


def change_answer(article):
    answer = article.answers.get()
    workflow.save_answer(answer, text="It never passes.", by=None, version=answer.version)


def another_answer(article):
    article = workflow.unpublish(article, by=None)
    answer = workflow.assign(article, expert=make_expert(), by=None)
    workflow.file_answer(answer, text="I think so, too.", by=None, version=1)


@pytest.mark.parametrize("change", [change_question, change_answer, another_answer])
def test_a_review_is_void_once_other_words_stand_there_and_is_not_printed(change):
    article = reviewed()
    change(article)
    assert fresh(article).review_is_void
    assert page_of(fresh(article)).reviewer is None
    assert page_of(fresh(article)).reviewed_on is None


def test_a_comma_more_is_no_other_word_and_the_words_that_were_reviewed_bring_it_back():
    article = reviewed()
    question = article.question
    for text, is_void in (("*My* calf, twitches!", False), ("My knee twitches.", True), (question, False)):
        article = workflow.edit(fresh(article), by=None, version=fresh(article).version, question=text)
        assert fresh(article).review_is_void is is_void
    workflow.edit(fresh(article), by=None, version=fresh(article).version, headline="Another headline")
    assert not fresh(article).review_is_void


def test_a_review_from_a_file_is_of_the_words_that_stood():
    article = make_draft()
    Article.objects.filter(pk=article.pk).update(reviewer=make_expert(), reviewed_on=timezone.localdate())
    assert page_of(fresh(article)).reviewer
    change_question(fresh(article))
    assert fresh(article).review_is_void


def test_what_is_out_and_was_changed_since_waits_again():
    article, reviewer = reviewed(), make_reviewer()
    article = workflow.publish(article, by=None)
    assert not Article.objects.to_review_by(reviewer.user).exists()
    change_question(article)
    assert list(Article.objects.to_review_by(reviewer.user)) == [article]
    approve(fresh(article), reviewer)
    assert fresh(article).review_stands
    assert fresh(article).is_published


def test_changes_that_are_asked_for_bring_it_back_to_its_authors_and_tell_who_handed_it_in():
    editor, author, reviewer = make_user(), make_expert(make_user(Role.EXPERT)), make_reviewer()
    article = workflow.draft(by=editor, headline="H", question="Q", column=make_column(asks_review=True))
    workflow.file_answer(workflow.assign(article, expert=author, by=editor), text="A", by=editor, version=1)
    article = reviewing.hand_in(article, by=editor)
    Message.objects.all().delete()
    reviewing.ask_for_changes(
        article, by=reviewer.user, seen=reviews.fingerprint(article), note="Which dose?"
    )
    answer = article.answers.get()
    assert (fresh(article).status, answer.status) == (Status.DRAFT, AnswerStatus.ASSIGNED)
    assert answer.note == f"{reviewer.name}, who reviewed it, writes:\n\nWhich dose?"
    told = {one.kind: one.content["to"] for one in Message.objects.all()}
    assert told == {"sent_back": author.user.email, "changes_asked": editor.email}
    event = article.events.get(verb="ask for changes")
    assert (event.by, event.note) == (reviewer.user, "Which dose?")


def test_what_is_out_stays_when_changes_are_asked_for():
    article, reviewer = workflow.publish(reviewed(), by=make_user()), make_reviewer()
    change_answer(article)
    reviewing.ask_for_changes(article, by=reviewer.user, seen=reviews.fingerprint(article), note="No.")
    assert fresh(article).is_published
    assert article.answers.get().status == AnswerStatus.FILED
    assert article.events.filter(verb="ask for changes", note="No.").exists()


def test_nobody_becomes_the_author_of_what_they_reviewed():
    article = workflow.unpublish(reviewed(), by=None)
    with pytest.raises(NotPermitted):
        workflow.assign(article, expert=article.reviewer, by=None)
