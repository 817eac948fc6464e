import html

import pytest

from advice.mail.models import Message
from advice.membership import workflow
from advice.membership.models import MembershipRequest
from tests.factories import make_plan, make_request, make_user

pytestmark = pytest.mark.django_db

EMAIL = "reader@example.org"


@pytest.fixture
def one():
    plan = make_plan("Supporter", price="£4 a month")
    return make_request(plan, email=EMAIL, name="Eve & Co", note="By card?\n\nOr not.")


def main_of(response):
    return html.unescape(response.content.decode().partition("<main")[2])


def test_a_request_stands_there_with_all_that_was_given(at_desk, one):
    page = main_of(at_desk.get("/desk/members/"))
    for words in ("Supporter, £4 a month", "Eve & Co", EMAIL, "By card?", "just now"):
        assert words in page


def test_the_bar_counts_what_waits_on_every_page(at_desk, one):
    workflow.confirm(make_request(), by=make_user())
    for path in ("/desk/", "/desk/members/", "/desk/outbox/"):
        response = at_desk.get(path)
        assert response.context["members_waiting"] == 1
        assert "Members <b>1</b></a>" in response.content.decode()


def test_an_address_shows_on_no_other_page_of_the_desk(at_desk, one):
    workflow.confirm(one, by=make_user())
    for path in ("/desk/", "/desk/articles/", "/desk/people/", "/desk/pages/", "/desk/outbox/"):
        assert EMAIL not in at_desk.get(path).content.decode()


def test_the_oldest_that_waits_comes_first_and_the_newest_decision_after_them(at_desk):
    asked = [make_request() for _ in range(4)]
    for decided in (asked[2], asked[0]):
        workflow.confirm(decided, by=make_user())
    response = at_desk.get("/desk/members/")
    assert [row.request for row in response.context["waiting"]] == [asked[1], asked[3]]
    assert [row.request for row in response.context["decided"]] == [asked[0], asked[2]]


def test_confirming_mails_the_message_and_says_so(at_desk, editor, one):
    response = at_desk.post(
        f"/desk/members/{one.pk}/confirm/", {f"confirm-{one.pk}-message": "Pay by bank."}, follow=True
    )
    assert "Confirmed. A mail says so." in main_of(response)
    one.refresh_from_db()
    assert (one.status, one.decided_by) == ("confirmed", editor)
    assert "Pay by bank." in Message.objects.get(kind="member_confirmed").content["text"]


def test_declining_mails_the_reason_and_says_so(at_desk, editor, one):
    response = at_desk.post(
        f"/desk/members/{one.pk}/decline/", {f"decline-{one.pk}-reason": "We are full."}, follow=True
    )
    assert "Declined. A mail says why." in main_of(response)
    one.refresh_from_db()
    assert (one.status, one.decided_by) == ("declined", editor)
    assert "We are full." in Message.objects.get(kind="member_declined").content["text"]


def test_a_reason_must_be_given_and_its_form_stays_open(at_desk, one):
    make_request()
    response = at_desk.post(f"/desk/members/{one.pk}/decline/", {f"decline-{one.pk}-reason": " "})
    assert response.status_code == 422
    page = main_of(response)
    assert page.count("This field is required.") == 1
    assert page.count("<details open>") == 1
    assert MembershipRequest.objects.waiting().count() == 2


def test_a_message_that_is_too_long_is_kept(at_desk, one):
    typed = "Long. " * 400
    response = at_desk.post(f"/desk/members/{one.pk}/confirm/", {f"confirm-{one.pk}-message": typed})
    assert response.status_code == 422
    assert typed in main_of(response)


@pytest.mark.parametrize(("act", "field"), [("confirm", "message"), ("decline", "reason")])
def test_of_two_who_decide_the_second_is_told_and_keeps_their_words(at_desk, one, act, field):
    workflow.decline(one, by=make_user(), reason="No.")
    response = at_desk.post(f"/desk/members/{one.pk}/{act}/", {f"{act}-{one.pk}-{field}": "My own words."})
    assert response.status_code == 409
    page = main_of(response)
    assert "This request is declined by now" in page
    assert "My own words." in page
    assert Message.objects.count() == 1


def test_ending_a_membership_erases_it(at_desk, one):
    workflow.confirm(one, by=make_user())
    page = main_of(at_desk.post(f"/desk/members/{one.pk}/end/", follow=True))
    assert "The membership is over, and its address is erased." in page
    assert EMAIL not in page
    assert not MembershipRequest.objects.exists()


def test_what_is_not_a_membership_does_not_end(at_desk, one):
    response = at_desk.post(f"/desk/members/{one.pk}/end/")
    assert response.status_code == 409
    assert "Only a membership that was confirmed can end." in main_of(response)
    assert MembershipRequest.objects.get() == one


def test_an_address_that_no_key_opens_hides_nothing_else(at_desk, one, settings):
    keys = settings.PRIVATE_KEYS
    settings.PRIVATE_KEYS = ["a key that is lost"]
    make_request(email="lost@example.org", name="Lost Eve")
    settings.PRIVATE_KEYS = keys
    page = main_of(at_desk.get("/desk/members/"))
    assert page.count("The address cannot be read") == 1
    for words in (EMAIL, "Lost Eve"):
        assert words in page


def test_a_site_without_requests_says_where_plans_come_from(at_desk):
    assert "Nobody has asked yet." in main_of(at_desk.get("/desk/members/"))


def test_many_are_shown_in_pages_and_a_form_comes_back_to_its_own(at_desk):
    plan = make_plan()
    asked = [make_request(plan) for _ in range(31)]
    page = main_of(at_desk.get("/desk/members/?page=2"))
    path = f"/desk/members/{asked[30].pk}/decline/?page=2"
    assert f'action="{path}"' in page
    assert "<details open>" in main_of(at_desk.post(path, {}))


def test_the_list_asks_as_much_for_thirty_rows_as_for_one(at_desk, editor, django_assert_num_queries):
    def give(number):
        for _ in range(number):
            make_request(note="Note")
        for _ in range(number):
            workflow.confirm(make_request(), by=make_user())

    give(1)
    with django_assert_num_queries(6):
        at_desk.get("/desk/members/")
    give(14)
    with django_assert_num_queries(6):
        assert len(at_desk.get("/desk/members/").context["page"]) == 30
