"""What the welcome mail recommends."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import tallies
from advice.articles import workflow as articles
from advice.articles.models import TallyKind
from advice.newsletter import workflow
from advice.newsletter.best import best_answers
from tests.factories import make_column, make_draft, make_newsletter, make_published, make_user
from tests.newsletter.links import link, mails

pytestmark = pytest.mark.django_db


def helped(article, times=1):
    for _ in range(times):
        tallies.count(article, TallyKind.HELPFUL)
    return article


def test_the_most_helpful_come_first_and_the_newest_fill_up():
    newsletter = make_newsletter()
    old, liked, new, newer, newest = (make_published() for _ in range(5))
    helped(old, 3)
    helped(liked, 2)
    assert best_answers([newsletter]) == [old, liked, newest]
    helped(newer)
    assert best_answers([newsletter]) == [old, liked, newer]
    assert new not in best_answers([newsletter])


def test_they_come_from_the_newsletters_columns_unless_one_is_of_all():
    column, other = make_column(), make_column()
    mine, theirs, elsewhere = (make_published(column=c) for c in (column, other, make_column()))
    helped(elsewhere, 9)
    own, another, of_all = (make_newsletter(column=c) for c in (column, other, None))
    assert best_answers([own]) == [mine]
    assert best_answers([own, another]) == [theirs, mine]
    assert best_answers([own, of_all]) == [elsewhere, theirs, mine]


def test_nothing_unpublished_is_recommended():
    column = make_column()
    newsletter = make_newsletter(column=column)
    by = make_user()
    make_draft(column=column)
    make_published(column=column, at=timezone.now() + dt.timedelta(days=1))
    gone = helped(make_published(column=column), 5)
    articles.retract(gone, reason="It was wrong.", by=by)
    assert best_answers([newsletter]) == []


def test_the_welcome_mail_holds_them_in_text_and_html():
    newsletter = make_newsletter()
    article = make_published(headline="What Is a <Stitch>?", dek="A short one.")
    reader = workflow.subscribe(email="reader@example.org", newsletters=[newsletter])
    workflow.confirm(reader, newsletters=[newsletter])
    make_published(headline="Too late for this mail")
    (mail,) = mails("welcome")
    address = f"http://127.0.0.1:8000{article.get_absolute_url()}"
    assert f"What Is a <Stitch>?\nA short one.\n{address}\n" in mail["text"]
    assert "What Is a &lt;Stitch&gt;?" in mail["html"]
    assert f'href="{address}"' in mail["html"]
    assert "Too late" not in mail["text"]


def test_the_article_that_brought_the_reader_is_not_recommended_to_them(client):
    make_newsletter()
    brought, other = helped(make_published(headline="Known by now"), 5), make_published(headline="The other")
    client.post("/subscribe/", {"email": "reader@example.org", "article": brought.slug})
    client.post(link(mails("confirm")[0], "subscribe/confirm"))
    text = mails("welcome")[0]["text"]
    assert other.headline in text
    assert brought.headline not in text


def test_without_an_answer_the_welcome_mail_recommends_nothing():
    newsletter = make_newsletter()
    reader = workflow.subscribe(email="reader@example.org", newsletters=[newsletter])
    workflow.confirm(reader, newsletters=[newsletter])
    assert "To begin with" not in mails("welcome")[0]["text"]
