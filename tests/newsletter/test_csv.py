"""Subscribers as CSV: what is read, what becomes of each row, and that a list comes back as it went."""

import io
import itertools

import pytest
from django.db import connection
from django.utils import timezone

from advice.crypto import digest
from advice.mail.models import Message
from advice.newsletter import csv_files, importing, workflow
from advice.newsletter.csv_files import COLUMNS, NotAList, Reader, Row, escaped, unescaped
from advice.newsletter.exporting import export_lines
from advice.newsletter.importing import Importer
from advice.newsletter.models import (
    Subscriber,
    SubscriberStatus,
    Subscription,
    SuppressedBecause,
    Suppression,
)
from tests.factories import make_newsletter, make_reader, make_tag

HEADER = "email,newsletters,status,confirmed_at,consent_source,topics,rhythm,text_only,paused_until\n"
SOURCE = "the form on old.example"
HOSTILE = ["=cmd@example.org", "+x@example.org", "-a@example.org", "'=q@example.org", "'plain@example.org"]


def read(text, encoding="utf-8"):
    return list(Reader(io.BytesIO(text.encode(encoding))))


def take(text, **options):
    """Counts and what was broken."""
    found = []
    importer = Importer(**{"consent_source": SOURCE, **options})
    counts = importer.run(Reader(io.BytesIO(text.encode())), broken=lambda *what: found.append(what))
    return dict(counts), found


def stored():
    """Everything of the subscribers but their numbers and nonces."""
    return [
        (
            row.email,
            row.canonical,
            row.status,
            row.confirmed_at,
            row.rhythm,
            row.text_only,
            row.paused_until,
            sorted(row.newsletters.values_list("slug", flat=True)),
            sorted(row.topics.values_list("slug", flat=True)),
        )
        for row in Subscriber.objects.order_by("email")
    ]


# -- the file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_it_is_read_however_a_spreadsheet_wrote_it(separator, end, encoding):
    text = end.join(
        [separator.join(["Email", "other", "status"]), separator.join(["ä@example.org", "x", ""])]
    )
    (row,) = read(text, encoding)
    assert (row.number, row.cells["email"], row.cells["status"]) == (2, "ä@example.org", "")


def test_a_broken_line_takes_no_other_along(monkeypatch):
    monkeypatch.setattr(csv_files, "MAX_LINE", 40)
    lines = [
        b"email,status",
        b'"never closed,x',
        b"a@example.org,",
        b"\xff@example.org,",
        b"x" * 200 + b"@example.org",
        b"",
        b"nul\0@example.org,",
        b"too,many,cells",
        b"b@example.org",
    ]
    rows = list(Reader(io.BytesIO(b"\n".join(lines))))
    assert [(row.number, row.cells["email"]) for row in rows if isinstance(row, Row)] == [
        (3, "a@example.org"),
        (9, "b@example.org"),
    ]
    assert [row[0] for row in rows if not isinstance(row, Row)] == [2, 4, 5, 7, 8]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "one of them must be"),
        (b"a@example.org\nb@example.org\n", "one of them must be"),
        ("email\n".encode("utf-16"), "UTF-16"),
        (b"email,status,status\n", "twice: status"),
        (b"\xff\n", "not UTF-8"),
        (b'"email\n', "not CSV"),
    ],
)
def test_what_is_no_list_is_said(content, words):
    with pytest.raises(NotAList, match=words):
        Reader(io.BytesIO(content))


def test_a_file_of_too_many_lines_is_to_be_parted(monkeypatch):
    monkeypatch.setattr(csv_files, "MAX_LINES", 2)
    with pytest.raises(NotAList, match="in parts"):
        read("email\na@example.org\nb@example.org\n")


def test_no_cell_begins_a_formula_and_each_comes_back_as_it_was():
    starts = ["", *"=+-@'\t\r", "a", "＝"]
    for value in ("".join(parts) for parts in itertools.product(starts, starts, starts)):
        cell = escaped(value)
        assert not cell.startswith(tuple("=+-@\t\r\n"))
        assert unescaped(cell) == value
    assert unescaped("'twas@example.org") == "'twas@example.org"  # an apostrophe that nobody put there


# -- what becomes of a row ----------------------------------------------------------------------------------------


@pytest.fixture
def weekly(db):
    return make_newsletter(slug="weekly")


@pytest.fixture
def daily(db):
    return make_newsletter(slug="daily")


def test_a_new_address_is_subscribed_with_what_its_owner_agreed_to_and_nobody_is_mailed(weekly, daily):
    tag = make_tag()
    row = f"Eve@Example.org,weekly daily,,2020-02-01T10:00:00+02:00,a stall at the fair,{tag.slug},weekly,yes"
    assert take(HEADER + row) == ({"created": 1}, [])
    eve = Subscriber.objects.get()
    assert (eve.email, eve.canonical, eve.status) == ("Eve@Example.org", "eve@example.org", "confirmed")
    assert (eve.consent_source, eve.form, eve.consent_version) == ("a stall at the fair", "import", "")
    assert (eve.rhythm, eve.text_only, list(eve.topics.all())) == ("weekly", True, [tag])
    assert eve.confirmed_at.isoformat() == "2020-02-01T08:00:00+00:00"
    assert set(eve.newsletters.all()) == {weekly, daily}
    assert not Message.objects.exists()


def test_rows_that_say_less_take_what_the_command_says(weekly):
    assert take("email\neve@example.org\n", newsletters=[weekly]) == ({"created": 1}, [])
    eve = Subscriber.objects.get()
    assert (eve.consent_source, list(eve.newsletters.all())) == (SOURCE, [weekly])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("nobody,weekly,,,,,,", "e-mail"),
        (",weekly,,,,,,", "e-mail"),
        ("eve@example.org,,,,,,,", "names no newsletter"),
        ("eve@example.org,elsewhere,,,,,,", "no newsletter “elsewhere”"),
        ("eve@example.org,weekly,vip,,,,,", "status, “vip”"),
        ("eve@example.org,weekly,,yesterday,,,,", "confirmed_at"),
        ("eve@example.org,weekly,,2020-13-45,,,,", "confirmed_at"),
        ("eve@example.org,weekly,,2999-01-01,,,,", "still to come"),
        ("eve@example.org,weekly,,,,nothing,,", "no topic “nothing”"),
        ("eve@example.org,weekly,,,,,hourly,", "rhythm, “hourly”"),
        ("eve@example.org,weekly,,,,,,perhaps", "text_only, “perhaps”"),
        ("eve@example.org,weekly,,,,,,,soon", "paused_until is no day"),
        ("eve@example.org,weekly,,,,,,,2026-02-30", "paused_until is no day"),
        ("eve@example.org,weekly,,,,,,,2999-01-01", "more than a year away"),
        ("eve@example.org,weekly,," + "," + "x" * 201 + ",,,", "longer than 200"),
        ("eve@example.org,weekly,,,a\x1bb,,,", "control character"),
        ("e" * 65 + "@" + "x." * 120 + "org,weekly,,,,,,", "e-mail"),
    ],
)
def test_a_broken_row_is_told_by_its_line_and_the_others_go_on(weekly, row, reason):
    counts, found = take(HEADER + row + "\nadam@example.org,weekly,,,,,,\n")
    assert counts == {"broken": 1, "created": 1}
    ((number, said),) = found
    assert number == 2
    assert reason in said
    assert Subscriber.objects.get().email == "adam@example.org"


def test_without_a_source_of_consent_nobody_is_subscribed(weekly):
    counts, found = take(HEADER + "eve@example.org,weekly,,,,,,", consent_source=" ")
    assert counts == {"broken": 1}
    assert "where its owner agreed" in found[0][1]
    assert not Subscriber.objects.exists()


def test_one_mailbox_in_its_spellings_is_one_subscriber(weekly, daily):
    rows = ["E.ve+x@gmail.com,weekly,,,,,,", "eve@GOOGLEMAIL.com,daily,,,,,,", "eve@gmail.com,weekly,,,,,,"]
    assert take(HEADER + "\n".join(rows)) == ({"created": 1, "here": 2}, [])
    assert list(Subscriber.objects.get().newsletters.all()) == [weekly]


def test_who_is_subscribed_is_left_as_they_are(weekly, daily):
    reader = make_reader(weekly, email="eve@example.org", rhythm="weekly")
    before = Subscriber.objects.values().get()
    assert take(HEADER + "EVE@example.org,daily weekly,,2001-01-01,,,daily,yes")[0] == {"here": 1}
    assert Subscriber.objects.values().get() == before
    assert list(reader.newsletters.all()) == [weekly]


def test_a_newsletter_that_was_unticked_here_does_not_come_back_with_an_old_list(weekly, daily):
    row = HEADER + "eve@example.org,daily weekly,,2001-01-01,,,,"
    assert take(row)[0] == {"created": 1}
    eve = Subscriber.objects.get()
    workflow.set_preferences(eve, newsletters=[weekly])
    assert take(row) == ({"here": 1}, [])
    assert list(eve.newsletters.all()) == [weekly]


def test_who_has_left_or_must_not_be_mailed_is_never_subscribed_again(weekly):
    left = make_reader(weekly, email="left@example.org")
    workflow.leave(left)
    bounced = make_reader(weekly, email="bounced@example.org")
    workflow.suppress(bounced, because=SuppressedBecause.BOUNCED)
    Suppression.objects.create(digest=digest("gone@example.org"), because=SuppressedBecause.ASKED)
    rows = [f"{name}@example.org,weekly,confirmed,,,,," for name in ("LEFT", "bounced+x", "Gone")]
    assert take(HEADER + "\n".join(rows)) == ({"stay left": 1, "stay suppressed": 2}, [])
    assert not Subscription.objects.exists()
    assert set(Subscriber.objects.values_list("status", flat=True)) == {"left", "suppressed"}


def test_who_was_asked_here_still_has_to_confirm(weekly):
    workflow.subscribe(email="eve@example.org", newsletters=[weekly])
    assert take(HEADER + "eve@example.org,weekly,,,,,,")[0] == {"stay pending": 1}
    assert Subscriber.objects.get().status == SubscriberStatus.PENDING
    assert not Subscription.objects.exists()


def test_who_had_not_confirmed_there_is_not_subscribed(weekly):
    assert take(HEADER + "eve@example.org,weekly,Pending,,,,,")[0] == {"not confirmed": 1}
    assert not Subscriber.objects.exists()


def test_a_list_of_addresses_that_must_not_be_mailed_is_kept_as_fingerprints(weekly):
    reader = make_reader(weekly, email="here@example.org")
    rows = [
        "here@example.org,,bounced,,,,,",
        "there@example.org,,Suppressed,,,,,",
        "x@example.org,,cleaned,,,,,",
    ]
    assert take(HEADER + "\n".join(rows), consent_source="") == ({"suppressed": 3}, [])
    reader.refresh_from_db()
    assert reader.status == SubscriberStatus.SUPPRESSED
    assert not Subscription.objects.exists()
    assert set(Suppression.objects.values_list("because", flat=True)) == {"imported"}
    assert Suppression.objects.count() == 3
    assert Subscriber.objects.count() == 1
    assert workflow.subscribe(email="There+1@example.org", newsletters=[weekly]) is None


def test_who_left_there_is_known_to_have_left_and_who_came_back_here_stays(weekly):
    make_reader(weekly, email="back@example.org")
    rows = ["gone@example.org,weekly,unsubscribed,,,,,", "back@example.org,weekly,unsubscribed,,,,,"]
    assert take(HEADER + "\n".join(rows))[0] == {"left": 1, "stay subscribed": 1}
    gone = Subscriber.objects.get(email="gone@example.org")
    assert (gone.status, gone.confirmed_at, gone.subscriptions.count()) == ("left", None, 0)
    assert Subscription.objects.get().subscriber.email == "back@example.org"


def test_what_a_later_line_forbids_an_earlier_one_has_not_done(weekly, daily):
    make_reader(weekly, email="b@example.org")
    rows = [
        *("a@example.org,weekly,,,,,,", "a@example.org,,bounced,,,,,"),
        *("b@example.org,daily,,,,,,", "b@example.org,,bounced,,,,,"),
        *("c@example.org,,left,,,,,", "c@example.org,weekly,,,,,,"),
    ]
    take(HEADER + "\n".join(rows))
    assert not Subscription.objects.exists()
    assert [(row.email, row.status) for row in Subscriber.objects.order_by("email")] == [
        ("b@example.org", "suppressed"),
        ("c@example.org", "left"),
    ]


# -- the whole of it ----------------------------------------------------------------------------------------------

LIST = HEADER + "".join(
    f"reader{n % 20}@example.org,{'weekly' if n % 3 else 'daily'},{['', 'left', 'bounced', ''][n % 4]},2020-01-01,,,,\n"
    for n in range(60)
)


def everything():
    return (
        stored(),
        sorted(Suppression.objects.values_list("digest", "because")),
        sorted(Subscription.objects.values_list("subscriber__email", "newsletter__slug")),
    )


def test_the_same_file_twice_changes_nothing(weekly, daily):
    take(LIST)
    before = everything()
    counts, _ = take(LIST)
    assert everything() == before
    assert not counts.keys() & {"created", "left", "suppressed"}


@pytest.mark.parametrize("killed_in", range(6))
def test_killed_in_the_middle_and_run_again_it_ends_the_same(weekly, daily, monkeypatch, killed_in):
    monkeypatch.setattr(importing, "BATCH", 10)
    writes = itertools.count()
    write = importing._Writer.write

    def killed(writer):
        write(writer)
        if next(writes) == killed_in:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(importing._Writer, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            take(LIST)
    half = len(stored())
    take(LIST)
    assert half <= len(stored())
    interrupted = everything()
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()
    take(LIST)
    assert everything() == interrupted


@pytest.mark.parametrize("batch", [7, 500])
def test_a_dry_run_says_the_same_and_writes_nothing(weekly, daily, monkeypatch, batch):
    monkeypatch.setattr(importing, "BATCH", batch)
    said = take(LIST, dry_run=True)
    assert not Subscriber.objects.exists()
    assert not Suppression.objects.exists()
    assert take(LIST) == said


def test_our_own_list_comes_back_equal_whatever_the_addresses_begin_with(weekly, daily):
    tags = [make_tag(), make_tag()]
    for number, email in enumerate([*HOSTILE, "a.o@bücher.example"]):
        reader = make_reader(*[weekly, daily][: 1 + number % 2], email=email, text_only=bool(number % 2))
        reader.topics.set(tags[: number % 3])
        if number % 2:
            workflow.pause(reader, until=timezone.localdate() + workflow.PAUSE_AT_MOST)
    workflow.leave(make_reader(weekly, email="left@example.org", rhythm="daily"))
    exported = "".join(export_lines())
    assert not [
        cell
        for row in exported.splitlines()
        for cell in row.split(",")
        if cell.startswith(tuple("=+-@"))
    ]  # fmt: skip
    before = stored()
    Subscriber.objects.all().delete()
    counts, found = take(exported, consent_source="")
    assert (counts, found) == ({"created": 6, "left": 1}, [])
    assert stored() == before
    assert "".join(export_lines()) == exported


def test_those_who_have_not_confirmed_are_not_exported(weekly):
    workflow.subscribe(email="eve@example.org", newsletters=[weekly])
    assert list(export_lines()) == [",".join(COLUMNS) + "\r\n"]


def test_many_rows_ask_the_database_in_batches(weekly, django_assert_max_num_queries):
    rows = "".join(f"reader-{number}@example.org,weekly,,,,,,\n" for number in range(1000))
    with django_assert_max_num_queries(2 * (10 if connection.vendor == "postgresql" else 22) + 3):
        assert take(HEADER + rows)[0] == {"created": 1000}


# -- the log ------------------------------------------------------------------------------------------------------


def test_each_leaves_one_line_in_the_log_with_counts_and_no_address(weekly, caplog):
    caplog.set_level("INFO", logger="advice.newsletter")
    rows = "eve@example.org,weekly,,,,,,\neve@example.org,weekly,,,,,,\nnobody,weekly,,,,,,\n"
    take(HEADER + rows, dry_run=True)
    assert caplog.messages == []
    take(HEADER + rows)
    list(export_lines())
    assert caplog.messages == [
        "Subscribers were imported from a list: 1 broken, 1 created, 1 here.",
        "1 subscribers were exported as a list.",
    ]


def test_what_is_stopped_in_the_middle_is_in_the_log_too(weekly, caplog, monkeypatch):
    caplog.set_level("INFO", logger="advice.newsletter")
    monkeypatch.setattr(importing, "BATCH", 1)

    def rows():
        yield from Reader(io.BytesIO((HEADER + "a@example.org,weekly,,,,,,\n").encode()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Importer(consent_source=SOURCE).run(rows(), broken=lambda *what: None)
    lines = export_lines()
    assert [next(lines) for _ in range(2)][1].startswith("a@example.org")
    lines.close()
    assert caplog.messages == [
        "Subscribers were imported from a list: 1 created.",
        "1 subscribers were exported as a list.",
    ]
