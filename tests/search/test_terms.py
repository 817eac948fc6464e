"""What readers search for: counted, and its words not known before the third day, nor after the ninetieth."""

import datetime as dt
import logging
import threading
from pathlib import Path

import pytest
from django.db import connection, transaction

from advice.operations.due import run_due
from advice.search import terms
from advice.search.models import Term, TermDay
from advice.search.terms import FORGET_AFTER, countable, forget, forget_old, has_old, note, searched
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CANARY = "Quixotemill"


def note_on(*days: int, q: str = "calf cramp", found: int = 2) -> None:
    for day in days:
        note(q, found=found, now=NOW + day * DAY)


def shown(day: int = 2, **kwargs) -> list[tuple[str, int, int, int]]:
    rows = searched(now=NOW + day * DAY, **kwargs)
    return [(row.words, row.count, row.count_in_vain, row.seen_on) for row in rows]


def on_disk() -> bytes:
    """All that the database holds, whatever is said of it: on SQLite the file and what is written beside it."""
    if connection.vendor == "sqlite":
        return b"".join(path.read_bytes() for path in Path("/").glob(f"{_file().lstrip('/')}*"))
    return str(list(everything_stored())).encode()


def _file() -> str:
    return str(connection.settings_dict["NAME"])


def test_words_are_known_from_the_third_day_on():
    note_on(0, 0, 0, 1, 1)
    assert shown() == []
    assert list(Term.objects.values_list("words", flat=True)) == [""]
    note_on(2)
    assert shown() == [("calf cramp", 6, 0, 3)]
    assert Term.objects.get().words == "calf cramp"


def test_equals_are_one_term():
    for day, q in enumerate(["Calf-cramp", "  CALF   cramp?", "“cálf cramp”"]):
        note_on(day, q=q)
    assert shown() == [("calf cramp", 3, 0, 3)]


@pytest.mark.parametrize(
    "q",
    [
        *(
            "",
            " ",
            "?!",
            "x",
            "😀",
            "\0",
            "calf\0cramp",
            "\ud800",
            "12",
            "12 34",
            "½ marathon",
            "calf ４２１",
            "12 high street",
            "flat 3 calf",
            "N1 9GU",
            "٣ calf",
            "calf 123",
            "call 07 94 60 958",
            "12 34 56 calf",
            "flat 12 street 34",
            "one two three four",
            "call oh seven nine four",
            "double seven nine calf",
        ),
        *(
            "eve@example.org",
            "eve＠example",
            "https calf",
            "https://example.org/a",
            "www calf",
            "example.org",
        ),
        *(
            "eve dot com",
            "john at example com",
            "john dot smith at gmail",
            "john smith gmail",
            "john smith at example co uk",
            "e-mail john smith",
            "eve at example dot org",
            "SW1A 1AA",
            "+44 20 7946 0958",
            "a/b",
            "#calf",
            "calf_cramp",
        ),
        *(
            "cramp -calf",
            "-calf",
            "one two three four five six seven",
            "calf " * 13,
            "a" * 61,
            "calf " * 2_000,
        ),
        *("<script>", "calf:cramp", "calf=cramp", "calf(cramp)", "case ABC-1234"),
    ],
)
def test_what_may_be_from_a_letter_or_name_somebody_is_not_counted(q):
    assert countable(q) == ""
    note_on(0, 1, 2, q=q)
    assert not Term.objects.exists()


@pytest.mark.parametrize(
    ("q", "term"),
    [
        ("Runner’s knee", "runners knee"),
        ("a b c d e f", "a b c d e f"),
        ("Couch to 5K", "couch to 5k"),
        ("type 2 diabetes", "type 2 diabetes"),
        ("VO2max", "vo2max"),
        ("b12", "b12"),
        ("5k in 30 minutes", "5k in 30 minutes"),
        ("From 5K to 10K", "from 5k to 10k"),
        ("calf ４２", "calf 42"),
        ("pain at night", "pain at night"),
        ("one or two rest days", "one or two rest days"),
        ("crème brûlée & salt", "creme brulee salt"),
        ("why? my calf, again!", "why my calf again"),
        ("St. Moritz", "st moritz"),
        ('"calf cramp"', "calf cramp"),
    ],
)
def test_what_people_type_is_counted_folded(q, term):
    assert countable(q) == term


def test_a_term_whose_latest_search_found_nothing_is_in_vain_until_one_finds_something():
    note_on(0, 1, q="charley horse", found=0)
    note_on(2, q="charley horse", found=3)
    note_on(0, 1, found=3)
    note_on(2, 2, found=0)
    assert shown() == [("calf cramp", 4, 2, 3), ("charley horse", 3, 2, 3)]
    assert shown(in_vain=True) == [("calf cramp", 4, 2, 3)]
    note_on(2, found=1)
    assert shown(in_vain=True) == []


def test_most_searched_come_first():
    note_on(0, 1, 2, q="b")
    note_on(0, 1, 2, q="blister")
    note_on(0, 1, 2, q="ankle")
    note_on(0, 1, 2, 2, q="cramp")
    assert [row[0] for row in shown()] == ["cramp", "ankle", "blister"]


def test_after_ninety_days_nothing_is_left():
    note_on(0, 1, 2, q=CANARY)
    note_on(0, 1, q="Other")
    last = NOW + 2 * DAY
    assert forget_old(now=NOW + FORGET_AFTER - DAY) == 0
    assert not has_old(now=NOW + FORGET_AFTER - DAY)
    assert has_old(now=last + FORGET_AFTER)
    assert forget_old(now=last + FORGET_AFTER) == 5
    assert not Term.objects.exists()
    assert not TermDay.objects.exists()
    assert CANARY.lower() not in str(list(everything_stored()))


def test_words_are_forgotten_when_fewer_than_three_days_are_left():
    note_on(0, 1, 60)
    late = NOW + FORGET_AFTER
    assert [(row.words, row.seen_on) for row in searched(now=late - DAY)] == [("calf cramp", 3)]
    assert list(searched(now=late)) == []  # though nobody has erased anything yet
    assert forget_old(now=late) == 1
    assert Term.objects.get().words == ""
    note_on(90)
    assert Term.objects.get().words == "calf cramp"


def test_days_that_are_over_do_not_help_to_make_three_though_nobody_erased_them():
    note_on(0, 1, 95)
    assert Term.objects.get().words == ""


def test_the_daily_run_forgets_what_is_old():
    note_on(0, 1, 2)
    assert run_due(now=NOW + 2 * DAY + FORGET_AFTER)["search terms forgotten"] == 3
    assert not Term.objects.exists()


def test_one_term_is_forgotten_at_once_and_is_unknown_again():
    note_on(0, 1, 2)
    forget(Term.objects.get().pk)
    note_on(2, 3)
    assert Term.objects.get().words == ""


def test_a_flood_of_new_terms_is_cut_off_and_known_ones_still_count(monkeypatch):
    monkeypatch.setattr(terms, "NEW_A_DAY", 3)
    for q in ("one", "two", "three", "four", "five"):
        note_on(0, q=q)
    assert Term.objects.count() == 3
    note_on(0, q="one")
    assert TermDay.objects.get(count=2).term.digest == terms._digest("one")
    note_on(1, q="four")
    assert Term.objects.count() == 4


def test_the_digest_depends_on_the_sites_key(settings):
    before = terms._digest("calf")
    settings.SECRET_KEY = "another"
    assert terms._digest("calf") != before


@pytest.mark.django_db(transaction=True)
def test_words_seen_on_fewer_days_stand_nowhere_and_forgotten_ones_nowhere_any_more(client, caplog):
    canary = CANARY.lower().encode()
    caplog.set_level(logging.DEBUG)
    note_on(0, 1, q=CANARY)
    assert TermDay.objects.count() == 2
    assert canary not in on_disk().lower()
    assert CANARY.lower() not in caplog.text.lower()
    note_on(2, q=CANARY)
    assert canary in on_disk()  # or this would prove nothing
    forget_old(now=NOW + FORGET_AFTER)
    assert TermDay.objects.count() == 2
    assert canary not in on_disk()
    note_on(3, q=CANARY)
    assert canary in on_disk()
    forget_old(now=NOW + FORGET_AFTER + 3 * DAY)
    assert canary not in on_disk()


# -- beside others -----------------------------------------------------------------------------------------------


class Writer(threading.Thread):
    """Another process that has written and takes its time to commit: until it is told to, or far longer than a search."""

    def __init__(self) -> None:
        super().__init__()
        self.has_written, self.may_commit = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                Term.objects.create(digest=terms._digest("calf cramp"), since=NOW.date(), found=1)
                self.has_written.set()
                self.may_commit.wait(8)
        finally:
            connection.close()

    def __enter__(self) -> "Writer":
        self.start()
        assert self.has_written.wait(10)
        return self

    def __exit__(self, *args: object) -> None:
        self.may_commit.set()
        self.join()


@pytest.mark.django_db(transaction=True)
def test_a_search_does_not_wait_for_another_ones_writing_and_is_not_counted_then():
    with Writer() as writer:
        note_on(0)
        assert writer.is_alive()  # it was not waited for
    assert not TermDay.objects.exists()
    note_on(0)
    assert TermDay.objects.get().count == 1


@pytest.mark.django_db(transaction=True)
def test_who_writes_on_the_same_connection_afterwards_waits_as_ever():
    note_on(0, q="other")
    with Writer() as writer:
        threading.Timer(0.3, writer.may_commit.set).start()
        Term.objects.create(digest="d", since=NOW.date(), found=1)
    assert Term.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_where_many_search_at_once_none_fails_and_none_is_counted_twice():
    def search() -> None:
        try:
            for _ in range(20):
                note_on(0)
        finally:
            connection.close()

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= TermDay.objects.get().count <= 80


def test_a_database_that_fails_fails_no_search(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE search_term_day RENAME TO gone")
    note_on(0)
    assert client.get("/search/?q=calf").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO search_term_day")
    assert not Term.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_gone_fails_no_search():
    connection.ensure_connection()
    connection.connection.close()
    note_on(0)
    connection.close()
    assert not Term.objects.exists()
