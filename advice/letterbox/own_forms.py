"""What a writer fills in on the letter's own page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from advice.letterbox.wording import LED, LINK
from advice.letters.follow_ups import CONSENT_VERSION
from advice.letters.models import Verdict
from advice.typed import LineField, PlainField


class ReplyForm(forms.Form):
    reply = PlainField(
        label=_("Your reply"),
        help_text=_("The editors read it; nothing of it is printed unless it goes into your letter."),
        max_length=10_000,
        error_messages={
            "required": _("Please write your reply here."),
            "max_length": _(
                "Your reply is longer than the 10,000 characters we can take. Please shorten it."
            ),
        },
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A browser cuts what is pasted to `maxlength` without a word; we say so instead.
        self.fields["reply"].widget.attrs.pop("maxlength", None)


class VerdictForm(forms.Form):
    wording = forms.IntegerField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(choices=Verdict.choices)
    note = PlainField(
        label=_("A word to the editor"),
        help_text=_("You may leave this empty. If your meaning was changed, it helps to know where."),
        required=False,
        max_length=2_000,
        error_messages={"max_length": _("Please use at most 2,000 characters.")},
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].widget.attrs.pop("maxlength", None)


class SignatureForm(forms.Form):
    signature = LineField(
        label=_("How shall we sign it?"),
        max_length=80,
        error_messages={"required": _("Please choose a name to print. It need not be yours.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_signature(self) -> str:
        """No tray stands behind this form, so what would have spoken against a letter is refused here."""
        signature: str = self.cleaned_data["signature"]
        if LINK.search(signature) or LED.search(signature):
            raise forms.ValidationError(
                _("Please choose a name without a link: no address is printed there.")
            )
        return signature


class UpdateForm(forms.Form):
    text = PlainField(
        label=_("In your words"),
        help_text=_(
            "What you did, what helped, how it is now. Leave out names and places. At most 5,000 characters."
        ),
        max_length=5_000,
        error_messages={
            "required": _("Please write here what happened since."),
            "max_length": _("It is longer than the 5,000 characters we can take. Please shorten it."),
        },
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
    )
    consent = forms.BooleanField(
        label=_("It may be published under the answer, and edited: for length, and so that nobody knows me."),
        error_messages={"required": _("Please tick this if you agree. Without it we may not keep it.")},
        widget=forms.CheckboxInput(attrs={"value": CONSENT_VERSION}),
    )

    def __init__(self, *args: Any, agreed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs.pop("maxlength", None)
        if agreed:
            del self.fields["consent"]

    def clean_consent(self) -> bool:
        if self.data.get("consent") != CONSENT_VERSION:
            raise forms.ValidationError(
                _("Our terms have changed since you opened this page. Please read them again.")
            )
        return True
