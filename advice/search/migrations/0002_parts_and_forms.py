from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The words go out with their tables: the worker puts in anew whatever has no present edition (articles/indexing.py).
SQLITE = [
    "DROP TRIGGER IF EXISTS search_document_deleted",  # new columns make the table anew, without it
    "DROP TABLE search_index",
    """CREATE VIRTUAL TABLE search_index USING fts5(
        headline, question, tags, answer, forms, facets, tokenize = "ascii tokenchars '_'", prefix = '2 3 4'
    )""",
    """CREATE TRIGGER search_document_deleted AFTER DELETE ON search_document BEGIN
        DELETE FROM search_index WHERE rowid = OLD.id;
    END""",
]
POSTGRESQL = [
    "UPDATE search_document SET vector = ''",
    "ALTER TABLE search_document ADD COLUMN headline_vector tsvector NOT NULL DEFAULT ''",
    "CREATE INDEX search_document_headline ON search_document USING gin (headline_vector)",
    # So that "all words that begin with" is a range, as it is in SQLite.
    'ALTER TABLE search_word ALTER COLUMN word TYPE varchar(64) COLLATE "C"',
]


def make_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute("DELETE FROM search_word")
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [
        migrations.AddField("indexeddocument", "headline", models.CharField(max_length=300, default="")),
        migrations.AddField(
            "indexeddocument",
            "asked",
            models.PositiveIntegerField(
                default=0, help_text="How many characters of the text are the question's."
            ),
        ),
        migrations.AddField(
            "indexeddocument",
            "facets",
            models.TextField(default="", help_text="By what a search can be narrowed, parted by spaces."),
        ),
        migrations.AddField(
            "indexeddocument",
            "edition",
            models.PositiveSmallIntegerField(
                default=0,
                help_text="Of the way of indexing by which it was put in; an older one is put in anew.",
            ),
        ),
        migrations.AddIndex(
            "indexeddocument", models.Index(fields=["edition"], name="search_document_edition")
        ),
        migrations.CreateModel(
            name="Synonym",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.CharField(max_length=300, help_text="Separated by commas.")),
                (
                    "also",
                    models.CharField(
                        max_length=300,
                        blank=True,
                        help_text="What these words find as well, but not the other way round. Empty: they all find one another.",
                    ),
                ),
            ],
            options={"ordering": ["words", "id"]},
        ),
        migrations.RunPython(make_index),
    ]
