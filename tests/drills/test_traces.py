"""Promise 3: of who wrote, nothing is found that need not be there: in no file of the site, and after an erase not even
what had to be."""

import urllib.parse

import pytest

from tests.drills.visiting import ask, rows
from tests.site import Site, wait_for

pytestmark = pytest.mark.quick

EMAIL = "zanzibar-canary@example.org"
WORDS = "Quixotemill in the rain"
# What a browser says of itself and of where it comes from. None of it is anybody's business.
NEVER = {
    "X_Forwarded_For": "203.0.113.177",
    "User_Agent": "Canarybrowser/7.1",
    "Referer": "http://127.0.0.1/canary-from/",
}
CANARIES = ["203.0.113.177", "Canarybrowser", "canary-from"]


def files(site):
    """Every file that the site has: database, its log, logs, cache, media, mails, temporary ones."""
    return [path for path in site.folder.rglob("*") if path.is_file()]


def found(site, canaries):
    """Where one of them stands, in a file or, on PostgreSQL, in a row of any table."""
    hits = [
        (path.name, canary)
        for path in files(site)
        for canary in canaries
        if canary.encode() in path.read_bytes()
    ]
    if not site.environment["DATABASE_URL"].startswith("sqlite"):
        tables = rows(site, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables:
            text = str(rows(site, f'SELECT t::text FROM "{table}" t'))
            hits += [(table, canary) for canary in canaries if canary in text]
    return hits


def send(site, number, address):
    form = {
        "question": f"Why does it twitch, number {number}?",
        "text": f"{WORDS}, and then it twitches for hours. Letter {number}.",
        "signature": "Adam",
        "email": address,
        "column": "the-sports-doc",
        "consent": "on",
    }
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    return ask(site, "POST", "/ask/", urllib.parse.urlencode(form).encode(), **NEVER, **kind)


def test_a_writer_leaves_no_trace_but_the_letter_and_none_once_it_is_erased(tmp_path, either):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {"TRUSTED_PROXY_COUNT": "1", "TMPDIR": str(temporary)}
    with Site(tmp_path, database=either, environment=environment, prepared=True) as site:
        status, headers, _ = send(site, 1, EMAIL)
        assert status == 303
        secret = headers["Set-Cookie"].partition("sent=")[2].partition(";")[0].strip('"')
        for path in (f"/letters/{secret}/", "/ask/", "/letters/not:a:letter/", "/no-such-page/"):
            ask(site, "GET", path, **NEVER)
        assert send(site, 2, "not an address")[0] == 422
        site.wait_for_mail(EMAIL)
        wait_for(lambda: rows(site, "SELECT 1 FROM mail_message") == [] or None, 30, site.log)
        assert found(site, [WORDS])  # it is looked for where it would be found
        assert found(site, CANARIES) == []
        assert secret not in site.log()
        for mail in site.mails():
            mail.path.unlink()  # the local run's stand-in for a mail server
        assert found(site, [EMAIL]) == []

        assert "whole letters" in site.manage("person", "erase", EMAIL, "--yes")
        assert found(site, [*CANARIES, EMAIL, WORDS, secret]) == []

        assert send(site, 3, "")[0] == 303
        assert found(site, [WORDS])
        past = "from advice.letters.models import *; import datetime as d; one = Letter.objects.latest('pk');"
        past += "then = one.received_at - d.timedelta(days=100); one.events.update(at=then);"
        past += "Letter.objects.filter(pk=one.pk).update(received_at=then)"
        site.manage("shell", "--no-imports", "-c", past)
        assert "1 whole letters" in site.manage("purge_letters")
        assert found(site, [*CANARIES, EMAIL, WORDS]) == []
