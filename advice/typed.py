"""What strangers type into a form: kept as it was typed, but for what can be neither printed nor mailed."""

import unicodedata
from typing import Any

from django import forms


def printable(text: str) -> str:
    """`text` without control characters (line breaks and tabs stay) and without halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


class PlainField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return super().to_python(printable(str(value or ""))) or ""


class LineField(PlainField):
    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class AddressField(forms.EmailField):
    def to_python(self, value: Any) -> str:
        return super().to_python(printable(str(value or "")).strip()) or ""
