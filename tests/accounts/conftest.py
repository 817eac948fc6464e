import pytest
import time_machine
from django.core.cache import cache

from advice.accounts.models import Role
from tests.accounts.codes import NOON, PASSWORD
from tests.factories import make_user


@pytest.fixture
def clock():
    cache.clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def user(clock):
    return make_user(Role.EDITOR, password=PASSWORD)
