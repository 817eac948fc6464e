"""Promise 8: one press and no mail follows, also in the middle of an issue; and whatever only looks at a link does nothing."""

import asyncio
import email
import email.policy
import itertools
import json
import os
import random
import re
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.drills.visiting import ask, dump, rows
from tests.mail.sink import Sink, start
from tests.site import Site, wait_for

HOST = "advice.example"
FORM = {"Content_Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
# How programs come that look at a mail's links before its reader does, or while they do.
LOOKERS = [
    {"User_Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0.0.0 Safari/537.36 Edg/120.0 SafeLinks"},
    {"User_Agent": "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"},
    {"User_Agent": "Mozilla/5.0 (compatible; proofpoint; URL Defense)", "Accept": "*/*"},
    {"User_Agent": "Mozilla/5.0 Firefox/140.0", "X_moz": "prefetch"},
    {"User_Agent": "Mozilla/5.0 Safari/605.1", "Purpose": "prefetch", "X_Purpose": "preview"},
    {"User_Agent": "Mozilla/5.0 Chrome/140.0", "Sec_Purpose": "prefetch;prerender", "Sec_Fetch_Site": "none"},
    {"User_Agent": "curl/8.0", "Sec_Fetch_Site": "cross-site", "Referer": "https://mail.example/inbox"},
]  # fmt: skip


class Clock(Sink):
    """A mail server that takes its time, and remembers when it was handed each mail."""

    def __init__(self):
        super().__init__()
        self.pause, self.times = 0.0, []

    async def handle_DATA(self, server, session, envelope):
        self.times.append((envelope.rcpt_tos[0], time.monotonic()))
        await asyncio.sleep(self.pause)
        return await super().handle_DATA(server, session, envelope)

    def mail(self, to, containing):
        """The one mail to an address that holds these words, as soon as it is there."""

        def found():
            parsed = [
                email.message_from_bytes(raw, policy=email.policy.default) for a, raw in self.mails if a == to
            ]
            return next((mail for mail in parsed if containing in text(mail)), None)

        return wait_for(found, 60, lambda: f"no mail to {to}; there are: {Counter(self.addresses)}")


@pytest.fixture(scope="module")
def sink():
    sink = Clock()
    controller = start(sink)
    sink.port = controller.port
    yield sink
    controller.stop()


@pytest.fixture(scope="module")
def site(sink, tmp_path_factory):
    environment = {
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "SITE_URL": f"https://{HOST}",
        "TRUSTED_PROXY_COUNT": "1",
    }
    folder = tmp_path_factory.mktemp("leaving")
    with Site(folder, database=os.environ["ADVICE_TEST_DB"], environment=environment, prepared=True) as running:
        yield running


def run(site, script):
    """What a script prints as JSON. It has the factories of the tests."""
    imports = (
        "import datetime as dt, itertools, json, time;"
        "from django.utils import timezone;"
        "from advice.articles.models import *; from advice.articles import workflow as articles;"
        "from advice.newsletter import copies, delivering, digests, tokens; from advice.newsletter.issuing import Pick;"
        "from advice.newsletter.models import *;"
        "from tests import factories; from tests.factories import *;"
        # Each script is a process of its own, and begins to count where no other has.
        "factories._number = itertools.count(int(time.time() * 1000))\n"
    )
    return json.loads(site.manage("shell", "--no-imports", "-c", imports + script).strip().splitlines()[-1])


def visit(site, method, path, body=None, **headers):
    return ask(site, method, path, body, **{"Host": HOST, "X_Forwarded_For": "203.0.113.9", **headers})


def text(mail):
    return mail.get_body(("plain",)).get_content()


def links(mail):
    """Each address of ours that stands in the mail, its headers included."""
    everything = text(mail) + mail.get_body(("html",)).get_content() + str(mail.get("List-Unsubscribe", ""))
    found = re.findall(rf"https://{HOST}(/[^\s\"<>)]*)", everything)
    return sorted({path.split("#")[0].rstrip(".,") for path in found})


def link(mail, part):
    (path,) = [path for path in links(mail) if path.startswith(part)]
    return path


# -- out at once ------------------------------------------------------------------------------------------------

SEND = """
newsletter = make_newsletter(position=9, makes_itself=False)
readers = make_readers(newsletter, {count})
issue = make_left(newsletter, intro="A long letter to all of you.")
print(json.dumps([issue.pk, {{reader.email: tokens.unsubscribing(reader.pk, None) for reader in readers}}]))
"""


@pytest.mark.parametrize(
    ("count", "leavers", "pause"),
    [
        pytest.param(400, 60, 0.008, marks=pytest.mark.quick),
        pytest.param(5_000, 600, 0.005, marks=pytest.mark.full),
    ],
)
def test_who_leaves_while_an_issue_is_sent_gets_nothing_after_it(site, sink, count, leavers, pause):
    sink.pause = pause
    issue, readers = run(site, SEND.format(count=count))
    order = list(readers)
    gone = {}
    while len(gone) < leavers:
        had = {address for address, _ in sink.times}
        waiting = [address for address in order if address not in had and address not in gone]
        # One who is next, and one from anywhere; spread over the whole issue.
        for address in {next_one(order, sink, waiting), random.choice(waiting)}:
            path = f"/unsubscribe/{readers[address]}/"
            status, headers, _ = visit(site, "POST", path, ONE_CLICK, **FORM)
            gone[address] = time.monotonic()
            assert (status, headers["Set-Cookie"]) == (200, None)
        done = len(gone) / leavers
        wait_for(lambda done=done: len(had_of(sink, readers)) / count >= done * 0.8 or None, 60, site.log)
    done = f"SELECT 1 FROM newsletter_issue WHERE id = {issue} AND status = 'sent'"
    wait_for(lambda: rows(site, done) or None, 120, site.log)

    copies = Counter(address for address, _ in sink.times if address in readers)
    late = {a: at - gone[a] for a, at in sink.times if a in gone and at > gone[a]}
    under_way = sum(address in copies for address in gone)
    print(f"leaving: {len(gone)} of {count} left while an issue was sent, {under_way} of their copies were under way,",
          f"the latest was handed over {max(late.values(), default=0) * 1000:.0f} ms after the 200")  # fmt: skip
    assert max(late.values(), default=0) <= 1
    assert under_way < len(gone)
    stay = set(readers) - set(gone)
    assert {address for address in copies if address not in gone} == stay
    assert set(copies.values()) == {1}


def had_of(sink, readers):
    return {address for address, _ in sink.times if address in readers}


def next_one(order, sink, waiting):
    """Who comes soon: the worker goes on from whom it wrote to last."""
    last = next((order.index(address) for address, _ in reversed(sink.times) if address in order), 0)
    soon = set(waiting) & set(order[last + 2 : last + 6])
    return min(soon or waiting, key=order.index)


# -- and nothing else does it -----------------------------------------------------------------------------------

MAILS = """
Newsletter.objects.update(makes_itself=False)
newsletter = make_newsletter(position=9, is_open=False, makes_itself=False)
grace, ada = make_reader(newsletter, email="grace@example.org"), make_reader(newsletter, email="ada@example.org")
article = Article.objects.published().first()
issue = make_left(newsletter, Pick(article, in_full=True))
Issue.objects.filter(pk=issue.pk).update(left_at=timezone.now() - dt.timedelta(hours=1))
while issue.deliveries.exclude(state="sent").exists(): delivering.deliver_due()
articles.correct(article, kind=CorrectionKind.CORRECTION, text="It was the other leg.", by=make_user())
wants = Subscriber(email="already@example.org", canonical="already@example.org", status="confirmed", confirmed_at=timezone.now(), asked_at=timezone.now() - dt.timedelta(days=2))
wants.save()
Subscription.objects.create(subscriber=wants, newsletter=Newsletter.objects.filter(is_open=True).first())
print(json.dumps([grace.pk, ada.pk]))
"""


@pytest.fixture(scope="module")
def mails(site, sink):
    """One of every kind that is mailed to subscribers, and one copy that its reader passes on."""
    sink.pause = 0
    run(site, MAILS)
    for name in ("new", "pending", "already"):
        body = f"email={name}@example.org".encode()
        assert visit(site, "POST", "/subscribe/", body, **FORM)[0] == 303
    asked = sink.mail("new@example.org", "/subscribe/confirm/")
    assert visit(site, "POST", link(asked, "/subscribe/confirm/"))[0] == 303
    return {
        "confirm": sink.mail("pending@example.org", "/subscribe/confirm/"),
        "welcome": sink.mail("new@example.org", "/subscribe/preferences/"),
        "already": sink.mail("already@example.org", "/subscribe/preferences/"),
        "issue": sink.mail("grace@example.org", "View in the browser"),
        "correction": sink.mail("grace@example.org", "the other leg"),
        "passed on": sink.mail("ada@example.org", "View in the browser"),
    }


def settled(site):
    """All that is kept of subscribers, once nothing is under way any more."""
    waiting = "SELECT 1 FROM newsletter_issue WHERE status = 'sending' UNION ALL SELECT 1 FROM mail_message"
    wait_for(lambda: rows(site, waiting) == [] or None, 60, site.log)
    return dump(site, "newsletter_", "mail_message")


@pytest.mark.parametrize(
    "tries", [pytest.param(50, marks=pytest.mark.quick), pytest.param(1_000, marks=pytest.mark.full)]
)
def test_whatever_looks_at_a_mailed_link_changes_nothing(site, mails, tries):
    kinds = {kind: links(mail) for kind, mail in mails.items() if kind != "passed on"}
    paths = sorted({path for found in kinds.values() for path in found})
    mailed = [path for path in paths if path.startswith(("/subscribe/", "/unsubscribe/"))]
    assert len(mailed) >= 7
    assert all(any(path in mailed for path in found) for found in kinds.values())
    looks = [*itertools.product(mailed, ["GET", "HEAD", "OPTIONS"], LOOKERS),
             *itertools.product(paths, ["GET", "HEAD"], LOOKERS[:1])]  # fmt: skip
    random.shuffle(looks)
    looks = list(itertools.islice(itertools.cycle(looks), tries))
    before = settled(site)
    answers = Counter()
    for number, (path, method, headers) in enumerate(looks):
        query = "?List-Unsubscribe=One-Click" if number % 5 == 0 else ""
        status, told, _ = visit(site, method, path + query, **headers)
        answers[status] += 1
        assert not told["Set-Cookie"]
    unchanged = settled(site) == before
    print(f"leaving: {tries} looks at {len(paths)} links of {len(kinds)} mails, answers {dict(answers)}:",
          "nothing changed" if unchanged else "something changed")  # fmt: skip
    assert unchanged
    assert set(answers) <= {200, 405}


@pytest.mark.quick
def test_the_header_of_a_copy_stops_its_reader_and_nothing_else_does(site, mails):
    for kind in ("issue", "correction", "welcome"):
        assert mails[kind]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mails[kind]["List-Unsubscribe"].strip().startswith(f"<https://{HOST}/unsubscribe/")
    assert all(mails[kind]["List-Id"].endswith(f".{HOST}>") for kind in ("issue", "correction"))
    before = settled(site)
    own = urlsplit(mails["passed on"]["List-Unsubscribe"].strip(" <>")).path
    token = own.split("/")[2]
    foreign = link(mails["confirm"], "/subscribe/confirm/").split("/")[3]
    for wrong in (token[:-1], token[1:], token[:-1] + "~", token.swapcase(), foreign, "x"):
        assert visit(site, "POST", f"/unsubscribe/{wrong}/", ONE_CLICK, **FORM)[0] == 404
    for path in (
        link(mails["confirm"], "/subscribe/confirm/"),
        link(mails["welcome"], "/subscribe/preferences/"),
    ):
        assert visit(site, "POST", path, ONE_CLICK, **FORM)[0] == 400
    assert settled(site) == before

    status, headers, _ = visit(site, "POST", own, MULTIPART, Content_Type="multipart/form-data; boundary=x")
    assert (status, headers["Set-Cookie"]) == (200, None)
    after = settled(site)
    assert (
        visit(site, "POST", own, ONE_CLICK, **FORM)[0] == 200
    )  # once more, in the other form that the RFC allows
    assert settled(site) == after
    left = "SELECT email FROM newsletter_subscriber WHERE status = 'left' AND email IN ('grace@example.org', 'ada@example.org')"
    stopped = [row[0] for row in rows(site, left)]
    print(f"leaving: one click in the header of one copy of two stopped {', '.join(map(str, stopped))}")
    assert stopped == ["ada@example.org"]
