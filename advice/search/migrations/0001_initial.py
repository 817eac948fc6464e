from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The index gets words that are folded and stemmed already, so the tokenizer must only part them at spaces.
SQLITE = [
    """CREATE VIRTUAL TABLE search_index USING fts5(
        headline, question, answer, forms, facets, tokenize = "ascii tokenchars '_'", prefix = '3'
    )""",
    """CREATE TRIGGER search_document_deleted AFTER DELETE ON search_document BEGIN
        DELETE FROM search_index WHERE rowid = OLD.id;
    END""",
]
SQLITE_BACK = [
    "DROP TRIGGER search_document_deleted",
    "DROP TABLE search_index",
]
POSTGRESQL = [
    "ALTER TABLE search_document ADD COLUMN vector tsvector NOT NULL DEFAULT ''",
    "CREATE INDEX search_document_vector ON search_document USING gin (vector)",
]
POSTGRESQL_BACK = ["ALTER TABLE search_document DROP COLUMN vector"]


def make_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(statement)


def drop_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in SQLITE_BACK if editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="IndexedDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("published_at", models.DateTimeField()),
                (
                    "text",
                    models.TextField(help_text="Plain, for the part that is shown with the found words marked."),
                ),
                ("length", models.PositiveIntegerField(help_text="In words.")),
            ],
            options={"db_table": "search_document"},
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("word", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("documents", models.IntegerField(default=0)),
            ],
        ),
        migrations.RunPython(make_index, drop_index),
    ]
