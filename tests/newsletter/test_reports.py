"""What mail servers send back: each known format is read rightly, nothing forged counts, nothing broken stops the reading."""

import base64
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advice.newsletter import reports, returns
from advice.newsletter.models import Bounce, BounceKind, Delivery, DeliveryState
from advice.newsletter.reports import Result
from tests.factories import make_left, make_newsletter, make_reader

HARD, SOFT, COMPLAINT = BounceKind.HARD, BounceKind.SOFT, BounceKind.COMPLAINT
NOW = dt.datetime(2026, 5, 10, 12, 0, tzinfo=dt.UTC)
READER = "reader@example.org"

FOLDER = Path(__file__).parent / "bounces"
# Written by us as the servers write them; no name or address in them is anybody's.
CORPUS = {
    "arf-abuse": (COMPLAINT, ""),
    "arf-by-the-return-path": (COMPLAINT, ""),
    "arf-opt-out": (COMPLAINT, ""),
    "arf-redacted": (COMPLAINT, ""),
    "arf-yahoo": (COMPLAINT, ""),
    "jmrp-of-old": (COMPLAINT, ""),
    "courier": (HARD, "5.0.0"),
    "domino": (HARD, "5.1.1"),
    "envelope-in-received": (HARD, "5.1.1"),
    "exchange-2003": (HARD, "5.1.1"),
    "exim-550-without-status": (HARD, "550"),
    "exim-unrouteable": (SOFT, ""),
    "exim-user-unknown": (HARD, "5.1.1"),
    "gmail-disabled": (HARD, "5.2.1"),
    "gmail-no-such-user": (HARD, "5.1.1"),
    "html-only": (HARD, "5.1.1"),
    "international": (HARD, "5.1.1"),
    "mimecast": (HARD, "5.1.0"),
    "office365-access-denied": (HARD, "5.4.1"),
    "office365-not-found": (HARD, "5.1.10"),
    "outlook-mailbox-unavailable": (HARD, "5.5.0"),
    "postfix-as-text": (HARD, "5.1.1"),
    "postfix-no-such-domain": (HARD, "5.4.4"),
    "postfix-to-the-postmaster": (HARD, "5.1.1"),
    "postfix-user-unknown": (HARD, "5.1.1"),
    "qmail-in-an-mbox-line": (HARD, "5.1.1"),
    "qmail-no-mailbox": (HARD, "5.1.1"),
    "qmail-remote": (HARD, "5.1.1"),
    "qmail-vpopmail": (HARD, ""),
    "sendmail-as-text": (HARD, "5.1.1"),
    "sendmail-host-unknown": (HARD, "5.1.2"),
    "sendmail-user-unknown": (HARD, "5.1.1"),
    "sent-on-by-an-alias": (HARD, "5.1.1"),
    "ses-bounce": (HARD, "5.1.1"),
    "ses-suppression-list": (HARD, "5.1.1"),
    "transcript-of-old": (HARD, "550"),
    "word-only-unknown": (HARD, ""),
    "yahoo-mailbox-disabled": (HARD, "5.0.0"),
    "yahoo-no-account": (HARD, "5.0.0"),
    "zimbra-without-action": (HARD, "5.1.1"),
    "exchange-expired": (SOFT, "4.4.7"),
    "exchange-loop": (SOFT, "5.4.14"),
    "exim-retry-timeout": (SOFT, "4.7.1"),
    "exim-spam": (SOFT, "550"),
    "gmail-out-of-storage": (SOFT, "5.2.2"),
    "gmail-receives-too-much": (SOFT, "5.2.1"),
    "gmail-unauthenticated": (SOFT, "5.7.26"),
    "nothing-but-words": (SOFT, ""),
    "office365-mailbox-full": (SOFT, "5.2.2"),
    "office365-sender-banned": (SOFT, "5.7.606"),
    "postfix-blocked": (SOFT, "5.7.1"),
    "postfix-blocked-without-status": (SOFT, "5.0.0"),
    "postfix-gave-up": (SOFT, "4.4.1"),
    "postfix-mailbox-full": (SOFT, "5.2.2"),
    "qmail-queue-too-long": (SOFT, "4.2.2"),
    "two-recipients": (SOFT, "4.2.2"),
    "a-reader-answers": None,
    "advertisement": None,
    "arf-auth-failure": None,
    "arf-not-spam": None,
    "challenge": None,
    "daemon-says-hello": None,
    "exchange-delayed": None,
    "exim-delayed": None,
    "expanded-list": None,
    "gmail-delayed": None,
    "has-left-the-firm": None,
    "out-of-office": None,
    "postfix-delayed": None,
    "postfix-delivered": None,
    "read-receipt": None,
    "sendmail-still-undelivered": None,
}
COMING_BACK = sorted(name for name, meaning in CORPUS.items() if meaning)


@pytest.fixture(autouse=True)
def bounce_address(settings):
    settings.BOUNCE_ADDRESS = "bounces@site.example"


def fill(name, copy=17, reader=READER):
    return fill_text((FOLDER / f"{name}.eml").read_text(), copy, reader)


def fill_text(text, copy=17, reader=READER):
    words = {"{{PATH}}": returns.path(copy), "{{MESSAGE_ID}}": returns.message_id(copy), "{{READER}}": reader}
    for word, value in words.items():
        text = text.replace(word, value)
    return text.encode()


def test_the_table_names_each_file():
    assert sorted(CORPUS) == sorted(file.stem for file in FOLDER.iterdir())


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_each_format_is_read(name):
    report = reports.read(fill(name))
    finding = report.about(READER)
    assert report.has_news is (CORPUS[name] is not None)
    if CORPUS[name]:
        assert (report.copy, finding.kind, finding.code) == (17, *CORPUS[name])


# -- forged ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(db):
    """The copy of a reader who has got an issue."""
    newsletter = make_newsletter("The Cooldown", slug="cooldown")
    make_reader(newsletter, email=READER)
    return sent(newsletter)


def sent(newsletter, at=None):
    """The one copy of a new issue, as if it had been sent."""
    delivery = make_left(newsletter).deliveries.get()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.SENT, settled_at=at or NOW - dt.timedelta(days=8)
    )
    return Delivery.objects.select_related("subscriber").get(pk=delivery.pk)


def take_in(raw, now=NOW):
    return reports.take_in(reports.read(raw), now=now)


def status_of(copy):
    return type(copy.subscriber).objects.get(pk=copy.subscriber_id).status


@pytest.mark.parametrize("name", COMING_BACK)
def test_what_bears_no_signature_of_ours_is_ignored(name, copy):
    make_left(copy.issue.newsletter)  # whose copy has the next number
    genuine = fill(name, copy.pk)
    signature = returns.mark(copy.pk).partition(".")[2].encode()
    wrong = signature[:-1] + (b"1" if signature.endswith(b"0") else b"0")
    forged = [
        genuine.replace(signature, wrong),
        genuine.replace(b"c%d." % copy.pk, b"c%d." % (copy.pk + 1)),
        genuine.replace(returns.mark(copy.pk).encode(), b"c%d" % copy.pk),
        genuine.replace(b"+" + returns.mark(copy.pk).encode(), b"").replace(
            returns.mark(copy.pk).encode(), b""
        ),
    ]
    assert [take_in(raw) for raw in forged] == [Result.FORGED] * len(forged)
    assert not Bounce.objects.exists()
    assert status_of(copy) == "confirmed"
    assert take_in(genuine) == Result[CORPUS[name][0].name]


@pytest.mark.parametrize("name", COMING_BACK)
def test_a_report_about_somebody_else_is_ignored_though_the_signature_is_right(name, copy):
    raw = fill(name, copy.pk, reader="somebody.else@elsewhere.example")
    if CORPUS[name][0] != COMPLAINT and reports.read(raw).findings[0].addresses:
        assert take_in(raw) == Result.FORGED
        assert not Bounce.objects.exists()
    else:
        assert take_in(raw) == Result[CORPUS[name][0].name]  # it does not say whom it is about


def test_most_formats_say_whom_they_are_about():
    named = [name for name in COMING_BACK if reports.read(fill(name)).findings[0].addresses]
    assert len(named) >= 40
    assert {"postfix-as-text", "qmail-no-mailbox", "exim-user-unknown", "sendmail-as-text"} <= set(named)


@pytest.mark.parametrize(
    "spelling", ["READER@Example.org", "reader+news@example.org", "reader@mail.example.org", "reader"]
)
def test_other_spellings_of_the_address_are_the_same_mailbox(copy, spelling):
    assert take_in(fill("postfix-user-unknown", copy.pk, reader=spelling)) == Result.HARD


def test_a_copy_that_was_never_sent_cannot_come_back(copy):
    Delivery.objects.filter(pk=copy.pk).update(state=DeliveryState.PENDING)
    assert take_in(fill("postfix-user-unknown", copy.pk)) == Result.FORGED
    assert take_in(fill("postfix-user-unknown", copy.pk + 1000)) == Result.FORGED
    assert status_of(copy) == "confirmed"


@pytest.mark.parametrize("state", ["sending", "sent", "uncertain", "failed"])
def test_a_copy_that_somebody_may_have_got_can_come_back(copy, state):
    Delivery.objects.filter(pk=copy.pk).update(state=state, claimed_at=NOW)
    assert take_in(fill("postfix-user-unknown", copy.pk)) == Result.HARD


def test_the_copy_of_one_who_had_all_erased_only_counts(copy):
    Delivery.objects.filter(pk=copy.pk).update(subscriber=None)
    assert take_in(fill("postfix-user-unknown", copy.pk)) == Result.HARD
    assert status_of(copy) == "confirmed"


# -- which copy, and when -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Received"]
)
def test_the_return_path_is_found_wherever_a_server_writes_it(header):
    path = returns.path(17).upper()  # some fold the case
    raw = f"{header}: from a by b for <{path}>; now\nFrom: postmaster@example.org\n\n550 5.1.1 User unknown\n"
    raw = raw.replace("\n\n", "\nSubject: Undeliverable\n\n", 1)
    assert reports.read(raw.encode()).copy == 17


def test_parts_that_were_encoded_though_they_must_not_be_are_read():
    inner = fill_text("Final-Recipient: rfc822; {{READER}}\nAction: failed\nStatus: 5.1.1\n")
    returned = fill_text("Message-ID: {{MESSAGE_ID}}\nSubject: Five answers\n\nHello.\n")
    raw = b"From: MAILER-DAEMON@example.org\nContent-Type: multipart/report; boundary=b\n"
    for kind, text in (
        ("message/delivery-status", b"Reporting-MTA: dns; a\n\n" + inner),
        ("message/rfc822", returned),
    ):
        raw += f"\n--b\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n".encode()
        raw += base64.encodebytes(text)
    report = reports.read(raw + b"\n--b--\n")
    assert (report.copy, report.about(READER).kind, report.about(READER).code) == (17, HARD, "5.1.1")


def test_lines_may_end_as_they_like():
    for name in ("postfix-user-unknown", "qmail-no-mailbox", "arf-abuse", "sendmail-as-text"):
        unix = fill(name)
        assert reports.read(unix.replace(b"\n", b"\r\n")) == reports.read(unix)


def test_a_report_is_as_old_as_it_says_but_not_older_than_its_copy_nor_of_tomorrow(copy):
    written = dt.datetime(2026, 5, 3, 5, 0, 9, tzinfo=dt.UTC)
    for date, at in [
        ("Sun, 03 May 2026 05:00:09 +0000", written),
        ("Mon, 03 May 2021 05:00:09 +0000", copy.settled_at),
        ("Sat, 03 May 2036 05:00:09 +0000", NOW),
        ("Sun, 99 Foo 2026", NOW),
        ("Sun, 03 May 2026 05:00:09 -0000", written),
    ]:
        Bounce.objects.all().delete()
        raw = fill("postfix-mailbox-full", copy.pk).replace(
            b"Date: Sun, 03 May 2026 05:00:09 +0000", b"Date: " + date.encode(), 1
        )
        assert take_in(raw) == Result.SOFT
        assert Bounce.objects.get().at == at


# -- broken ---------------------------------------------------------------------------------------------------------

SEEDS = [
    "postfix-user-unknown",
    "qmail-no-mailbox",
    "arf-abuse",
    "office365-not-found",
    "html-only",
    "international",
]
SPLINTERS = [
    *(b"\0", b"\xff\xfe", b"\r", b"\n\n", b"\n", b"=?", b"=?utf-8?B?////?=", b"--=_b0001", b"--=_b0001--"),
    *(b"Content-Type: message/rfc822\n\n", b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"),
    *(b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: uuencode\n", b"begin 644 x\n"),
    *(b'Content-Type: text/plain; charset="utf-7"\n', b"Content-Type: text/html; charset=undefined\n"),
    *(b"Content-Type: text/plain; charset*0*=''%ff; charset*9999999999999999999=x\n", b"Content-Type:\n"),
    *(
        b"Action: failed\n",
        b"Status: 5.1.1\n",
        b"Final-Recipient: rfc822; \xe9@\xe9\n",
        b"Date: \xe9\n",
        b"550 ",
    ),
    *(b"c99999999999999999999.00000000000000000000@", b"Feedback-Type: \xff\n", b"<!", b"@" * 70),
]


@st.composite
def mutilated(draw):
    raw = fill_text((FOLDER / f"{draw(st.sampled_from(SEEDS))}.eml").read_text())
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(raw)))
        end = start + draw(st.sampled_from([0, 0, 1, 20, 500]))
        splinter = draw(st.one_of(st.sampled_from(SPLINTERS), st.binary(max_size=8), st.just(raw[:300])))
        raw = raw[:start] + splinter + raw[end:]
    return raw


@settings(max_examples=400, deadline=None)
@given(raw=mutilated())
@example(raw=b"")
@example(raw=b"\0" * 1000)
@example(raw=b"Content-Type: message/rfc822\n\n" * 3000)
@example(
    raw=b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n\0\n\n--x--"
)
def test_nothing_broken_stops_the_reading(raw):
    report = reports.read(raw)
    assert report.copy in {None, 17}
    assert all(len(finding.code) <= 12 for finding in report.findings)


def test_a_hundred_levels_deep_it_is_no_report():
    raw = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(100)
    )
    assert not reports.read(raw + fill("postfix-user-unknown")).has_news


def test_of_a_huge_message_only_the_beginning_is_read():
    raw = fill("postfix-user-unknown").replace(b"--=_b0001--", b"X" * 12_000_000 + b"\n--=_b0001--")
    assert reports.read(raw).about(READER).kind == HARD
    hidden = b"From: a@b.example\nX-Long: " + b"a" * reports.MAX_BYTES + b"\n" + fill("postfix-user-unknown")
    assert not reports.read(hidden).has_news


def test_long_lines_without_an_end_take_no_time():
    for line in (b"a" * 900_000, b"<" * 900_000, b"a@" * 450_000, b"550 " * 200_000, b"-" * 900_000):
        raw = fill("postfix-as-text").replace(
            b"\n\nThis is the mail", b"\nX-Failed-Recipients: %b\n\n%b" % (line, line)
        )
        reports.read(raw)
