"""The calendar shows what comes out and where a column misses its rhythm; what is scheduled is moved by a form."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from advice.articles import planning, workflow
from advice.articles.models import Article
from tests.factories import make_column, make_draft, make_published
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)  # a Wednesday
LATER = dt.datetime(2026, 3, 17, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def out(column, *days) -> None:
    """Something of `column` on each of these days."""
    for day in days:
        article = make_published(column=column)
        at = dt.datetime.combine(day, dt.time(9), timezone.get_current_timezone())
        Article.objects.filter(pk=article.pk).update(published_at=at)


def days_of(month):
    return {day.date: day for week in month.weeks for day in week}


def test_a_month_is_whole_weeks_from_monday():
    month = planning.month(dt.date(2026, 2, 1))
    assert (month.weeks[0][0].date, month.weeks[-1][-1].date) == (dt.date(2026, 1, 26), dt.date(2026, 3, 1))
    assert {len(week) for week in month.weeks} == {7}
    assert (month.before, month.after) == (dt.date(2026, 1, 1), dt.date(2026, 3, 1))


def test_a_gap_is_a_day_to_come_on_which_a_column_usually_has_something_and_has_not():
    weekly, rare = make_column("Weekly"), make_column("Rare")
    tuesdays = [dt.date(2026, 3, 3) - dt.timedelta(weeks=number) for number in range(8)]
    out(weekly, *tuesdays[:5])
    out(rare, *tuesdays[:4])
    make_published(column=weekly, at=LATER)
    days = days_of(planning.month(dt.date(2026, 3, 1)))
    assert {date: day.missing for date, day in days.items() if day.missing} == {
        dt.date(2026, 3, 10): [weekly],
        dt.date(2026, 3, 24): [weekly],
        dt.date(2026, 3, 31): [weekly],
    }
    assert [article.column for article in days[dt.date(2026, 3, 17)].articles] == [weekly]


def test_a_day_is_of_the_sites_clock():
    article = make_published(at=dt.datetime(2026, 3, 10, 23, 30, tzinfo=dt.UTC))
    assert days_of(planning.month(dt.date(2026, 3, 1)))[dt.date(2026, 3, 11)].articles == [article]


def test_a_full_day_shows_some_and_counts_the_rest():
    for number in range(planning.SHOWN + 2):
        make_published(at=LATER + dt.timedelta(minutes=number))
    day = days_of(planning.month(dt.date(2026, 3, 1)))[LATER.date()]
    assert (len(day.articles), day.more) == (planning.SHOWN, 2)


def test_drafts_and_what_was_taken_back_are_not_in_it():
    make_draft()
    workflow.unpublish(make_published(at=LATER), by=None)
    assert not any(day.articles or day.more for day in days_of(planning.month(dt.date(2026, 3, 1))).values())


@pytest.mark.parametrize("count", [1, 3])
def test_the_calendar_takes_the_same_few_queries(at_desk, django_assert_num_queries, count):
    for number in range(count):
        make_published(at=LATER + dt.timedelta(days=number))
    with django_assert_num_queries(8):
        assert at_desk.get("/desk/calendar/").status_code == 200


def test_the_calendar_shows_gaps_and_leads_to_other_months_and_to_moving(at_desk):
    out(make_column("Weekly"), *(dt.date(2026, 3, 3) - dt.timedelta(weeks=number) for number in range(6)))
    article = make_published(at=LATER, headline="What is <i>new</i>")
    page = assert_valid(at_desk.get("/desk/calendar/"))
    for words in (
        *("March 2026", "?month=2026-02", "?month=2026-04", "Europe/Berlin", "Nothing for Weekly"),
        *("Weekly, Tuesday", '<span class="clock">10:00</span> What is &lt;i&gt;new&lt;/i&gt;'),
        f"/desk/articles/{article.pk}/move/",
    ):
        assert words in page
    assert "February 2024" in at_desk.get("/desk/calendar/?month=2024-02").content.decode()


@pytest.mark.parametrize("month", ["2026-13", "2026", "x", "0001-01", "9999-12", "2026-01-01", "٢٠٢٦-01"])
def test_there_is_no_such_month(at_desk, month):
    assert at_desk.get("/desk/calendar/", {"month": month}).status_code == 404


def move(client, article, at, version=None):
    given = {"at": at, "version": article.version if version is None else version}
    return client.post(f"/desk/articles/{article.pk}/move/", given)


def test_what_is_scheduled_is_moved_and_the_answer_names_the_clock(at_desk):
    article = make_published(at=LATER, headline="Calves")
    page = assert_valid(at_desk.get(f"/desk/articles/{article.pk}/move/"))
    assert 'value="2026-03-17T10:00"' in page
    assert "Tue 17 Mar 2026, 10:00 CET (Europe/Berlin)" in page
    assert f"http://testserver{article.get_absolute_url()}" in page or article.get_absolute_url() in page
    response = at_desk.post(
        f"/desk/articles/{article.pk}/move/",
        {"at": "2026-04-02T07:30", "version": article.version},
        follow=True,
    )
    assert response.redirect_chain == [("/desk/calendar/?month=2026-04", 302)]
    assert "It comes out on Thu 2 Apr 2026, 07:30 CEST (Europe/Berlin) now." in response.content.decode()
    assert Article.objects.get().published_at == dt.datetime(2026, 4, 2, 5, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-03-29T02:30", "This time does not exist"),
        ("2026-10-25T02:30", "This time comes twice"),
        ("2026-03-01T02:30", "This time has passed."),
        ("", "This field is required."),
        ("soon", "Enter a date and a time."),
    ],
)
def test_a_time_that_cannot_be_is_told_beside_the_field_and_nothing_is_moved(at_desk, at, says):
    article = make_published(at=LATER)
    response = move(at_desk, article, at)
    assert response.status_code == 422
    assert says in response.context["form"].errors["at"][0]
    assert Article.objects.get().published_at == LATER


def test_the_hours_beside_a_change_of_clocks_are_what_they_say(at_desk):
    article = make_published(at=LATER)
    for at, utc in (("2026-03-29T01:59", (3, 29, 0, 59)), ("2026-03-29T03:00", (3, 29, 1, 0))):
        move(at_desk, Article.objects.get(pk=article.pk), at)
        assert Article.objects.get().published_at == dt.datetime(2026, *utc, tzinfo=dt.UTC)


def test_of_two_who_move_it_the_second_is_told_and_keeps_what_was_typed(at_desk):
    article = make_published(at=LATER)
    move(at_desk, article, "2026-03-20T08:00")
    response = move(at_desk, article, "2026-03-21T08:00")
    assert response.status_code == 409
    page = assert_valid(response, 409)
    assert "Fri 20 Mar 2026, 08:00" in page
    assert 'value="2026-03-21T08:00"' in page
    assert (
        move(at_desk, article, "2026-03-21T08:00", response.context["form"]["version"].value()).status_code
        == 302
    )


@pytest.mark.parametrize("make", [make_draft, make_published])
def test_only_what_is_scheduled_is_moved(at_desk, make):
    article = make()
    before = Article.objects.get().published_at
    assert move(at_desk, article, "2026-03-20T08:00").status_code == 409
    assert Article.objects.get().published_at == before


def test_what_lost_something_since_is_not_moved(at_desk):
    article = make_published(at=LATER)
    article.tags.clear()
    response = move(at_desk, article, "2026-03-20T08:00")
    assert (response.status_code, "It has no tag." in str(response.context["form"].errors)) == (422, True)


def test_before_it_is_published_an_article_shows_the_address_it_will_have(at_desk):
    make_published(headline="Why do calves twitch")
    article = make_draft(headline="Why do calves twitch")
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert "/questions/why-do-calves-twitch-2/</b>" in page
    at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": "2026-03-20T08:00"})
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert "It will be published on Fri 20 Mar 2026, 08:00 CET (Europe/Berlin)." in page
    assert "/questions/why-do-calves-twitch-2/</b>" in page
    assert "/desk/calendar/?month=2026-03" in page
