"""read_bounces: from where it reads, what it says, how it ends, and that twice is as good as once."""

import io
import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError

from advice.newsletter.models import Bounce, Delivery, Subscriber
from tests.factories import make_left, make_newsletter, make_reader
from tests.newsletter.test_reports import fill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bounce_address(settings):
    settings.BOUNCE_ADDRESS = "bounces@site.example"


@pytest.fixture
def copies():
    """Those of one issue, of three readers."""
    newsletter = make_newsletter()
    for number in range(3):
        make_reader(newsletter, email=f"reader{number}@example.org")
    issue = make_left(newsletter)
    issue.deliveries.update(state="sent")
    return list(issue.deliveries.select_related("subscriber").order_by("pk"))


@pytest.fixture
def mails(copies):
    """A hard one, a soft one, a complaint, a forged one, and an answer of a machine."""
    hard, soft, complaint = [(copy.pk, copy.subscriber.email) for copy in copies]
    return [
        fill("postfix-user-unknown", *hard),
        fill("gmail-out-of-storage", *soft),
        fill("arf-abuse", *complaint),
        fill("qmail-no-mailbox", soft[0], hard[1]),
        fill("out-of-office", *soft),
    ]


FIRST = "1 hard, 1 soft, 1 complaints, 1 not reports, 1 forged, 0 already known\n"
AGAIN = "0 hard, 0 soft, 0 complaints, 1 not reports, 1 forged, 3 already known\n"
NOTHING = "0 hard, 0 soft, 0 complaints, 0 not reports, 0 forged, 0 already known\n"


def run(*arguments):
    out = io.StringIO()
    call_command("read_bounces", *map(str, arguments), stdout=out)
    return out.getvalue()


def stored():
    return (
        list(Bounce.objects.order_by("pk").values()),
        list(Subscriber.objects.order_by("pk").values()),
        list(Delivery.objects.order_by("pk").values()),
    )


def assert_all_was_done(copies):
    statuses = Subscriber.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["suppressed", "confirmed", "suppressed"]
    came_back = Bounce.objects.order_by("delivery").values_list("delivery", "kind", "code")
    hard, soft, complaint = copies
    assert list(came_back) == [
        (hard.pk, "hard", "5.1.1"),
        (soft.pk, "soft", "5.2.2"),
        (complaint.pk, "complaint", ""),
    ]


def test_an_mbox_is_read_and_left_as_it_is(copies, mails, tmp_path):
    box = tmp_path / "bounces.mbox"
    box.write_bytes(
        b"".join(b"From MAILER-DAEMON Sun May  3 05:00:09 2026\n" + mail + b"\n" for mail in mails)
    )
    before = box.read_bytes()
    assert run(box) == FIRST
    assert_all_was_done(copies)
    state = stored()
    assert run(box) == AGAIN
    assert stored() == state
    assert box.read_bytes() == before


def test_a_maildir_is_read_and_what_was_read_is_marked_as_seen(copies, mails, tmp_path):
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
    for number, mail in enumerate(mails[:3]):
        (tmp_path / "new" / f"100{number}.host").write_bytes(mail)
    (tmp_path / "cur" / "1003.host:2,").write_bytes(
        mails[3]
    )  # a mail program has listed it, nobody has read it
    (tmp_path / "cur" / "1004.host:2,F").write_bytes(mails[4])
    (tmp_path / "cur" / "0999.host:2,S").write_bytes(mails[4])
    assert run(tmp_path) == FIRST
    assert_all_was_done(copies)
    assert not list((tmp_path / "new").iterdir())
    assert sorted(file.name for file in (tmp_path / "cur").iterdir()) == [
        "0999.host:2,S",
        *(f"100{number}.host:2,S" for number in range(4)),
        "1004.host:2,FS",
    ]
    assert run(tmp_path) == NOTHING


def test_files_of_one_message_each_are_read(copies, mails, tmp_path):
    files = [tmp_path / f"{number}.eml" for number in range(5)]
    for file, mail in zip(files, mails, strict=True):
        file.write_bytes(mail)
    assert run(*files) == FIRST
    assert_all_was_done(copies)
    assert run(*files, "--verbosity=0") == ""


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_mail_server_pipes_one_message(copies, mails, monkeypatch, arguments):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(mails[0])))
    assert run(*arguments).startswith("1 hard")


@pytest.mark.parametrize("raw", [b"", b"\0\xff" * 50, b"Subject: Hello\n\nHow are you?\n", b"x" * 3_000_000])
def test_other_mail_is_no_error(monkeypatch, raw):
    stdin = io.BytesIO(raw)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stdin))
    assert run("-") == "0 hard, 0 soft, 0 complaints, 1 not reports, 0 forged, 0 already known\n"
    assert stdin.read() == b""


def test_what_cannot_be_read_is_said(tmp_path):
    for file, reason in [(tmp_path / "none", "No such file"), (tmp_path, "no Maildir")]:
        with pytest.raises(CommandError, match=reason) as caught:
            run(file)
        assert caught.value.returncode == 1


def test_without_its_database_it_asks_the_mail_server_to_wait(mails):
    """As the mail server calls it: a process, which ends with EX_TEMPFAIL."""
    done = subprocess.run(
        [sys.executable, "manage.py", "read_bounces", "-"],
        input=mails[0],
        capture_output=True,
        cwd=django_settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/nowhere",
            "SECRET_KEY": django_settings.SECRET_KEY,
            "BOUNCE_ADDRESS": django_settings.BOUNCE_ADDRESS,
        },
        check=False,
    )
    assert (done.returncode, done.stdout) == (75, b"")
    assert b"Nothing is lost" in done.stderr
    assert b"example.org" not in done.stderr
