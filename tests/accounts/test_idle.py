"""Who leaves their desk is signed out after half an hour; what scripts ask by themselves does not count."""

import datetime as dt

import pytest
import time_machine

from advice.articles import workflow
from tests.factories import make_column, make_expert, make_user

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
SIGN_IN = "/accounts/login/?next=/desk/"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def at_desk(client, clock):
    client.force_login(make_user())
    assert client.get("/desk/").status_code == 200
    return client


def test_half_an_hour_without_an_act_ends_the_session(at_desk, clock):
    clock.shift(dt.timedelta(minutes=30))
    assert at_desk.get("/desk/").status_code == 200
    clock.shift(dt.timedelta(minutes=31))
    assert at_desk.get("/desk/")["Location"] == SIGN_IN
    assert "sessionid" not in at_desk.cookies or not at_desk.cookies["sessionid"].value


def test_whoever_works_stays_all_day(at_desk, clock):
    for _ in range(20):
        clock.shift(dt.timedelta(minutes=25))
        assert at_desk.get("/desk/articles/").status_code == 200


def test_the_clock_of_the_queue_keeps_nobody_signed_in(at_desk, clock):
    for _ in range(4):
        clock.shift(dt.timedelta(minutes=9))
        last = at_desk.get("/desk/alarm/")
    assert last.status_code == 302
    assert at_desk.get("/desk/")["Location"] == SIGN_IN


def test_typing_alone_keeps_nobody_signed_in_and_is_not_lost(client, clock):
    article = workflow.draft(by=None, headline="Calves", question="Why?", column=make_column())
    answer = workflow.assign(article, expert=make_expert(make_user("expert")), by=None)
    client.force_login(answer.expert.user)
    page = client.get(f"/desk/answers/{answer.pk}/")
    typist = page.context["typing"].typist
    for _ in range(3):
        clock.shift(dt.timedelta(minutes=9))
        typed = {"text": "Dear Adam", "version": answer.version}
        assert client.post(f"/desk/answers/{answer.pk}/autosave/", typed).status_code == 200
    clock.shift(dt.timedelta(minutes=9))
    late = {"text": "Dear Adam, rest.", "version": answer.version, "typist": typist}
    assert client.post(f"/desk/answers/{answer.pk}/autosave/", late).status_code == 403
    response = client.post(f"/desk/answers/{answer.pk}/", late)
    assert response["Location"] == f"/accounts/login/?next=/desk/answers/{answer.pk}/%3Ftake_up%3D1"
    client.force_login(answer.expert.user)
    form = client.get(f"/desk/answers/{answer.pk}/?take_up=1").context["form"]
    assert form["text"].value() == "Dear Adam, rest."


def test_a_session_is_written_once_a_minute_at_most(at_desk, clock, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def written():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            at_desk.get("/desk/")
        return [query for query in queries if 'UPDATE "django_session"' in query["sql"]]

    assert written() == []
    clock.shift(dt.timedelta(seconds=61))
    assert len(written()) == 1
    assert written() == []


def test_readers_are_never_asked_for_a_session(client, clock):
    client.force_login(make_user())
    response = client.get("/")
    assert "sessionid" not in response.cookies
    assert "Cookie" not in response.get("Vary", "")
