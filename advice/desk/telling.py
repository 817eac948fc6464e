"""What may tell of somebody, outside an article's own texts: asked about before it is saved, or said after an act."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advice.articles.parts import Part
from advice.letters import finds
from advice.letters.finds import Finding


class TellingForm(forms.Form):
    """Of a text that stands in many articles. What is found in it is held back until a tick is given for just that:
    `told` says what was shown."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and (found := self._found(cleaned["text"])):
            self._ask(found)
        return cleaned

    def _found(self, text: str) -> list[Finding]:
        return finds.findings_of_many([Part("text", "", text, is_markdown=True, may_replace=False)])

    def _ask(self, found: list[Finding]) -> None:
        keys = {finding.field_key for finding in found}
        shown = {*str(self.data.get(self.add_prefix("told"), "")).split()}
        is_ticked = bool(self.data.get(self.add_prefix("stands")))
        self.fields["told"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.fields["stands"] = forms.BooleanField(label=_("It may stand"), required=False)
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data[self.add_prefix("told")] = " ".join(sorted(keys))
        self.data = data
        if not is_ticked or not keys <= shown:
            words = ", ".join(f"{one.sort.label}: “{one.text}”" for one in found)
            self.add_error("text", _("This may tell of somebody. %(words)s.") % {"words": words})


def warn_of(request: HttpRequest, found: list[Finding]) -> None:
    """After letters joined what is public, or will be by itself."""
    if found:
        said = ngettext(
            "What is public has %(n)d thing in it that may tell who wrote a letter that joined: %(words)s. See the check.",
            "What is public has %(n)d things in it that may tell who wrote a letter that joined: %(words)s. See the check.",
            len(found),
        )
        words = ", ".join(f"“{finding.text}”" for finding in found)
        messages.warning(request, said % {"n": len(found), "words": words})
