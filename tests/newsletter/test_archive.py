"""The web archive of a newsletter: its page, its issues, its feed, its place in the sitemap; the same for everybody."""

import datetime as dt
import html
import json
import re
import xml.etree.ElementTree as ET

import html5lib
import pytest
import time_machine
from django.utils import timezone

from advice.articles import workflow as articles
from advice.articles.models import Article
from advice.newsletter import digests
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Issue, Newsletter
from tests.factories import make_column, make_left, make_newsletter, make_reader
from tests.reading.printed import make_printed
from tests.reading.valid import check

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

NOW = dt.datetime(2026, 5, 6, 12, 0, tzinfo=dt.UTC)
SITE = "http://127.0.0.1:8000"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def newsletter():
    return make_newsletter(
        "The Cooldown",
        slug="the-cooldown",
        promise="Sundays, the best",
        hour=12,
        column=make_column("Training"),
    )


def mailed(newsletter, count: int = 1, **fields) -> list[Issue]:
    """Edited issues that have left, a day apart."""
    return [
        make_left(newsletter, Pick(make_printed()), subject=f"Issue number {number}", **fields)
        for number in range(1, count + 1)
    ]


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


# -- the page of a newsletter ---------------------------------------------------------------------------------------


def test_the_page_has_promise_rhythm_column_and_a_form(client, newsletter):
    shown = page(client, "/newsletters/the-cooldown/")
    for part in (
        "<h1>The Cooldown</h1>",
        "Sundays, the best",
        "Weekly",
        ">Training</a>",
        'id="subscribe-email"',
    ):
        assert part in shown
    assert "No issue has been sent yet." in shown
    assert client.get("/newsletters/no-such/").status_code == 404


def test_the_page_lists_its_issues_newest_first_a_page_at_a_time(client, newsletter):
    mailed(newsletter, 21)
    mailed(make_newsletter())
    first, second = (page(client, f"/newsletters/the-cooldown/{query}") for query in ("", "?page=2"))
    numbers = re.findall(r"Issue number (\d+)</a>", first)
    assert numbers == [str(number) for number in range(21, 1, -1)]
    assert re.findall(r"Issue number (\d+)</a>", second) == ["1"]
    assert f'<link rel="canonical" href="{SITE}/newsletters/the-cooldown/?page=2">' in second
    assert (
        f'href="{Issue.objects.get(newsletter=newsletter, number=21).get_absolute_url()}">Read the latest'
        in first
    )
    for query in ("?page=3", "?page=0", "?page=x"):
        assert client.get(f"/newsletters/the-cooldown/{query}").status_code == 404


def test_drafts_corrections_and_other_rhythms_are_not_listed(client, newsletter):
    mailed(newsletter)
    article = make_printed(published_at=NOW - dt.timedelta(hours=8), column=newsletter.column)
    make_reader(newsletter, rhythm="daily")
    assert digests.make_due() == 1
    daily = Issue.objects.get(kind="digest")
    assert daily.rhythm == "daily"
    shown = page(client, "/newsletters/the-cooldown/")
    assert article.headline not in shown
    alone = page(client, daily.get_absolute_url())
    assert article.headline in alone
    assert '<meta name="robots" content="noindex">' in alone


# -- the page of an issue -------------------------------------------------------------------------------------------


def test_an_issue_stands_as_it_was_mailed(client, newsletter):
    medical = make_column("Doc", disclaimer="Ask *your* doctor.", is_medical=True)
    full = make_printed(
        column=medical,
        question="It hurts.",
        signature="Adam B.",
        answer="Dear Adam,\n\nRest.[^1]\n\n[^1]: Long.",
    )
    other = make_printed(question="It aches.", answer="Walk.[^1]\n\n[^1]: Far. ![A foot](/media/foot.webp)")
    issue = make_left(
        newsletter,
        Pick(full, in_full=True),
        Pick(other, in_full=True, remark="Mine."),
        intro="Good *morning*.[^1]\n\n[^1]: Late.",
    )
    shown = page(client, issue.get_absolute_url())
    for part in (
        "Good <em>morning</em>",
        "It hurts.",
        "Adam B.",
        "Rest.",
        "Ask <em>your</em> doctor.",
        "Mine.",
        "Walk.",
    ):
        assert part in shown
    assert f'<h2><a href="{full.get_absolute_url()}">{full.headline}</a></h2>' in shown
    assert "noindex" not in shown
    assert f'<link rel="canonical" href="{SITE}{issue.get_absolute_url()}">' in shown
    assert "<img" not in html.unescape(shown.partition("<main")[2])
    html5lib.HTMLParser(strict=True).parse(shown)
    data = json.loads(re.findall(r'ld\+json">(.*?)</script>', shown)[0])
    steps = [step["name"] for node in data["@graph"] for step in node.get("itemListElement", [])]
    assert steps[1:] == ["The Cooldown", issue.subject]


def test_an_issue_leads_to_the_one_before_and_the_one_after(client, newsletter, clock):
    issues = []
    for _ in range(3):
        issues += mailed(newsletter)
        clock.shift(dt.timedelta(days=1))
    links = [
        re.findall(r'rel="(prev|next)" href="([^"]*)"', page(client, issue.get_absolute_url()))
        for issue in issues
    ]
    first, second, third = (issue.get_absolute_url() for issue in issues)
    assert links == [[("next", second)], [("prev", first), ("next", third)], [("prev", second)]]


def test_what_was_withdrawn_is_said_to_be_without_its_words(client, newsletter):
    gone, stays = make_printed(headline="Secretcanary", question="Wordcanary"), make_printed(headline="Stays")
    issue = make_left(newsletter, Pick(gone, in_full=True, remark="Remarkcanary"), Pick(stays))
    assert "Wordcanary" in page(client, issue.get_absolute_url())
    articles.retract(gone, reason="Wrong.", by=None)
    shown = page(client, issue.get_absolute_url())
    assert "canary" not in shown
    assert "It was withdrawn after this issue was mailed." in shown
    assert "Stays" in shown


def test_what_a_privacy_note_changed_is_said_to_be_changed_and_leads_to_its_page(client, newsletter, clock):
    article = make_printed(headline="Secretcanary")
    issue = make_left(newsletter, Pick(article, in_full=True))
    clock.shift(3600)
    articles.correct(article, kind="clarification", text="Clear.", by=None, is_privacy=True)
    Article.objects.update(headline="Harmless")
    (entry,) = entries(client)
    feed = entry.findtext("a:content", namespaces=ATOM)
    for shown, site in ((page(client, issue.get_absolute_url()), ""), (feed, SITE)):
        assert "canary" not in shown
        assert f'<a href="{site}{article.get_absolute_url()}">read it as it stands now</a>' in shown
        assert "withdrawn after" not in shown


def test_an_issue_that_made_itself_has_all_its_answers_and_is_called_after_them(client, newsletter):
    rows = [
        make_printed(
            headline=f"Row {n}.", published_at=NOW - dt.timedelta(hours=6 + n), column=newsletter.column
        )
        for n in range(7)
    ]
    Newsletter.objects.update(rhythm="daily")
    assert digests.make_due() == 1
    issue = Issue.objects.get()
    for gone, more in ((None, 6), (rows[6], 5), (rows[0], 4)):
        if gone:
            articles.retract(gone, reason="Wrong.", by=None)
        shown = page(client, issue.get_absolute_url())
        left = re.findall(r"<h2><a [^>]*>(Row \d\.)</a>", shown)
        assert len(left) == more + 1
        assert f"<h1>{left[0]}, and {more} more answers</h1>" in shown
        assert f"{left[0]}, and {more} more answers</a>" in page(client, "/newsletters/the-cooldown/")
    assert shown.count("It was withdrawn after this issue was mailed.") == 2


def test_only_what_has_left_has_a_page(client, newsletter):
    assert client.get("/newsletters/the-cooldown/1/").status_code == 404
    (issue,) = mailed(newsletter)
    assert client.get(f"/newsletters/{make_newsletter().slug}/{issue.number}/").status_code == 404


def test_the_archive_is_the_same_for_everybody_and_may_be_kept(client, newsletter):
    reader = make_reader(newsletter)
    (issue,) = mailed(newsletter)
    for address in (
        "/newsletters/the-cooldown/",
        issue.get_absolute_url(),
        "/feeds/newsletters/the-cooldown.atom",
    ):
        response = client.get(address)
        assert "public" in response["Cache-Control"]
        assert not response.cookies
        assert "cookie" not in response.get("Vary", "").lower()
        assert not re.search(rf"{reader.email}|/unsubscribe/|/preferences/", response.content.decode())
        assert client.get(address, headers={"if-none-match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [("", 5), ("2/", 6), ("feed", 4)])
def test_the_archive_asks_as_often_for_many_as_for_one(
    client, newsletter, django_assert_num_queries, count, address, queries
):
    for _ in range(count + 2):
        make_left(newsletter, *(Pick(make_printed(), in_full=True) for _ in range(count)))
    path = (
        f"/newsletters/the-cooldown/{address}"
        if address != "feed"
        else "/feeds/newsletters/the-cooldown.atom"
    )
    client.get(path)
    with django_assert_num_queries(queries):
        page(client, path)


# -- the feed, and the sitemap --------------------------------------------------------------------------------------


def entries(client) -> list[ET.Element]:
    response = client.get("/feeds/newsletters/the-cooldown.atom")
    assert response.status_code == 200
    check(response)
    return ET.fromstring(response.content).findall("a:entry", ATOM)


def test_the_feed_holds_whole_issues_newest_first(client, newsletter, clock):
    mailed(newsletter, intro="See [calves](/tags/calf/).")
    clock.shift(dt.timedelta(days=1))
    full = make_printed(answer="All of it.", headline="In full")
    issue = make_left(newsletter, Pick(full, in_full=True), preheader="A line.")
    newest, oldest = entries(client)
    assert newest.findtext("a:title", namespaces=ATOM) == issue.subject
    assert newest.find("a:link", ATOM).get("href") == f"{SITE}{issue.get_absolute_url()}"
    assert newest.findtext("a:summary", namespaces=ATOM) == "A line."
    assert "All of it." in newest.findtext("a:content", namespaces=ATOM)
    assert f'href="{SITE}/tags/calf/"' in oldest.findtext("a:content", namespaces=ATOM)
    assert client.get("/feeds/newsletters/no-such.atom").status_code == 404


def test_the_feed_is_sent_anew_when_something_is_withdrawn(client, newsletter, clock):
    article = make_printed(headline="Secretcanary")
    make_left(newsletter, Pick(article))
    clock.shift(3600)
    before = client.get("/feeds/newsletters/the-cooldown.atom")
    conditions = [
        {"if-none-match": before["ETag"]},
        {"if-modified-since": before["Last-Modified"]},
    ]
    for headers in conditions:
        assert client.get("/feeds/newsletters/the-cooldown.atom", headers=headers).status_code == 304
    articles.retract(article, reason="Wrong.", by=None)
    clock.shift(5)
    for headers in conditions:
        response = client.get("/feeds/newsletters/the-cooldown.atom", headers=headers)
        assert response.status_code == 200
        assert "Secretcanary" not in response.content.decode()


@pytest.mark.parametrize("how", ["retract", "unpublish", "privacy"])
def test_an_entry_is_dated_anew_when_something_is_taken_from_it(client, newsletter, clock, how):
    article, other = make_printed(), make_printed()
    issue = make_left(newsletter, Pick(article), Pick(other))
    clock.shift(3600)
    articles.edit(other, by=None, version=other.version, dek="Another dek.")
    (entry,) = entries(client)
    assert dt.datetime.fromisoformat(entry.findtext("a:updated", namespaces=ATOM)) == issue.left_at
    if how == "retract":
        articles.retract(article, reason="Wrong.", by=None)
    elif how == "unpublish":
        articles.unpublish(article, by=None)
    else:
        articles.correct(article, kind="clarification", text="Clear.", by=None, is_privacy=True)
    changed = timezone.now()
    clock.shift(3600)
    (entry,) = entries(client)
    assert dt.datetime.fromisoformat(entry.findtext("a:updated", namespaces=ATOM)) == changed


def test_issues_stand_in_the_sitemap_if_they_are_listed(client, newsletter):
    (issue,) = mailed(newsletter)
    make_reader(newsletter, rhythm="daily")
    make_printed(published_at=timezone.now() - dt.timedelta(hours=8), column=newsletter.column)
    digests.make_due()
    index = page(client, "/sitemap.xml")
    assert "/sitemap-issues-1.xml" in index
    assert re.findall("<loc>(.*?)</loc>", page(client, "/sitemap-issues-1.xml")) == [
        f"{SITE}{issue.get_absolute_url()}"
    ]
    assert f"<loc>{SITE}/newsletters/the-cooldown/</loc>" in page(client, "/sitemap-pages.xml")
