"""manage.py reset_second_factor: for the last owner who lost their phone."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from advice.accounts.models import Role
from advice.mail.models import Message
from advice.trace.models import Act
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_it_lets_in_by_the_password_alone_and_tells_by_mail(client):
    owner = make_user(Role.OWNER, name="Vera", password="running in the rain")
    Authenticator.objects.create(user=owner, type="totp", data={})
    client.force_login(owner)
    out = StringIO()
    call_command("reset_second_factor", owner.email.upper(), stdout=out)
    assert out.getvalue().startswith("Vera is signed out everywhere")
    assert client.get("/desk/").status_code == 302
    assert not Authenticator.objects.exists()
    mail = Message.objects.get().content
    assert mail["to"] == owner.email
    assert "An operator of the site has removed" in mail["text"]
    line = Act.objects.get(verb="reset second factor")
    assert (line.person, line.number) == (None, owner.pk)


def test_who_is_unknown_or_has_none_is_told_so():
    with pytest.raises(CommandError, match="Nobody signs in with no@x"):
        call_command("reset_second_factor", "no@x.example")
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_second_factor", make_user().email)
    assert not Message.objects.exists()
