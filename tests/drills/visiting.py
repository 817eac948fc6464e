"""What the drills of subscribing, leaving and looking share: requests as strangers send them, and a look into the database."""

import http.client
import json
import os
import sqlite3
from contextlib import closing
from typing import Any

import environ
import psycopg
from psycopg.conninfo import make_conninfo

from tests.site import Site

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


def ask(
    site: Site, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request on a line of its own, through a proxy that we trust. An underscore in a header's name is a hyphen."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    with closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"X-Forwarded-Proto": "https", **named})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    """What the site's database answers, without the time that a command takes to start."""
    url = site.environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as database:
            return database.execute(query).fetchall()
    parts = environ.Env.db_url_config(url)
    keys = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    address = make_conninfo("", **{key: str(parts[theirs]) for key, theirs in keys.items() if parts[theirs]})
    with psycopg.connect(address) as connection:
        return connection.execute(query.encode()).fetchall()


def dump(site: Site, *prefixes: str) -> dict[str, list[tuple[object, ...]]]:
    """Each row of the tables whose names begin so."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if os.environ["ADVICE_TEST_DB"] == "postgres":
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = sorted(str(name) for (name,) in rows(site, named) if str(name).startswith(prefixes))
    assert tables
    return {table: sorted(rows(site, f'SELECT * FROM "{table}"'), key=str) for table in tables}


def run(site: Site, script: str) -> Any:
    """What a script prints as JSON. It has the factories of the tests."""
    imports = (
        "import datetime as dt, itertools, json, time; from django.utils import timezone;"
        "from tests import factories; from tests.factories import *;"
        # Each script is a process of its own, and begins to count where no other has.
        "factories._number = itertools.count(int(time.time() * 1000))\n"
    )
    return json.loads(site.manage("shell", "--no-imports", "-c", imports + script).strip().splitlines()[-1])
