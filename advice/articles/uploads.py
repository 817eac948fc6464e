"""Pictures that were put into texts: one that no text shows any more can be deleted, where its words may not stay."""

import re
from collections.abc import Iterable

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.db.models.functions import Cast

from advice.articles.models import (
    Answer,
    Article,
    Column,
    Correction,
    Edition,
    Expert,
    Page,
    Revision,
    Snippet,
    Update,
)

FOLDER = "uploads"
# Where a picture can stand. A letter's own text holds none: what readers send is plain.
_PRINTED: dict[type[models.Model], str] = {
    Article: "question_html",
    Answer: "html",
    Edition: "question_html",
    Revision: "text",  # which can be restored
    Correction: "html",
    Update: "html",
    Column: "disclaimer_html",
    Expert: "bio_html",
    Page: "html",
    Snippet: "html",
}


def shown_in(texts: Iterable[str]) -> set[str]:
    """The names, in the storage, of the pictures in rendered HTML."""
    found = re.compile(rf"{re.escape(settings.MEDIA_URL)}({FOLDER}/[\w.-]+)", re.ASCII)
    return {name for text in texts for name in found.findall(text)}


def forget_unused(names: Iterable[str]) -> None:
    """Delete those of these pictures that stand in no text."""
    for name in names:
        if not _stands(name):
            default_storage.delete(name)


def _stands(name: str) -> bool:
    answers = Edition.objects.annotate(all=Cast("answers", models.TextField()))
    return answers.filter(all__contains=name).exists() or any(
        model._default_manager.filter(**{f"{field}__contains": name}).exists()
        for model, field in _PRINTED.items()
    )
