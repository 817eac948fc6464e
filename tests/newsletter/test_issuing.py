"""An issue on its way: undone in time, frozen when it leaves, paused, cancelled, decided about."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from advice.articles import workflow
from advice.articles.workflow import NotPermitted, Stale
from advice.mail.models import Message
from advice.newsletter import issuing
from advice.newsletter.delivering import deliver_due
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Bounce, Delivery, Issue, IssueStatus
from advice.newsletter.rendering import Renderer
from tests.factories import make_issue, make_left, make_newsletter, make_published, make_readers, make_user

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)


def test_after_a_year_only_the_number_of_copies_is_kept():
    newsletter = make_newsletter()
    with time_machine.travel(NOW, tick=False) as clock:
        make_readers(newsletter, 2)
        issue = make_left(newsletter)
        Bounce.objects.create(delivery=issue.deliveries.first(), kind="hard", code="5.1.1")
        clock.shift(dt.timedelta(days=365))
        assert issuing.forget_old_copies() == 0
        clock.shift(dt.timedelta(minutes=11))
        assert issuing.forget_old_copies() == 2
    assert Delivery.objects.filter(subscriber__isnull=True).count() == 2
    assert not Bounce.objects.exists()


def fresh(issue):
    return Issue.objects.get(pk=issue.pk)


def edited(issue, **changes):
    texts = {"subject": issue.subject, "preheader": issue.preheader, "intro": issue.intro}
    picks = [Pick(item.article) for item in issue.items.all()]
    return issuing.edit(issue, **{**texts, "picks": picks, "version": issue.version, **changes})


def told():
    """Whom the outbox is to tell of trouble, and what."""
    return [(row.content["to"], row.content["text"]) for row in Message.objects.filter(kind="issue_trouble")]


def test_what_is_sent_is_what_was_looked_at():
    issue = make_issue()
    seen = issue.version
    edited(issue, subject="Another")
    with pytest.raises(Stale):
        issuing.schedule(fresh(issue), version=seen)
    with pytest.raises(Stale):
        issuing.schedule(issue)
    assert fresh(issue).status == IssueStatus.DRAFT
    assert issuing.schedule(issue, version=seen + 1).status == IssueStatus.SCHEDULED


def retract(article):
    workflow.retract(article, reason="Wrong.", by=None)


def note_privacy(article):
    workflow.correct(article, kind="correction", text="A name went.", is_privacy=True, by=None)


TAKINGS = {
    retract: "An answer in it was withdrawn after it was scheduled",
    lambda article: workflow.unpublish(article, by=None): "An answer in it was withdrawn",
    lambda article: workflow.delete(article, by=None): "An answer in it was withdrawn",
    note_privacy: "An answer in it had a note about privacy after it was scheduled",
}


@pytest.mark.parametrize("take", TAKINGS)
def test_a_scheduled_issue_of_which_an_answer_is_taken_comes_back_to_the_desk_and_says_so(take, settings):
    settings.DUTY_EMAILS = ["duty@site.example", "more@site.example"]
    make_readers(newsletter := make_newsletter("The Cooldown"), 1)
    gone, other = make_published(headline="Canary"), make_published()
    issue = issuing.schedule(make_issue(newsletter, Pick(gone), Pick(other), subject="On the Canary"))
    take(gone)
    assert issuing.let_go_due(now=issue.leaves_at) == 0
    row = fresh(issue)
    assert (row.status, row.leaves_at, row.number) == (IssueStatus.DRAFT, None, None)
    assert row.trouble.startswith(TAKINGS[take])
    assert [to for to, _text in told()] == ["duty@site.example", "more@site.example"]
    text = told()[0][1]
    assert "The Cooldown" in text
    assert row.trouble in text
    assert f"/desk/issues/{issue.pk}/" in text
    assert "Canary" not in text + row.trouble
    assert issuing.let_go_due(now=issue.leaves_at) == 0
    assert len(told()) == 2
    with pytest.raises(NotPermitted):  # as long as nobody has read it again
        issuing.schedule(row)
    issue = issuing.schedule(edited(row, picks=[Pick(other)]))
    assert (issue.trouble, issue.trouble_since) == ("", None)
    assert issuing.let_go_due(now=issue.leaves_at) == 1


def test_a_note_about_privacy_that_was_there_when_it_was_saved_holds_nothing():
    note_privacy(article := make_published())
    issue = issuing.schedule(make_issue(None, Pick(article)))
    assert issuing.let_go_due(now=issue.leaves_at) == 1


def test_trouble_is_forgotten_when_a_draft_is_saved():
    issue = make_issue()
    issuing.note_trouble(issue, "An answer in it was withdrawn.", now=NOW)
    assert edited(issue).trouble == ""
    assert (fresh(issue).trouble, fresh(issue).trouble_since) == ("", None)


def test_an_issue_that_pauses_itself_tells_those_on_duty_once_and_one_that_somebody_pauses_nobody(settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    issue, other = make_left(), make_left()
    issuing.pause(other, by=make_user())
    assert told() == []
    issuing.pause(issue, reason="The mail server refused 20 copies in a row.")
    with pytest.raises(NotPermitted):
        issuing.pause(issue, reason="The mail server refused 20 copies in a row.")
    [(to, text)] = told()
    assert to == "duty@site.example"
    assert "The mail server refused 20 copies in a row." in text
    assert fresh(issue).trouble == "The mail server refused 20 copies in a row."


def test_who_did_what_to_an_issue_stands_in_the_log_without_its_words(caplog):
    person = make_user()
    with caplog.at_level("INFO", logger="advice.newsletter"):
        issue = issuing.schedule(make_issue(subject="Canary"), by=person)
        issuing.take_back(issue, by=person)
        issuing.discard(issue, by=person)
        left = make_left(subject="Canary")
        caplog.clear()
        for act in (issuing.pause, issuing.resume, issuing.send_uncertain_again):
            act(left, by=person)
        issuing.take_uncertain_for_sent(left, by=person)
        issuing.amend(left, subject="Canary", preheader="", intro="", version=left.version, by=person)
        issuing.cancel(left, by=person)
    assert [record.getMessage() for record in caplog.records] == [
        f"Issue {left.pk} was {what} by person {person.pk}."
        for what in (
            *("paused", "resumed", "sent again in 0 copies"),
            *("taken for sent in 0 uncertain copies", "amended", "cancelled"),
        )
    ]
    assert "Canary" not in caplog.text


def test_copies_that_wait_get_the_mended_words_and_so_does_a_worker_who_is_at_it(sink):
    make_readers(newsletter := make_newsletter(), 3)
    issue = make_left(newsletter, subject="Of Rosa", intro="Rosa wrote.")
    renderer, now = Renderer(fresh(issue)), timezone.now()
    copy = issue.deliveries.first()

    def raw(at):
        mail = renderer.mail_for(copy, copy.subscriber, topics=set(), now=at)
        return mail.raw.decode()

    assert "Rosa" in raw(now)
    amended = issuing.amend(
        issue, subject="Of one", preheader="", intro="Somebody wrote.", version=issue.version
    )
    mended = raw(now + dt.timedelta(seconds=3))
    assert "Somebody wrote." in mended
    assert "Rosa" not in mended
    deliver_due()
    assert len(sink.mails) == 3
    assert not any("Rosa" in str(mail) for mail in sink.mails)
    with pytest.raises(Stale):
        issuing.amend(issue, subject="S", preheader="", intro="", version=issue.version)
    draft = make_issue()
    with pytest.raises(NotPermitted):
        issuing.amend(draft, subject="S", preheader="", intro="", version=draft.version)
    assert amended.status == IssueStatus.SENDING
