"""The site refuses to start without its secrets."""

import os
import subprocess
import sys

import pytest


def start(*command, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *(command or ["check"])],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 60}, "PRIVATE_KEYS"),
        ({"PRIVATE_KEYS": "x" * 60}, "SECRET_KEY"),
    ],
)
def test_without_its_keys_it_does_not_start_and_says_which_is_missing(environment, named):
    result = start(**environment)
    assert result.returncode != 0
    assert f"{named} is not set" in result.stderr
    assert "make run" in result.stderr


def test_with_its_keys_it_starts():
    assert start(SECRET_KEY="x" * 60, PRIVATE_KEYS="y" * 60).returncode == 0


PRODUCTION = {"SECRET_KEY": "x" * 60, "PRIVATE_KEYS": "y" * 60, "SITE_URL": "https://example.org"}


def test_a_second_factor_is_required_unless_somebody_says_otherwise_and_then_the_check_says_so():
    def asked(**more):
        result = start(
            "shell",
            "--no-imports",
            "-c",
            "from django.conf import settings as s; print(s.REQUIRE_SECOND_FACTOR)",
            **more,
        )
        return result.stdout.strip()

    assert asked(**PRODUCTION) == "True"
    assert asked(**PRODUCTION, REQUIRE_SECOND_FACTOR="0") == "False"
    assert asked(ADVICE_TESTING="1") == "False"
    warned = start("check", "--deploy", **PRODUCTION, REQUIRE_SECOND_FACTOR="0").stderr
    assert "Staff can sign in with a password alone." in warned
    assert "password alone" not in start("check", "--deploy", **PRODUCTION).stderr
