"""import_subscribers and export_subscribers: what they say and how they end."""

import stat
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from advice.newsletter import workflow
from advice.newsletter.models import Subscriber
from tests.factories import make_newsletter, make_reader

pytestmark = pytest.mark.django_db

OPTIONS = ("--newsletter", "weekly", "--consent-source", "the form on old.example")


@pytest.fixture(autouse=True)
def weekly():
    return make_newsletter(slug="weekly")


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("email,name\neve@example.org,Eve\nadam@example.org,Adam\n")
    return file


def run(*arguments) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_says_what_it_did_and_what_it_did_not_read(file):
    note = "note: these columns are not read: name\n"
    said = run("import_subscribers", file, *OPTIONS, "--dry-run")[0]
    assert said == f"{note}2 subscribed\nNothing was written: this is what an import would do.\n"
    assert not Subscriber.objects.exists()
    assert run("import_subscribers", file, *OPTIONS) == (f"{note}2 subscribed\n", "")
    assert run("import_subscribers", file, *OPTIONS)[0] == f"{note}2 already here, left as they are\n"


def test_every_outcome_has_its_words(weekly, tmp_path):
    workflow.leave(make_reader(weekly, email="left@example.org"))
    workflow.subscribe(email="asked@example.org", newsletters=[weekly])
    make_reader(weekly, email="here@example.org")
    file = tmp_path / "a.csv"
    file.write_text(
        "email,status\nhere@example.org,\nhere@example.org,left\nleft@example.org,\nasked@example.org,\nnew@example.org,pending\nx@example.org,bounced\n"
    )
    assert run("import_subscribers", file, *OPTIONS)[0].splitlines() == [
        "1 already here, left as they are",
        "1 never to be mailed from now on",
        "1 have left here, and are not subscribed again",
        "1 were asked here and have not confirmed yet: they still have to",
        "1 have left there and are subscribed here: left as they are",
        "1 had not confirmed there, and are not subscribed",
    ]


def test_broken_lines_are_told_without_an_address_and_it_fails_in_the_end(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("email,rhythm\neve@example.org,hourly\nadam@example.org,\n")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 of the lines is broken"):
        call_command("import_subscribers", str(file), *OPTIONS, stdout=out, stderr=err)
    assert err.getvalue() == "line 2: its rhythm, “hourly”, is neither empty nor daily nor weekly\n"
    assert out.getvalue() == "1 subscribed\n1 broken\n"
    assert Subscriber.objects.get().email == "adam@example.org"


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), ("adam@example.org\n", "no list of subscribers")]
)
def test_a_file_that_cannot_be_taken_is_a_clear_error(tmp_path, content, reason):
    file = tmp_path / "a.csv"
    if content:
        file.write_text(content)
    with pytest.raises(CommandError, match=reason):
        run("import_subscribers", file, *OPTIONS)


def test_a_newsletter_that_is_not_there_is_named_with_those_that_are(file):
    with pytest.raises(CommandError, match=r"no newsletter “other”\. There are: weekly\."):
        run("import_subscribers", file, "--newsletter", "other")


def test_an_empty_list_is_said(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("email\n")
    assert run("import_subscribers", file, *OPTIONS)[0] == "The file holds no subscribers.\n"


def test_the_export_goes_out_as_it_can_be_taken_in(weekly, tmp_path):
    make_reader(weekly, email="=eve@example.org")
    workflow.subscribe(email="asked@example.org", newsletters=[weekly])
    out, err = run("export_subscribers")
    assert out.splitlines()[1].startswith("'=eve@example.org,weekly,confirmed,")
    assert err == "1 subscribers; left out: 1 who have not confirmed\n"
    target = tmp_path / "list.csv"
    assert run("export_subscribers", target)[1].startswith(f"1 subscribers in {target}")
    assert target.read_bytes().decode() == out
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
    Subscriber.objects.all().delete()
    assert run("import_subscribers", target)[0] == "1 subscribed\n"


def test_an_export_that_cannot_be_written_is_a_clear_error(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        run("export_subscribers", tmp_path / "nowhere" / "list.csv")
