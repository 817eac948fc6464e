"""What the index keeps of each document. The words stand beside it, as each database does it best (see the migrations)."""

from django.db import models


class IndexedDocument(models.Model):
    """A document that can be found. On PostgreSQL the table has a `vector` of its words, on SQLite FTS5 has them."""

    key = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()
    text = models.TextField(help_text="Plain, for the part that is shown with the found words marked.")
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


class Synonym(models.Model):
    """Words that readers use for one another. With `also` empty each of `words` finds the others, both ways.

    Else whoever types one of `words` finds `also` too, and not the other way round.
    """

    words = models.CharField(max_length=300, help_text="Separated by commas.")
    also = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["words", "id"]

    def __str__(self) -> str:
        return f"{self.words} → {self.also}" if self.also else self.words


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
