"""Other sites are asked on a line to the address that was looked at; here they are servers of this process."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from advice.desk import outward
from advice.desk.outward import ask_all, is_of_the_open_internet


class Other(BaseHTTPRequestHandler):
    """Another site. `answers` says what it gives by path: a status, or a status and where it leads."""

    answers: dict = {}
    asked: list = []

    def do_HEAD(self):
        type(self).asked.append((self.command, self.path, self.headers["Host"]))
        status = self.answers.get(self.path, 200)
        if status == "only GET":
            status = 200 if self.command == "GET" else 405
        leads_to = ""
        if isinstance(status, tuple):
            status, leads_to = status
        self.send_response(status)
        if leads_to:
            self.send_header("Location", leads_to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *arguments):
        pass


@pytest.fixture
def other():
    """Gives its address."""
    Other.answers, Other.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def anybody(address):
    return True


def ask(*urls):
    return list(ask_all(urls, may_ask=anybody).values())


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1"),
        *(
            "::",
            "::1",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
        ),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"),
    ],
)
def test_no_address_of_a_private_network_is_asked(address):
    assert not is_of_the_open_internet(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_addresses_of_the_open_internet_are(address):
    assert is_of_the_open_internet(address)


def test_what_answers_is_in_order_and_what_does_not_is_said(other):
    Other.answers = {"/gone": 404, "/closed": 403, "/broken": 500, "/old": (301, "/new?a=1")}
    assert ask(*(other + path for path in ("/", "/gone", "/closed", "/broken", "/old"))) == [
        "",
        "There is no such page (404).",
        "It answers 403, at least to a program.",
        "It answers 500, at least to a program.",
        "",
    ]
    assert ("HEAD", "/new?a=1", other.removeprefix("http://")) in Other.asked


def test_who_does_not_know_head_is_asked_by_get(other):
    Other.answers = {"/page": "only GET"}
    assert ask(f"{other}/page") == [""]
    assert [command for command, *_ in Other.asked] == ["HEAD", "GET"]


def test_nobody_is_asked_on_our_own_machine_not_even_by_a_redirect(other):
    private = "It leads into a private network, so it was not asked."
    assert list(ask_all([other]).values()) == [private]
    assert Other.asked == []

    def only_by_its_name(address):
        return len(Other.asked) == 0

    Other.answers = {"/": (302, "http://localhost:1/secret")}
    assert list(ask_all([f"{other}/"], may_ask=only_by_its_name).values()) == [private]
    assert [path for _, path, _ in Other.asked] == ["/"]


@pytest.mark.parametrize(
    ("leads_to", "problem"),
    [
        ("file:///etc/passwd", "It redirects to what is no web address."),
        ("gopher://127.0.0.1/", "It redirects to what is no web address."),
        ("/", "It redirects without end."),
    ],
)
def test_a_redirect_is_followed_only_to_web_addresses_and_not_for_ever(other, leads_to, problem):
    Other.answers = {"/": (302, leads_to)}
    assert ask(f"{other}/") == [problem]
    assert len(Other.asked) <= outward.REDIRECTS + 1


def test_the_line_goes_to_the_address_that_was_looked_at_whatever_the_name_says_later(other, monkeypatch):
    port = int(other.rpartition(":")[2])
    looked_up = []

    def changing(host, *arguments, **more):
        if host == "changing.example":
            looked_up.append(host)
            address = "127.0.0.1" if len(looked_up) == 1 else "10.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
        return real(host, *arguments, **more)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", changing)
    assert ask(f"http://changing.example:{port}/page") == [""]
    assert (looked_up, Other.asked) == (["changing.example"], [("HEAD", "/page", f"changing.example:{port}")])


def test_a_name_that_has_one_private_address_among_others_is_not_asked(monkeypatch):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("9.9.9.9", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **more: rows)
    assert list(ask_all(["http://two.example/"]).values()) == [
        "It leads into a private network, so it was not asked."
    ]


def test_a_name_that_does_not_exist_a_closed_door_and_a_plain_server_behind_https_are_problems(other):
    assert ask("http://no-such-name.invalid/") == ["There is no such host, or its name cannot be looked up."]
    assert ask(other.replace("http:", "https:")) == ["Its certificate is not in order."]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert ask(f"http://127.0.0.1:{port}/") == ["It could not be reached."]


@pytest.mark.parametrize("drips", [False, True])
def test_a_server_that_does_not_finish_its_answer_holds_nobody(monkeypatch, drips):
    monkeypatch.setattr(outward, "TIMEOUT", 0.3 if not drips else 3.0)
    monkeypatch.setattr(outward, "TOGETHER", 1.0)
    is_over = threading.Event()

    def serve(listening):
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            while not is_over.wait(0.1):
                if drips:
                    line.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=[listening], daemon=True).start()
        try:
            assert ask(f"http://127.0.0.1:{listening.getsockname()[1]}/") == ["It did not answer in time."]
        finally:
            is_over.set()
