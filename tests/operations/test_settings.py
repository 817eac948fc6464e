"""The site refuses to start without its secrets."""

import os
import subprocess
import sys

import pytest


def start(**environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
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
