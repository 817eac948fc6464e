import pytest

from advice.accounts.models import Role
from advice.membership.models import Plan
from tests.factories import make_request, make_user

pytestmark = pytest.mark.django_db

SUPPORTER = {
    "name": "Supporter",
    "slug": "supporter",
    "price": "£4 a month",
    "promise": "Pays.",
    "position": "1",
}


@pytest.fixture
def owner(client):
    client.force_login(make_user(Role.OWNER))
    return client


def test_a_plan_that_an_owner_makes_stands_on_the_page(owner):
    texts = {**SUPPORTER, "description": "A *letter* a year. <b>", "is_open": "on"}
    assert owner.post("/admin/membership/plan/add/", texts).status_code == 302
    assert "A <em>letter</em> a year. &lt;b&gt;" in owner.get("/membership/").content.decode()


def test_a_plan_that_is_closed_is_not_offered_any_more(owner):
    plan = Plan.objects.create(**SUPPORTER)
    assert owner.post(f"/admin/membership/plan/{plan.pk}/change/", SUPPORTER).status_code == 302
    assert "£4 a month" not in owner.get("/membership/").content.decode()


def test_a_plan_that_somebody_asked_for_is_closed_and_not_deleted(owner):
    plan = make_request().plan
    owner.post(f"/admin/membership/plan/{plan.pk}/delete/", {"post": "yes"})
    assert Plan.objects.get() == plan
