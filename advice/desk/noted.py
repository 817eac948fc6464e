"""What editors noted for one another, on the page of a letter or of an article."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.letters.models import Note

MOST = 30  # the newest; the rest are counted


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note for the desk"),
        max_length=4_000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_(
            "Editors alone see it. It goes with the letter’s words; the writer gets it if they ask what is kept of them."
        ),
    )


def may_delete(user: User, note: Note) -> bool:
    return user.is_owner or note.by_id == user.pk


def of(notes: "QuerySet[Note]", user: User, form: NoteForm | None = None) -> dict[str, Any]:
    shown = list(notes.select_related("by")[: MOST + 1])
    return {
        "note_form": form or NoteForm(prefix="note"),
        "notes": [(note, may_delete(user, note)) for note in shown[:MOST]],
        "more_notes": notes.count() - MOST if len(shown) > MOST else 0,
    }
