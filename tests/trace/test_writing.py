"""The trace takes lines of our own words, and gives none back before its time, whoever asks."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from advice.operations import due
from advice.trace import guards
from advice.trace.models import KEPT, Act, Kind, OnlyAdded
from advice.trace.writing import forget_old, write_down, write_down_command
from tests.factories import make_user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
UNGUARDED = models.QuerySet(Act)  # what our own refusals do not reach


@pytest.fixture
def guarded(db):
    """As the migration leaves it, which tests of other things do without (conftest.py)."""
    guards.put_up(connection)


def lines():
    return list(Act.objects.order_by("pk").values_list("person", "verb", "kind", "number", "detail"))


def test_a_line_says_who_did_what_to_what():
    owner = make_user()
    write_down("change role", Kind.PERSON, 7, by=owner, detail="editor")
    write_down_command("export", Kind.SITE, detail="person")
    write_down("tell", Kind.LETTER, 3, by=None)  # the site itself
    assert lines() == [
        (owner.pk, "change role", "person", 7, "editor"),
        (None, "export", "site", None, "person"),
    ]


@pytest.mark.parametrize("verb", ["", "Dear Mara", "say “no”", "x" * 31, "mail eve@example.org"])
def test_a_verb_is_a_word_of_ours(verb):
    with pytest.raises(ValueError, match="words of ours"):
        write_down_command(verb, Kind.SITE)


def test_nothing_else_is_taken():
    with pytest.raises(ValueError, match="words of ours"):
        write_down_command("edit", Kind.SITE, detail="Northfield depot")
    with pytest.raises(ValueError, match="not a valid Kind"):
        write_down_command("edit", "Northfield depot")
    assert lines() == []


def test_nobody_changes_or_deletes_a_line_by_the_model():
    write_down_command("edit", Kind.SITE)
    act = Act.objects.get()
    for attempt in (
        act.save,
        act.delete,
        Act.objects.all().delete,
        lambda: Act.objects.update(verb="read"),
        lambda: Act.objects.bulk_update([act], ["verb"]),
    ):
        with pytest.raises(OnlyAdded), transaction.atomic():
            attempt()
    assert lines() == [(None, "edit", "site", None, "")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trace_act SET verb = 'read'",
        "UPDATE trace_act SET person = NULL",
        "DELETE FROM trace_act",
        "DELETE FROM trace_act WHERE verb = 'edit'",
    ],
)
def test_nor_by_the_database(guarded, statement):
    write_down_command("edit", Kind.SITE)
    with (
        pytest.raises(DatabaseError, match="only added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert lines() == [(None, "edit", "site", None, "")]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite knows no TRUNCATE")
def test_nor_all_at_once(guarded):
    write_down_command("edit", Kind.SITE)
    with (
        pytest.raises(DatabaseError, match="only added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE trace_act")
    assert len(lines()) == 1


def test_a_line_goes_when_its_time_is_over_and_none_before(guarded):
    now = timezone.now()
    for age in (KEPT + DAY, KEPT - DAY):
        Act.objects.create(verb="edit", kind=Kind.SITE, number=age.days, at=now - age)
    assert forget_old(now=now - 3 * DAY) == 0
    assert due.run_due()["lines of the trace forgotten"] == 1
    assert [line[3] for line in lines()] == [(KEPT - DAY).days]


def test_a_clock_that_runs_ahead_forgets_nothing(guarded):
    write_down_command("edit", Kind.SITE)
    assert forget_old(now=timezone.now() + 2 * KEPT) == 0
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        UNGUARDED.all().delete()
    assert len(lines()) == 1
