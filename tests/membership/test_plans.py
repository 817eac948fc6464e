"""The page of membership: what is offered, and what happens with what is sent."""

import re

import html5lib
import pytest

from advice.articles.models import Page
from advice.mail.models import Message
from advice.membership import workflow
from advice.membership.models import MembershipRequest
from advice.membership.views import REQUESTS_AN_HOUR
from tests.factories import make_newsletter, make_plan, make_request, make_user

pytestmark = pytest.mark.django_db

EMAIL = "reader@example.org"


@pytest.fixture
def supporter():
    return make_plan("Supporter", slug="supporter", price="£4 a month", promise="Pays & helps", position=1)


@pytest.fixture
def patron():
    return make_plan("Patron", slug="patron", description="- A *letter*\n- No card", position=2)


def post(client, **fields):
    return client.post("/membership/", {"plan": "supporter", "email": EMAIL, **fields})


def main_of(response):
    return response.content.decode().partition("<main")[2].partition("</main>")[0]


def test_the_page_has_its_editors_text_and_under_it_the_open_plans_in_their_order(client, supporter, patron):
    make_plan("Closedplan", is_open=False)
    Page.objects.create(slug="membership", title="Join {site_name}", text="Members of {site_name} pay.")
    response = client.get("/membership/")
    words = main_of(response)
    assert "<h1>Join Second Wind</h1>" in words
    order = [
        words.index(part) for part in ("Members of Second Wind pay.", "Supporter", "£4 a month", "Patron")
    ]
    assert order == sorted(order)
    assert "Pays &amp; helps" in words
    assert "<li>A <em>letter</em></li>" in words
    assert "Closedplan" not in words
    assert 'href="/privacy/"' in words
    assert "Nothing is charged: an editor answers by mail." in words


def test_the_page_is_for_everybody_and_leaves_nothing_with_its_visitor(client, supporter):
    for address in ("/membership/", "/membership/sent/"):
        response = client.get(address)
        assert response.status_code == 200
        assert "public" in response["Cache-Control"]
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in response.content.decode()


def test_nothing_is_chosen_beforehand_and_no_id_stands_twice(client, supporter, patron):
    make_newsletter()
    page = client.get("/membership/").content.decode()
    assert page.count('type="radio"') == 2
    assert "checked" not in page
    assert "noindex" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_without_an_open_plan_there_is_the_text_and_a_way_to_the_newsletters(client):
    make_plan("Closedplan", is_open=False)
    Page.objects.create(slug="membership", title="Membership", text="Soon.")
    words = main_of(client.get("/membership/"))
    assert "<p>Soon.</p>" in words
    assert "<form" not in words
    assert 'href="/subscribe/"' in words
    assert "not written this page" not in words


def test_a_page_with_neither_text_nor_plans_is_not_for_search_engines(client):
    page = client.get("/membership/").content.decode()
    assert "The editors have not written this page yet." in page
    assert "noindex" in page


def test_a_request_is_stored_and_its_sender_thanked(client, supporter):
    response = post(client, name=" Eve \n Adams ", note="By card?\r\nOr not.")
    assert (response.status_code, response["Location"], response.cookies) == (303, "/membership/sent/", {})
    row = MembershipRequest.objects.get()
    assert (row.plan, row.email, row.name, row.note) == (supporter, EMAIL, "Eve Adams", "By card?\nOr not.")
    assert not Message.objects.exists()


def test_everybody_gets_the_same_answer(client, supporter):
    answers = [post(client), post(client)]
    workflow.confirm(make_request(supporter, email="member@example.org"), by=make_user())
    answers.append(post(client, email="member@example.org"))
    workflow.decline(make_request(supporter, email="no@example.org"), by=make_user(), reason="No.")
    answers.append(post(client, email="no@example.org"))
    answers.append(post(client, website="http://spam.example/"))
    assert {(answer.status_code, answer["Location"], answer.content) for answer in answers} == {
        (303, "/membership/sent/", b"")
    }


def test_what_a_trap_caught_is_not_stored(client, supporter):
    post(client, website="http://spam.example/")
    assert not MembershipRequest.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"plan": ""}, "Please choose one of the plans."),
        ({"plan": "closed"}, "This plan takes no new members by now."),
        ({"plan": "no-such-plan"}, "This plan takes no new members by now."),
        ({"email": ""}, "Please enter your e-mail address."),
        ({"email": "reader@example"}, "does not look like an e-mail address"),
        ({"name": "x" * 81}, "80 characters are the most"),
        ({"note": "x" * 1_001}, "Your note is longer than 1,000 characters."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(client, supporter, fields, said):
    make_plan(slug="closed", is_open=False)
    typed = {"name": "Eve “E” <Adams>", "note": "By card & bank?", **fields}
    response = post(client, **typed)
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(said) == 2  # above the form, and beside the field
    html5lib.HTMLParser(strict=True).parse(page)
    form = response.context["form"]
    assert {name: form[name].value() for name in typed} == typed
    assert ("checked" in page) == ("plan" not in fields)
    for address in re.findall(r'<a href="#([^"]+)"', page):
        assert f'id="{address}"' in page
    assert not MembershipRequest.objects.exists()


def test_a_thousand_characters_fit_however_their_lines_end(client, supporter):
    post(client, note=f"{'x' * 499}\r\n{'x' * 500}")
    assert len(MembershipRequest.objects.get().note) == 1_000


def test_control_characters_are_dropped_before_they_can_reach_a_mail(client, supporter):
    post(client, email="\x01rea\x00der@example.org", name="Eve\x07", note="a\x00b")
    row = MembershipRequest.objects.get()
    assert (row.email, row.name, row.note) == (EMAIL, "Eve", "ab")


def test_a_form_for_no_plan_at_all_is_told_so(client):
    response = post(client)
    assert response.status_code == 503
    assert "No plan takes new members at the moment." in response.content.decode()


def test_one_network_asks_ten_times_an_hour_and_keeps_what_it_typed(client, supporter):
    for number in range(REQUESTS_AN_HOUR):
        assert post(client, email=f"r{number}@example.org").status_code == 303
    response = post(client, note="One more.")
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert "One more." in response.content.decode()
    assert MembershipRequest.objects.count() == REQUESTS_AN_HOUR
    assert (
        client.post(
            "/membership/", {"plan": "supporter", "email": EMAIL}, REMOTE_ADDR="203.0.113.9"
        ).status_code
        == 303
    )


def test_a_form_of_another_site_is_refused(client, supporter):
    response = client.post(
        "/membership/", {"plan": "supporter", "email": EMAIL}, headers={"sec-fetch-site": "cross-site"}
    )
    assert response.status_code == 403
    assert not MembershipRequest.objects.exists()


def test_the_page_asks_as_much_of_the_database_for_thirty_plans_as_for_one(client, django_assert_num_queries):
    make_plan()
    with django_assert_num_queries(3):
        client.get("/membership/")
    for _ in range(29):
        make_plan()
    with django_assert_num_queries(3):
        client.get("/membership/")
