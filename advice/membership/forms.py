"""What a visitor fills in to become a member. Its plans are drawn as cards, by hand (membership/offers.html)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from advice.membership.models import NOTE_LENGTH, Plan
from advice.typed import AddressField, LineField, PlainField


class RequestForm(forms.Form):
    plan = forms.ChoiceField(
        label=_("Which plan?"),
        error_messages={
            "required": _("Please choose one of the plans."),
            "invalid_choice": _("This plan takes no new members by now. Please choose one of these."),
        },
        widget=forms.RadioSelect,
    )
    name = LineField(
        label=_("Your name"),
        help_text=_("As we may call you in our answer."),
        max_length=80,
        required=False,
        error_messages={"max_length": _("Please shorten it: 80 characters are the most we can take.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = AddressField(
        label=_("Your e-mail address"),
        help_text=_("Our answer goes there. It is stored encrypted, and only the editors see it."),
        max_length=254,
        error_messages={
            "required": _("Please enter your e-mail address."),
            "invalid": _("This does not look like an e-mail address. It needs an @ and a dot after it."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    note = PlainField(
        label=_("Anything we should know?"),
        help_text=_("A question, or how you would like to pay. No card numbers, please."),
        max_length=NOTE_LENGTH,
        required=False,
        error_messages={"max_length": _("Your note is longer than 1,000 characters. Please shorten it.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, plans: list[Plan], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = {plan.slug: plan for plan in plans}
        choices = self.fields["plan"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [(plan.slug, plan.name) for plan in plans]
        for name in ("name", "note"):
            # A browser cuts what is pasted to `maxlength` without a word; we say so instead.
            self.fields[name].widget.attrs.pop("maxlength", None)

    def clean_plan(self) -> Plan:
        return self.plans[self.cleaned_data["plan"]]

    @property
    def is_spam(self) -> bool:
        """Whether the field that nobody sees was filled in."""
        return bool(self.data.get("website"))
