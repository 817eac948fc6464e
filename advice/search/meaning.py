"""What of a document is put into its vector."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.db.models.functions import Substr

from advice.search.models import IndexedDocument, Vector
from advice.search.words import words

_READ = 4_000  # characters of a text; the model reads fewer
_FEW_WORDS = 3


def meant(headline: str, text: str, asked: int) -> str:
    """What of a document says what it is about: headline and question, and the answer only where hardly any is asked.

    A question that begins with the headline says it already.
    """
    question = text[: min(asked, _READ)].strip()
    spoken = words(question)
    if len(spoken) < _FEW_WORDS:
        question = text[:_READ].strip()
    title = words(headline)
    return question if spoken[: len(title)] == title else f"{headline} {question}".strip()


def texts(documents: QuerySet[IndexedDocument]) -> dict[int, str]:
    """What is meant by these documents as they are stored."""
    rows = documents.annotate(read=Substr("text", 1, _READ)).values_list("pk", "headline", "read", "asked")
    return {pk: meant(headline, read, asked) for pk, headline, read, asked in rows}


def forget(documents: Iterable[int]) -> None:
    """These say something else now."""
    if wanted := list(documents):
        Vector.objects.filter(document__in=wanted).delete()
