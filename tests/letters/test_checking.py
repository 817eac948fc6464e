"""The gate before publishing: the points with the writer's consent, and what a later edit may not lose."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.letters import checking
from advice.letters import workflow as letters
from advice.letters.models import Letter
from tests.factories import make_column, make_draft, make_letter, make_user

pytestmark = pytest.mark.django_db


def fresh(article) -> Article:
    return Article.objects.get(pk=article.pk)


def keys(article):
    return [point.key for point in checking.check(fresh(article)).open]


def without_consent(letter):
    Letter.objects.filter(pk=letter.pk).update(consent_version="")


def test_a_letter_that_was_sent_by_the_form_has_its_writers_consent():
    article = make_draft(make_letter())
    assert keys(article) == []
    assert "consent" in [point.key for point in checking.check(article).met]


def test_an_article_without_a_letter_needs_none():
    assert "consent" not in [point.key for point in checking.check(make_draft()).points]


def test_each_letter_of_it_needs_consent_and_one_that_was_withdrawn_does_not():
    lead, other = make_letter(), make_letter()
    article = make_draft(lead)
    letters.merge(other, article=article, by=make_user())
    without_consent(other)
    assert keys(article) == ["consent"]
    letters.withdraw(other)
    assert keys(article) == []


def test_a_consent_that_was_given_elsewhere_is_waived_for_these_letters_alone():
    letter, other, by = make_letter(), make_letter(), make_user()
    article = make_draft(letter)
    without_consent(letter)
    [point] = checking.check(article).open
    checking.waive(article, key="consent", of=point.of, reason="She signed a paper.", by=by)
    assert keys(article) == []
    letters.merge(other, article=article, by=by)
    without_consent(other)
    assert keys(article) == ["consent"]


def test_publishing_is_refused_while_a_point_is_open_and_says_which():
    article, by = make_draft(column=make_column(asks_sources=True)), make_user()
    with pytest.raises(NotReady) as refused:
        checking.publish(article, by=by)
    assert refused.value.problems == ["Its column asks for sources, and it names none."]
    assert not fresh(article).is_published
    [point] = checking.check(fresh(article)).open
    checking.waive(article, key="sources", of=point.of, reason="None.", by=by)
    assert checking.publish(article, by=by).is_published


def test_moving_what_is_scheduled_goes_through_the_same_gate():
    by, later = make_user(), timezone.now() + dt.timedelta(days=1)
    article = checking.publish(make_draft(column=make_column()), by=by, at=later)
    article.column.asks_sources = True
    article.column.save()
    with pytest.raises(NotReady):
        checking.move(article, by=by, at=later + dt.timedelta(days=1), version=article.version)
    assert fresh(article).published_at == later


def test_what_is_waived_is_what_was_read():
    article, by = make_draft(column=make_column(asks_sources=True)), make_user()
    for key, of in (("sources", "other words"), ("tag", ""), ("nonsense", "")):
        with pytest.raises(Stale):
            checking.waive(article, key=key, of=of, reason="R", by=by)
    workflow.edit(article, by=by, version=article.version, dek="")
    with pytest.raises(NotPermitted):
        checking.waive(fresh(article), key="dek", of="", reason="R", by=by)


def save(article, **fields):
    with checking.kept_up(article):
        workflow.edit(article, by=None, version=fresh(article).version, **fields)


def test_what_is_public_may_not_lose_what_it_was_let_through_with():
    column = make_column(asks_sources=True)
    article = make_draft(column=column)
    source = {"title": "Cramp", "publisher": "", "year": None, "url": ""}
    save(article, sources=[source])
    save(article, sources=[])
    save(article, sources=[source])
    article = checking.publish(article, by=make_user())
    for lost in ({"sources": []}, {"question": "See ![](/media/uploads/a.webp)"}):
        with pytest.raises(NotReady):
            save(article, **lost)
    assert (fresh(article).sources, fresh(article).question) == ([source], article.question)
    column.asks_review = True
    column.save()
    save(article, question="The review that it never had is not asked for by a save.")
