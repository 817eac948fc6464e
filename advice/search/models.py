"""What the index keeps of each document. The words stand beside it, as each database does it best (see the migrations)."""

from django.core.exceptions import ValidationError
from django.db import models

FORM = "="  # before a word as it was typed, where stems and typed words stand together


class IndexedDocument(models.Model):
    """A document that can be found. On PostgreSQL the table has the `vector` of its words, on SQLite FTS5 has them."""

    key = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()
    headline = models.CharField(max_length=300, default="")
    text = models.TextField(help_text="Plain, for the part that is shown with the found words marked.")
    asked = models.PositiveIntegerField(
        default=0, help_text="How many characters of the text are the question's."
    )
    length = models.PositiveIntegerField(help_text="In words.")
    facets = models.TextField(default="", help_text="By what a search can be narrowed, parted by spaces.")
    edition = models.PositiveSmallIntegerField(
        default=0, help_text="Of the way of indexing by which it was put in; an older one is put in anew."
    )

    # What is written anew where a document with this key is in already.
    WRITTEN = ("published_at", "headline", "text", "asked", "length", "facets", "edition")

    class Meta:
        db_table = "search_document"
        indexes = [
            models.Index(fields=["edition"], name="search_document_edition"),
            models.Index(fields=["-published_at", "-id"], name="search_document_newest"),
        ]

    def __str__(self) -> str:
        return self.key


class Word(models.Model):
    """In how many documents a word stands, kept by the engines; the empty word's row counts the documents.

    PostgreSQL's index cannot say it, and FTS5 only by reading all places where the word stands. Stems stand as they are,
    words as they were typed with a sign before them.
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

    @classmethod
    def typed(cls, beginning: str) -> models.QuerySet["Word"]:
        """Words as they were typed that begin so."""
        first = FORM + beginning
        return cls.objects.filter(word__gte=first, word__lt=first + "\U0010ffff", documents__gt=0)


class Synonym(models.Model):
    """Words that mean the same, or words that find others as well. Several words may stand together ("calf cramp")."""

    words = models.CharField(max_length=300, help_text="Separated by commas.")
    also = models.CharField(
        max_length=300,
        blank=True,
        help_text="What these words find as well, but not the other way round. Empty: they all find one another.",
    )

    class Meta:
        ordering = ["words", "id"]

    def __str__(self) -> str:
        return f"{self.words} → {self.also}" if self.also else self.words

    def clean(self) -> None:
        if not self.also and "," not in self.words:
            raise ValidationError({"words": "At least two, separated by a comma."})


class Term(models.Model):
    """What was searched for. Its words are empty until it was seen on three days: see terms.py, which alone writes here."""

    digest = models.CharField(max_length=64, unique=True)
    words = models.CharField(max_length=60, blank=True, db_index=True)
    since = models.DateField(db_index=True, help_text="When it was first seen.")
    found = models.PositiveIntegerField(help_text="How much the latest search found.")

    def __str__(self) -> str:
        return self.words or "not known yet"


class TermDay(models.Model):
    """How often a term was searched for on one day, and how often in vain."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="days")
    day = models.DateField(db_index=True)
    count = models.PositiveIntegerField()
    in_vain = models.PositiveIntegerField()

    class Meta:
        db_table = "search_term_day"
        constraints = [models.UniqueConstraint(fields=["term", "day"], name="term_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.count}"


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
