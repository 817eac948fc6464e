import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from advice.accounts.models import Role, User
from advice.desk.forms import InviteForm
from advice.mail.models import Message
from tests.factories import make_expert, make_user

pytestmark = pytest.mark.django_db


def invitation(**changes):
    return {"name": "Noor Baker", "email": "Noor@Site.example", "role": "expert", "expert": "", **changes}


def place(**changes):
    return {"role": "expert", "expert": "", **changes}


def test_an_invitation_is_mailed_and_nobody_can_sign_in_before_it_is_taken_up(at_desk, editor):
    expert = make_expert()
    assert at_desk.post("/desk/people/invite/", invitation(expert=expert.pk)).status_code == 302
    user = User.objects.get(email="noor@site.example")
    assert (user.is_active, user.has_usable_password(), user.invited_by) == (False, False, editor)
    assert user.expert == expert
    mail = Message.objects.get(kind="invitation").content
    assert mail["to"] == "noor@site.example"
    assert re.search(r"/accounts/invitation/\w+/[\w-]+/", mail["text"])
    assert "3 days" in mail["text"]


def test_nobody_is_on_the_list_twice(at_desk):
    make_user(name="Old")
    email = User.objects.get(name="Old").email.upper()
    response = at_desk.post("/desk/people/invite/", invitation(email=email))
    assert response.context["form"].errors.keys() == {"email"}


def test_of_two_who_invite_one_address_at_once_the_second_is_told_beside_the_field(at_desk, monkeypatch):
    make_user(name="Old")
    email = User.objects.get(name="Old").email
    monkeypatch.setattr(InviteForm, "clean_email", lambda form: form.cleaned_data["email"])
    response = at_desk.post("/desk/people/invite/", invitation(email=email))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"email"}
    assert not Message.objects.exists()


def test_an_editor_makes_no_owner(at_desk):
    assert at_desk.post("/desk/people/invite/", invitation(role="owner")).status_code == 422
    someone = make_user(Role.EXPERT)
    assert at_desk.post(f"/desk/people/{someone.pk}/", place(role="owner")).status_code == 422
    assert not User.objects.filter(role=Role.OWNER).exists()


def test_an_owner_makes_and_unmakes_owners(client):
    client.force_login(make_user(Role.OWNER))
    other = make_user(Role.EDITOR)
    client.post(f"/desk/people/{other.pk}/", place(role="owner"))
    other.refresh_from_db()
    assert (other.role, other.is_superuser) == (Role.OWNER, True)
    client.post(f"/desk/people/{other.pk}/", place(role="editor"))
    other.refresh_from_db()
    assert (other.role, other.is_superuser) == (Role.EDITOR, False)


def test_an_editor_gives_only_what_they_have(client):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    someone = make_user(Role.EDITOR, may_publish=False)
    client.post(f"/desk/people/{someone.pk}/", place(role="editor", may_publish="on", may_review="on"))
    someone.refresh_from_db()
    assert (someone.may_publish, someone.may_review) == (False, False)


def test_what_an_editor_cannot_give_stays_as_it_was(client):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    someone = make_user(Role.EDITOR, may_publish=True)
    client.post(f"/desk/people/{someone.pk}/", place(role="editor"))
    someone.refresh_from_db()
    assert someone.may_publish is True


def test_who_may_publish_lets_others_publish(at_desk):
    someone = make_user(Role.EDITOR, may_publish=False)
    at_desk.post(f"/desk/people/{someone.pk}/", place(role="editor", may_publish="on"))
    someone.refresh_from_db()
    assert someone.may_publish is True


@pytest.mark.parametrize("role", [Role.EDITOR, Role.OWNER])
def test_nobody_changes_their_own_place(client, role):
    user = make_user(role)
    client.force_login(user)
    assert client.post(f"/desk/people/{user.pk}/", place()).status_code == 422
    assert client.post(f"/desk/people/{user.pk}/deactivate/").status_code == 403
    user.refresh_from_db()
    assert (user.role, user.is_active) == (role, True)
    assert "Nobody changes their own place" in client.get(f"/desk/people/{user.pk}/").content.decode()


def test_an_editor_leaves_owners_alone(at_desk):
    owner = make_user(Role.OWNER)
    assert at_desk.post(f"/desk/people/{owner.pk}/deactivate/").status_code == 403
    assert at_desk.post(f"/desk/people/{owner.pk}/", place(role="editor")).status_code == 422
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == (Role.OWNER, True)


def test_deactivating_signs_out_and_reactivating_lets_in(at_desk):
    someone, other = make_user(Role.EXPERT), Client()
    someone.set_password("running in the rain")
    someone.save()
    other.force_login(someone)
    at_desk.post(f"/desk/people/{someone.pk}/deactivate/")
    assert other.get("/desk/").status_code == 302
    at_desk.post(f"/desk/people/{someone.pk}/reactivate/")
    assert other.get("/desk/").status_code == 302  # the old session stays dead: it may be a thief's
    someone.refresh_from_db()
    other.force_login(someone)
    assert other.get("/desk/").status_code == 200


def test_an_expert_record_is_given_to_one_person_at_a_time(at_desk):
    first, second, expert = make_user(Role.EXPERT), make_user(Role.EXPERT), make_expert()
    at_desk.post(f"/desk/people/{first.pk}/", place(expert=expert.pk))
    expert.refresh_from_db()
    assert expert.user == first
    assert at_desk.post(f"/desk/people/{second.pk}/", place(expert=expert.pk)).status_code == 422
    at_desk.post(f"/desk/people/{first.pk}/", place(expert=""))
    expert.refresh_from_db()
    assert expert.user is None


def test_an_invited_person_is_not_reactivated_but_invited_again(at_desk):
    at_desk.post("/desk/people/invite/", invitation())
    user = User.objects.get(email="noor@site.example")
    assert at_desk.post(f"/desk/people/{user.pk}/reactivate/").status_code == 409
    at_desk.post(f"/desk/people/{user.pk}/invite-again/")
    first, second = (
        re.search(r"http\S+/accounts(\S+)", mail.content["text"]).group(1)
        for mail in Message.objects.filter(kind="invitation").order_by("pk")
    )
    assert at_desk.get(f"/accounts{first}").status_code == 404
    assert at_desk.get(f"/accounts{second}").status_code == 200


def protect(user):
    user.set_password("running in the rain")
    user.save()
    for kind in ("totp", "recovery_codes", "webauthn"):
        Authenticator.objects.create(user=user, type=kind, data={"name": "Key"})
    return user


def test_a_second_factor_is_reset_mailed_and_signs_out(at_desk, editor):
    someone, other = protect(make_user(Role.EXPERT, name="Joss")), Client()
    bystander = protect(make_user(Role.EXPERT))
    other.force_login(someone)
    assert at_desk.post(f"/desk/people/{someone.pk}/reset-second-factor/").status_code == 302
    assert not Authenticator.objects.filter(user=someone).exists()
    assert Authenticator.objects.filter(user=bystander).count() == 3
    assert other.get("/desk/").status_code == 302
    mail = Message.objects.get(kind="second_factor_reset").content
    assert mail["to"] == someone.email
    assert "Mara Quill has removed your app" in mail["text"]
    data = {"login": someone.email, "password": "running in the rain"}
    assert other.post("/accounts/login/", data)["Location"] == "/desk/"


def test_the_page_says_who_has_a_second_factor_and_offers_to_reset_it(at_desk):
    has, none = protect(make_user(Role.EXPERT)), make_user(Role.EXPERT)
    assert "Reset the second factor" in at_desk.get(f"/desk/people/{has.pk}/").content.decode()
    assert "Reset the second factor" not in at_desk.get(f"/desk/people/{none.pk}/").content.decode()
    assert (
        at_desk.get("/desk/people/").content.decode().count("no second factor") == 2
    )  # the editor, and none


def test_nobody_resets_their_own_and_an_editor_no_owners(at_desk, editor):
    for user in (protect(editor), protect(make_user(Role.OWNER))):
        assert at_desk.get(f"/desk/people/{user.pk}/").content.decode().count("Reset the second") == 0
        at_desk.force_login(editor)
        assert at_desk.post(f"/desk/people/{user.pk}/reset-second-factor/").status_code == 403
        assert Authenticator.objects.filter(user=user).count() == 3
    assert not Message.objects.exists()
