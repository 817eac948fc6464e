"""Promise 8: whoever leaves is out at once, by the link of a copy, whatever is on its way; and nobody else is."""

import datetime as dt
import email
import email.policy
import re
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from advice.articles import workflow as articles
from advice.articles.models import CorrectionKind
from advice.newsletter import copies, delivering, digests, issuing, records, tokens, workflow
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Delivery, Issue, Subscriber, SubscriberStatus, Subscription
from tests.factories import make_left, make_newsletter, make_published, make_reader, make_readers, make_user
from tests.mail.sink import Sink, mail_to, start

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def newsletter():
    return make_newsletter("The Cooldown", slug="cooldown")


@pytest.fixture
def sink(settings):
    sink = Sink()
    controller = start(sink)
    mail_to(settings, controller.port)
    yield sink
    controller.stop()


def parsed(content):
    return email.message_from_bytes(content, policy=email.policy.default)


def exactly(message, header):
    """The header's value, which must stand there once."""
    (value,) = message.get_all(header)
    return value


def path_of(message):
    return urlsplit(exactly(message, "List-Unsubscribe").strip("<>")).path


def copies_by_address(sink):
    return {address: parsed(content) for address, content in sink.mails}


def status_of(subscriber):
    return Subscriber.objects.get(pk=subscriber.pk).status


def everything():
    return [
        list(model.objects.order_by("pk").values()) for model in (Subscriber, Subscription, Delivery, Issue)
    ]


def one_of_each_kind(newsletter):
    """Lets go an edited issue, one that made itself, and the correction of what the first brought in full."""
    article = make_published()
    make_left(newsletter, Pick(article, in_full=True))
    delivering.deliver_due()
    type(newsletter).objects.update(makes_itself=True, rhythm="each")
    digests.make_due(now=timezone.now() + digests.SETTLED_AFTER)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1)):
        articles.correct(article, kind=CorrectionKind.CORRECTION, text="The other leg.", by=make_user())
        digests.make_corrections()
        copies.make_due()
        delivering.deliver_due()
    return set(Issue.objects.values_list("kind", flat=True))


# -- what a mail program finds ----------------------------------------------------------------------------------


def test_a_copy_of_every_kind_of_issue_has_the_headers_of_rfc_8058(newsletter, sink, settings):
    settings.SITE_URL = "https://advice.example"
    reader = make_reader(newsletter)
    assert one_of_each_kind(newsletter) == {"edited", "digest", "correction"}
    assert sink.addresses == [reader.email] * 3
    for _, content in sink.mails:
        message = parsed(content)
        assert exactly(message, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        assert re.fullmatch(
            r"<https://advice\.example/unsubscribe/[\w:=-]+/>", exactly(message, "List-Unsubscribe")
        )
        assert exactly(message, "List-Id") == "The Cooldown <cooldown.advice.example>"


def test_each_copy_has_a_link_of_its_own(newsletter, sink):
    make_readers(newsletter, 3)
    make_left(newsletter)
    delivering.deliver_due()
    assert len({path_of(parsed(content)) for _, content in sink.mails}) == 3


@pytest.mark.parametrize("kind", ["form", "multipart"])
def test_both_forms_of_the_one_click_that_the_rfc_allows(newsletter, sink, kind):
    reader, other = make_reader(newsletter), make_reader(newsletter)
    issue = make_left(newsletter)
    delivering.deliver_due()
    address = path_of(copies_by_address(sink)[reader.email])
    program = Client(enforce_csrf_checks=True)
    if kind == "form":
        response = program.post(address, "List-Unsubscribe=One-Click", content_type=FORM)
    else:
        response = program.post(address, ONE_CLICK)
    assert (response.status_code, response.cookies, response.get("Location")) == (200, {}, None)
    assert (status_of(reader), status_of(other)) == (SubscriberStatus.LEFT, SubscriberStatus.CONFIRMED)
    left = issue.deliveries.filter(left_at__isnull=False)
    assert list(left.values_list("subscriber", flat=True)) == [reader.pk]
    assert program.post(address, ONE_CLICK).status_code == 200


# -- while an issue is under way --------------------------------------------------------------------------------


def leave(reader, newsletter):
    Client().post(f"/unsubscribe/{tokens.for_unsubscribing(reader)}/", ONE_CLICK)


def untick(reader, newsletter):
    workflow.set_preferences(reader, newsletters=[make_newsletter()])


def be_erased(reader, newsletter):
    records.erase(reader)


def be_suppressed(reader, newsletter):
    workflow.suppress(reader, because="complained")


@pytest.mark.parametrize("go", [leave, be_erased, be_suppressed])
def test_no_copy_goes_to_who_has_gone_since_it_was_made(newsletter, sink, go):
    """Nor to those of whom the worker has read already that they are next."""
    readers = make_readers(newsletter, 6)
    issue = make_left(newsletter)
    gone = []

    def stop():
        if len(sink.mails) == 2 and not gone:
            gone.extend(reader for reader in readers if reader.email not in sink.addresses)
            # The one whose copy is claimed at this moment may still get it.
            for reader in gone:
                go(reader, newsletter)
        return False

    delivering.deliver_due(stop=stop)
    assert len(gone) == 4
    assert sorted(sink.addresses) == sorted(r.email for r in readers if r not in gone)
    issuing.finish_due()
    assert Issue.objects.get(pk=issue.pk).status == "sent"


def test_no_copy_is_made_for_who_left_while_they_were_made(newsletter, sink, monkeypatch):
    monkeypatch.setattr(copies, "PORTION", 2)
    readers = make_readers(newsletter, 6)
    issue = issuing.schedule(issuing.edit(issuing.begin(newsletter, by=None), subject="S", preheader="", intro="Hello.", picks=[], version=1))  # fmt: skip
    issuing.let_go_due(now=issue.leaves_at)

    def stop():
        if Delivery.objects.count() == 2:
            leave(readers[0], newsletter)
            leave(readers[5], newsletter)
        return False

    copies.make_due(now=issue.leaves_at, stop=stop)
    delivering.deliver_due()
    assert sorted(sink.addresses) == sorted(reader.email for reader in readers[1:5])


def test_choosing_another_newsletter_stops_the_copies_of_this_one(newsletter, sink):
    one, other = make_reader(newsletter), make_reader(newsletter)
    make_left(newsletter)
    untick(one, newsletter)
    delivering.deliver_due()
    assert sink.addresses == [other.email]


# -- and nothing else -------------------------------------------------------------------------------------------


def test_the_link_of_a_mail_that_was_passed_on_stops_its_reader_and_nobody_else(newsletter, sink):
    readers = make_readers(newsletter, 3)
    make_left(newsletter)
    delivering.deliver_due()
    friend = Client(headers={"User-Agent": "the friend's mail program"})
    friend.post(path_of(copies_by_address(sink)[readers[1].email]), ONE_CLICK)
    assert [status_of(reader) for reader in readers] == ["confirmed", "left", "confirmed"]


def test_no_link_but_a_copys_own_whole_one_stops_anybody(newsletter):
    readers = make_readers(newsletter, 2)
    issue = make_left(newsletter)
    token = tokens.for_unsubscribing(readers[0], issue)
    body, time, signature = token.split(":")
    other = tokens.for_unsubscribing(readers[1], issue).split(":")
    wrong = [token[:cut] for cut in range(1, len(token), 7)]
    wrong += [
        f"{other[0]}:{time}:{signature}",
        f"{body}:{other[1]}x:{signature}",
        f"{body}:{time}:{'A' * 43}",
    ]
    wrong += [f"{token}A", token.swapcase(), tokens.for_preferences(readers[0]), str(readers[0].pk)]
    wrong += [tokens.for_confirmation(readers[0], [newsletter], None), token.replace(":", "%3A%00:", 1)]
    before = everything()
    for tampered in wrong:
        assert Client().post(f"/unsubscribe/{tampered}/", ONE_CLICK).status_code == 404
        assert Client().get(f"/unsubscribe/{tampered}/").status_code == 404
    assert everything() == before


def test_the_link_of_one_who_was_erased_answers_and_changes_nothing(newsletter):
    reader, _ = make_readers(newsletter, 2)
    address = f"/unsubscribe/{tokens.for_unsubscribing(reader, make_left(newsletter))}/"
    records.erase(reader)
    before = everything()
    assert Client().post(address, ONE_CLICK).status_code == 200
    assert Client().post(address).status_code == 303
    assert everything() == before


def test_a_mail_programs_one_click_presses_no_other_button(newsletter):
    reader = make_reader(newsletter)
    pending = workflow.subscribe(email="pending@example.org", newsletters=[newsletter])
    before = everything()
    for address in (
        f"/subscribe/confirm/{tokens.for_confirmation(pending, [newsletter], None)}/",
        f"/subscribe/preferences/{tokens.for_preferences(reader)}/",
    ):
        assert Client().get(address).status_code == 200
        response = Client().post(address, "List-Unsubscribe=One-Click", content_type=FORM)
        assert response.status_code == 400
        assert "Nothing was changed" in response.content.decode()
        assert Client().post(address, ONE_CLICK).status_code == 400
    assert everything() == before


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete", "trace"])
def test_only_a_post_makes_anybody_leave(newsletter, method):
    reader = make_reader(newsletter)
    before = everything()
    address = f"/unsubscribe/{tokens.for_unsubscribing(reader)}/"
    getattr(Client(), method)(f"{address}?List-Unsubscribe=One-Click")
    if method not in {"get", "head", "trace"}:
        getattr(Client(), method)(address, "List-Unsubscribe=One-Click", content_type=FORM)
    assert everything() == before
