import datetime as dt
import threading

import pytest
import time_machine
from django.db import connections
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from advice.accounts import workflow
from advice.accounts.models import Role, User
from advice.accounts.workflow import NotAllowed, invitation_tokens
from tests.factories import make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db
NEW = {"new_password1": "running in the rain", "new_password2": "running in the rain"}


@pytest.fixture
def editor():
    return make_user(Role.EDITOR)


@pytest.fixture
def invited(editor):
    return workflow.invite(by=editor, name="Noor Baker", email="noor@site.example", role=Role.EXPERT)


def link(user):
    return f"/accounts/invitation/{urlsafe_base64_encode(force_bytes(user.pk))}/{invitation_tokens.make_token(user)}/"


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_opening_the_link_changes_nothing(client, invited):
    page = client.get(link(invited))
    assert page.status_code == 200
    assert "noor@site.example" in page.content.decode()
    assert not fresh(invited).is_active


def test_choosing_a_password_opens_the_account_once(client, invited):
    path = link(invited)
    assert client.post(path, NEW)["Location"] == "/accounts/login/"
    assert fresh(invited).is_active
    assert fresh(invited).check_password("running in the rain")
    assert "_auth_user_id" not in client.session
    assert client.get(path).status_code == 404
    assert (
        client.post(
            path, {"new_password1": "another long one", "new_password2": "another long one"}
        ).status_code
        == 404
    )
    assert fresh(invited).check_password("running in the rain")


def test_who_has_chosen_a_password_is_told_to_sign_in_with_it_and_finds_their_address_there(client, invited):
    page = client.post(link(invited), NEW, follow=True)
    assert "Your password is set. Sign in with it." in assert_valid(page)
    assert page.context["form"]["login"].value() == "noor@site.example"
    again = client.get("/accounts/login/")
    assert not again.context["form"]["login"].value()  # whoever sits there next
    data = {"login": "noor@site.example", "password": NEW["new_password1"]}
    assert client.post("/accounts/login/", data)["Location"] == "/desk/"


@pytest.mark.parametrize("password", ["short", "noor@site.example", "password123"])
def test_a_weak_password_is_said_beside_the_field(client, invited, password):
    response = client.post(link(invited), {"new_password1": password, "new_password2": password})
    assert response.status_code == 422
    assert response.context["form"].errors
    assert not fresh(invited).is_active


def test_the_link_works_for_three_days(client, invited):
    path = link(invited)
    with time_machine.travel(timezone.now() + dt.timedelta(days=3, minutes=-1)):
        assert client.get(path).status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(days=3, minutes=1)):
        assert client.get(path).status_code == 404


def test_a_voided_invitation_is_over(client, editor, invited):
    path = link(invited)
    workflow.deactivate(invited, by=editor)
    assert client.post(path, NEW).status_code == 404
    assert not fresh(invited).is_active


def test_no_link_reopens_the_account_of_somebody_deactivated(client, editor, invited):
    client.post(link(invited), NEW)
    workflow.deactivate(fresh(invited), by=editor)
    assert client.get(link(fresh(invited))).status_code == 404


def test_a_link_for_one_person_opens_no_other(client, editor, invited):
    other = workflow.invite(by=editor, name="Other", email="other@site.example", role=Role.EXPERT)
    token = link(other).rstrip("/").rpartition("/")[2]
    assert (
        client.get(
            f"/accounts/invitation/{urlsafe_base64_encode(force_bytes(invited.pk))}/{token}/"
        ).status_code
        == 404
    )


@pytest.mark.parametrize(
    "path", ["MQ/x/", "!!/x/", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5/x-y/", "x/x-" + "9" * 40 + "/"]
)
def test_a_made_up_link_is_no_error(client, path):
    assert client.get(f"/accounts/invitation/{path}").status_code == 404


# -- who may do what to whom ------------------------------------------------------------------------------------


def test_the_last_owner_stays():
    first, second = make_user(Role.OWNER), make_user(Role.OWNER)
    workflow.change_place(second, by=first, role=Role.EDITOR, may_publish=True, may_review=True)
    with pytest.raises(NotAllowed):
        workflow.deactivate(first, by=second)
    with pytest.raises(NotAllowed):
        workflow.deactivate(first, by=first)
    with pytest.raises(NotAllowed):
        workflow.change_place(first, by=first, role=Role.EDITOR, may_publish=False, may_review=False)
    assert User.objects.filter(role=Role.OWNER, is_active=True).count() == 1


def test_whoever_was_demoted_a_moment_ago_no_longer_demotes():
    first, second = make_user(Role.OWNER), make_user(Role.OWNER)
    stale = User.objects.get(pk=second.pk)
    workflow.deactivate(second, by=first)
    with pytest.raises(NotAllowed):
        workflow.deactivate(first, by=stale)


def remove_each_other(act, *pair):
    """At once, each on a connection of its own; gives who was refused."""
    begin, refused = threading.Barrier(2), []

    def remove(by, other):
        begin.wait()
        try:
            if act == "deactivate":
                workflow.deactivate(other, by=by)
            else:
                workflow.change_place(other, by=by, role=Role.EDITOR, may_publish=False, may_review=False)
        except NotAllowed:
            refused.append(by)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=remove, args=two) for two in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["deactivate", "demote"])
def test_of_two_owners_who_remove_each_other_at_once_one_stays(act):
    for _ in range(10):  # once may be luck
        User.objects.all().delete()
        refused = remove_each_other(act, make_user(Role.OWNER), make_user(Role.OWNER))
        assert User.objects.filter(role=Role.OWNER, is_active=True).count() == 1
        assert len(refused) == 1


def test_an_expert_manages_nobody():
    expert, other = make_user(Role.EXPERT), make_user(Role.EXPERT)
    with pytest.raises(NotAllowed):
        workflow.deactivate(other, by=expert)
    with pytest.raises(NotAllowed):
        workflow.invite(by=expert, name="N", email="n@x.example", role=Role.EXPERT)


def test_nobody_gives_what_they_do_not_have():
    editor, other = make_user(Role.EDITOR, may_publish=False), make_user(Role.EDITOR, may_publish=False)
    for extra in ({"may_publish": True, "may_review": False}, {"may_publish": False, "may_review": True}):
        with pytest.raises(NotAllowed):
            workflow.change_place(other, by=editor, role=Role.EDITOR, **extra)
        with pytest.raises(NotAllowed):
            workflow.invite(by=editor, name="N", email="n@x.example", role=Role.EDITOR, **extra)
    with pytest.raises(NotAllowed):
        workflow.change_place(other, by=editor, role=Role.OWNER, may_publish=False, may_review=False)
