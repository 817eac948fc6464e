"""Copies on their way to a real mail server, which answers as each test tells it to."""

import datetime as dt
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy

import pytest
import time_machine
from django.conf import settings as site_settings
from django.db import OperationalError, connection, transaction
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext as CaptureQueries
from django.utils import timezone

from advice.articles.workflow import NotPermitted
from advice.newsletter import copies, issuing, records, returns, workflow
from advice.newsletter.delivering import (
    BREAKS_OFF_AFTER,
    GIVE_UP_AFTER,
    REFUSES_US_AFTER,
    RETRY_AFTER,
    TIRED_AFTER,
    deliver_due,
)
from advice.newsletter.models import (
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Issue,
    IssueStatus,
    Subscriber,
    SubscriberStatus,
    Subscription,
    Suppression,
)
from advice.newsletter.rendering import Renderer
from tests.factories import make_issue, make_left, make_newsletter, make_reader, make_readers
from tests.mail.sink import Sink, free_port, mail_to, start

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
NOTHING = {"sent": 0, "put off": 0, "failed": 0, "uncertain": 0, "dropped": 0}
QUERIES_A_COPY = 1  # what became of the last one, and the claim of the next
LATER = "451 4.7.1 Try again later"
NOBODY = "550 5.1.1 No such user"


@pytest.fixture
def sink(settings):
    sink = Sink()
    controller = start(sink)
    mail_to(settings, controller.port, timeout=0.5)
    yield sink
    controller.stop()


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def newsletter():
    return make_newsletter()


def outcome(**counts):
    return {**NOTHING, **counts}


def put_off(count, **others):
    return {**NOTHING, "put off": count, **others}


def after(sink, count):
    """True once the server has taken so many."""
    return lambda: len(sink.mails) >= count


def states(issue):
    return Counter(issue.deliveries.values_list("state", flat=True))


def fresh(issue):
    return Issue.objects.get(pk=issue.pk)


def once_each(sink, readers):
    return sorted(sink.addresses) == sorted(reader.email for reader in readers)


def side_by_side(count, work):
    """`work` in so many threads at once, each with a connection of its own to the database."""
    ready, results = threading.Barrier(count), []

    def run():
        ready.wait()
        try:
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == count
    return results


def in_a_thread(work):
    try:
        return work()
    finally:
        connection.close()


def until_somebody_waits_for_a_lock():
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits.")


# -- sent ---------------------------------------------------------------------------------------------------------


def test_each_reader_gets_a_copy_with_links_of_their_own(sink, newsletter, clock):
    reader = make_reader(newsletter, email="eve@example.org")
    issue = make_left(newsletter, subject="Calves at night")
    assert deliver_due() == outcome(sent=1)
    copy = issue.deliveries.get()
    assert (copy.state, copy.settled_at, copy.attempts, copy.last_error) == ("sent", NOW, 1, "")
    ((address, raw),) = sink.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert address == mail["To"] == "eve@example.org"
    assert mail["Subject"] == "Calves at night"
    assert mail["From"] == site_settings.DEFAULT_FROM_EMAIL
    assert mail["Message-ID"] == returns.message_id(copy.pk)
    assert mail["Date"].datetime.replace(tzinfo=dt.UTC) == NOW
    assert newsletter.slug in mail["List-Id"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = mail["List-Unsubscribe"].strip("<>")
    assert stop.startswith("http")
    assert stop in mail.get_body(("plain",)).get_content()
    assert mail.get_body(("html",)) is not None
    assert reader.nonce not in raw.decode()


def test_no_copy_holds_anothers_links_or_address(sink, newsletter):
    make_readers(newsletter, 3)
    make_left(newsletter)
    assert deliver_due() == outcome(sent=3)
    mails = {address: raw.decode() for address, raw in sink.mails}
    links = {
        message_from_bytes(raw.encode(), policy=policy.default)["List-Unsubscribe"] for raw in mails.values()
    }
    assert len(links) == 3
    for own in mails:
        assert [address for address, raw in mails.items() if own in raw] == [own]
    assert not re.search("qz(stop|pref|addr|to|date|id)", "".join(mails.values()))


def test_who_wants_text_gets_no_html(sink, newsletter):
    make_reader(newsletter, text_only=True)
    make_left(newsletter)
    deliver_due()
    assert message_from_bytes(sink.mails[0][1]).get_content_type() == "text/plain"


def test_many_leave_on_one_connection(sink, newsletter):
    readers = make_readers(newsletter, 5)
    make_left(newsletter)
    assert deliver_due() == outcome(sent=5)
    assert once_each(sink, readers)
    assert sink.connections == 1
    assert deliver_due() == NOTHING


def test_two_issues_leave_one_after_the_other(sink):
    first, second = make_newsletter(), make_newsletter()
    one, other = make_reader(first), make_reader(second)
    make_left(first)
    make_left(second)
    assert deliver_due() == outcome(sent=2)
    assert sink.addresses == [one.email, other.email]


def test_who_is_told_to_stop_leaves_after_the_copy_in_hand(sink, newsletter):
    make_readers(newsletter, 3)
    issue = make_left(newsletter)
    assert deliver_due(stop=after(sink, 1)) == outcome(sent=1)
    assert states(issue) == {"sent": 1, "pending": 2}


def test_a_run_ends_after_its_seconds(sink, newsletter):
    make_readers(newsletter, 2)
    issue = make_left(newsletter)
    assert deliver_due(seconds=-1) == NOTHING
    assert states(issue) == {"pending": 2}


def test_more_copies_than_fit_into_a_window_are_all_sent_in_one_run(sink, newsletter, monkeypatch):
    monkeypatch.setattr("advice.newsletter.delivering._WINDOW", 3)
    readers = make_readers(newsletter, 11)
    make_left(newsletter)
    assert deliver_due() == outcome(sent=11)
    assert once_each(sink, readers)


def test_a_window_that_grew_old_is_read_again_from_where_it_was(sink, newsletter, monkeypatch):
    monkeypatch.setattr("advice.newsletter.delivering._WINDOW_SECONDS", -1.0)
    readers = make_readers(newsletter, 6)
    make_left(newsletter)
    assert deliver_due() == outcome(sent=6)
    assert once_each(sink, readers)


# -- put off ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["{}", "data:{}"])
def test_a_copy_refused_for_now_is_tried_again_ever_later_and_after_a_day_has_failed(
    sink, newsletter, clock, where
):
    reader, other = make_readers(newsletter, 2)
    issue = make_left(newsletter)
    sink.answers[where.format(reader.email)] = LATER
    assert deliver_due() == put_off(1, sent=1)
    waited = dt.timedelta()
    for number in range(1, 20):
        copy = issue.deliveries.get(subscriber=reader)
        if waited > GIVE_UP_AFTER:
            break
        wait = RETRY_AFTER[min(number, len(RETRY_AFTER)) - 1]
        assert (copy.state, copy.attempts, copy.not_before) == ("pending", number, timezone.now() + wait)
        assert copy.last_error.endswith("451 4.7.1")
        clock.shift(wait - dt.timedelta(seconds=1))
        assert deliver_due() == NOTHING
        clock.shift(dt.timedelta(seconds=1))
        waited += wait
        assert deliver_due() == (put_off(1) if waited <= GIVE_UP_AFTER else outcome(failed=1))
    assert (copy.state, copy.attempts) == ("failed", 10)
    bounce = Bounce.objects.get()
    assert (bounce.delivery, bounce.kind, bounce.code) == (copy, BounceKind.SOFT, "4.7.1")
    reader.refresh_from_db()
    assert reader.status == SubscriberStatus.CONFIRMED
    assert sink.addresses == [other.email]


def test_a_copy_put_off_is_sent_once_the_server_takes_it(sink, newsletter, clock):
    reader = make_reader(newsletter)
    issue = make_left(newsletter)
    sink.answers[reader.email] = LATER
    assert deliver_due() == put_off(1)
    sink.answers.clear()
    clock.shift(RETRY_AFTER[0])
    assert deliver_due() == outcome(sent=1)
    copy = issue.deliveries.get()
    assert (copy.state, copy.attempts, copy.last_error) == ("sent", 2, "")


def test_a_server_that_puts_off_ten_in_a_row_is_left_alone_for_now(sink, newsletter, clock):
    make_readers(newsletter, TIRED_AFTER + 5)
    issue = make_left(newsletter)
    sink.answers["all"] = LATER
    assert deliver_due() == put_off(TIRED_AFTER)
    assert len(sink.asked) == TIRED_AFTER
    assert fresh(issue).status == IssueStatus.SENDING
    assert fresh(issue).trouble == "The mail server puts all mail off. It is tried again by itself."
    assert fresh(issue).trouble_since == NOW


def test_trouble_goes_when_the_issue_goes_on_by_itself(sink, newsletter, clock):
    readers = make_readers(newsletter, TIRED_AFTER + 1)
    issue = make_left(newsletter)
    sink.answers["all"] = LATER
    deliver_due()
    clock.shift(dt.timedelta(minutes=1))
    deliver_due()
    assert fresh(issue).trouble_since == NOW  # since when, not when last
    sink.answers.clear()
    clock.shift(RETRY_AFTER[1])
    assert deliver_due() == outcome(sent=TIRED_AFTER + 1)
    assert (fresh(issue).trouble, fresh(issue).trouble_since) == ("", None)
    assert once_each(sink, readers)


# -- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["{}", "data:{}"])
@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (NOBODY, BounceKind.HARD, "5.1.1"),
        ("550 No such user", BounceKind.HARD, "550"),
        ("550 5.7.1 We do not like this", BounceKind.SOFT, "5.7.1"),
        ("552 5.2.2 Mailbox full", BounceKind.SOFT, "5.2.2"),
        ("554 No", BounceKind.SOFT, "554"),
    ],
)
def test_a_copy_refused_for_good_has_failed_and_a_dead_address_is_left_alone(
    sink, newsletter, where, answer, kind, code
):
    reader, other = make_readers(newsletter, 2)
    issue = make_left(newsletter)
    sink.answers[where.format(reader.email)] = answer
    assert deliver_due() == outcome(sent=1, failed=1)
    bounce = Bounce.objects.get()
    assert (bounce.delivery.subscriber, bounce.kind, bounce.code) == (reader, kind, code)
    assert bounce.delivery.state == DeliveryState.FAILED
    reader.refresh_from_db()
    is_dead = kind == BounceKind.HARD
    assert reader.status == (SubscriberStatus.SUPPRESSED if is_dead else SubscriberStatus.CONFIRMED)
    assert Suppression.objects.count() == is_dead
    assert sink.addresses == [other.email]
    assert deliver_due() == NOTHING
    assert issuing.finish_due() == 1
    assert fresh(issue).status == IssueStatus.SENT


def test_a_suppressed_readers_other_copies_are_not_sent(sink):
    first, second = make_newsletter(), make_newsletter()
    reader = make_reader(first, second)
    make_left(first)
    make_left(second)
    sink.answers[reader.email] = NOBODY
    assert deliver_due() == outcome(failed=1)
    assert Delivery.objects.count() == 1


def test_a_server_that_refuses_twenty_in_a_row_pauses_the_issue_and_an_editor_goes_on(sink, newsletter):
    make_readers(newsletter, REFUSES_US_AFTER + 5)
    issue = make_left(newsletter)
    sink.answers["data:all"] = "554 5.7.1 Your mail is not liked here"
    assert deliver_due() == outcome(failed=REFUSES_US_AFTER)
    assert fresh(issue).status == IssueStatus.PAUSED
    assert fresh(issue).trouble == "The mail server refused 20 copies in a row."
    assert deliver_due() == NOTHING
    sink.answers.clear()
    issuing.resume(issue)
    assert deliver_due() == outcome(sent=5)
    assert fresh(issue).trouble == ""
    assert Subscriber.objects.filter(status=SubscriberStatus.CONFIRMED).count() == REFUSES_US_AFTER + 5


def test_twenty_refused_in_as_many_runs_pause_it_too_and_can_be_sent_again(sink, newsletter, settings, clock):
    settings.MAIL_PER_MINUTE = 1
    readers = make_readers(newsletter, REFUSES_US_AFTER + 1)
    issue = make_left(newsletter)
    sink.answers["all"] = "550 5.7.1 Not liked"
    for _ in range(REFUSES_US_AFTER):
        assert fresh(issue).status == IssueStatus.SENDING
        assert deliver_due() == outcome(failed=1)
        clock.shift(dt.timedelta(minutes=1))
    assert fresh(issue).status == IssueStatus.PAUSED
    sink.answers.clear()
    settings.MAIL_PER_MINUTE = 0
    assert issuing.send_refused_again(issue) == REFUSES_US_AFTER
    assert not Bounce.objects.exists()
    issuing.resume(issue)
    assert fresh(issue).refused_in_a_row == 0
    assert deliver_due() == outcome(sent=REFUSES_US_AFTER + 1)
    assert once_each(sink, readers)


def test_what_was_refused_is_sent_again_but_to_no_dead_address(sink, newsletter):
    liked_not, dead = make_readers(newsletter, 2)
    issue = make_left(newsletter)
    sink.answers |= {liked_not.email: "550 5.7.1 Not liked", dead.email: NOBODY}
    assert deliver_due() == outcome(failed=2)
    issuing.finish_due()
    sink.answers.clear()
    assert issuing.send_refused_again(issue) == 1
    assert fresh(issue).status == IssueStatus.SENDING
    assert deliver_due() == outcome(sent=1)
    assert sink.addresses == [liked_not.email]
    assert issue.deliveries.get(subscriber=liked_not).bounced_at is None
    assert Bounce.objects.get().delivery.subscriber == dead
    assert issuing.send_refused_again(issue) == 0


def test_what_was_refused_of_a_cancelled_issue_is_not_sent_again(sink, newsletter):
    reader, _ = make_readers(newsletter, 2)
    issue = make_left(newsletter)
    sink.answers[reader.email] = "550 5.7.1 Not liked"
    deliver_due()
    issuing.cancel(issue)
    with pytest.raises(NotPermitted):
        issuing.send_refused_again(issue)
    assert Bounce.objects.count() == 1


def test_an_editor_who_pauses_or_cancels_at_that_moment_is_not_in_the_way(sink, newsletter):
    make_readers(newsletter, REFUSES_US_AFTER + 1)
    issue = make_left(newsletter)
    sink.answers["all"] = "550 5.7.1 No"

    def cancelled_before_the_last():
        if len(sink.asked) == REFUSES_US_AFTER - 1 and fresh(issue).status == IssueStatus.SENDING:
            deliveries = Delivery.objects.filter(issue=issue, state=DeliveryState.PENDING)
            last = deliveries.first()
            last.delete()
            issuing.cancel(issue)
        return False

    deliver_due(stop=cancelled_before_the_last)
    assert fresh(issue).status == IssueStatus.CANCELLED
    assert set(states(issue)) == {"failed"}


def test_a_refusal_now_and_then_does_not_pause(sink, newsletter):
    readers = make_readers(newsletter, 50)
    issue = make_left(newsletter)
    for reader in readers[::2]:
        sink.answers[reader.email] = "550 5.7.1 No"
    assert deliver_due() == outcome(sent=25, failed=25)
    assert fresh(issue).status == IssueStatus.SENDING


# -- away ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("sender", "421 4.3.2 Going away"),
        ("all", "421 4.3.2 Going away"),
        ("data:all", "421 4.3.2 Going away"),
        ("sender", "530 5.7.0 Authentication required"),
        ("sender", "hang"),
        ("all", "hang"),
        ("sender", "cut"),
        ("all", "cut"),
    ],
)
def test_a_server_that_takes_nothing_is_asked_for_one_copy_and_then_left_alone(
    sink, newsletter, clock, where, answer
):
    readers = make_readers(newsletter, 3)
    issue = make_left(newsletter)
    sink.answers[where] = answer
    for _ in range(2):
        assert deliver_due() == put_off(1)
    assert states(issue) == {"pending": 3}
    # As if it had not been tried: no attempt is counted, and nothing has to be waited for.
    assert set(issue.deliveries.values_list("attempts", "not_before", "claimed_at")) == {(0, None, None)}
    assert fresh(issue).trouble.startswith("The mail server takes no mail at the moment (SMTP")
    sink.answers.clear()
    assert deliver_due() == outcome(sent=3)
    assert fresh(issue).trouble == ""
    assert once_each(sink, readers)


@pytest.mark.parametrize(
    ("answer", "status", "more"),
    [
        ("553 5.7.1 Not your address", IssueStatus.PAUSED, ""),
        ("552 5.3.4 Too large", IssueStatus.PAUSED, ""),
        ("452 4.3.1 No room for it", IssueStatus.SENDING, " It is tried again by itself."),
    ],
)
def test_a_refused_sender_rests_its_own_issue_and_the_others_leave(sink, settings, answer, status, more):
    settings.BOUNCE_ADDRESS = ""
    ours, other = make_newsletter(sender_address="wrong@site.example"), make_newsletter()
    make_readers(ours, 3)
    readers = make_readers(other, 2)
    refused, _ = make_left(ours), make_left(other)
    sink.answers["wrong@site.example"] = answer
    assert deliver_due() == put_off(1, sent=2)
    assert once_each(sink, readers)
    assert fresh(refused).status == status
    said = f"The mail server does not take this issue from its sender (SMTPSenderRefused {answer[:3]})."
    assert fresh(refused).trouble == said + more
    assert set(refused.deliveries.values_list("state", "attempts", "not_before")) == {("pending", 0, None)}
    sink.answers.clear()
    if status == IssueStatus.PAUSED:
        assert deliver_due() == NOTHING
        issuing.resume(refused)
    assert deliver_due() == outcome(sent=3)


def test_a_server_that_is_not_there_is_told_at_the_issue(settings, newsletter, clock):
    mail_to(settings, free_port())
    readers = make_readers(newsletter, 3)
    issue = make_left(newsletter)
    assert deliver_due() == put_off(1)
    assert fresh(issue).trouble == (
        "The mail server takes no mail at the moment (ConnectionRefusedError). It is tried again by itself."
    )
    clock.shift(dt.timedelta(days=9))  # a server that was gone for days gets everything when it is back
    sink = Sink()
    controller = start(sink, settings.EMAIL_PORT)
    assert deliver_due() == outcome(sent=3)
    controller.stop()
    assert once_each(sink, readers)


def test_a_server_that_drops_a_line_which_had_many_mails_gets_the_next_on_a_new_one(sink, newsletter):
    readers = make_readers(newsletter, 3)
    issue = make_left(newsletter)
    sink.is_tired = True
    assert deliver_due() == outcome(sent=3)
    assert once_each(sink, readers)
    assert sink.connections == 2
    assert fresh(issue).trouble == ""


def test_a_line_reset_right_after_the_answer_has_sent_the_copy(sink, newsletter):
    readers = make_readers(newsletter, 3)
    issue = make_left(newsletter)
    sink.answers["data:all"] = "reset"
    assert deliver_due() == outcome(sent=3)
    assert states(issue) == {"sent": 3}
    assert once_each(sink, readers)
    assert sink.connections == 3


# -- in doubt -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["hang up", "cut", "hang"])
def test_a_line_cut_after_the_text_leaves_the_copy_uncertain_and_it_is_not_sent_again(
    sink, newsletter, clock, answer
):
    reader, _ = make_readers(newsletter, 2)
    issue = make_left(newsletter)
    sink.answers[f"data:{reader.email}"] = answer
    assert deliver_due() == outcome(sent=1, uncertain=1)
    copy = issuing.uncertain(issue).get()
    assert copy.subscriber == reader
    assert copy.last_error == "SMTPServerDisconnected"
    clock.shift(dt.timedelta(days=2))
    assert deliver_due() == NOTHING
    assert issuing.finish_due() == 1
    assert states(issue) == {"sent": 1, "uncertain": 1}


def test_a_server_that_breaks_off_five_times_in_a_row_pauses_the_issue(sink, newsletter):
    make_readers(newsletter, BREAKS_OFF_AFTER + 5)
    issue = make_left(newsletter)
    sink.answers["data:all"] = "hang up"
    assert deliver_due() == outcome(uncertain=BREAKS_OFF_AFTER)
    assert fresh(issue).status == IssueStatus.PAUSED
    assert fresh(issue).trouble == "The mail server broke off 5 times in a row before it answered."
    assert deliver_due() == NOTHING


def test_five_that_broke_off_in_as_many_runs_pause_it_too(sink, newsletter):
    make_readers(newsletter, BREAKS_OFF_AFTER + 2)
    issue = make_left(newsletter)
    sink.answers["data:all"] = "hang up"
    for number in range(1, BREAKS_OFF_AFTER + 1):
        assert fresh(issue).status == IssueStatus.SENDING
        assert deliver_due(stop=lambda enough=number: len(sink.mails) >= enough) == outcome(uncertain=1)
    assert fresh(issue).status == IssueStatus.PAUSED


def test_one_that_is_sent_in_between_begins_the_count_anew(sink, newsletter):
    make_readers(newsletter, 2 * BREAKS_OFF_AFTER + 1)
    issue = make_left(newsletter)
    for number in range(1, 2 * BREAKS_OFF_AFTER):
        sink.answers["data:all"] = "250 OK" if number == BREAKS_OFF_AFTER else "hang up"
        deliver_due(stop=lambda enough=number: len(sink.mails) >= enough)
    assert fresh(issue).status == IssueStatus.SENDING
    assert fresh(issue).uncertain_in_a_row == BREAKS_OFF_AFTER - 1


def test_a_claim_that_nobody_settled_becomes_uncertain_and_an_editor_decides(sink, newsletter, clock):
    first, second, _ = make_readers(newsletter, 3)
    issue = make_left(newsletter)
    for number, reader in enumerate([first, second]):  # two workers were killed
        claimed = dt.timedelta(seconds=number)
        issue.deliveries.filter(subscriber=reader).update(
            state=DeliveryState.SENDING, claimed_at=NOW - claimed, attempts=1
        )
    assert deliver_due() == outcome(sent=1)
    clock.shift(issuing.UNCERTAIN_AFTER - dt.timedelta(seconds=1))
    assert issuing.mark_uncertain() == 0
    assert issuing.finish_due() == 0
    clock.shift(dt.timedelta(seconds=2))
    assert issuing.mark_uncertain() == 2
    assert deliver_due() == NOTHING
    assert issuing.finish_due() == 1
    assert fresh(issue).status == IssueStatus.SENT

    one, other = issuing.uncertain(issue).order_by("pk")
    assert issuing.take_uncertain_for_sent(issue, copies=[one.pk]) == 1
    assert issuing.send_uncertain_again(issue) == 1
    assert fresh(issue).status == IssueStatus.SENDING
    assert deliver_due() == outcome(sent=1)
    assert issuing.finish_due() == 1
    assert states(issue) == {"sent": 3}
    assert sink.addresses[-1] == other.subscriber.email
    assert len(sink.mails) == 2


def test_a_copy_sent_again_keeps_its_message_id(sink, newsletter):
    reader = make_reader(newsletter)
    issue = make_left(newsletter)
    sink.answers[f"data:{reader.email}"] = "hang up"
    assert deliver_due() == outcome(uncertain=1)
    sink.answers.clear()
    issuing.send_uncertain_again(issue)
    assert deliver_due() == outcome(sent=1)
    first, second = (message_from_bytes(raw)["Message-ID"] for _, raw in sink.mails)
    assert first == second


def test_a_worker_that_was_thought_dead_settles_its_copy_after_all(sink, newsletter, clock):
    make_reader(newsletter)
    issue = make_left(newsletter)

    def taken_for_dead():
        """While the first worker has its copy in hand, others find that it was claimed long ago."""
        if sink.mails:
            issuing.mark_uncertain(now=NOW + issuing.UNCERTAIN_AFTER + dt.timedelta(seconds=1))
        return False

    assert deliver_due(stop=taken_for_dead) == outcome(sent=1)
    assert states(issue) == {"sent": 1}


# -- the desk, and readers, while it is sent ----------------------------------------------------------------------


def sent_with(sink, act):
    """Send, and do `act` once after the first copy has gone. Gives the counts."""
    done = []

    def stop():
        if sink.mails and not done:
            done.append(act())
        return False

    return deliver_due(stop=stop)


def test_a_pause_acts_at_once_and_it_goes_on_where_it_was(sink, newsletter):
    readers = make_readers(newsletter, 4)
    issue = make_left(newsletter)
    assert sent_with(sink, lambda: issuing.pause(issue)) == outcome(sent=1)
    assert deliver_due() == NOTHING
    assert issuing.finish_due() == 0
    assert states(issue) == {"sent": 1, "pending": 3}
    issuing.resume(issue)
    assert deliver_due() == outcome(sent=3)
    assert once_each(sink, readers)


def test_a_paused_issue_is_asked_about_once_a_window_and_not_for_each_copy(
    sink, newsletter, django_assert_max_num_queries
):
    make_readers(newsletter, 300)
    issue = make_left(newsletter)
    assert deliver_due(stop=after(sink, 1)) == outcome(sent=1)
    with django_assert_max_num_queries(150):
        assert sent_with(sink, lambda: issuing.pause(issue))["sent"] == 0


def test_what_was_cancelled_is_sent_to_nobody_else(sink, newsletter):
    make_readers(newsletter, 4)
    issue = make_left(newsletter)
    assert sent_with(sink, lambda: issuing.cancel(issue)) == outcome(sent=1)
    assert deliver_due() == NOTHING
    assert states(issue) == {"sent": 1}
    assert fresh(issue).status == IssueStatus.CANCELLED


def test_a_copy_that_comes_back_to_a_cancelled_issue_does_not_wait_for_ever(sink, newsletter):
    make_readers(newsletter, 2)
    issue = make_left(newsletter)
    sink.answers["all"] = LATER

    def cancel():
        if sink.asked and fresh(issue).status == IssueStatus.SENDING:
            issuing.cancel(issue)
        return False

    assert deliver_due(stop=cancel) == put_off(1)
    assert states(issue) == {}


def unsubscribe_from_one(reader):
    workflow.set_preferences(reader, newsletters=[make_newsletter()])


def take_a_break(reader):
    reader.paused_until = timezone.localdate() + dt.timedelta(days=1)
    reader.save(update_fields=["paused_until"])


@pytest.mark.parametrize(
    "stop",
    [
        workflow.leave,
        lambda reader: workflow.suppress(reader, because="asked"),
        records.erase,
        unsubscribe_from_one,
        take_a_break,
    ],
    ids=["leaves", "suppressed", "erased", "unsubscribes from this one", "takes a break"],
)
def test_who_does_not_want_it_any_more_gets_no_copy_though_it_is_being_sent(
    sink, newsletter, monkeypatch, stop
):
    monkeypatch.setattr("advice.newsletter.delivering._WINDOW_SECONDS", -1.0)
    readers = make_readers(newsletter, 5)
    issue = make_left(newsletter)

    def the_others_stop():
        for reader in readers:
            if reader.email not in sink.addresses:
                stop(reader)

    assert sent_with(sink, the_others_stop)["sent"] == 1
    assert len(sink.mails) == 1
    assert states(issue) == {"sent": 1}
    assert issuing.finish_due() == 1


@pytest.mark.parametrize(
    "stop", [workflow.leave, lambda reader: workflow.suppress(reader, because="asked"), records.erase]
)
def test_to_leave_acts_at_once_however_lately_a_worker_has_looked(sink, newsletter, monkeypatch, stop):
    monkeypatch.setattr("advice.newsletter.delivering._WINDOW_SECONDS", 3600.0)
    readers = make_readers(newsletter, 5)
    make_left(newsletter)

    def the_others_stop():
        for reader in readers:
            if reader.email not in sink.addresses:
                stop(reader)

    assert sent_with(sink, the_others_stop) == outcome(sent=1)


def test_an_erased_readers_copy_in_hand_is_settled_and_names_nobody(sink, newsletter):
    reader = make_reader(newsletter)
    issue = make_left(newsletter)
    assert sent_with(sink, lambda: records.erase(reader)) == outcome(sent=1)
    copy = issue.deliveries.get()
    assert (copy.state, copy.subscriber) == ("sent", None)


def test_a_copy_that_cannot_be_made_has_failed_and_pauses_nothing_else(sink, newsletter, monkeypatch):
    make_readers(newsletter, 2)
    issue = make_left(newsletter)

    def broken(*arguments, **named):
        raise ValueError("a link was lost")

    monkeypatch.setattr("advice.newsletter.rendering.Renderer._make", broken)
    assert deliver_due() == outcome(failed=2)
    assert set(issue.deliveries.values_list("state", "last_error")) == {("failed", "ValueError")}
    assert not Bounce.objects.exists()
    assert sink.asked == []


def test_a_fault_of_ours_before_the_server_heard_of_a_copy_leaves_it_waiting(sink, newsletter, monkeypatch):
    make_readers(newsletter, 2)
    issue = make_left(newsletter)

    def broken(*arguments, **named):
        raise KeyError("template")

    monkeypatch.setattr("advice.newsletter.rendering.Renderer._make", broken)
    with pytest.raises(KeyError):
        deliver_due()
    assert states(issue) == {"pending": 2}
    monkeypatch.undo()
    assert deliver_due() == outcome(sent=2)


def test_an_issue_that_is_broken_holds_up_no_other_and_says_so(sink, newsletter, monkeypatch):
    make_reader(newsletter)
    reader = make_reader(other := make_newsletter())
    broken, _ = make_left(newsletter), make_left(other)
    make = Renderer._make

    def breaks(renderer, *arguments, **named):
        if renderer.issue == broken:
            raise KeyError("template")
        return make(renderer, *arguments, **named)

    monkeypatch.setattr(Renderer, "_make", breaks)
    with pytest.raises(KeyError):
        deliver_due()
    assert sink.addresses == [reader.email]
    assert states(broken) == {"pending": 1}
    assert (
        fresh(broken).trouble == "Something of this site is broken (KeyError). It is tried again by itself."
    )
    monkeypatch.undo()
    assert deliver_due() == outcome(sent=1)
    assert fresh(broken).trouble == ""


def test_where_the_database_is_away_nothing_else_is_tried(sink, monkeypatch):
    for _ in range(2):
        make_reader(newsletter := make_newsletter())
        make_left(newsletter)
    tried = []

    def away(renderer, *arguments, **named):
        tried.append(renderer.issue)
        raise OperationalError

    monkeypatch.setattr(Renderer, "_make", away)
    with pytest.raises(OperationalError):
        deliver_due()
    assert len(tried) == 1


# -- the rate -----------------------------------------------------------------------------------------------------


def test_no_more_leave_in_a_minute_than_the_server_takes(sink, newsletter, settings, clock):
    settings.MAIL_PER_MINUTE = 7
    readers = make_readers(newsletter, 10)
    make_left(newsletter)
    assert deliver_due() == outcome(sent=7)
    assert deliver_due() == NOTHING
    clock.shift(dt.timedelta(minutes=1))
    assert deliver_due() == outcome(sent=3)
    assert once_each(sink, readers)


def test_a_copy_that_was_put_off_uses_up_no_places_while_it_waits(sink, newsletter, settings, clock):
    settings.MAIL_PER_MINUTE = 5
    reader = make_reader(newsletter)
    make_left(newsletter)
    sink.answers[reader.email] = LATER
    assert deliver_due() == put_off(1)
    for _ in range(10):
        assert deliver_due() == NOTHING
    other = make_newsletter()
    make_readers(other, 6)
    make_left(other)
    assert deliver_due() == outcome(sent=4)


def test_places_that_a_run_did_not_use_are_there_for_the_next(sink, settings, clock):
    settings.MAIL_PER_MINUTE = 120
    for _ in range(7):  # two places are taken at once, and one is used
        newsletter = make_newsletter()
        make_reader(newsletter)
        make_left(newsletter)
        assert deliver_due() == outcome(sent=1)
    make_readers(newsletter := make_newsletter(), 120)
    make_left(newsletter)
    assert deliver_due() == outcome(sent=113)


def test_the_issues_of_one_run_share_its_places(sink, settings, clock):
    settings.MAIL_PER_MINUTE = 120
    for _ in range(3):
        newsletter = make_newsletter()
        make_reader(newsletter)
        make_left(newsletter)
    with CaptureQueries(connection) as captured:
        assert deliver_due() == outcome(sent=3)
    taken = [query for query in captured if (query["sql"] or "").startswith('UPDATE "throttle_count"')]
    assert len(taken) == 3  # two portions of two, and one place back


def test_a_copy_that_is_dropped_uses_up_no_place(sink, newsletter, settings, clock, monkeypatch):
    monkeypatch.setattr("random.randint", lambda first, last: first)
    settings.MAIL_PER_MINUTE = 2
    readers = make_readers(newsletter, 5)
    make_left(newsletter)
    Subscriber.objects.filter(pk__in=[reader.pk for reader in readers[:3]]).update(
        paused_until=NOW.date() + dt.timedelta(days=9)
    )
    assert deliver_due() == outcome(sent=2, dropped=3)


@pytest.mark.django_db(transaction=True)
def test_two_workers_keep_to_the_rate_together(sink, settings):
    settings.MAIL_PER_MINUTE = 30
    newsletter = make_newsletter()
    make_readers(newsletter, 80)
    with time_machine.travel(NOW, tick=False):
        make_left(newsletter)
        side_by_side(2, deliver_due)
        assert len(sink.mails) <= 30
        deliver_due()
        assert len(sink.mails) <= 30
    assert len(sink.mails) >= 10  # places that a worker took and had no time for are nobody's


# -- workers at once ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("workers", [2, 3])
def test_workers_at_once_send_each_copy_once(sink, workers):
    newsletter = make_newsletter()
    readers = make_readers(newsletter, 150)
    issue = make_left(newsletter)
    results = side_by_side(workers, deliver_due)
    assert sum(result["sent"] for result in results) == 150
    assert once_each(sink, readers)
    assert states(issue) == {"sent": 150}
    assert set(issue.deliveries.values_list("attempts", flat=True)) == {1}
    assert issuing.finish_due() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_share_what_a_refusing_server_leaves(sink):
    newsletter = make_newsletter()
    readers = make_readers(newsletter, 90)
    issue = make_left(newsletter)
    for reader in readers[::3]:
        sink.answers[reader.email] = NOBODY
    for reader in readers[1::3]:
        sink.answers[reader.email] = LATER
    side_by_side(2, deliver_due)
    assert states(issue) == {"sent": 30, "failed": 30, "pending": 30}
    assert Counter(sink.asked) == Counter(reader.email for reader in readers)
    assert Suppression.objects.count() == 30


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="where one writes at a time nobody holds what another wants"
)
@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_their_copy_is_refused_for_good_is_out_and_nobody_waits_for_ever(sink):
    newsletter = make_newsletter()
    reader = make_reader(newsletter)
    issue = make_left(newsletter)
    sink.answers[reader.email] = NOBODY
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            workflow._locked(reader)  # as leaving begins
            sent = other.submit(in_a_thread, deliver_due)
            until_somebody_waits_for_a_lock()
            workflow.leave(reader, issue=issue.pk)
        assert sent.result() == outcome(failed=1)
    reader.refresh_from_db()
    assert reader.status == SubscriberStatus.SUPPRESSED
    assert issue.deliveries.get().left_at is not None


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="where one writes at a time nobody holds what another wants"
)
@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_copies_are_made_is_out_and_nobody_waits_for_ever():
    newsletter = make_newsletter()
    reader = make_reader(newsletter)
    issue = issuing.schedule(make_issue(newsletter))
    issuing.let_go_due(now=issue.leaves_at)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            Subscription.objects.update(covered_until=None)  # as making copies begins
            gone = other.submit(in_a_thread, lambda: workflow.leave(reader))
            until_somebody_waits_for_a_lock()
            assert copies.make_due(now=issue.leaves_at) == 1
        gone.result()
    assert not issue.deliveries.exists()
    assert not reader.subscriptions.exists()


# -- what it costs ------------------------------------------------------------------------------------------------


def test_each_further_copy_costs_the_same_few_queries(sink, monkeypatch):
    monkeypatch.setattr("advice.newsletter.delivering._WINDOW_SECONDS", 3600.0)
    monkeypatch.setattr("random.randint", lambda first, last: first)

    def queries(count):
        newsletter = make_newsletter()
        make_readers(newsletter, count)
        make_left(newsletter)
        with CaptureQueries(connection) as captured:
            assert deliver_due() == outcome(sent=count)
        issuing.finish_due()
        return len(captured)

    one, eleven, forty = queries(1), queries(11), queries(40)
    assert eleven - one == 10 * QUERIES_A_COPY
    assert forty - eleven == 29 * QUERIES_A_COPY


def test_a_worker_holds_no_more_copies_for_many_readers_than_for_some(sink, newsletter, monkeypatch):
    monkeypatch.setattr("advice.newsletter.delivering._WINDOW", 10)
    make_readers(newsletter, 60)
    make_left(newsletter)
    made = Counter()

    def count(sender, **_):
        made[sender.__name__] += 1

    seen = []
    post_init.connect(count, sender=Delivery)
    post_init.connect(count, sender=Subscriber)
    try:
        deliver_due(stop=lambda: bool(seen.append((len(sink.mails), made["Delivery"], made["Subscriber"]))))
    finally:
        post_init.disconnect(count, sender=Delivery)
        post_init.disconnect(count, sender=Subscriber)
    assert len(sink.mails) == 60
    # What has been read is never further ahead of what was sent than one window (and one that was cut off at the end).
    assert max(deliveries - sent for sent, deliveries, _ in seen) <= 10
    assert max(readers - sent for sent, _, readers in seen) <= 10


def test_a_worker_leaves_room_for_readers_between_two_copies(sink, settings, monkeypatch):
    settings.WORKER_PACE = 50
    waits = []
    monkeypatch.setattr("advice.newsletter.delivering.time.sleep", waits.append)
    newsletter = make_newsletter()
    make_readers(newsletter, 4)
    make_left(newsletter)
    assert deliver_due()["sent"] == 4
    assert len(waits) == 4
    assert all(0 <= wait <= 1 / 50 for wait in waits)
    assert max(waits) > 0
