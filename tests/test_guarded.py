"""A cache that is gone makes the site slower, and nothing else."""

import socket

import pytest
from django.core.cache import caches

from tests.factories import make_user

GONE = "redis://127.0.0.1:1"
THERE = "redis://127.0.0.1:6379/9"


def named(settings, location):
    settings.CACHES = {"default": {"BACKEND": "advice.guarded.GuardedRedisCache", "LOCATION": location}}
    return caches["default"]


def redis_answers():
    with socket.socket() as trial:
        trial.settimeout(1)
        return trial.connect_ex(("127.0.0.1", 6379)) == 0


def test_every_call_to_a_cache_that_is_gone_counts_as_a_miss(settings):
    cache = named(settings, GONE)
    cache.set("a", 1)
    assert cache.get("a") is None
    assert cache.get("a", "otherwise") == "otherwise"
    assert cache.get_many(["a", "b"]) == {}
    assert cache.get_or_set("a", 7) == 7
    assert cache.add("a", 1) is True
    assert cache.incr("a") == 1
    assert cache.delete("a") is False
    assert "a" not in cache
    assert cache.answers() is False


@pytest.mark.skipif(not redis_answers(), reason="no Redis answers on 127.0.0.1:6379")
def test_a_cache_that_is_there_works_as_ever(settings):
    cache = named(settings, THERE)
    cache.delete("advice-test")
    assert cache.add("advice-test", 1, 5) is True
    assert cache.add("advice-test", 1, 5) is False
    assert cache.incr("advice-test") == 2
    assert cache.get("advice-test") == 2
    assert cache.answers() is True
    cache.delete("advice-test")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("advice-test")


@pytest.mark.django_db
def test_people_can_sign_in_while_the_cache_is_gone(client, settings):
    named(settings, GONE)
    user = make_user(password="a-long-pass-phrase")
    response = client.post("/accounts/login/", {"login": user.email, "password": "a-long-pass-phrase"})
    assert response.status_code == 302
    assert client.get("/desk/").status_code == 200


@pytest.mark.django_db
def test_without_redis_the_cache_is_a_table_that_all_processes_share(client, settings):
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    caches["default"].set("advice-test", 3)
    assert caches["default"].get("advice-test") == 3
