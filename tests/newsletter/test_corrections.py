"""A correction of what was mailed in full goes once to those who got it and still subscribe, and to nobody else."""

import datetime as dt

import pytest
import time_machine

from advice.articles import workflow as articles
from advice.articles.models import Article, Correction
from advice.newsletter import copies, digests, issuing, workflow
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Delivery, Issue, IssueStatus
from advice.operations.due import run_due
from tests.factories import make_left, make_newsletter, make_published, make_reader
from tests.newsletter.mailing import Copy, send

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 6, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def newsletter():
    return make_newsletter("The Cooldown")


@pytest.fixture
def article():
    return make_published(headline="Why Salt?")


def mail(sink, clock, newsletter, *picks: Pick) -> Issue:
    """An issue that has reached all its readers."""
    issue = make_left(newsletter, *picks)
    clock.shift(dt.timedelta(minutes=11))
    send(sink)
    issuing.finish_due()
    issue.refresh_from_db()
    assert issue.status == IssueStatus.SENT
    clock.shift(dt.timedelta(minutes=1))
    return issue


def correct(
    article: Article, text: str = "It said *calf*.", kind: str = "correction", **fields
) -> Correction:
    return articles.correct(article, kind=kind, text=text, by=None, **fields)


def told(sink) -> list[Copy]:
    digests.make_corrections()
    return send(sink)


def test_a_correction_goes_once_to_those_who_got_the_whole_text(sink, clock, newsletter, article):
    adam = make_reader(newsletter, email="adam@example.org")
    other = make_newsletter("Splits")
    make_reader(other, email="eve@example.org")
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    mail(sink, clock, other, Pick(article))
    make_reader(newsletter, email="new@example.org")
    correct(article)
    clock.shift(60)
    sink.mails.clear()
    run_due()
    ((address, raw),) = sink.mails
    copy = Copy(address, raw)
    assert sink.addresses == [adam.email]
    assert copy.mail["Subject"] == "Corrected: Why Salt?"
    assert "It said calf." in copy.text
    assert "<em" in copy.html
    assert f"http://127.0.0.1:8000{article.get_absolute_url()}" in copy.links
    clock.shift(dt.timedelta(hours=1))
    assert told(sink) == []


def test_who_has_stopped_or_takes_a_pause_is_not_told(sink, clock, newsletter, article):
    stays = make_reader(newsletter)
    leaves, pauses, elsewhere = (make_reader(newsletter) for _ in range(3))
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    workflow.leave(leaves)
    elsewhere.subscriptions.all().delete()
    type(pauses).objects.filter(pk=pauses.pk).update(paused_until=NOW.date() + dt.timedelta(days=3))
    correct(article)
    assert [copy.to for copy in told(sink)] == [stays.email]


def test_a_copy_that_failed_never_had_it_and_one_in_doubt_may_have(sink, clock, newsletter, article):
    failed, uncertain = make_reader(newsletter), make_reader(newsletter)
    issue = make_left(newsletter, Pick(article, in_full=True))
    issue.deliveries.filter(subscriber=failed).update(state="failed")
    issue.deliveries.filter(subscriber=uncertain).update(state="uncertain")
    clock.shift(dt.timedelta(minutes=11))
    correct(article)
    assert [copy.to for copy in told(sink)] == [uncertain.email]


@pytest.mark.parametrize(("how", "count"), [("correct", 2), ("retract", 0)])
def test_a_copy_that_waits_carries_the_text_that_was_corrected_but_not_what_was_withdrawn(
    sink, clock, newsletter, article, how, count
):
    make_reader(newsletter)
    make_left(newsletter, Pick(article, in_full=True), intro="")
    clock.shift(dt.timedelta(minutes=11))
    correct(article) if how == "correct" else articles.retract(article, reason="Wrong.", by=None)
    assert len(told(sink)) == count


@pytest.mark.parametrize(
    "note",
    [
        lambda article: correct(article, kind="clarification"),
        lambda article: correct(article, is_privacy=True),
        lambda article: correct(article, at=NOW - dt.timedelta(days=1)),
        lambda article: articles.edit(article, by=None, version=article.version, dek="A slip was mended."),
        lambda article: articles.unpublish(article, by=None),
    ],
    ids=["clarification", "privacy", "before it was mailed", "edit", "unpublished"],
)
def test_nobody_is_told_of_anything_else(sink, clock, newsletter, article, note):
    make_reader(newsletter)
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    note(Article.objects.get(pk=article.pk))
    assert told(sink) == []
    assert not Issue.objects.filter(kind="correction").exists()


def test_a_retraction_is_told_with_its_reason(sink, clock, newsletter, article):
    make_reader(newsletter)
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    articles.retract(article, reason="The study was *made up*.", by=None)
    issuing.forget_withdrawn()
    (copy,) = told(sink)
    assert copy.mail["Subject"] == "Withdrawn: Why Salt?"
    assert "The study was made up." in copy.text
    assert "have withdrawn it since" in copy.text.replace("\n", " ")
    assert told(sink) == []


def test_a_second_correction_is_a_second_mail(sink, clock, newsletter, article):
    make_reader(newsletter)
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    correct(article, "First.")
    assert ["First." in copy.text for copy in told(sink)] == [True]
    clock.shift(dt.timedelta(hours=1))
    correct(article, "Second.")
    assert ["Second." in copy.text for copy in told(sink)] == [True]


def test_who_got_it_in_two_issues_is_told_once(sink, clock, newsletter, article):
    make_reader(newsletter)
    for _ in range(2):
        mail(sink, clock, newsletter, Pick(article, in_full=True))
    correct(article)
    assert len(told(sink)) == 1


def test_a_note_that_is_days_old_is_told_by_nobodys_mail(sink, clock, newsletter, article):
    make_reader(newsletter)
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    correct(article)
    clock.shift(dt.timedelta(days=4))
    assert told(sink) == []


@pytest.mark.parametrize("how", ["unpublish", "delete"])
def test_a_correction_whose_article_is_taken_away_is_not_sent_any_more(
    sink, clock, client, newsletter, article, how
):
    make_reader(newsletter)
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    correct(article)
    digests.make_corrections()
    copies.make_due()
    address = Issue.objects.get(kind="correction").get_absolute_url()
    assert client.get(address).status_code == 200
    assert Delivery.objects.filter(state="pending").count() == 1
    getattr(articles, how)(article, by=None)
    assert client.get(address).status_code == 404
    assert send(sink) == []


def test_a_name_that_a_privacy_note_took_out_of_a_headline_is_in_no_correction(
    sink, clock, client, newsletter
):
    article = make_published(headline="Why Does Namecanary Cramp?")
    make_reader(newsletter)
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    correct(article)
    digests.make_corrections()
    clock.shift(60)
    issue = Issue.objects.get(kind="correction")
    correct(article, "Made clear.", "clarification", is_privacy=True)
    article.refresh_from_db()
    articles.edit(article, by=None, version=article.version, headline="Why Cramp?")
    (copy,) = send(sink)
    assert copy.mail["Subject"] == "Corrected: Why Cramp?"
    assert b"Namecanary" not in copy.raw
    assert "Namecanary" not in client.get(issue.get_absolute_url()).content.decode()
    issuing.forget_withdrawn()
    issue.refresh_from_db()
    assert issue.subject == "Corrected: Why Cramp?"


def test_a_correction_has_a_page_that_is_found_by_nobody(client, sink, clock, newsletter, article):
    make_reader(newsletter)
    mail(sink, clock, newsletter, Pick(article, in_full=True))
    correct(article)
    digests.make_corrections()
    page = client.get(Issue.objects.get(kind="correction").get_absolute_url()).content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert "It said <em>calf</em>." in page
    assert "Corrected: Why Salt?" not in client.get(newsletter.get_absolute_url()).content.decode()
