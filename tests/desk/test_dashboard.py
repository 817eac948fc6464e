"""The desk's numbers: what waits, what came and was answered, how long that takes, and what answers do for readers."""

import datetime as dt
import re

import pytest
import time_machine
from django.utils import timezone

from advice.articles import tallies, workflow
from advice.articles.models import Answer, Tally
from advice.desk import plots
from advice.letters import asking, figures
from advice.letters import workflow as letters
from advice.letters.models import Letter, SavedLetters
from advice.search.models import Term, TermDay
from tests.factories import make_column, make_draft, make_expert, make_letter, make_published, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db
NOW = dt.datetime(
    2026, 11, 4, 15, tzinfo=dt.UTC
)  # a Wednesday, ten days after the clocks of London went back
MONDAY = dt.date(2026, 11, 2)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def in_november(settings):
    """In London, whose clocks went back on 25 October 2026."""
    with timezone.override("Europe/London"), time_machine.travel(NOW, tick=False):
        yield


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def came(day, **fields):
    letter = make_letter(**fields)
    Letter.objects.filter(pk=letter.pk).update(received_at=at(day) if isinstance(day, str) else day)
    return Letter.objects.get(pk=letter.pk)


def answered(letter, day, *, told=True):
    article = make_published(letter, at=NOW)
    type(article).objects.filter(pk=article.pk).update(published_at=at(day))
    if told:
        Letter.objects.filter(pk=letter.pk).update(told_at=at(day))
    return article


def waited(days, *, until="2026-11-03", **fields):
    out = at(f"{until}T12:00")
    return answered(came(out - days * DAY, **fields), f"{until}T12:00")


def figures_of(weeks=12):
    return figures.answered(figures.Period.of(weeks))


def test_weeks_begin_on_monday_and_the_last_is_this_one():
    period = figures.Period.of(4)
    assert period.begins == [dt.date(2026, 10, 12), dt.date(2026, 10, 19), dt.date(2026, 10, 26), MONDAY]
    assert period.before == dt.date(2026, 9, 14)


def test_a_letter_belongs_to_the_day_it_came_on_in_the_sites_zone():
    came("2026-10-25T23:30")  # Sunday, half past eleven: the clocks have gone back
    came("2026-10-26T00:10")  # Monday
    came("2026-10-18T23:30")  # in summer time that is Monday, half past midnight
    came("2026-10-11T22:30")  # Sunday before the first week
    came("2026-11-02T00:00")
    assert figures.came(figures.Period.of(4)) == [0, 2, 1, 1]


def test_spam_and_what_was_taken_back_did_not_come():
    column = make_column()
    spam, withdrawn, declined, _kept = (came("2026-11-03", column=column) for _ in range(4))
    letters.mark_spam(spam, by=make_user())
    letters.withdraw(withdrawn)
    letters.decline(declined, by=make_user(), reason="No.")
    assert figures.came(figures.Period.of(4)) == [0, 0, 0, 2]


def test_the_median_is_the_middle_one_or_between_the_two_middle_ones():
    for days in (1, 9, 4):
        waited(days)
    assert figures_of().all.now == figures.Median(3, 4)
    waited(7)
    assert figures_of().all.now == figures.Median(4, 5.5)


def test_of_fewer_than_three_letters_there_is_none():
    waited(1)
    waited(2)
    assert figures_of().all == figures.Compared("", figures.Median(2, None), figures.Median(0, None))


def test_days_are_counted_from_midnight_to_midnight_over_both_changes_of_the_clock():
    for came_at, out in (
        ("2026-10-24T22:59", "2026-10-25T23:59"),  # 23:59 on Saturday to 23:59 on Sunday, 25 hours: 1 day
        (
            "2026-10-23T23:00",
            "2026-10-25T00:00",
        ),  # midnight of the 24th to midnight and an hour of the 25th: 1
        ("2026-10-24T23:30", "2026-10-25T23:30"),  # half past midnight to half past eleven in the evening: 0
    ):
        answered(came(came_at), out)
    assert figures_of().all.now == figures.Median(3, 1)


def test_the_time_before_stands_beside_it():
    for days in (2, 2, 8):
        waited(days)
    for days in (20, 30, 40):
        waited(days, until="2026-10-11")  # a Sunday: the last day of the four weeks before
    for _ in range(3):
        waited(50, until="2026-09-13")  # and before those
    found = figures_of(4)
    assert found.all == figures.Compared("", figures.Median(3, 2), figures.Median(3, 30))
    assert found.weeks == [0, 0, 0, 3]


def test_medians_by_column_and_by_expert():
    calves, minds = make_column("Calves"), make_column("Minds")
    for days in (1, 2, 3):
        waited(days, column=calves)
    slow = [waited(days, column=minds) for days in (10, 20, 30, 40)]
    both, other = make_expert(), make_expert()
    for article in slow:
        Answer.objects.filter(article=article).update(expert=both)
    Answer.objects.create(article=slow[0], expert=other, position=2, status="filed", filed_at=NOW)
    found = figures_of()
    assert [(row.name, row.now.letters, row.now.days) for row in found.by_column] == [
        ("Minds", 4, 25),
        ("Calves", 3, 2),
    ]
    by_name = {row.name: row.now for row in found.by_expert}
    assert (by_name[both.name], by_name[other.name]) == (figures.Median(4, 25), figures.Median(1, None))
    assert found.all.now == figures.Median(7, 10)  # two experts do not make two letters of one


def test_each_letter_of_a_merged_article_counts_from_its_own_day():
    column, by = make_column(), make_user()
    lead, second, late = (came(f"2026-10-{day}T12:00", column=column) for day in (20, 24, 30))
    article = make_draft(lead, by=by)
    for other in (second, late):
        letters.merge(other, article=article, by=by)
    letters.publish(article, by=by)
    letters.tell_answered()
    assert figures_of().all.now == figures.Median(3, 11)


def test_who_joins_an_answer_that_is_out_waited_until_told():
    letter = came("2026-10-30T12:00")
    article = make_published()
    type(article).objects.filter(pk=article.pk).update(published_at=at("2025-01-01"))
    letters.merge(letter, article=article, by=make_user())
    assert figures_of().all.now.letters == 0  # nobody has been told yet
    letters.tell_answered()
    assert figures_of().weeks[-1] == 1


def test_what_is_scheduled_or_was_taken_off_is_no_answer():
    letters.publish(make_draft(came("2026-10-30T12:00")), by=make_user(), at=NOW + DAY)
    off = make_published(came("2026-10-30T12:00"))
    letters.tell_answered()
    workflow.unpublish(off, by=make_user())
    retracted = make_published(came("2026-10-30T12:00"))
    workflow.retract(retracted, reason="Wrong.", by=make_user())
    assert figures_of().all.now.letters == 1


def test_the_oldest_of_each_stage():
    column, by = make_column(), make_user()
    made = [came(f"2026-10-{day}", column=column) for day in range(10, 20)]
    asked, received, later, drafted, given, given_too, filed, review, spam, out = made
    asking.ask_back(asked, by=by, text="Since when?")
    letters.mark_spam(spam, by=by)
    for letter in (given, given_too):
        draft = letters.accept(letter, by=by, headline="H", question="Q", signature="S", column=column)
        workflow.assign(draft, expert=make_expert(), by=by)
    letters.accept(drafted, by=by, headline="H", question="Q", signature="S", column=column)
    make_draft(filed)
    workflow.review(make_draft(review), by=by)
    make_published(out)
    assert {one.stage: (one.letters, one.oldest) for one in figures.waiting()} == {
        "received": (2, received.pk),
        "draft": (1, drafted.pk),
        "assigned": (2, given.pk),
        "filed": (1, filed.pk),
        "in_review": (1, review.pk),
    }
    assert later.pk


def test_stages_lead_to_the_letter_and_into_the_queue(at_desk):
    letter = came("2026-10-20")
    page = at_desk.get("/desk/dashboard/")
    text = assert_valid(page)
    assert f'<a href="/desk/letters/{letter.pk}/"><time datetime="2026-10-20">' in text
    assert '<a href="/desk/?show=received&amp;sort=oldest">' in text
    for stage in page.context["stages"]:
        assert at_desk.get(stage.address).context["queue"].show in stage.address


def test_letters_saved_by_week_and_by_article():
    first, second = make_published(headline="First"), make_published(headline="Second")
    for article, day, count in (
        (first, MONDAY, 2),
        (second, MONDAY - DAY, 3),
        (second, NOW.date(), 1),
        (first, dt.date(2026, 10, 11), 9),
    ):
        SavedLetters.objects.create(article=article, day=day, count=count)
    period = figures.Period.of(4)
    assert figures.saved(period) == [0, 0, 3, 3]
    rows = figures.saved_most(period)
    assert [(row["headline"], row["sum"]) for row in rows] == [("Second", 4), ("First", 2)]


def vote(article, helpful, unhelpful, day=MONDAY):
    for kind, count in (("helpful", helpful), ("unhelpful", unhelpful)):
        Tally.objects.create(article=article, kind=kind, day=day, count=count)


def test_what_surely_helps_least_comes_first_and_few_votes_prove_nothing():
    few, half, mostly, good = (make_published(headline=name) for name in ("Few", "Half", "Mostly", "Good"))
    vote(few, 0, 9)
    vote(half, 5, 5)  # half of ten prove less than 45 of a hundred
    vote(mostly, 55, 45)
    vote(good, 40, 0)
    vote(good, 0, 99, day=dt.date(2026, 1, 1))  # before
    draft = make_draft()
    vote(draft, 0, 50)
    rates = tallies.least_helpful(MONDAY)
    assert [(rate.headline, rate.percent, rate.votes) for rate in rates] == [
        ("Mostly", 55, 100),
        ("Half", 50, 10),
        ("Good", 100, 40),
    ]
    assert tallies.helpful_in_all(MONDAY) == tallies.Rate(0, "", 100, 209)


def test_the_lower_bound_is_wilsons():
    assert round(tallies.wilson(5, 10), 4) == 0.2366  # as in E. B. Wilson's formula with z = 1.96
    assert round(tallies.wilson(45, 100), 4) == 0.3561
    assert round(tallies.wilson(0, 10), 4) == 0


def in_vain(words, count):
    term = Term.objects.create(digest=words, words=words, since=MONDAY - 9 * DAY, found=0)
    for ago in range(3):
        TermDay.objects.create(term=term, day=MONDAY - ago * DAY, count=count, in_vain=count)


def test_an_empty_site_says_what_will_stand_here(at_desk):
    text = assert_valid(at_desk.get("/desk/dashboard/"))
    assert text.count("Here stands") == 5
    assert "<svg" not in text.partition("<main")[2].partition("</main>")[0]


def test_the_whole_page(at_desk):
    for days in (2, 4, 9):
        article = waited(days)
    SavedLetters.objects.create(article=article, day=MONDAY, count=2)
    vote(article, 9, 3)
    in_vain("pickle juice", 2)
    text = assert_valid(at_desk.get("/desk/dashboard/?weeks=4"))
    assert text.count('role="img"') == 2
    assert 'aria-labelledby="letters-title letters-said"' in text
    assert "4 weeks, from the one of 12 October 2026. Received: 3 in all, 2 in the week with most." in text
    assert re.search(r"<td>.*4 days <span class=\"age\">of 3 letters</span>", text.replace("\n", ""))
    assert "75 %" in text
    assert "6 times in vain" in text
    assert "style=" not in text
    assert "Here stands" not in text


def test_a_time_that_is_no_choice_is_twelve_weeks(at_desk):
    for given, weeks in (("", 12), ("4", 4), ("52", 52), ("5", 12), ("x", 12), ("-4", 12)):
        assert at_desk.get(f"/desk/dashboard/?weeks={given}").context["period"].weeks == weeks


def test_of_a_year_it_is_said_that_some_letters_are_erased_by_now(at_desk):
    assert "earlier weeks show fewer" in at_desk.get("/desk/dashboard/?weeks=52").content.decode()
    assert "earlier weeks show fewer" not in at_desk.get("/desk/dashboard/").content.decode()


def test_nothing_of_a_letters_words_stands_there(at_desk):
    came("2026-11-03", question="Canaryword?", text="Canaryword.", signature="Canaryword")
    waited(3, question="Canaryword?", text="Canaryword.", signature="Canaryword")
    assert "Canaryword" not in at_desk.get("/desk/dashboard/").content.decode()


def test_experts_have_no_such_page(client):
    client.force_login(make_user("expert"))
    assert client.get("/desk/dashboard/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_however_much_there_is(at_desk, django_assert_num_queries, count):
    for number in range(count):
        came("2026-11-03")
        article = waited(number)
        SavedLetters.objects.create(article=article, day=MONDAY, count=1)
        vote(article, 9, number + 1)
        in_vain(f"pickle {'x' * (number + 1)}", 1)
    with django_assert_num_queries(16):
        at_desk.get("/desk/dashboard/")


# -- the drawing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "lines"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (14, [0, 5, 10, 15]),
        (40, [0, 10, 20, 30, 40]),
        (41, [0, 20, 40, 60]),
        (999, [0, 500, 1000]),
    ],
)
def test_the_scale_has_round_numbers_and_few_lines(most, lines):
    plot = plots.weekly("k", "T", [MONDAY], [("A", "full", [most])])
    assert [int(mark.text) for mark in plot.lines] == lines


def test_bars_stand_side_by_side_as_tall_as_their_counts():
    plot = plots.weekly(
        "k", "T", [MONDAY - 7 * DAY, MONDAY], [("A", "hollow", [4, 0]), ("B", "full", [2, 1])]
    )
    first, second = (one.bars for one in plot.series)
    assert [bar.height for bar in first + second] == ["134", "0", "67", "33.5"]
    assert float(first[0].x) + float(first[0].width) == pytest.approx(float(second[0].x), abs=0.11)
    assert all(float(bar.y) + float(bar.height) == pytest.approx(144, abs=0.11) for bar in first + second)
    assert plot.rows == [(MONDAY - 7 * DAY, (4, 2)), (MONDAY, (0, 1))]
    assert (plot.is_empty, plot.is_long) == (False, False)


@pytest.mark.parametrize("tab", ["dashboard/", "demand/", "load/", "letters/saved/"])
def test_each_tab_of_the_dashboard_keeps_the_tabs_and_is_the_one_that_is_open(at_desk, tab):
    page = assert_valid(at_desk.get(f"/desk/{tab}"))
    tabs = page.partition('<nav class="subnav"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)" aria-current="page"', tabs) == [f"/desk/{tab}"]
    assert len(re.findall("<a ", tabs)) == 4
    assert '<a href="/desk/dashboard/" aria-current="page">Dashboard</a>' in page.partition("</header>")[0]


def test_the_reminders_stand_under_the_load_of_the_experts(at_desk):
    page = assert_valid(at_desk.get("/desk/load/reminders/"))
    assert '<a href="/desk/load/" aria-current="true">' in page
    assert '<a href="/desk/dashboard/" aria-current="page">Dashboard</a>' in page.partition("</header>")[0]
