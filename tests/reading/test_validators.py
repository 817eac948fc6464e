"""A feed is sent anew after each change, whether its reader asks by the ETag or by the date alone, and never without."""

import datetime as dt

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from advice.accounts.models import Role
from advice.articles import workflow
from advice.articles.models import Article
from tests.factories import make_published, make_user

pytestmark = pytest.mark.django_db
FEEDS = ["/feeds/latest.atom", "/feeds/latest.rss", "/feeds/latest.json", "tag", "column", "expert"]


def edit(article: Article) -> None:
    workflow.edit(article, by=None, version=article.version, headline="Another")


def edit_answer(article: Article) -> None:
    answer = article.answers.get()
    workflow.save_answer(answer, text="Another answer.", by=None, version=answer.version)


def correct(article: Article) -> None:
    workflow.correct(article, kind="correction", text="Right.", by=None)


def clarify(article: Article) -> None:
    workflow.correct(article, kind="clarification", text="Clear.", by=None)


ACTS = {
    "unpublish": lambda article: workflow.unpublish(article, by=None),
    "retract": lambda article: workflow.retract(article, reason="Wrong.", by=None),
    "delete": lambda article: workflow.delete(article, by=None),
    "edit": edit,
    "edit an answer": edit_answer,
    "correct": correct,
    "clarify": clarify,
}


@pytest.fixture
def clock():
    """A time that stands still, so that nothing depends on how fast this machine is."""
    with time_machine.travel(
        dt.datetime(2026, 11, 20, 7, 0, 0, 250_000, tzinfo=dt.UTC), tick=False
    ) as traveller:
        yield traveller


@pytest.fixture
def site(clock) -> Article:
    """An older article and a newer one, which what is done is done to: without it the newest date is an older one."""
    older = make_published(headline="Stays")
    answer = older.answers.get()
    clock.shift(60)
    article = make_published(headline="Newest", column=older.column, tags=list(older.tags.all()))
    article.answers.update(expert=answer.expert)
    clock.shift(3600)
    return article


def address(name: str, article: Article) -> str:
    if name.startswith("/"):
        return name
    subjects = {
        "tag": article.tags.get,
        "column": lambda: article.column,
        "expert": lambda: article.answers.get().expert,
    }
    return f"/feeds{subjects[name]().get_absolute_url()[:-1]}.atom"


def conditions(response) -> list[dict[str, str]]:
    by_tag, by_date = {"if-none-match": response["ETag"]}, {"if-modified-since": response["Last-Modified"]}
    return [by_tag, by_date, {**by_tag, **by_date}]


def statuses(client, path: str, copy) -> list[int]:
    return [client.get(path, headers=headers).status_code for headers in conditions(copy)]


@pytest.mark.parametrize("name", FEEDS)
def test_what_has_not_changed_is_not_sent_again(client, clock, site, name):
    path = address(name, site)
    copy = client.get(path)
    assert statuses(client, path, copy) == [304, 304, 304]
    clock.shift(86_400)
    assert statuses(client, path, copy) == [304, 304, 304]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", FEEDS)
def test_after_each_change_it_is_sent_once_and_not_again(client, clock, site, name, act):
    path = address(name, site)
    copy = client.get(path)
    clock.shift(60)
    ACTS[act](site)
    clock.shift(60)
    assert statuses(client, path, copy) == [200, 200, 200]
    assert statuses(client, path, client.get(path)) == [304, 304, 304]


def test_scheduled_article_makes_it_new_at_its_time_and_not_before(client, clock, site):
    at = timezone.now() + dt.timedelta(days=1)
    make_published(headline="Tomorrow", column=site.column, at=at)
    clock.shift(60)
    copy = client.get("/feeds/latest.atom")
    clock.move_to(at - dt.timedelta(seconds=1))
    assert statuses(client, "/feeds/latest.atom", copy) == [304, 304, 304]
    clock.move_to(at)
    assert statuses(client, "/feeds/latest.atom", copy) == [200, 200, 200]
    clock.shift(60)
    assert statuses(client, "/feeds/latest.atom", client.get("/feeds/latest.atom")) == [304, 304, 304]


def test_two_changes_within_one_second_are_both_seen(client, clock, site):
    """A date has no fractions: the copy between the two would look as new as the second one."""
    edit(site)
    copy = client.get("/feeds/latest.atom")
    clock.shift(dt.timedelta(milliseconds=200))
    site.refresh_from_db()
    workflow.unpublish(site, by=None)
    assert statuses(client, "/feeds/latest.atom", copy) == [200, 200, 200]
    clock.shift(60)
    assert statuses(client, "/feeds/latest.atom", copy) == [200, 200, 200]


def test_date_never_goes_back(client, clock, site):
    dates = []
    for act in ("edit", "correct", "unpublish", "delete"):
        clock.shift(60)
        site.refresh_from_db()
        ACTS[act](site)
        clock.shift(60)
        dates.append(client.get("/feeds/latest.atom").headers["Last-Modified"])
    assert dates == [f"Fri, 20 Nov 2026 08:0{minute}:00 GMT" for minute in (2, 4, 6, 8)]


def test_work_on_drafts_makes_no_feed_new(client, clock, site):
    copy = client.get("/feeds/latest.atom")
    clock.shift(60)
    draft = workflow.draft(by=None, headline="Not yet")
    workflow.edit(draft, by=None, version=draft.version, headline="Not yet either")
    assert statuses(client, "/feeds/latest.atom", copy) == [304, 304, 304]


def test_new_name_of_a_tag_makes_its_feed_new(client, clock, site):
    tag = site.tags.get()
    path = f"/feeds/tags/{tag.slug}.atom"
    copy = client.get(path)
    clock.shift(60)
    client.force_login(make_user(Role.OWNER))
    data = {
        "name": "Renamed",
        "slug": tag.slug,
        "description": "",
        "aliases-TOTAL_FORMS": "0",
        "aliases-INITIAL_FORMS": "0",
    }
    assert client.post(reverse("admin:articles_tag_change", args=[tag.pk]), data).status_code == 302
    assert LogEntry.objects.count() == 1
    client.logout()
    clock.shift(60)
    assert statuses(client, path, copy) == [200, 200, 200]


@pytest.mark.parametrize("act", ["correct", "clarify", "retract"])
def test_feed_of_corrections_is_new_with_each_note(client, clock, site, act):
    correct(site)
    clock.shift(60)
    copy = client.get("/feeds/corrections.atom")
    assert statuses(client, "/feeds/corrections.atom", copy) == [304, 304, 304]
    clock.shift(60)
    ACTS[act](site)
    clock.shift(60)
    assert statuses(client, "/feeds/corrections.atom", copy) == [200, 200, 200]


def test_feed_of_corrections_is_new_when_a_corrected_article_is_taken_off(client, clock, site):
    correct(site)
    clock.shift(60)
    copy = client.get("/feeds/corrections.atom")
    clock.shift(60)
    workflow.unpublish(site, by=None)
    clock.shift(60)
    assert statuses(client, "/feeds/corrections.atom", copy) == [200, 200, 200]
    assert site.headline not in client.get("/feeds/corrections.atom").content.decode()
