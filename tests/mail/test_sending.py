"""Against a real SMTP server in this process, which answers as each test tells it to."""

import datetime as dt
import json
import threading
from email import message_from_bytes, policy

import pytest
import time_machine
from django.db import connection, transaction

from advice.mail.models import RETRY_AFTER, UNCLEAR_AFTER, Message, State, claim_next
from advice.mail.sending import (
    discard,
    forget_to,
    forget_troubled,
    mark_unclear,
    messages_to,
    resend,
    send_due,
    send_later,
)
from tests.mail.sink import Sink, free_port, mail_to, start

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
NOTHING = {"sent": 0, "put off": 0, "failed": 0, "unclear": 0}


@pytest.fixture
def sink(settings):
    sink = Sink()
    controller = start(sink)
    mail_to(settings, controller.port)
    yield sink
    controller.stop()


@pytest.fixture
def no_server(settings):
    mail_to(settings, free_port())


def write(to="adam@example.org", **fields):
    context = {"count": 2, "oldest": NOW, "link": "http://127.0.0.1:8000/desk/"}
    return send_later("duty_digest", to=to, context=context, **fields)


def outcome(**changed):
    return {**NOTHING, **changed}


def test_what_was_sent_is_deleted_and_arrives_as_text_and_html(sink):
    message_id = write(headers={"X-Kind": "digest"}).content["headers"]["Message-ID"]
    assert send_due() == outcome(sent=1)
    assert not Message.objects.exists()
    ((address, raw),) = sink.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert address == mail["To"] == "adam@example.org"
    assert mail["Subject"] == "2 letters are waiting"
    assert mail["Message-ID"] == message_id
    assert (mail["Auto-Submitted"], mail["X-Kind"]) == ("auto-generated", "digest")
    assert "2 letters are waiting" in mail.get_body(("plain",)).get_content()
    assert "2 letters are waiting" in mail.get_body(("html",)).get_content()


def test_a_long_address_in_a_header_begins_on_its_first_line(sink):
    address = f"<https://site.example/unsubscribe/{'x' * 150}/>"
    write(headers={"List-Unsubscribe": address})
    send_due()
    ((_, raw),) = sink.mails
    assert f"\r\nList-Unsubscribe: {address}\r\n".encode() in raw


def test_many_leave_on_one_connection(sink):
    for number in range(5):
        write(f"reader-{number}@example.org")
    assert send_due() == outcome(sent=5)
    assert sink.connections == 1


def test_nothing_is_sent_before_its_time(sink):
    with time_machine.travel(NOW, tick=False) as clock:
        write(not_before=NOW + dt.timedelta(hours=1))
        assert send_due() == NOTHING
        clock.shift(dt.timedelta(hours=1))
        assert send_due() == outcome(sent=1)


def test_with_no_server_nothing_is_lost_and_nothing_is_hammered(no_server):
    with time_machine.travel(NOW, tick=False):
        for number in range(3):
            write(f"reader-{number}@example.org")
        assert send_due() == {**NOTHING, "put off": 1}
        assert Message.objects.filter(state=State.PENDING).count() == 3
        put_off = Message.objects.get(attempts=1)
        assert put_off.not_before == NOW + RETRY_AFTER[0]
        assert put_off.last_error == "ConnectionRefusedError"


def test_a_server_that_was_gone_for_days_gets_everything_when_it_is_back(no_server, settings):
    with time_machine.travel(NOW, tick=False) as clock:
        write()
        for _ in range(6):
            clock.shift(dt.timedelta(days=1))
            assert send_due() == {**NOTHING, "put off": 1}
        sink = Sink()
        controller = start(sink, settings.EMAIL_PORT)
        clock.shift(dt.timedelta(minutes=5))
        assert send_due() == outcome(sent=1)
        controller.stop()


@pytest.mark.parametrize("where", ["adam@example.org", "data:adam@example.org"])
def test_a_message_refused_for_good_has_failed_and_the_others_leave(sink, where):
    sink.answers[where] = "550 5.1.1 No such user"
    write()
    write("eve@example.org")
    assert send_due() == outcome(sent=1, failed=1)
    assert sink.addresses == ["eve@example.org"]
    assert Message.objects.get().state == State.FAILED
    assert list(Message.objects.troubled()) == list(Message.objects.all())
    assert send_due() == NOTHING


@pytest.mark.parametrize("where", ["adam@example.org", "data:adam@example.org"])
def test_a_message_refused_for_now_is_put_off_and_the_others_leave(sink, where):
    sink.answers[where] = "451 4.7.1 Try again later"
    with time_machine.travel(NOW, tick=False) as clock:
        write()
        write("eve@example.org")
        assert send_due() == outcome(**{"sent": 1, "put off": 1})
        message = Message.objects.get()
        assert (message.state, message.not_before) == (State.PENDING, NOW + RETRY_AFTER[0])
        assert send_due() == NOTHING
        clock.shift(RETRY_AFTER[0])
        assert send_due() == {**NOTHING, "put off": 1}
        assert Message.objects.get().not_before == NOW + RETRY_AFTER[0] + RETRY_AFTER[1]
        del sink.answers[where]
        clock.shift(RETRY_AFTER[1])
        assert send_due() == outcome(sent=1)


def test_a_message_refused_for_now_for_two_days_has_failed(sink):
    sink.answers["adam@example.org"] = "451 4.7.1 Try again later"
    with time_machine.travel(NOW, tick=False) as clock:
        write()
        clock.shift(dt.timedelta(days=3))  # nobody asked the server in that time
        assert send_due() == {**NOTHING, "put off": 1}
        clock.shift(dt.timedelta(days=2))
        assert send_due() == {**NOTHING, "put off": 1}
        clock.shift(dt.timedelta(days=1))
        assert send_due() == outcome(failed=1)
        resend(Message.objects.get())
        assert send_due() == {**NOTHING, "put off": 1}


def test_who_is_told_to_stop_leaves_after_the_message_in_hand(sink):
    for number in range(3):
        write(f"reader-{number}@example.org")
    assert send_due(stop=lambda: len(sink.mails) == 1) == outcome(sent=1)
    assert Message.objects.filter(state=State.PENDING).count() == 2


def test_a_refused_sender_is_a_matter_of_settings_and_fails_no_message(sink):
    sink.answers["sender"] = "550 5.7.1 Not your address"
    write()
    assert send_due() == {**NOTHING, "put off": 1}
    assert Message.objects.get().state == State.PENDING


def test_a_line_cut_after_the_text_was_given_leaves_it_unclear_and_it_is_not_sent_again(sink):
    sink.answers["data:adam@example.org"] = "hang up"
    write()
    write("eve@example.org")
    assert send_due() == outcome(sent=1, unclear=1)
    assert Message.objects.get().state == State.UNCLEAR
    assert send_due() == NOTHING
    assert sink.addresses == ["adam@example.org", "eve@example.org"]


def test_a_server_that_hangs_up_between_two_messages_gets_the_second_one_on_a_new_line(sink):
    sink.is_tired = True
    write()
    write("eve@example.org")
    assert send_due() == outcome(sent=2)


def test_a_message_that_cannot_be_read_has_failed_and_the_others_leave(sink):
    broken = write()
    Message.objects.filter(pk=broken.pk).update(payload=json.dumps({"to": "adam@example.org"}))
    write("eve@example.org")
    assert send_due() == outcome(sent=1, failed=1)
    assert sink.addresses == ["eve@example.org"]


def test_a_message_under_a_lost_key_has_failed_and_the_others_leave(sink, settings):
    write()
    settings.PRIVATE_KEYS = ["a key that never wrote anything here"]
    write("eve@example.org")
    assert send_due() == outcome(sent=1, failed=1)
    assert sink.addresses == ["eve@example.org"]


@pytest.mark.django_db(transaction=True)
def test_three_runners_send_each_message_once(sink):
    for number in range(30):
        write(f"reader-{number}@example.org")
    ready, results = threading.Barrier(3), []

    def run():
        ready.wait()
        try:
            results.append(send_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result["sent"] for result in results) == 30
    assert sorted(sink.addresses) == sorted(f"reader-{number}@example.org" for number in range(30))
    assert not Message.objects.exists()


def test_what_was_claimed_and_never_settled_becomes_unclear_and_stays_so(sink):
    with time_machine.travel(NOW, tick=False) as clock:
        write()
        claim_next()
        assert mark_unclear() == 0
        clock.shift(UNCLEAR_AFTER + dt.timedelta(seconds=1))
        assert mark_unclear() == 1
        assert Message.objects.get().state == State.UNCLEAR
        assert send_due() == NOTHING


def test_a_person_can_send_or_forget_what_is_unclear(sink):
    first, second, third = write(), write("eve@example.org"), write("ada@example.org")
    Message.objects.exclude(pk=third.pk).update(state=State.UNCLEAR)
    assert resend(first)
    assert discard(second)
    assert not resend(third)
    assert not discard(third)
    assert send_due() == outcome(sent=2)
    assert sorted(sink.addresses) == ["ada@example.org", "adam@example.org"]


@pytest.mark.parametrize("state", [State.FAILED, State.UNCLEAR])
def test_what_nobody_decided_about_for_thirty_days_is_forgotten(state):
    with time_machine.travel(NOW, tick=False) as clock:
        write()
        write("eve@example.org", not_before=NOW + dt.timedelta(days=90))
        clock.shift(dt.timedelta(days=5))
        claim_next()
        Message.objects.filter(state=State.SENDING).update(state=state)
        clock.shift(dt.timedelta(days=30))
        assert forget_troubled() == 0
        clock.shift(dt.timedelta(seconds=1))
        assert forget_troubled() == 1
        assert Message.objects.get().state == State.PENDING


def test_the_outbox_cannot_be_read_in_the_database():
    write("canary@example.org")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mail_message")
        stored = str(cursor.fetchall())
    assert "canary" not in stored
    assert "waiting" not in stored


@pytest.mark.parametrize("character", ["\n", "\r", "\x00", "\x1b", "\x7f", "\u2028"])
def test_control_characters_are_refused_in_address_and_headers(character):
    with pytest.raises(ValueError, match="control character"):
        write(f"adam@example.org{character}Bcc: eve@example.org")
    with pytest.raises(ValueError, match="control character"):
        write(headers={"X-Note": f"a{character}b"})
    with pytest.raises(ValueError, match="control character"):
        write(headers={f"X-Note{character}": "a"})
    assert not Message.objects.exists()


@pytest.mark.parametrize("character", ["\n", "\r", "\x00", "\x1b"])
def test_control_characters_are_refused_in_the_subject(settings, character):
    settings.SITE_NAME = f"Second{character}Wind"
    with pytest.raises(ValueError, match="control character"):
        send_later("invitation", to="adam@example.org", context={"link": "/", "days": 3})


def test_a_message_leaves_only_if_what_caused_it_was_kept():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_what_waits_for_an_address_is_erased_but_for_what_is_being_sent(settings):
    keys = settings.PRIVATE_KEYS
    settings.PRIVATE_KEYS = ["a key that is lost afterwards"]
    sealed = write()
    settings.PRIVATE_KEYS = keys
    other = write(to="eve@example.org")
    claimed = write(not_before=NOW)
    assert claim_next(NOW) == claimed
    for state in (State.PENDING, State.FAILED, State.UNCLEAR):
        Message.objects.filter(pk=write().pk).update(state=state)

    def is_adam(to):
        return to == "adam@example.org"

    assert sorted(message.state for message in messages_to(is_adam)) == sorted(State.values)
    assert forget_to(is_adam) == 3
    assert set(Message.objects.values_list("pk", flat=True)) == {sealed.pk, other.pk, claimed.pk}
    assert forget_to(is_adam) == 0
