"""import_content, export_content and the rebuild commands: what they say and how they end."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from advice.articles.models import Article
from tests.articles.test_importing import line

pytestmark = pytest.mark.django_db


def run(*arguments) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_commands_say_what_they_did(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(line(1) + "\n" + line(2, published_at=...) + "\n")
    assert run("import_content", "jsonl", str(file)) == ("2 created, 0 updated, 0 unchanged, 0 broken\n", "")
    assert (
        run("export_content", str(tmp_path / "out"))[0]
        == f"2 articles in {tmp_path / 'out' / 'articles.jsonl'}\n"
    )
    assert run("rebuild_search")[0] == "1 articles indexed\n"
    alone = "Without the model, by words and tags alone (see docs/operators.md)\n"
    assert run("rebuild_related")[0] == alone + "Related articles of 1 articles computed\n"
    assert len((tmp_path / "out" / "articles.jsonl").read_text().splitlines()) == 2


def test_the_import_command_fails_when_a_line_was_broken(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_bytes(line(1).encode() + b"\n\xff\n")
    err = StringIO()
    with pytest.raises(CommandError, match="1 of the lines are broken"):
        call_command("import_content", "jsonl", str(file), stdout=StringIO(), stderr=err)
    assert err.getvalue() == "line 2: it is not UTF-8 text\n"
    assert Article.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), ("text".encode("utf-16"), "UTF-16")]
)
def test_a_file_that_cannot_be_taken_is_a_clear_error(tmp_path, content, reason):
    file = tmp_path / "a.jsonl"
    if content:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        run("import_content", "jsonl", str(file))


def test_a_line_longer_than_the_limit_is_skipped_whole(tmp_path, monkeypatch):
    for module in ("advice.articles.lines", "advice.operations.management.commands.import_content"):
        monkeypatch.setattr(f"{module}.MAX_LINE", 1_000)
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join([line(1), line(2, question="x" * 5_000), line(3)]))
    with pytest.raises(CommandError):
        run("import_content", "jsonl", str(file))
    assert list(Article.objects.order_by("pk").values_list("import_id", flat=True)) == ["it-1", "it-3"]


def test_after_an_import_postgresql_knows_how_large_its_tables_are(tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL plans by sizes that it has to be told")
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(line(number) for number in range(3)))
    run("import_content", "jsonl", str(file))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'articles_article'")
        assert cursor.fetchone()[0] >= 3
