"""`manage.py serve` (what `make run` starts): quick to start again, gone when stopped, whole or not at all."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.site import PROJECT, Site, wait_for

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("serve")) as running:
        yield running


@pytest.fixture
def running(site: Site) -> Site:
    if site.process is None:
        site.start()
    return site


def test_second_start_is_up_within_three_seconds_and_keeps_what_was_written(running: Site) -> None:
    running.manage(
        "shell",
        "-c",
        "from advice.accounts.models import User; User(email='kept@example.org', name='K').save()",
    )
    running.stop()

    assert running.start() < 3

    count = "from advice.accounts.models import User; print(User.objects.filter(email='kept@example.org').count())"
    assert running.manage("shell", "-v", "0", "-c", count).split() == ["1"]


def test_ten_thousand_signs_in_the_search_get_a_page_and_what_never_ends_does_not(running: Site) -> None:
    for query in ("x" * 7_900, "x%20" * 2_500, "%F0%9F%A6%B5" * 2_500):
        with urllib.request.urlopen(f"{running.url}/search/?q={query}", timeout=30) as answer:
            assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{running.url}/search/?q={'x' * 40_000}", timeout=30)
    assert refused.value.code == 414


def test_interrupt_from_the_terminal_ends_all_of_it(running: Site) -> None:
    assert running.process
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert len(family) >= 3  # the web server, its workers, the job runner

    os.killpg(running.process.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches the whole group

    assert running.stop() == 0
    assert [one for one in family if one.is_running()] == []


def test_when_one_half_dies_the_other_is_stopped_and_the_status_tells(running: Site) -> None:
    assert running.process
    family = psutil.Process(running.process.pid).children(recursive=True)
    psutil.Process(running.process.pid).children()[0].kill()

    status = running.process.wait(20)
    psutil.wait_procs(family, timeout=5)

    assert status == 1
    assert "ended by itself (signal 9)" in running.log()
    assert [one for one in family if one.is_running()] == []
    running.process = None


def test_killed_without_warning_it_leaves_nothing_behind(running: Site) -> None:
    assert running.process
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that its parent was killed")
    family = psutil.Process(running.process.pid).children(recursive=True)

    running.process.kill()
    running.process.wait()
    running.process = None
    _, left = psutil.wait_procs(family, timeout=10)

    assert left == []


def test_taken_port_is_told_at_once_before_anything_is_made(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    var = tmp_path_factory.mktemp("taken") / "var"
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen(1)
        port = str(holder.getsockname()[1])
        environment = {**site.environment, "PORT": port, "VAR_DIR": str(var)}
        done = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,  # at once, and not after it has waited for itself to answer, which takes longer
        )

    assert done.returncode == 1
    assert f"Port {port} cannot be used" in done.stderr
    assert "PORT=9000 make run" in done.stderr
    assert not list(var.glob("*.sqlite3*"))


def test_first_run_finds_by_meaning_from_its_first_search_on(tmp_path: Path) -> None:
    """The model is made while the demo content is loaded; no process that is forked may wait for that for ever."""
    environment = {"MEANING": "1", "MODEL_DIR": str(tmp_path / "models")}
    with Site(tmp_path, environment=environment) as site:
        assert list((tmp_path / "models").glob("minilm-*.onnx"))
        for _ in range(8):  # each worker's threads
            with urllib.request.urlopen(f"{site.url}/search/?q=calf+cramp", timeout=20) as response:
                assert b"Why Do My" in response.read()
        wait_for(lambda: has_vectors(site), 60, lambda: f"the job runner makes no vectors\n{site.log()}")


def has_vectors(site: Site) -> bool | None:
    code = "from advice.search.models import Vector; print(Vector.objects.exists())"
    return site.manage("shell", "--no-imports", "-c", code).strip().endswith("True") or None
