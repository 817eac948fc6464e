import datetime as dt
import threading
import time

import pytest
import time_machine
from django.db import connection, transaction
from django.test import RequestFactory

from advice.throttle.models import (
    Count,
    Secret,
    allow,
    client_address,
    forget_old,
    give_back,
    neighbourhood,
    network,
    once_a_day,
    release,
    take,
    tally,
    wait,
)

pytestmark = pytest.mark.django_db


def test_the_limit_holds_within_a_window_and_ends_with_it():
    with time_machine.travel(dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC), tick=False) as clock:
        assert [allow("ask", "a", limit=2, seconds=3600) for _ in range(3)] == [True, True, False]
        assert allow("ask", "b", limit=2, seconds=3600)
        clock.shift(3600)
        assert allow("ask", "a", limit=2, seconds=3600)


def test_the_wait_is_until_the_window_is_over():
    with time_machine.travel(
        dt.datetime(2026, 3, 1, 12, 40, 29, 500_000, tzinfo=dt.UTC), tick=False
    ) as clock:
        assert (wait(3600), wait(86_400)) == (1171, 40_771)
        allow("ask", "a", limit=1, seconds=3600)
        clock.shift(wait(3600))
        assert allow("ask", "a", limit=1, seconds=3600)
        clock.move_to(dt.datetime(2026, 3, 1, 13, tzinfo=dt.UTC))
        assert wait(3600) == 3600


def test_once_a_day_is_once_in_any_24_hours_midnight_or_not():
    with time_machine.travel(dt.datetime(2026, 3, 1, 23, 59, 59, tzinfo=dt.UTC), tick=False) as clock:
        assert [once_a_day("ask", "a"), once_a_day("ask", "a"), once_a_day("ask", "b")] == [True, False, True]
        for hours in (1 / 3600, 1, 22.9):
            clock.shift(dt.timedelta(hours=hours))
            forget_old()
            assert not once_a_day("ask", "a")
        clock.move_to(dt.datetime(2026, 3, 2, 23, 59, 59, tzinfo=dt.UTC))
        assert [once_a_day("ask", "a"), once_a_day("ask", "a")] == [True, False]


def test_who_is_refused_does_not_wait_longer_for_it():
    with time_machine.travel(dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC), tick=False) as clock:
        once_a_day("ask", "a")
        clock.shift(dt.timedelta(hours=23))
        assert not once_a_day("ask", "a")
        clock.shift(dt.timedelta(hours=1))
        assert once_a_day("ask", "a")


def test_what_is_released_is_let_pass_again_and_nothing_later():
    with time_machine.travel(dt.datetime(2026, 3, 1, 23, 59, 59, tzinfo=dt.UTC), tick=False) as clock:
        first = dt.datetime(2026, 3, 1, 23, 59, 59, tzinfo=dt.UTC)
        once_a_day("ask", "a")
        clock.shift(dt.timedelta(seconds=2))
        release("ask", "b", until=first)
        assert not once_a_day("ask", "a")
        release("ask", "a", until=first)
        assert once_a_day("ask", "a")
        release("ask", "a", until=first)
        assert not once_a_day("ask", "a")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_one_moment_one_is_let_pass():
    ready, passed = threading.Barrier(4), []

    def ask():
        try:
            ready.wait()
            with transaction.atomic():
                passed.append(once_a_day("ask", "a"))
                time.sleep(0.05)  # whoever has passed has not committed yet
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False, False, False, True]


def test_several_counts_are_taken_at_once_each_in_its_window():
    with time_machine.travel(dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC), tick=False) as clock:
        assert tally([("ask", "a", 3600), ("words", "b", 86_400)]) == [1, 1]
        assert tally([("words", "b", 86_400), ("ask", "c", 3600), ("ask", "a", 3600)]) == [2, 1, 2]
        clock.shift(3600)
        assert tally([("ask", "a", 3600), ("words", "b", 86_400)]) == [1, 3]


def test_a_burst_round_midnight_is_one_burst():
    wanted = [("ask", "a", 3600), ("words", "b", 86_400)]
    with time_machine.travel(dt.datetime(2026, 3, 1, 23, 59, tzinfo=dt.UTC), tick=False) as clock:
        assert [tally(wanted), tally(wanted)] == [[1, 1], [2, 2]]
        clock.shift(120)
        forget_old()
        assert [tally(wanted), tally([("words", "c", 86_400)])] == [[3, 3], [1]]
        clock.shift(3600)
        assert tally(wanted) == [1, 4]
        clock.move_to(dt.datetime(2026, 3, 3, 0, 2, tzinfo=dt.UTC))
        assert tally(wanted) == [1, 2]  # the one at 1:01 is less than a day old
        clock.shift(dt.timedelta(days=1))
        assert tally(wanted) == [1, 1]


def test_what_was_counted_goes_with_its_key_though_it_is_looked_for_after_midnight():
    with time_machine.travel(dt.datetime(2026, 3, 1, 23, 59, tzinfo=dt.UTC), tick=False) as clock:
        tally([("words", "b", 86_400)])
        clock.shift(dt.timedelta(days=1))
        forget_old()
        assert Secret.objects.count() == 1
        assert Count.objects.count() == 0
        clock.shift(120)
        forget_old()
        assert not Secret.objects.exists()


@pytest.mark.parametrize("before", [1, 2, 5])
def test_any_number_is_counted_in_the_same_few_statements(before, django_assert_num_queries):
    for number in range(before):
        tally([("words", str(number), 86_400)])
    with django_assert_num_queries(7):  # two of them begin and end the block
        tally([("words", str(number), 86_400) for number in range(before)])


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_counted_and_none_waits_for_ever():
    ready, counted = threading.Barrier(4), []

    def ask(number):
        try:
            ready.wait()
            keys = [("ask", str(key), 3600) for key in range(6)]
            for _ in range(5):
                counted.append(tally(keys if number % 2 else keys[::-1])[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 20
    assert set(Count.objects.values_list("count", flat=True)) == {20}


@pytest.mark.parametrize(
    ("place", "around"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_the_networks_around_one_are_named_by_their_prefix(place, around):
    assert neighbourhood(place) == around


def test_nothing_stored_names_the_client():
    allow("ask", "203.0.113.77", limit=2, seconds=3600)
    assert not any("203" in row.digest and "113" in row.digest for row in Count.objects.all())
    assert set(Count.objects.values_list("digest", flat=True)) != {"203.0.113.77"}


def test_the_database_alone_does_not_tell_which_client_was_counted(settings):
    with time_machine.travel(dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC), tick=False):
        allow("ask", "203.0.113.77", limit=2, seconds=3600)
        settings.SECRET_KEY = "another key than before, and just as long as the first one"
        allow("ask", "203.0.113.77", limit=2, seconds=3600)
    assert Secret.objects.count() == 1
    assert list(Count.objects.values_list("count", flat=True)) == [1, 1]


def test_keys_and_counts_of_past_days_are_forgotten():
    with time_machine.travel(dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC), tick=False) as clock:
        allow("ask", "a", limit=2, seconds=3600)
        clock.shift(dt.timedelta(days=3))
        allow("ask", "a", limit=2, seconds=3600)
        assert forget_old() == 2
        assert Secret.objects.count() == 1
        assert Count.objects.count() == 1


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.9", "192.0.2.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        (2, "6.6.6.6, 198.51.100.9, 10.0.0.1", "198.51.100.9"),
        (2, "", "192.0.2.1"),
    ],
)
def test_the_client_is_what_our_own_proxy_saw(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == expected


def test_one_household_is_one_network():
    one = RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:2:3:4:5:6")
    other = RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:2:ffff::1")
    assert network(one) == network(other) == "2001:db8:1:2::/64"


def test_an_ipv4_client_in_an_ipv6_coat_is_itself():
    assert network(RequestFactory().get("/", REMOTE_ADDR="::ffff:192.0.2.1")) == "192.0.2.1"


def test_what_is_given_back_is_there_for_others_until_its_window_is_over():
    with time_machine.travel(dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC), tick=False) as clock:
        assert [take("mail", "all", wanted=4, limit=6, seconds=60) for _ in range(3)] == [4, 2, 0]
        give_back("mail", "all", places=3, seconds=60)
        assert take("mail", "all", wanted=4, limit=6, seconds=60) == 3
        clock.shift(60)
        give_back("mail", "all", places=3, seconds=60)
        assert take("mail", "all", wanted=9, limit=6, seconds=60) == 6
