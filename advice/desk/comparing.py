"""Two states of a form's fields side by side, with the words that differ marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms

from advice.desk.sourcing import PARTS
from advice.differing import Paragraphs, between


@dataclass(frozen=True)
class Difference:
    name: str
    label: str
    theirs: Paragraphs
    ours: Paragraphs


def differences(
    form: forms.Form, theirs: dict[str, Any], ours: dict[str, Any], names: Iterable[str]
) -> list[Difference]:
    """Field by field, what is not the same in both."""
    pairs = [(name, in_words(theirs.get(name)), in_words(ours.get(name))) for name in names]
    return [
        Difference(name, str(form.fields[name].label or name), *between(left, right))
        for name, left, right in pairs
        if left != right
    ]


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
