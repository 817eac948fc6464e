"""What comes back: one dead address is left alone at once, a full one after weeks, and nobody undoes that by a form."""

import datetime as dt
from email import message_from_bytes, policy

import pytest

from advice.crypto import digests
from advice.mail.models import Message
from advice.newsletter import bounces, delivering, records, returns, workflow
from advice.newsletter.models import (
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Subscriber,
    SubscriberStatus,
    Suppression,
    canonical,
)
from tests.factories import make_left, make_newsletter, make_reader, make_user
from tests.mail.sink import Sink, mail_to, start
from tests.newsletter.links import a_day_later

pytestmark = pytest.mark.django_db

HARD, SOFT, COMPLAINT = BounceKind.HARD, BounceKind.SOFT, BounceKind.COMPLAINT
DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2026, 5, 3, 5, 0, tzinfo=dt.UTC)


@pytest.fixture
def newsletter():
    return make_newsletter("The Cooldown", slug="cooldown")


@pytest.fixture
def reader(newsletter):
    return make_reader(newsletter, email="Reader@example.org", confirmed_at=FIRST - 100 * DAY)


def sent(reader, newsletter):
    """This reader's copy of a new issue."""
    copies = make_left(newsletter).deliveries.filter(subscriber=reader)
    copies.update(state=DeliveryState.SENT)
    return copies.select_related("subscriber").get()


def came_back(copy, kind, code, at=FIRST):
    return bounces.record(copy, kind=kind, code=code, at=at)


def status(reader):
    return Subscriber.objects.get(pk=reader.pk).status


def reasons():
    return list(Suppression.objects.values_list("digest", "because"))


# -- how grave it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "words", "kind"),
    [
        ("5.1.1", 550, "", HARD),
        ("5.1.10", 0, "", HARD),
        ("5.1.1", 550, "No such user. For full details see our pages", HARD),
        ("5.2.1", 550, "The account is disabled", HARD),
        ("5.2.1", 550, "The user is receiving mail at a rate that prevents it", SOFT),
        ("5.2.2", 552, "Mailbox full", SOFT),
        ("5.7.1", 550, "User unknown to our policy", SOFT),
        ("5.7.1", 554, "", SOFT),
        ("4.1.1", 450, "User unknown", SOFT),
        ("", 450, "User unknown", SOFT),
        ("", 550, "", HARD),
        ("", 553, "sorry, that domain isn't in my list", HARD),
        ("", 554, "", SOFT),
        ("", 554, "No such user here", HARD),
        ("", 550, "Blocked by our spam list", SOFT),
        ("", 550, "Quota exceeded", SOFT),
        ("", 550, "Rejected: anti-spam@example.org knows why", HARD),
        ("5.0.0", 550, "Access denied", SOFT),
        ("5.0.0", 0, "User unknown", HARD),
        ("5.1.0", 550, "Address rejected", HARD),
        ("5.1.0", 550, "Sender rejected", SOFT),
        ("5.4.1", 550, "Recipient address rejected: Access denied", HARD),
        ("5.4.1", 0, "No answer from host", SOFT),
        ("", 0, "", SOFT),
    ],
)
def test_numbers_say_how_grave_it_is_and_words_where_numbers_do_not(status, code, words, kind):
    assert bounces.kind_of(status, code, words) == kind


# -- what follows ---------------------------------------------------------------------------------------------------


def test_a_dead_address_is_left_alone_at_once(reader, newsletter):
    copy = sent(reader, newsletter)
    waiting = make_left(newsletter).deliveries.get()
    assert came_back(copy, HARD, "5.1.1") is True
    assert status(reader) == SubscriberStatus.SUPPRESSED
    assert not reader.subscriptions.exists()
    assert not Delivery.objects.filter(pk=waiting.pk).exists()
    assert Delivery.objects.get(pk=copy.pk).bounced_at == FIRST
    assert reasons() == [(digests("reader@example.org")[0], "bounced")]


def test_a_complaint_is_heard_at_once_and_is_no_return(reader, newsletter):
    copy = sent(reader, newsletter)
    assert came_back(copy, COMPLAINT, "") is True
    assert status(reader) == SubscriberStatus.SUPPRESSED
    assert Delivery.objects.get(pk=copy.pk).bounced_at is None
    assert [because for _, because in reasons()] == ["complained"]


def test_who_complained_of_an_address_that_bounced_is_known_to_have_complained(reader, newsletter):
    copy, later = sent(reader, newsletter), sent(reader, newsletter)
    came_back(copy, HARD, "5.1.1")
    came_back(later, COMPLAINT, "")
    came_back(later, HARD, "5.1.1")
    assert [because for _, because in reasons()] == ["complained"]


@pytest.mark.parametrize(
    ("days", "is_left_alone"),
    [
        ([0, 7, 14], False),  # too few
        ([0, 4, 8, 13], False),  # not for long enough
        ([0, 5, 9, 14], True),
        ([14, 0, 9, 5], True),  # in whatever order they are read
        ([0, 40, 80, 95], False),  # the first is forgotten
        ([0, 40, 80, 95, 96], True),
    ],
)
def test_what_comes_back_for_now_counts_only_over_weeks(reader, newsletter, days, is_left_alone):
    for day in days:
        came_back(sent(reader, newsletter), SOFT, "5.2.2", FIRST + day * DAY)
    assert status(reader) == ("suppressed" if is_left_alone else "confirmed")


def test_two_issues_count_twice_and_two_reports_of_one_copy_once(reader, newsletter):
    copy = sent(reader, newsletter)
    for day, code in enumerate(["4.2.2", "5.2.2", "4.4.7", "452", "5.0.0"]):
        assert came_back(copy, SOFT, code, FIRST + 10 * day * DAY) is True
        assert came_back(copy, SOFT, code, FIRST + 11 * day * DAY) is False
    assert status(reader) == "confirmed"
    assert came_back(sent(reader, newsletter), SOFT, "5.2.2", FIRST + 41 * DAY) is True
    assert Bounce.objects.filter(kind=SOFT, code="5.2.2").count() == 2
    assert status(reader) == "confirmed"  # two copies, however many reports


def test_one_copy_may_come_back_for_now_and_then_for_good(reader, newsletter):
    copy = sent(reader, newsletter)
    assert came_back(copy, SOFT, "4.4.7") is True
    assert came_back(copy, HARD, "5.1.1", FIRST + DAY) is True
    assert list(copy.bounces.order_by("at").values_list("kind", flat=True)) == ["soft", "hard"]
    assert status(reader) == SubscriberStatus.SUPPRESSED


def test_what_came_back_before_an_address_was_last_confirmed_is_forgiven(reader, newsletter):
    for day in (0, 5, 10):
        came_back(sent(reader, newsletter), SOFT, "5.2.2", FIRST + day * DAY)
    Subscriber.objects.filter(pk=reader.pk).update(confirmed_at=FIRST + 12 * DAY)
    came_back(sent(reader, newsletter), SOFT, "5.2.2", FIRST + 15 * DAY)
    assert status(reader) == "confirmed"


# -- who may undo it ------------------------------------------------------------------------------------------------

SPELLINGS = ["reader@example.org", "READER+again@Example.ORG", "Reader@example.org"]


def sign_up(client, email):
    response = client.post("/subscribe/", {"email": email, "newsletters": ["cooldown"]})
    assert (response.status_code, response["Location"]) == (303, "/subscribe/sent/")


@pytest.mark.parametrize(("kind", "code"), [(HARD, "5.1.1"), (COMPLAINT, "")])
@pytest.mark.parametrize("is_erased", [False, True])
def test_signing_up_anew_undoes_nothing_in_any_spelling(client, reader, newsletter, kind, code, is_erased):
    came_back(sent(reader, newsletter), kind, code)
    if is_erased:
        records.erase(reader)
    for email in SPELLINGS:
        sign_up(client, email)
    assert not Message.objects.exists()
    if is_erased:
        assert not Subscriber.objects.exists()
    else:
        assert status(reader) == SubscriberStatus.SUPPRESSED
    assert workflow.is_suppressed(canonical("reader@example.org"))


def test_the_desk_can_lift_it_and_the_reader_signs_up_again(client, reader, newsletter):
    copy = sent(reader, newsletter)
    came_back(copy, HARD, "5.1.1")
    workflow.lift(reader, by=make_user())
    assert (status(reader), reasons()) == (SubscriberStatus.LEFT, [])
    assert came_back(copy, HARD, "5.1.1") is False  # the same report, read again
    assert status(reader) == SubscriberStatus.LEFT
    a_day_later()
    sign_up(client, "reader@example.org")
    assert list(Message.objects.values_list("kind", flat=True)) == ["confirm"]
    assert status(reader) == SubscriberStatus.PENDING


# -- refused at the door -------------------------------------------------------------------------------------------


def test_a_server_that_blocks_us_costs_us_no_reader(sink, newsletter):
    """Many give no enhanced status: “550” alone would say that there is no such mailbox."""
    blocked, gone = (make_reader(newsletter, email=f"{name}@example.org") for name in ("blocked", "gone"))
    make_left(newsletter)
    sink.answers[blocked.email] = "550 Your server is on the block list of example.net"
    sink.answers[gone.email] = "550 No such user here"
    assert delivering.deliver_due()["failed"] == 2
    assert (status(blocked), status(gone)) == ("confirmed", "suppressed")
    assert sorted(Bounce.objects.values_list("kind", "code")) == [("hard", "550"), ("soft", "550")]


# -- the envelope ---------------------------------------------------------------------------------------------------


class Envelopes(Sink):
    """Also keeps from whom each mail came."""

    def __init__(self):
        super().__init__()
        self.senders = []

    async def handle_DATA(self, server, session, envelope):
        self.senders.append(envelope.mail_from)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def sink(settings):
    sink = Envelopes()
    controller = start(sink)
    mail_to(settings, controller.port)
    yield sink
    controller.stop()


def test_each_copy_has_its_own_return_path_and_the_newsletters_from(settings, sink, newsletter):
    settings.BOUNCE_ADDRESS = "bounces@site.example"
    newsletter.sender_name, newsletter.sender_address = "The Cooldown", "cooldown@site.example"
    newsletter.save()
    for name in ("a", "b"):
        make_reader(newsletter, email=f"{name}@example.org")
    copies = list(make_left(newsletter).deliveries.order_by("pk"))
    assert delivering.deliver_due()["sent"] == 2
    assert sorted(sink.senders) == sorted(returns.path(copy.pk) for copy in copies)
    assert [returns.read(sender) in {copy.pk for copy in copies} for sender in sink.senders] == [True, True]
    for sender, (_, raw) in zip(sink.senders, sink.mails, strict=True):
        mail = message_from_bytes(raw, policy=policy.default)
        assert mail["From"] == "The Cooldown <cooldown@site.example>"
        assert returns.read(mail["Message-ID"]) == returns.read(sender)
        assert mail["Return-Path"] is None  # the last mail server writes it


def test_without_a_bounce_address_the_envelope_is_the_newsletters(settings, sink, newsletter, reader):
    settings.BOUNCE_ADDRESS = ""
    newsletter.sender_address = "cooldown@site.example"
    newsletter.save()
    make_left(newsletter)
    assert delivering.deliver_due()["sent"] == 1
    assert sink.senders == ["cooldown@site.example"]


def test_a_return_path_is_short_enough_for_every_mail_server(settings):
    settings.BOUNCE_ADDRESS = "bounces@site.example"
    assert len(returns.path(9_999_999_999).partition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1
