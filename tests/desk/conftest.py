import pytest

from advice.accounts.models import Role
from tests.factories import make_user


@pytest.fixture
def editor(db):
    return make_user(Role.EDITOR, name="Mara Quill")


@pytest.fixture
def at_desk(client, editor):
    """A client that an editor who may publish has signed in with."""
    client.force_login(editor)
    return client
