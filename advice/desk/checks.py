"""The check before publishing as the article's page shows it: each point with its state, and a form where it is open."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from advice.articles.checking import Point
from advice.articles.models import Article
from advice.letters.checking import Check, check
from advice.letters.finds import Finding

LONGEST_REASON = 500
LONGEST_WORDS = 200
REPLACE, KEEP, LATER = "replace", "keep", ""
DECISIONS = [(REPLACE, _("Replace by")), (KEEP, _("Keep, because …")), (LATER, _("Decide later"))]
_KEPT = re.compile(r"keep-([0-9a-f]{16})")


class WaiveForm(forms.Form):
    """Why a point is left open; `of` says for what it was asked."""

    of = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it comes out without"),
        max_length=LONGEST_REASON,
        help_text=_("For the desk; never printed. It holds until what it is given for changes."),
    )


class FindForm(forms.Form):
    """What is done about one finding, wherever it stands."""

    do = forms.ChoiceField(
        required=False,
        choices=DECISIONS,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("Other words"), max_length=LONGEST_WORDS, required=False)
    reason = forms.CharField(label=_("The reason why it stays"), max_length=LONGEST_REASON, required=False)

    def __init__(self, finding: Finding, data: Any = None) -> None:
        super().__init__(
            data, prefix=f"find-{finding.field_key}", initial={"words": finding.suggestion, "do": ""}
        )
        self.finding = finding
        if not finding.may_replace:
            do = self.fields["do"]
            assert isinstance(do, forms.ChoiceField)
            do.choices = [(key, label) for key, label in DECISIONS if key != REPLACE]

    def clean(self) -> dict[str, Any]:
        """A reason that was typed is meant: nobody types one in order to decide later."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("do") == LATER and cleaned.get("reason"):
            cleaned["do"] = KEEP
        if cleaned.get("do") == KEEP and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Please say why it stays."))
        if cleaned.get("do") == REPLACE and not cleaned.get("words") and "words" not in self.errors:
            self.add_error("words", _("Please say by what."))
        return cleaned


def find_forms(checked: Check, data: QueryDict | None = None) -> list[FindForm]:
    """One for each finding that is open; with `data` those that were sent, as they were typed."""
    return [
        FindForm(finding, data if data and f"find-{finding.field_key}-words" in data else None)
        for finding in checked.open_findings
    ]


def kept_in(data: Mapping[str, Any]) -> dict[str, str]:
    """The reasons that were typed beside a form whose save was held back, by the findings' keys."""
    found = {match[1]: str(data[name]).strip() for name in data if (match := _KEPT.fullmatch(name))}
    return {key: reason[:LONGEST_REASON] for key, reason in found.items() if reason}


def held_back(findings: list[Finding], data: Mapping[str, Any]) -> list[tuple[Finding, str]]:
    """What held a save back, each with the reason that was typed for it so far."""
    kept = kept_in(data)
    return [(finding, kept.get(finding.field_key, "")) for finding in findings]


def _form(point: Point) -> WaiveForm:
    form = WaiveForm(initial={"of": point.of}, prefix=f"waive-{point.key}")
    if point.asks:
        form.fields["reason"].label = point.asks
    return form


def of_check(
    article: Article, failed: tuple[str, WaiveForm] | None = None, decided: QueryDict | None = None
) -> dict[str, Any]:
    if article.is_retracted:
        return {}
    checked = check(article)
    forms_by_point = dict([failed] if failed else [])
    open_points = [
        (point, (forms_by_point.get(point.key) or _form(point)) if point.may_waive else None)
        for point in checked.open
    ]
    return {"check": checked, "open_points": open_points, "find_forms": find_forms(checked, decided)}
