"""The sources of an article as rows of four fields, in one form field."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from advice.articles import sources

PARTS = ("title", "publisher", "year", "url")
LABELS = {"title": _("Title"), "publisher": _("Publisher"), "year": _("Year"), "url": _("Link")}
SPARE = 2  # empty rows to write into

Row = dict[str, Any]


class SourceRows(forms.Widget):
    """Rows as they were typed, and a few empty ones after them."""

    template_name = "desk/source_rows.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        rows = [*(value or []), *[{} for _ in range(SPARE)]][: sources.MOST]
        context["widget"]["rows"] = [
            [
                {
                    "name": f"{name}-{number}-{part}",
                    "label": LABELS[part],
                    "value": row.get(part) or "",
                    "is_number": part == "year",
                }
                for part in PARTS
            ]
            for number, row in enumerate(rows)
        ]
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row] | None:
        if self.value_omitted_from_data(data, files, name):
            return None
        return [
            {part: data.get(f"{name}-{number}-{part}", "") for part in PARTS}
            for number in range(sources.MOST)
            if f"{name}-{number}-title" in data
        ]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return f"{name}-0-title" not in data


class SourcesField(forms.Field):
    """Gives the rows that are not empty, tidied; None where the form had no such rows, which changes nothing."""

    widget = SourceRows

    def has_changed(self, initial: list[Row] | None, data: list[Row] | None) -> bool:
        """Spare rows are no change, nor is a year that was typed as words."""
        return data is not None and _plain(initial or []) != _plain(data)

    def clean(self, value: list[Row] | None) -> list[sources.SourceRow] | None:
        if value is None:
            return None
        rows, errors = [], []
        for number, row in enumerate(value, start=1):
            if not any(str(part).strip() for part in row.values()):
                continue
            try:
                rows.append(sources.cleaned(row))
            except ValidationError as error:
                errors.append(
                    _("Source %(number)s: %(problem)s") % {"number": number, "problem": error.messages[0]}
                )
        if errors:
            raise ValidationError(errors)
        return rows


def _plain(rows: list[Row]) -> list[list[str]]:
    plain = [[str(row.get(part) or "").strip() for part in PARTS] for row in rows]
    return [row for row in plain if any(row)]
