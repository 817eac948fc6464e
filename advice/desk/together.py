"""What a letter is accepted together with: those found alike, by a tick, and others by their case numbers."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Article, Status
from advice.desk.forms import the_one_of
from advice.letters import merging, wishes, workflow
from advice.letters.alike import alike
from advice.letters.models import Letter, LetterStatus
from advice.typed import SeveralRows

MOST = 100  # case numbers at once
NEWEST = 30  # drafts to choose from
SHOWN = 20  # letters of the same article that are named
LEAD = "lead:"  # before a letter's key: the button that makes it the lead


class CasesField(forms.CharField):
    """Case numbers, parted by commas or spaces, as letters that wait."""

    default_error_messages = {
        "unknown": _("There is no letter %(case)s."),
        "many": _("At most %(most)s at once."),
    }

    def clean(self, value: Any) -> Any:
        cases = list(dict.fromkeys(re.findall(r"[^\s,;]+", super().clean(value).upper())))
        if len(cases) > MOST:
            raise ValidationError(self.error_messages["many"], params={"most": MOST})
        found = {one.case_number: one for one in Letter.objects.filter(case_number__in=cases).defer("email")}
        for case in cases:
            if case not in found:
                raise ValidationError(self.error_messages["unknown"], params={"case": case})
        return [found[case] for case in cases]


class TogetherForm(forms.Form):
    """Its fields stand in the form that accepts a letter."""

    ticked = SeveralRows(
        Letter.objects.filter(status=LetterStatus.RECEIVED).defer("email"),
        required=False,
        widget=forms.MultipleHiddenInput,
        error_messages={"invalid_choice": _("One of the ticked letters does not wait any more.")},
    )
    cases = CasesField(
        label=_("And letters by case number"),
        required=False,
        help_text=_("Several with commas between. Every writer is told when the answer appears."),
    )

    def others(self, letter: Letter) -> list[Letter]:
        return [
            one for one in (*self.cleaned_data["ticked"], *self.cleaned_data["cases"]) if one.pk != letter.pk
        ]

    @property
    def ticks(self) -> set[str]:
        ticked = self.fields["ticked"].widget.value_from_datadict(
            self.data, self.files, self.add_prefix("ticked")
        )
        return set(ticked) if self.is_bound else set()


class MergeForm(forms.Form):
    """One of the newest drafts, or any article by its headline; an answer that is out is told to the writer at once."""

    article = forms.ModelChoiceField(
        Article.objects.exclude(status=Status.RETRACTED), label=_("Article"), required=False
    )
    words = forms.CharField(label=_("Or another, by headline or address"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drafts = Article.objects.filter(status__in=[Status.DRAFT, Status.IN_REVIEW]).order_by("-pk")
        newest = list(drafts.values_list("pk", "headline")[:NEWEST])
        article = self.fields["article"]
        assert isinstance(article, forms.ModelChoiceField)
        article.widget.choices = [("", _("Choose a draft")), *newest]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("article"):
            if not cleaned.get("words"):
                raise ValidationError(_("Choose a draft, or type a headline."))
            try:
                known = Article.objects.exclude(status=Status.RETRACTED)
                cleaned["article"] = the_one_of(known, cleaned["words"])
            except ValidationError as error:
                self.add_error("words", error)
        return cleaned


class JoinForm(forms.Form):
    letters = CasesField(label=_("Letters by case number"), help_text=_("Several with commas between."))


def of_letter(
    request: HttpRequest, letter: Letter, *, together_form: TogetherForm | None = None, **forms: Any
) -> dict[str, Any]:
    """What the letter's page shows of others that ask the same."""
    form = together_form or TogetherForm(prefix="with")
    beside = Letter.objects.filter(article=letter.article_id or 0).exclude(pk=letter.pk).defer("email")
    is_open = letter.status == LetterStatus.RECEIVED and letter.current.pk
    return {
        "together_form": form,
        "alike": alike(letter) if is_open else [],
        "ticks": {int(tick) for tick in form.ticks if tick.isascii() and tick.isdigit()},
        "beside": list(beside.order_by("-is_lead", "received_at", "pk")[:SHOWN]),
        "may_split": workflow.may_split(letter),
        "may_lead": merging.may_lead(letter),
        "may_print": wishes.may_print(letter),
    }


def asked_lead(request: HttpRequest) -> int | None:
    """Which letter the pressed button makes the lead."""
    key = request.POST.get("action", "")
    return int(key[len(LEAD) :]) if re.fullmatch(LEAD + r"[0-9]{1,18}", key) else None
