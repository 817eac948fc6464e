"""An issue on its way: undone in time, frozen when it leaves, paused, cancelled, decided about."""

import datetime as dt

import pytest
import time_machine

from advice.newsletter import issuing
from advice.newsletter.models import Bounce, Delivery
from tests.factories import make_left, make_newsletter, make_readers

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)


def test_after_a_year_only_the_number_of_copies_is_kept():
    newsletter = make_newsletter()
    with time_machine.travel(NOW, tick=False) as clock:
        make_readers(newsletter, 2)
        issue = make_left(newsletter)
        Bounce.objects.create(delivery=issue.deliveries.first(), kind="hard", code="5.1.1")
        clock.shift(dt.timedelta(days=365))
        assert issuing.forget_old_copies() == 0
        clock.shift(dt.timedelta(minutes=11))
        assert issuing.forget_old_copies() == 2
    assert Delivery.objects.filter(subscriber__isnull=True).count() == 2
    assert not Bounce.objects.exists()
