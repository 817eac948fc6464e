"""What strangers type into a form: kept as it was typed, but for what can be neither printed nor mailed."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_UNSEEN = {"Cc", "Cf", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"}
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs by their category, which show nothing
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def printable(text: str) -> str:
    """`text` without control characters (line breaks and tabs stay) and without halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def has_visible(text: str) -> bool:
    """Whether `text` has a character that leaves ink.

    >>> has_visible("\u200b \u2060"), has_visible("\u200ba")
    (False, True)
    """
    return any(unicodedata.category(c) not in _UNSEEN and c not in _BLANK for c in text)


def is_number(text: str) -> bool:
    """Whether it may be the number of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 19


class PlainField(forms.CharField):
    default_error_messages = {"max_length": _("Please use at most %(limit_value)d characters.")}

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(printable(str(value or ""))) or ""
        return text if has_visible(text) else ""


class LineField(PlainField):
    """One line, which is printed among others: what would turn the direction of those is left out."""

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).translate(_DIRECTIONS).split())


class AddressField(forms.EmailField):
    default_error_messages = {
        "max_length": _("Please use at most %(limit_value)d characters."),
        "local": _(
            "Before the @ only the letters a to z can be mailed, not ä, ö, ü or é. Perhaps it is spelt ae, oe or ue?"
        ),
    }

    def run_validators(self, value: str) -> None:
        if not value.rpartition("@")[0].isascii():
            raise forms.ValidationError(self.error_messages["local"], code="local")
        super().run_validators(value)

    def to_python(self, value: Any) -> str:
        return super().to_python(printable(str(value or "")).strip()) or ""


class SeveralRows(forms.ModelMultipleChoiceField):
    """Django’s asks the database for any number, also for those that it cannot hold."""

    def clean(self, value: Any) -> Any:
        for one in value or []:
            if not is_number(str(one)):
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": one}
                )
        return super().clean(value)
