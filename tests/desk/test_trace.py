"""The trace as the staff read it: what was done, narrowed, page by page; who signed in only for owners."""

import datetime as dt

import pytest
import time_machine

from advice.accounts.models import Role
from advice.trace.models import Kind
from advice.trace.writing import write_down, write_down_command
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def owner(client):
    owner = make_user(Role.OWNER, name="Olga Reed")
    client.force_login(owner)
    return owner


def lines(client, **given):
    response = client.get("/desk/trace/", given)
    assert response.status_code == 200
    return [(line.act.verb, line.act.number) for line in response.context["lines"]]


def test_it_says_who_did_what_to_what_newest_first(client, owner):
    write_down("publish", Kind.ARTICLE, 12_345, by=owner)
    write_down_command("export", Kind.SITE, detail="articles")
    page = client.get("/desk/trace/").content.decode()
    assert page.index("the command line") < page.index("export (articles)") < page.index("Olga Reed</td>")
    assert '<a href="/desk/articles/12345/">Article 12345</a>' in page


def test_it_is_narrowed_by_person_act_object_and_day(client, owner):
    other = make_user(name="Mara Quill")
    with time_machine.travel(NOON, tick=False):
        write_down("edit", Kind.TAG, 3, by=other)
    with time_machine.travel(NOON + dt.timedelta(days=1), tick=False):
        write_down("edit", Kind.ARTICLE, 3, by=owner)
        write_down("publish", Kind.ARTICLE, 4, by=owner)
        write_down_command("purge", Kind.SITE)
    assert lines(client, who=other.pk) == [("edit", 3)]
    assert lines(client, who=0) == [("purge", None)]
    assert lines(client, verb="edit") == [("edit", 3), ("edit", 3)]
    assert lines(client, kind="article") == [("publish", 4), ("edit", 3)]
    assert lines(client, kind="article", number=3) == [("edit", 3)]
    assert lines(client, since="2026-03-03") == [("purge", None), ("publish", 4), ("edit", 3)]
    assert lines(client, until="2026-03-02") == [("edit", 3)]


def test_what_makes_no_sense_is_said_beside_the_field(client, owner):
    response = client.get("/desk/trace/", {"since": "2026-03-03", "until": "2026-03-02", "number": "x"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"until", "number"}
    for odd in ("x", "-1", "9" * 30, "\x00"):
        assert client.get("/desk/trace/", {"before": odd}).status_code == 200


def test_editors_do_not_see_who_signed_in(client, owner):
    write_down("sign in", Kind.PERSON, owner.pk, by=owner)
    write_down("invite", Kind.PERSON, owner.pk, by=owner)
    assert lines(client) == [("invite", owner.pk), ("sign in", owner.pk)]
    client.force_login(make_user(Role.EDITOR))
    assert lines(client) == [("invite", owner.pk)]
    assert client.get("/desk/trace/", {"verb": "sign in"}).status_code == 422


def test_each_page_takes_the_same_few_queries_and_none_is_left_out(client, owner, django_assert_num_queries):
    def seen(number):
        for each in range(number):
            write_down("edit", Kind.ARTICLE, each + 1, by=owner)

    seen(1)
    client.get("/desk/trace/")
    with django_assert_num_queries(9):
        assert len(lines(client)) == 1
    seen(119)
    with django_assert_num_queries(9):
        response = client.get("/desk/trace/", {"kind": "article"})
    found = []
    while True:
        found += [line.act.pk for line in response.context["lines"]]
        if not response.context["older"]:
            break
        response = client.get(f"/desk/trace/?{response.context['older']}")
    assert len(found) == len(set(found)) == 120
    assert found == sorted(found, reverse=True)
