"""manage.py make_owner: for a site whose owners are all gone."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from advice.accounts.models import Role
from advice.trace.models import Act
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_an_editor_becomes_an_owner_who_can_remove_the_one_that_left(client):
    left, editor, out = make_user(Role.OWNER), make_user(Role.EDITOR, name="Mara"), StringIO()
    call_command("make_owner", editor.email.upper(), stdout=out)
    assert out.getvalue().startswith("Mara is an owner.")
    editor.refresh_from_db()
    assert (editor.role, editor.is_superuser) == (Role.OWNER, True)
    line = Act.objects.get()
    assert (line.verb, line.number, line.person, line.detail) == ("change role", editor.pk, None, "owner")
    client.force_login(editor)
    assert client.post(f"/desk/people/{left.pk}/deactivate/").status_code == 302
    left.refresh_from_db()
    assert not left.is_active


@pytest.mark.parametrize(
    ("role", "is_active", "said"),
    [
        (Role.OWNER, True, "is an owner already"),
        (Role.EDITOR, False, "cannot sign in"),
        (None, None, "Nobody"),
    ],
)
def test_who_cannot_become_one_stays_and_it_says_why(role, is_active, said):
    user = make_user(role, is_active=is_active, password="running in the rain") if role else None
    with pytest.raises(CommandError, match=said):
        call_command("make_owner", user.email if user else "no@x.example")
    assert not Act.objects.exists()
