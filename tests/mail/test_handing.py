"""What became of a mail, told apart: taken, refused, not taken for now, or in doubt. Against a real SMTP server."""

import socket
import threading

import pytest
from django.core.mail import EmailMessage

from advice.mail.backends import ReadyMail
from advice.mail.handing import Away, InDoubt, Line, Refused, SenderRefused
from tests.mail.sink import Sink, free_port, mail_to, start

ADAM, EVE = "adam@example.org", "eve@example.org"


@pytest.fixture
def sink(settings):
    sink = Sink()
    controller = start(sink)
    mail_to(settings, controller.port, timeout=0.5)
    yield sink
    controller.stop()


def mail(to=ADAM, sender="letters@example.org"):
    return ReadyMail(b"Subject: Hello\r\n\r\nHello.\r\n", sender=sender, to=to)


def hand_over(*mails):
    with Line() as line:
        for one in mails:
            line.hand_over(one)


def raised(kind, *mails):
    with pytest.raises(kind) as caught:
        hand_over(*mails)
    return caught.value


class Scripted:
    """A mail server of a few lines: it says what it is told to, and then drops the line. For what no decent one does."""

    def __init__(self, *says):
        self._says, self.lines = says, 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.lines += 1
            with line, line.makefile("rb") as heard:
                for said in self._says:
                    line.sendall(f"{said}\r\n".encode())
                    self._hear(heard, until=b".\r\n" if said.startswith("354") else b"\r\n")

    @staticmethod
    def _hear(heard, *, until):
        while (words := heard.readline()) and not (words == until or until == b"\r\n"):
            pass

    def stop(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def scripted(settings):
    servers = []

    def serve(*says):
        servers.append(Scripted(*says))
        mail_to(settings, servers[-1].port, timeout=0.5)
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()


GREETING, HELLO, SENDER, RECIPIENT = "220 here", "250 hello", "250 sender", "250 recipient"


@pytest.mark.parametrize(
    "says",
    [
        [],
        [GREETING],
        [GREETING, HELLO],
        [GREETING, HELLO, SENDER],
        [GREETING, HELLO, SENDER, RECIPIENT],
    ],
    ids=["before the greeting", "at EHLO", "at MAIL", "at RCPT", "at DATA"],
)
def test_a_line_that_breaks_before_the_text_has_not_taken_it(scripted, says):
    scripted(*says)
    assert raised(Away, mail()).code == 0


def test_a_line_that_breaks_after_the_text_leaves_it_in_doubt(scripted):
    server = scripted(GREETING, HELLO, SENDER, RECIPIENT, "354 go on")
    raised(InDoubt, mail())
    assert server.lines == 1


@pytest.mark.parametrize(
    ("where", "kind"),
    [("sender", Away), (ADAM, Away), (f"data:{ADAM}", InDoubt)],
    ids=["MAIL", "RCPT", "DATA"],
)
def test_a_server_that_stops_answering_leaves_it_in_doubt_only_after_the_text(sink, where, kind):
    sink.answers[where] = "hang"
    raised(kind, mail())


def test_a_mail_after_one_in_doubt_goes_out_on_a_new_line(sink):
    sink.answers[f"data:{ADAM}"] = "hang up"
    with Line() as line:
        with pytest.raises(InDoubt):
            line.hand_over(mail())
        line.hand_over(mail(EVE))
    assert sink.addresses == [ADAM, EVE]
    assert sink.connections == 2


def test_a_line_that_is_reset_right_after_the_answer_has_taken_it(sink):
    sink.answers[f"data:{ADAM}"] = "reset"
    hand_over(mail(), mail(EVE))
    assert sink.addresses == [ADAM, EVE]
    assert sink.connections == 2


@pytest.mark.parametrize("where", ["sender", ADAM, f"data:{ADAM}"], ids=["MAIL", "RCPT", "DATA"])
def test_a_server_that_is_going_away_has_not_taken_it(sink, where):
    sink.answers[where] = "421 4.3.2 Going away"
    assert raised(Away, mail()).code == 421


def test_nothing_that_listens_has_not_taken_it(settings):
    mail_to(settings, free_port())
    assert str(raised(Away, mail())) == "ConnectionRefusedError"


@pytest.mark.parametrize("greeting", ["421 4.3.2 Busy", "554 5.7.1 We do not know you"])
def test_a_greeting_that_sends_us_away_has_not_taken_it(scripted, greeting):
    scripted(greeting)
    assert raised(Away, mail()).code == int(greeting[:3])


def test_a_refused_sender_is_not_the_mails_fault(sink):
    sink.answers["sender"] = "550 5.7.1 Not your address"
    assert raised(SenderRefused, mail()).code == 550


@pytest.mark.parametrize("answer", ["421 4.3.2 Going away", "530 5.7.0 Authentication required"])
def test_a_server_that_refuses_any_sender_is_away(sink, answer):
    sink.answers["sender"] = answer
    assert type(raised(Away, mail())) is Away


@pytest.mark.parametrize("where", [ADAM, f"data:{ADAM}"], ids=["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "code", "status", "for_now"),
    [
        ("550 5.1.1 No such user", 550, "5.1.1", False),
        ("550 No such user", 550, "", False),
        ("452 4.2.2 Mailbox full", 452, "4.2.2", True),
        ("451 Later", 451, "", True),
    ],
)
def test_a_refusal_tells_its_numbers_and_whether_to_ask_again(sink, where, answer, code, status, for_now):
    sink.answers[where] = answer
    error = raised(Refused, mail())
    assert (error.code, error.status, error.for_now) == (code, status, for_now)


def test_the_servers_words_are_not_kept(sink):
    sink.answers[ADAM] = f"550 5.1.1 <{ADAM}> unknown"
    assert str(raised(Refused, mail())) == "SMTPRecipientsRefused 550 5.1.1"


def test_a_refusal_does_not_end_the_line(sink):
    sink.answers[ADAM] = "550 5.1.1 No such user"
    with Line() as line:
        with pytest.raises(Refused):
            line.hand_over(mail())
        line.hand_over(mail(EVE))
    assert sink.addresses == [EVE]
    assert sink.connections == 1


def test_an_address_that_cannot_be_said_is_that_mails_fault_and_no_others(sink):
    with Line() as line:
        with pytest.raises(Refused) as caught:
            line.hand_over(mail("ådam@example.org"))
        assert not caught.value.for_now
        line.hand_over(mail(EVE))
    assert sink.asked == [EVE]


def test_a_mail_that_django_writes_itself_is_in_doubt_by_the_same_rule(sink):
    sink.answers[f"data:{ADAM}"] = "hang up"
    raised(InDoubt, EmailMessage("Hello", "Hello.", "letters@example.org", [ADAM]))
    sink.answers = {ADAM: "cut"}
    raised(Away, EmailMessage("Hello", "Hello.", "letters@example.org", [ADAM]))
