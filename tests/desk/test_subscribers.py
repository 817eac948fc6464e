import datetime as dt
import json
import logging

import pytest
import time_machine
from django.utils import timezone

from advice.accounts.models import Role
from advice.crypto import digest
from advice.newsletter import consent, figures, records, workflow
from advice.newsletter.models import (
    Bounce,
    Delivery,
    DeliveryState,
    Subscriber,
    SubscriberStatus,
    Suppression,
)
from tests.factories import make_left, make_newsletter, make_published, make_reader, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 6, 12, 0, tzinfo=dt.UTC)  # a Wednesday
DAY = dt.timedelta(days=1)
SECRET = "canary@example.org"


@pytest.fixture
def weekly():
    return make_newsletter("Weekly")


@pytest.fixture
def owner():
    return make_user(Role.OWNER)


@pytest.fixture
def at_owners_desk(client, owner):
    client.force_login(owner)
    return client


def main_of(response):
    return response.content.decode().partition("<main")[2]


def look_up(client, email):
    return client.post("/desk/subscribers/find/", {"email": email}, follow=True)


# -- the numbers --------------------------------------------------------------------------------------------------


def test_the_weeks_count_who_came_and_who_left(weekly):
    with time_machine.travel(NOW - 7 * DAY, tick=False) as clock:
        first, second = make_reader(weekly), make_reader(weekly)
        clock.move_to(NOW - 3 * DAY)  # Sunday, still last week
        workflow.leave(first)
        clock.move_to(NOW - 2 * DAY)  # Monday
        make_reader(weekly)
        workflow.suppress(second, because="bounced")
        workflow.leave(workflow.subscribe(email="asked@example.org", newsletters=[weekly]))
        clock.move_to(NOW)
        weeks = figures.weeks()
    assert [(week.begins.isoformat(), week.gained, week.lost) for week in weeks[-3:]] == [
        ("2026-04-20", 0, 0),
        ("2026-04-27", 2, 1),
        ("2026-05-04", 1, 1),
    ]
    assert len(weeks) == 12
    assert [(week.gained_share, week.lost_share) for week in weeks[-2:]] == [(100, 50), (50, 50)]


def test_the_articles_that_brought_most_stand_first(weekly):
    few, many = make_published(), make_published()
    for article in (few, many, many):
        make_reader(weekly, article=article)
    workflow.leave(make_reader(weekly, article=few))
    workflow.leave(make_reader(weekly, article=few))
    assert [(row["pk"], row["number"]) for row in figures.articles()] == [(many.pk, 2), (few.pk, 1)]


def test_reasons_and_wishes_are_counted(weekly):
    with time_machine.travel(NOW, tick=False) as clock:
        for because in ("too_much", "too_much", ""):
            workflow.leave(make_reader(weekly), because=because)
        clock.move_to(NOW - 91 * DAY)
        workflow.leave(make_reader(weekly), because="elsewhere")
        clock.move_to(NOW)
        make_reader(weekly, rhythm="daily", text_only=True)
        make_reader(weekly, paused_until=(NOW + DAY).date())
        make_reader(weekly, paused_until=NOW.date())
        Suppression.objects.create(digest=digest(SECRET), because="imported")
        assert figures.reasons() == [("Too much mail", 2), ("Without a reason", 1)]
        assert [number for _, number in figures.choices()] == [2, 1, 0, 1, 1]
    assert dict(figures.by_status()) == {
        "Confirmed": 3,
        "Left": 4,
        "Must not be mailed": 1,
        "Not confirmed yet": 0,
    }


def test_editors_see_numbers_and_nobody(at_desk, weekly):
    reader = make_reader(weekly, email=SECRET, article=make_published())
    page = assert_valid(at_desk.get("/desk/subscribers/"))
    assert SECRET not in page
    assert "Look one up" not in page
    for path in ("", "export/", "erase/", "suppress/", "lift/"):
        assert at_desk.get(f"/desk/subscribers/{reader.pk}/{path}").status_code in {404, 405}
        assert at_desk.post(f"/desk/subscribers/{reader.pk}/{path}").status_code in {404, 405}
    for path in ("find", "suppress", "lift"):
        sent = {"email": SECRET, "sure": "on"}
        assert at_desk.post(f"/desk/subscribers/{path}/", sent).status_code == 404
    reader.refresh_from_db()
    assert reader.status == SubscriberStatus.CONFIRMED


def test_the_numbers_cost_as_many_queries_for_many(at_desk, weekly, django_assert_num_queries):
    def shown():
        with django_assert_num_queries(11):
            at_desk.get("/desk/subscribers/")

    make_reader(weekly, article=make_published())
    shown()
    for _number in range(5):
        make_reader(weekly, article=make_published())
    shown()


# -- one of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling", [SECRET, "CANARY@Example.org", "canary+news@example.org", " canary@example.org "]
)
def test_an_owner_finds_one_by_any_spelling(at_owners_desk, weekly, spelling):
    make_reader(weekly, email=SECRET)
    response = look_up(at_owners_desk, spelling)
    page = assert_valid(response)
    assert SECRET in page
    assert "Weekly" in page
    assert all(SECRET not in address for address, _ in response.redirect_chain)
    assert response["Cache-Control"] == "private, no-store"


def test_the_record_tells_what_was_agreed_and_what_came_back(at_owners_desk, weekly):
    reader = make_reader(weekly, email=SECRET, consent_source="<b>a stall</b>", text_only=True)
    issue = make_left(weekly, subject="Our May issue")
    Delivery.objects.update(state=DeliveryState.SENT, settled_at=timezone.now())
    Bounce.objects.create(delivery=issue.deliveries.get(), kind="hard", code="5.1.1")
    workflow.suppress(reader, because="bounced")
    page = assert_valid(at_owners_desk.get(f"/desk/subscribers/{reader.pk}/"))
    for words in (
        "Our May issue",
        "Hard 5.1.1",
        "&lt;b&gt;a stall",
        consent.VERSION,
        "Mail to it bounced",
    ):
        assert words in page


@pytest.mark.parametrize("wrong", ["", "nobody", "x" * 300 + "@example.org"])
def test_what_is_no_address_is_said_and_stays(at_owners_desk, wrong):
    page = assert_valid(look_up(at_owners_desk, wrong), 422)
    assert "Look one up" in page


def test_a_nul_in_an_address_reaches_no_database(at_owners_desk):
    assert look_up(at_owners_desk, "a@b\0.org").status_code == 422


def test_an_address_is_never_asked_for_in_a_link(at_owners_desk):
    assert at_owners_desk.get(f"/desk/subscribers/find/?email={SECRET}").status_code == 405


def test_an_export_is_the_whole_record(at_owners_desk, weekly):
    reader = make_reader(weekly, email=SECRET)
    response = at_owners_desk.post(f"/desk/subscribers/{reader.pk}/export/")
    assert json.loads(response.content) == records.export(reader)
    assert response["Content-Disposition"] == f'attachment; filename="subscriber-{reader.pk}.json"'


def test_erasing_is_asked_about_and_leaves_nothing(at_owners_desk, weekly):
    reader = make_reader(weekly, email=SECRET)
    path = f"/desk/subscribers/{reader.pk}/erase/"
    assert "Erase this subscriber?" in assert_valid(at_owners_desk.get(path))
    assert Subscriber.objects.filter(pk=reader.pk).exists()
    assert SECRET not in main_of(at_owners_desk.post(path, follow=True))
    assert not Subscriber.objects.filter(pk=reader.pk).exists()
    assert "Nothing is kept of this address." in assert_valid(look_up(at_owners_desk, SECRET))


def test_suppressing_and_lifting_say_what_they_mean(at_owners_desk, owner, weekly):
    reader = make_reader(weekly, email=SECRET)
    suppress, lift = (f"/desk/subscribers/{reader.pk}/{act}/" for act in ("suppress", "lift"))
    assert "whoever enters it in the form is not written to" in assert_valid(at_owners_desk.get(suppress))
    at_owners_desk.post(suppress)
    reader.refresh_from_db()
    row = Suppression.objects.get()
    assert (reader.status, row.because, row.by) == ("suppressed", "asked", owner)
    assert workflow.subscribe(email=SECRET, newsletters=[weekly]) is None
    assert "only if the owner of the address has asked" in assert_valid(at_owners_desk.get(lift))
    assert Suppression.objects.exists()
    at_owners_desk.post(lift)
    reader.refresh_from_db()
    assert (reader.status, reader.subscriptions.count()) == ("left", 0)
    assert not Suppression.objects.exists()
    assert "was not suppressed any more" in main_of(at_owners_desk.post(lift, follow=True))


def test_a_suppression_known_only_by_its_fingerprint_can_be_lifted(at_owners_desk, weekly):
    reader = make_reader(weekly, email=SECRET)
    workflow.suppress(reader, because="complained")
    records.erase(reader)
    page = assert_valid(look_up(at_owners_desk, "Canary+x@example.org"))
    assert "but a fingerprint" in page
    assert "called our mail unwanted" in page
    path = "/desk/subscribers/lift/"
    assert_valid(at_owners_desk.post(path, {"email": SECRET}), 422)
    assert Suppression.objects.exists()
    at_owners_desk.post(path, {"email": SECRET, "sure": "on"})
    assert not Suppression.objects.exists()
    again = at_owners_desk.post(path, {"email": SECRET, "sure": "on"}, follow=True)
    assert "was not suppressed any more" in main_of(again)


def test_an_address_that_never_subscribed_can_be_kept_from_all_mail(at_owners_desk, owner, weekly):
    path = "/desk/subscribers/suppress/"
    assert_valid(at_owners_desk.post(path, {"email": "nobody", "sure": "on"}), 422)
    assert_valid(at_owners_desk.post(path, {"email": SECRET}), 422)
    assert not Suppression.objects.exists()
    for _twice in range(2):
        at_owners_desk.post(path, {"email": "Canary+news@example.org", "sure": "on"})
    row = Suppression.objects.get()
    assert (row.digest, row.because, row.by) == (digest(SECRET), "asked", owner)
    assert workflow.subscribe(email=SECRET, newsletters=[weekly]) is None
    assert not Subscriber.objects.exists()


def test_each_act_is_in_the_log_by_number_and_never_by_address(at_owners_desk, owner, weekly, caplog):
    caplog.set_level(logging.INFO)
    reader = make_reader(weekly, email=SECRET)
    look_up(at_owners_desk, SECRET)
    for act in ("export", "suppress", "lift", "erase"):
        at_owners_desk.post(f"/desk/subscribers/{reader.pk}/{act}/")
    for act in ("suppress", "lift"):
        at_owners_desk.post(f"/desk/subscribers/{act}/", {"email": SECRET, "sure": "on"})
    said = [record.getMessage() for record in caplog.records if record.name == "advice.newsletter"]
    assert len(said) == 7
    assert all(f"person {owner.pk}" in line for line in said)
    assert "canary" not in caplog.text.lower()
