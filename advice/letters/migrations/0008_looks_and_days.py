"""Who looked at a writer's address; and of when a text came only the day, for which its trigger is away for a moment."""

from importlib import import_module
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

fixed = import_module("advice.letters.migrations.0002_received_text_is_fixed")

# An account that is erased leaves its looks without a name; nothing else of one changes.
CHANGES = "NEW.by_id IS NOT NULL OR NEW.case_number <> OLD.case_number OR NEW.at <> OLD.at"
SQLITE = f"""
CREATE TRIGGER letters_addresslook_kept BEFORE UPDATE ON letters_addresslook WHEN {CHANGES}
BEGIN SELECT RAISE(ABORT, 'a look is never edited'); END
"""
POSTGRESQL = f"""
CREATE FUNCTION letters_addresslook_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a look is never edited' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER letters_addresslook_kept BEFORE UPDATE ON letters_addresslook
FOR EACH ROW WHEN ({CHANGES}) EXECUTE FUNCTION letters_addresslook_kept()
"""


def cut_to_days(apps: Any, schema_editor: Any) -> None:
    versions = apps.get_model("letters", "LetterVersion").objects
    fixed.allow_updates(apps, schema_editor)
    for pk, at in list(versions.values_list("pk", "received_at")):
        day = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        versions.filter(pk=pk).update(received_at=day)
    fixed.refuse_updates(apps, schema_editor)


def refuse_updates(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL)


def allow_updates(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER letters_addresslook_kept")
    else:
        schema_editor.execute("DROP TRIGGER letters_addresslook_kept ON letters_addresslook")
        schema_editor.execute("DROP FUNCTION letters_addresslook_kept()")


class Migration(migrations.Migration):
    dependencies = [
        ("letters", "0007_doubt"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunPython(cut_to_days, migrations.RunPython.noop),
        migrations.AlterModelOptions(name="letterevent", options={"ordering": ["id"]}),
        migrations.CreateModel(
            name="AddressLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("case_number", models.CharField(db_index=True, max_length=14)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunPython(refuse_updates, allow_updates),
    ]
