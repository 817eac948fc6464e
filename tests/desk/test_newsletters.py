import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from advice.accounts.models import Role
from advice.newsletter import workflow
from advice.newsletter.models import Delivery, DeliveryState, Newsletter, Subscription
from tests.factories import make_column, make_left, make_newsletter, make_reader, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 6, 12, 0, tzinfo=dt.UTC)  # a Wednesday
DAY = dt.timedelta(days=1)


def data(**changes):
    return {
        **{"name": "Sunday letter", "slug": "Sunday", "promise": "The best five", "rhythm": "weekly"},
        **{"weekday": "6", "hour": "7", "at_most": "5", "position": "0", "column": ""},
        **{"makes_itself": "on", "is_open": "on", "sender_name": "", "sender_address": ""},
        **changes,
    }


def main_of(response):
    return response.content.decode().partition("<main")[2]


def address(newsletter):
    return f"/desk/newsletters/{newsletter.pk}/"


def test_a_newsletter_is_defined_and_public_at_once(at_desk, client):
    column = make_column()
    response = at_desk.post(
        "/desk/newsletters/new/", data(column=column.pk, sender_name="Ada at Second Wind")
    )
    made = Newsletter.objects.get()
    assert response["Location"] == address(made)
    assert (made.slug, made.column, made.sender_name, made.is_open) == (
        "sunday",
        column,
        "Ada at Second Wind",
        True,
    )
    assert "The best five" in client.get("/newsletters/").content.decode()


def test_its_address_is_given_once(at_desk):
    newsletter = make_newsletter(slug="sunday")
    at_desk.post(address(newsletter), data(slug="other", name="Renamed"))
    newsletter.refresh_from_db()
    assert (newsletter.name, newsletter.slug) == ("Renamed", "sunday")
    assert 'name="slug"' not in main_of(at_desk.get(address(newsletter)))
    response = at_desk.post("/desk/newsletters/new/", data(slug="SUNDAY"))
    assert response.context["form"].errors.keys() == {"slug"}


@pytest.mark.parametrize("field", ["name", "promise", "sender_name", "sender_address"])
@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\u2028", "\x1b", "\0"])
def test_nothing_that_goes_into_a_mails_head_holds_a_line_break(at_desk, field, breaks):
    wrong = data(**{field: f"a{breaks}Bcc: b@example.org"})
    response = at_desk.post("/desk/newsletters/new/", wrong)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Newsletter.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("hour", value) for value in ("24", "-1", "x", "")),
        *(("at_most", value) for value in ("0", "21")),
        *(("weekday", value) for value in ("7", "")),
        *(
            ("rhythm", "hourly"),
            ("column", "999"),
            ("sender_address", "nobody"),
            ("slug", "a b"),
            ("name", ""),
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(at_desk, field, value):
    response = at_desk.post("/desk/newsletters/new/", data(promise="Typed with care", **{field: value}))
    page = assert_valid(response, 422)
    assert response.context["form"].errors.keys() == {field}
    assert "Typed with care" in page


def test_a_sender_of_another_domain_is_warned_of(at_desk, settings):
    settings.DEFAULT_FROM_EMAIL = "Site <letters@site.example>"
    newsletter = make_newsletter()
    words = "See that your mail server may send for it"
    own = at_desk.post(address(newsletter), data(sender_address="ada@SITE.example"), follow=True)
    assert words not in main_of(own)
    other = at_desk.post(address(newsletter), data(sender_address="ada@else.example"), follow=True)
    assert words in main_of(other)


def test_an_editor_who_may_not_publish_reads_and_changes_nothing(client):
    newsletter = make_newsletter("Kept")
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    assert '<form method="post">' not in main_of(client.get(address(newsletter)))
    response = client.post(address(newsletter), data(name="Changed"))
    assert response.status_code == 409
    assert 'value="Changed"' in main_of(response)
    newsletter.refresh_from_db()
    assert newsletter.name == "Kept"


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"weekday": "1"}, True),  # yesterday, after the Sunday on which it last came
        ({"weekday": "3"}, False),  # tomorrow
        ({"rhythm": "daily"}, True),
        ({"rhythm": "each"}, True),
        ({"hour": "6"}, False),
        ({"hour": "18"}, False),
        ({"name": "Renamed"}, False),
        ({"makes_itself": ""}, False),
    ],
)
def test_a_change_that_lets_an_issue_go_at_once_is_asked_about(at_desk, changes, asks):
    newsletter = make_newsletter(rhythm="weekly", weekday=6, hour=7)
    with time_machine.travel(NOW, tick=False):
        response = at_desk.post(address(newsletter), data(**changes))
        if asks:
            assert response.context["form"].errors.keys() == {"at_once"}
            assert "within minutes" in assert_valid(response, 422)
            response = at_desk.post(address(newsletter), data(**changes, at_once="on"))
        assert response.status_code == 302
    newsletter.refresh_from_db()
    assert all(str(getattr(newsletter, name)) == value for name, value in changes.items() if value)


def test_the_list_tells_what_becomes_of_each(at_desk):
    with time_machine.travel(NOW - 40 * DAY, tick=False) as clock:
        newsletter = make_newsletter("Sunday letter", rhythm="weekly")
        make_newsletter("Other", makes_itself=False)
        stays, leaves, dies = (make_reader(newsletter) for _ in range(3))
        clock.move_to(NOW - 10 * DAY)
        make_left(newsletter, subject="Our May issue")
        Delivery.objects.update(state=DeliveryState.SENT, settled_at=timezone.now())
        make_reader(newsletter)
        workflow.leave(leaves)
        workflow.suppress(dies, because="bounced")
        workflow.subscribe(email="pending@example.org", newsletters=[newsletter])
        clock.move_to(NOW)
        page = main_of(at_desk.get("/desk/newsletters/"))
    assert "2 subscribers" in page
    assert "1 gained, 2 lost" in page
    assert "Our May issue" in page
    assert 'datetime="2026-05-10T07:00' in page
    assert "Only what editors send" in page
    assert stays.email not in page


def test_the_list_asks_no_more_of_the_database_for_more_newsletters(at_desk, django_assert_num_queries):
    def listed():
        with django_assert_num_queries(7):
            assert at_desk.get("/desk/newsletters/").status_code == 200

    make_left(make_newsletter())
    listed()
    for _number in range(29):
        make_left(make_newsletter())
    listed()


def test_its_last_ten_issues_stand_on_its_page_with_their_numbers(at_desk):
    newsletter = make_newsletter()
    readers = [make_reader(newsletter) for _ in range(3)]
    for number in range(11):
        make_left(newsletter, subject=f"Issue no {number:02}")
    copies = Delivery.objects.filter(issue__subject="Issue no 10")
    copies.update(state=DeliveryState.SENT, settled_at=timezone.now())
    copies.filter(subscriber=readers[0]).update(bounced_at=timezone.now())
    workflow.leave(readers[1], issue=copies.first().issue_id)
    page = assert_valid(at_desk.get(address(newsletter)))
    assert "Issue no 00" not in page
    assert "Issue no 01" in page
    row = page.partition("Issue no 10")[2].partition("</tr>")[0]
    for words in ("3 sent", "1 came back", "1 stopped"):
        assert words in row
    assert not [reader.email for reader in readers if reader.email in page]


def test_the_pages_are_valid_before_there_is_anything(at_desk):
    assert_valid(at_desk.get("/desk/newsletters/"))
    assert_valid(at_desk.get("/desk/newsletters/new/"))
    assert_valid(at_desk.get(address(make_newsletter("<b>“A” & B</b>"))))
    assert_valid(at_desk.get("/desk/newsletters/"))
    assert not Subscription.objects.exists()
