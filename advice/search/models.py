"""What the index keeps of each document. The words stand beside it, as each database does it best (see the migrations)."""

from django.db import models


class IndexedDocument(models.Model):
    """A document that can be found. On PostgreSQL the table has a `vector` of its words, on SQLite FTS5 has them."""

    key = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()
    headline = models.CharField(max_length=300, default="")
    text = models.TextField(help_text="Plain, for the part that is shown with the found words marked.")
    asked = models.PositiveIntegerField(
        default=0, help_text="How many characters of the text are the question's."
    )
    length = models.PositiveIntegerField(help_text="In words.")

    class Meta:
        db_table = "search_document"

    def __str__(self) -> str:
        return self.key


class Word(models.Model):
    """In how many documents a word stands, kept by the engines; the empty word's row counts the documents.

    PostgreSQL's index cannot say it, and FTS5 only by reading all places where the word stands.
    """

    word = models.CharField(max_length=64, primary_key=True)
    documents = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.word

    @classmethod
    def counts(cls, words: list[str]) -> tuple[int, dict[str, int]]:
        """How many documents there are, and in how many each of `words` stands; those in none are left out."""
        rows = cls.objects.filter(word__in=["", *words], documents__gt=0)
        found = dict(rows.values_list("word", "documents"))
        return found.pop("", 0), found


class Vector(models.Model):
    """What a document means, as the model says. Goes with the document, and as soon as its words are others.

    A vector is never changed: another takes its place, with a higher number, by which processes see what is new.
    """

    document = models.OneToOneField(IndexedDocument, on_delete=models.CASCADE, related_name="+")
    made_with = models.CharField(
        max_length=16, help_text="The model's name; vectors of two models cannot be compared."
    )
    data = models.BinaryField(help_text="384 numbers from -127 to 127; their length says nothing.")
    is_new = models.BooleanField(default=True, help_text="Nobody has looked yet what lies near it.")

    class Meta:
        indexes = [
            models.Index(fields=["made_with", "id"], name="search_vector_made_with"),
            models.Index(fields=["id"], name="search_vector_is_new", condition=models.Q(is_new=True)),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}, {self.made_with}"
