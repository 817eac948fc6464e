"""The database itself refuses to change a received text. (A migration that rebuilds this table on SQLite must make
its trigger again: run `refuse_updates` at its end.)"""

from typing import Any

from django.db import migrations

SQLITE = """
CREATE TRIGGER letters_letterversion_fixed BEFORE UPDATE ON letters_letterversion
BEGIN SELECT RAISE(ABORT, 'a received letter is never edited'); END
"""
POSTGRESQL = """
CREATE FUNCTION letters_letterversion_fixed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a received letter is never edited' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER letters_letterversion_fixed BEFORE UPDATE ON letters_letterversion
FOR EACH ROW EXECUTE FUNCTION letters_letterversion_fixed()
"""


def refuse_updates(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL)


def allow_updates(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER letters_letterversion_fixed")
    else:
        schema_editor.execute("DROP TRIGGER letters_letterversion_fixed ON letters_letterversion")
        schema_editor.execute("DROP FUNCTION letters_letterversion_fixed()")


class Migration(migrations.Migration):
    dependencies = [("letters", "0001_initial")]
    operations = [migrations.RunPython(refuse_updates, allow_updates)]
