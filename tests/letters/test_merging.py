import itertools

import pytest
from django.db import IntegrityError, transaction

from advice.articles import workflow as articles
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted
from advice.letters import merging, workflow
from advice.letters.models import Letter, LetterStatus
from advice.mail.models import Message
from tests.factories import make_draft, make_letter, make_published, make_user
from tests.letters.test_workflow import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return make_user()


def accept(letter, by, *others):
    return workflow.accept(
        letter, by=by, others=others, headline="H", question="Q", signature="", column=letter.column
    )


def asked_by(article):
    return Article.objects.get(pk=article.pk).asked_by


def verbs(letter):
    return list(letter.events.values_list("verb", flat=True))


def test_letters_accepted_together_are_one_article_and_every_writer_is_told(by):
    lead, second, third = make_letter(), make_letter(), make_letter()
    article = accept(lead, by, second, third, second)
    rows = Letter.objects.order_by("pk")
    assert [(row.status, row.article, row.is_lead) for row in rows] == [
        ("accepted", article, True),
        ("accepted", article, False),
        ("accepted", article, False),
    ]
    assert asked_by(article) == 3
    assert (verbs(lead), verbs(second)) == (["receive", "accept"], ["receive", "merge"])
    articles.edit(article, by=by, version=article.version, dek="D")
    Article.objects.filter(pk=article.pk).update(status="published", published_at=article.created_at)
    assert workflow.tell_answered() == 3
    assert Message.objects.filter(kind="answered").count() == 3


def test_of_letters_accepted_together_all_are_taken_or_none(by):
    lead, declined = make_letter(), make_letter()
    workflow.decline(declined, by=by, reason="No.")
    with pytest.raises(NotPermitted, match=declined.case_number):
        accept(lead, by, declined)
    assert Letter.objects.get(pk=lead.pk).status == LetterStatus.RECEIVED
    assert not Article.objects.exists()


def test_a_merged_letter_is_split_off_as_it_was_and_can_be_accepted_alone(by):
    lead, other = make_letter(), make_letter(text="Canaryword.")
    article = accept(lead, by, other)
    row = workflow.split(other, by=by)
    assert (row.status, row.article, row.current.text) == (LetterStatus.RECEIVED, None, "Canaryword.")
    assert asked_by(article) == 1
    assert verbs(other) == ["receive", "merge", "split"]
    assert list(article.events.order_by("pk").values_list("verb", flat=True)) == [
        "draft",
        "letters merged",
        "letter split off",
    ]
    assert accept(other, by) != article


def told(lead, other, article, by):
    Letter.objects.filter(pk=other.pk).update(told_at=article.created_at)
    return other, "has been told"


KEPT = {
    "the lead": lambda lead, other, article, by: (lead, "made from this letter"),
    "who was told": told,
    "a former lead": lambda lead, other, article, by: (
        merging.make_lead(other, by=by) and lead,
        "made from this",
    ),
    "one that waits": lambda lead, other, article, by: (make_letter(), "not merged"),
}


@pytest.mark.parametrize("which", KEPT)
def test_what_cannot_be_undone_is_not_split_off(which, by):
    lead, other = make_letter(), make_letter()
    article = accept(lead, by, other)
    letter, why = KEPT[which](lead, other, article, by)
    before = Letter.objects.get(pk=letter.pk)
    with pytest.raises(NotPermitted, match=why):
        workflow.split(letter, by=by)
    after = Letter.objects.get(pk=letter.pk)
    assert (after.status, after.article, after.told_at) == (before.status, before.article, before.told_at)


def test_another_letter_leads_and_the_words_of_the_former_lead_still_go_with_it(by):
    lead, other = make_letter(), make_letter()
    article = accept(lead, by, other)
    merging.make_lead(other, by=by)
    assert list(Letter.objects.order_by("pk").values_list("is_lead", "was_lead")) == [
        (False, True),
        (True, False),
    ]
    article.refresh_from_db()
    assert article.question == "Q"
    workflow.withdraw(lead)
    article.refresh_from_db()
    assert article.question == ""


def test_where_the_lead_was_withdrawn_the_draft_begins_with_the_new_leads_words(by):
    lead, other = (
        make_letter(),
        make_letter(question="Why at night?", text="It twitches at night.", signature="Eve"),
    )
    article = accept(lead, by, other)
    workflow.withdraw(lead)
    merging.make_lead(other, by=by)
    article.refresh_from_db()
    assert (article.headline, article.question, article.signature) == (
        "Why at night?",
        "It twitches at night.",
        "Eve",
    )


def test_the_database_lets_one_letter_lead(by):
    article = accept(make_letter(), by)
    other = workflow.merge(make_letter(), article=article, by=by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=other.pk).update(is_lead=True)


def test_who_merges_into_an_answer_that_is_out_tells_the_writer(by):
    letter, article = make_letter(), make_published()
    workflow.merge(letter, article=article, by=by)
    assert workflow.tell_answered() == 1
    assert Letter.objects.get(pk=letter.pk).told_at


def test_an_accepted_letter_is_not_reopened_past_its_article(by):
    letter = make_letter()
    accept(letter, by)
    with pytest.raises(NotPermitted, match="Split it off"):
        workflow.reopen(letter, by=by)


@pytest.mark.django_db(transaction=True)
def test_who_merges_the_same_letters_at_once_in_any_order_waits_for_nobody_for_ever():
    by = make_user()
    for _ in range(3):
        letters = [make_letter() for _ in range(3)]
        orders = [*itertools.permutations(letters)][:4]
        results = at_once(*[lambda one=one: accept(one[0], by, *one[1:]) for one in orders])
        assert sorted(type(result).__name__ for result in results) == ["Article", *["NotPermitted"] * 3]
        assert len({Letter.objects.get(pk=letter.pk).article_id for letter in letters}) == 1


@pytest.mark.django_db(transaction=True)
def test_of_merging_splitting_leading_and_publishing_at_once_none_waits_for_ever():
    by = make_user()
    for _ in range(3):
        lead, second, third = make_letter(), make_letter(), make_letter()
        article = make_draft(lead)
        workflow.merge(second, article=article, by=by)
        results = at_once(
            lambda second=second: workflow.split(second, by=by),
            lambda second=second: merging.make_lead(second, by=by),
            lambda third=third, article=article: workflow.merge(third, article=article, by=by),
            lambda article=article: workflow.publish(article, by=by),
        )
        assert {type(result).__name__ for result in results} <= {"Letter", "Article", "NotPermitted"}
        asking = Letter.objects.filter(article=article, status="accepted")
        assert asked_by(article) == asking.count()
        assert asking.filter(is_lead=True).count() == 1
