"""Two states of a form's fields side by side, with the words that differ marked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from advice import threeway
from advice.articles.models import Revision
from advice.desk.sourcing import PARTS
from advice.differing import Paragraphs, between
from advice.threeway import Merged

MERGED = "merged-"  # before the name of the field that a box beside the two texts stands for
_IN_ONE_LINE = {"headline", "dek", "signature"}


@dataclass(frozen=True)
class Difference:
    name: str
    label: str
    theirs: Paragraphs
    ours: Paragraphs
    merged: Merged | None = None

    @property
    def box(self) -> str:
        return f"{MERGED}{self.name}"

    @property
    def is_short(self) -> bool:
        return self.name in _IN_ONE_LINE


def differences(
    form: forms.BaseForm, theirs: dict[str, Any], ours: dict[str, Any], names: Iterable[str]
) -> list[Difference]:
    """Field by field, what is not the same in both."""
    pairs = [(name, in_words(theirs.get(name)), in_words(ours.get(name))) for name in names]
    return [
        Difference(name, str(form.fields[name].label or name), *between(left, right))
        for name, left, right in pairs
        if left != right
    ]


def with_boxes(
    differ: Iterable[Difference],
    *,
    base: dict[str, str] | None,
    theirs: dict[str, Any],
    ours: dict[str, Any],
) -> list[Difference]:
    """The same, with both texts merged where they are texts. `base` is what both began with, None where it is not kept."""
    return [
        replace(
            one, merged=threeway.merge(base.get(one.name) if base else None, theirs[one.name], ours[one.name])
        )
        if isinstance(theirs.get(one.name), str) and isinstance(ours.get(one.name), str)
        else one
        for one in differ
    ]


def version_of(data: QueryDict) -> int:
    """Which state of a piece a form was opened with; 0 where it does not say."""
    given = data.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def of_revision(revision: Revision | None) -> dict[str, str] | None:
    """Its words by the names of the fields that they stood in; None where it is not kept."""
    if revision is None:
        return None
    if revision.answer_id is not None:
        return {"text": revision.text}
    return {
        "question": revision.text,
        **{name: getattr(revision, name) for name in ("headline", "dek", "signature")},
    }


def taken(data: QueryDict) -> QueryDict:
    """What was sent; where the boxes are to be saved, these in the place of their fields."""
    if data.get("action") != "merged":
        return data
    data = data.copy()
    for box in [name for name in data if name.startswith(MERGED)]:
        data.setlist(box.removeprefix(MERGED), data.getlist(box))
    return data


def refuse_marks(form: forms.Form) -> None:
    """Two wordings that still stand beside each other are not saved: readers would see them."""
    for name, value in form.cleaned_data.copy().items():
        if isinstance(value, str) and threeway.has_marks(value):
            message = _(
                "Here two wordings still stand beside each other. Keep one of them, and take out the marks “%(mark)s”."
            )
            form.add_error(name, ValidationError(message % {"mark": threeway.THEIRS}))


def in_words(value: Any) -> str:
    """A field's value as it can be read: rows of sources line by line, tags by name."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return "\n\n".join(", ".join(str(item[part]) for part in PARTS if item.get(part)) for item in value)
    return str(value) if not hasattr(value, "__iter__") else ", ".join(sorted(str(item) for item in value))


def values_of(form: forms.Form, names: Iterable[str]) -> dict[str, Any]:
    """What a bound form holds, in order where it can be, else as it was typed."""
    cleaned = form.cleaned_data if form.is_valid() else getattr(form, "cleaned_data", {})
    return {name: cleaned.get(name, form[name].value()) for name in names}
