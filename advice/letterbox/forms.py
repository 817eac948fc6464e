"""What a reader fills in to ask. The words are kept as they were typed (typed.py)."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Column
from advice.letters.workflow import CONSENT_VERSION
from advice.typed import AddressField, LineField, PlainField

_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_LONGEST_SEEN = 4_000  # characters
_CONSENTS = {CONSENT_VERSION, "on", "true"}


class WordsForm(forms.Form):
    """A letter's words alone, which its writer may change later."""

    question = LineField(
        label=_("Your question, in one line"),
        help_text=_("What you would ask a friend who knows. At most 160 characters."),
        max_length=160,
        error_messages={"required": _("Please say in one line what you would like to know.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"}),
    )
    text = PlainField(
        label=_("Your letter"),
        help_text=_(
            "Tell it as it happened: since when, what you have tried, what worries you. Leave out names and places."
        ),
        min_length=20,
        max_length=20_000,
        error_messages={
            "required": _("Please write your letter here."),
            "min_length": _("Please tell us a little more: a sentence or two at least."),
            "max_length": _(
                "Your letter is longer than the 20,000 characters we can take. Please shorten it."
            ),
        },
        widget=forms.Textarea(attrs={"rows": 12, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A browser cuts what is pasted to `maxlength` without a word; we say so instead.
        self.fields["text"].widget.attrs.pop("maxlength", None)


class LetterForm(WordsForm):
    column = forms.ChoiceField(
        label=_("Which column is it for?"),
        help_text=_("Not sure? Take the nearest one. We pass it on."),
        error_messages={
            "required": _("Please choose a column. Any will do if you are not sure."),
            "invalid_choice": _("Please choose one of these columns."),
        },
        widget=forms.RadioSelect,
    )
    signature = LineField(
        label=_("How shall we sign it?"),
        help_text=_("A made-up name is best: “Sleepless in Leeds”, “Adam”. It is printed under your letter."),
        max_length=80,
        error_messages={"required": _("Please choose a name to print. It need not be yours.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = AddressField(
        label=_("Your e-mail address"),
        help_text=_(
            "Only to tell you how your letter fares. It is stored encrypted and never printed or passed on."
        ),
        max_length=254,
        required=False,
        error_messages={
            "invalid": _("This does not look like an e-mail address. It needs an @ and a dot after it.")
        },
        # "off", or browsers fill it in again on Back, on a computer that others use; asking.js says that it is an e-mail
        # address once the page stands.
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )
    context = LineField(
        label=_("One line about you, for the expert"),
        help_text=_("Only the expert and our editors see it. It is stored encrypted and never published."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    consent = forms.BooleanField(
        label=_("I have read this and agree."),
        error_messages={
            "required": _("Please tick this if you agree. Without it we may not keep your letter.")
        },
        widget=forms.CheckboxInput(attrs={"value": CONSENT_VERSION}),
    )

    def __init__(self, *args: Any, chosen: Column | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = {column.slug: column for column in Column.objects.all()}
        choices = self.fields["column"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [(column.slug, column.name) for column in self.columns.values()]
        self.chosen = chosen
        self._ask_for_context()

    def _ask_for_context(self) -> None:
        """In the words of the column whose form this is; where it may be any of them, in no column's words."""
        wanted = self.chosen.context_question if self.chosen else self.asking
        if not wanted:
            del self.fields["context"]
        elif self.chosen:
            self.fields["context"].label = self.chosen.context_question

    @property
    def asking(self) -> list[Column]:
        """The columns that ask for a line of context."""
        return [column for column in self.columns.values() if column.context_question]

    def clean_column(self) -> Column:
        return self.columns[self.cleaned_data["column"]]

    def clean_consent(self) -> bool:
        if str(self.data.get("consent")) not in _CONSENTS:
            raise forms.ValidationError(
                _("Our terms have changed since you opened this page. Please read them again.")
            )
        return True

    @property
    def seen(self) -> list[str]:
        """The slugs of the near answers that the writer has been shown."""
        slugs = str(self.data.get("seen", ""))[:_LONGEST_SEEN].split()
        return [slug for slug in slugs if _SLUG.fullmatch(slug)]

    @property
    def is_checked(self) -> bool:
        """Whether they were asked before sending, and go on: nobody is asked twice."""
        return self.data.get("checked") == "1"

    @property
    def is_spam(self) -> bool:
        """Whether the field that nobody sees was filled in."""
        return bool(self.data.get("website"))
