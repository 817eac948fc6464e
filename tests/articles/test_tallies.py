"""Presses of readers, counted by day."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from advice.articles import tallies, workflow
from advice.articles.models import Tally, TallyKind
from tests.factories import make_published
from tests.reading.printed import make_printed

pytestmark = pytest.mark.django_db


def test_presses_of_one_day_are_one_row():
    article = make_printed()
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        for _ in range(3):
            tallies.count(article, TallyKind.HELPFUL)
        tallies.count(article, TallyKind.UNHELPFUL)
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        tallies.count(article, TallyKind.HELPFUL)
    rows = set(Tally.objects.values_list("kind", "day", "count"))
    first, second = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
    assert rows == {("helpful", first, 3), ("unhelpful", first, 1), ("helpful", second, 1)}
    assert tallies.counts(article) == {"helpful": 4, "unhelpful": 1, "asked_too": 0}


def test_most_helpful_counts_thirty_days_and_what_is_published(django_assert_num_queries):
    liked, more, old, silent, gone = make_published(), *(make_printed() for _ in range(3)), make_published()
    scheduled = make_printed(published_at=timezone.now() + dt.timedelta(days=1))
    for article, times in ((liked, 1), (more, 2), (gone, 3), (scheduled, 3)):
        for _ in range(times):
            tallies.count(article, TallyKind.HELPFUL)
    tallies.count(silent, TallyKind.UNHELPFUL)
    with time_machine.travel(timezone.now() - dt.timedelta(days=31)):
        tallies.count(old, TallyKind.HELPFUL)
    workflow.retract(gone, reason="Wrong.", by=None)
    with django_assert_num_queries(2):
        assert list(tallies.most_helpful(5)) == [more, liked]
    assert list(tallies.most_helpful(1)) == [more]
