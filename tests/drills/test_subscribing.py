"""Promise 9: whoever enters somebody else's address, however often, from wherever and however spelt, fills no mailbox."""

import itertools
import json
import os
import random
import threading
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from advice.newsletter.views import ASKED_AN_HOUR
from tests.drills.visiting import ask, rows
from tests.site import Site, wait_for

CLIENTS = 12
# Of each victim: the parts between which dots may stand, the tags that its host takes, and the names of the host.
VICTIMS = {
    "at a host of its own": (
        ["a", "da", "love", "la", "ce"],
        ["", "+a", "+news", "+x+y"],
        ["bücher.example", "BÜCHER.example", "bu\u0308cher.example", "xn--bcher-kva.example", "ｂüｃｈｅｒ.ｅｘａｍｐｌｅ"],
    ),
    "at Gmail": (["vic", "ti", "m"], ["", "+a", "+b+c"], ["gmail.com", "GoogleMail.com", "ｇmail.com"]),
    "at Yahoo": (["grace"], ["", "-shop", "-news", "+x"], ["yahoo.com", "YAHOO.com"]),
}  # fmt: skip
# What no form takes for an address.
NO_ADDRESSES = ["ada@bücher.example.", "ada@bücher。example", "\uff41da@bücher.example", "ada@[192.0.2.1]"]


def spellings(victim):
    """Different ones for ever: tags have no end."""
    parts, tags, domains = VICTIMS[victim]
    chance = random.Random(1)
    for number in itertools.count():
        name = parts[0] + "".join(chance.choice([".", ""]) + part for part in parts[1:])
        name = "".join(chance.choice([letter, letter.upper()]) for letter in name)
        tag = chance.choice(tags)
        local = name + (f"{tag}{number}" if tag else "")
        yield (f'"{local}"' if chance.random() < 0.1 else local) + f"@{chance.choice(domains)}"


def victims_posts(count):
    """`count` posts at the first victim, and a tenth as many at each of the others, mixed."""
    first, *others = VICTIMS
    posts = list(itertools.islice(spellings(first), count))
    for other in others:
        posts += itertools.islice(spellings(other), count // 10)
    random.Random(2).shuffle(posts)
    return posts


def subscribe(site, email, network):
    """Gives the status and all headers that could tell something, until the site is there to answer."""
    body = urllib.parse.urlencode({"email": email}).encode()
    kind = "application/x-www-form-urlencoded"
    while True:
        try:
            status, headers, page = ask(
                site, "POST", "/subscribe/", body, X_Forwarded_For=network, Content_Type=kind
            )
            # Each process has an order of its own for the parts of a policy; one that ends closes its lines.
            told = {
                name: sorted(value.split("; "))
                for name, value in headers.items()
                if name not in {"Date", "Connection"}
            }
            return status, json.dumps(told, sort_keys=True), page
        except OSError:  # it is being started again
            time.sleep(0.1)


def network(number):
    return f"198.18.{number // 250}.{number % 250 + 1}"


def exhaust(site):
    """One network that asks as often as it may, for others than the victims; gives its last answer's status."""
    return [
        subscribe(site, f"somebody{number}@example.org", "203.0.113.9")[0]
        for number in range(ASKED_AN_HOUR + 1)
    ][-1]


@pytest.mark.parametrize(
    "count",
    [pytest.param(200, marks=pytest.mark.quick), pytest.param(10_000, marks=pytest.mark.full)],
)
def test_a_victim_gets_one_mail_whatever_is_posted(tmp_path, count):
    environment = {"TRUSTED_PROXY_COUNT": "1", "WEB_CONCURRENCY": "3"}
    with Site(tmp_path, database=os.environ["ADVICE_TEST_DB"], environment=environment, prepared=True) as site:
        posts = victims_posts(count)
        half = threading.Semaphore(0)

        def send(numbered):
            number, email = numbered
            answer = subscribe(site, email, network(number))
            half.release()
            return answer

        began = time.gmtime().tm_hour
        assert exhaust(site) == 429
        with ThreadPoolExecutor(CLIENTS) as pool:
            futures = [pool.submit(send, numbered) for numbered in enumerate(posts)]
            for _ in range(len(posts) // 2):
                half.acquire()
            site.stop()
            site.start()
            answers = Counter(future.result() for future in futures)
        once_more = subscribe(site, "somebody@example.org", "203.0.113.9")[0]
        if time.gmtime().tm_hour == began:  # the limit of a network is for an hour of the clock
            assert once_more == 429
        refused = {subscribe(site, email, "192.0.2.7")[0] for email in NO_ADDRESSES}
        wait_for(lambda: rows(site, "SELECT 1 FROM mail_message") == [] or None, 60, site.log)

        mails = [mail.to for mail in site.mails() if "somebody" not in mail.to and "/confirm/" in mail.text]
        print(f"subscribing: {len(posts)} posts, {len(set(posts))} spellings of {len(VICTIMS)} victims, a restart:",
              f"{len(mails)} mails, {len(answers)} different answers")  # fmt: skip
        (((status, headers, page), number),) = answers.items()
        assert (status, json.loads(headers)["Location"], page) == (303, ["/subscribe/sent/"], b"")
        assert "Set-Cookie" not in headers
        assert number == len(posts)
        assert refused == {422}
        assert len(mails) == len(VICTIMS)
        names = {mail.partition("@")[2].partition(".")[0].casefold() for mail in mails}
        assert len(names) == len(VICTIMS)
