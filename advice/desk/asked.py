"""What a letter's page at the desk shows of what its writer was asked, and the forms to ask."""

from django import forms
from django.utils.translation import gettext_lazy as _

from advice.articles.models.snippets import markdown_of
from advice.letters import asking
from advice.letters.models import Letter


class AskForm(forms.Form):
    text = forms.CharField(
        label=_("Question to the writer"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Shown on the writer’s page. The mail says only that there is a question."),
    )


class WordingForm(forms.Form):
    days = forms.IntegerField(
        label=_("Days to look at it"),
        min_value=1,
        max_value=60,
        help_text=_("After them silence is noted here. Nothing waits for it."),
    )


def of_letter(letter: Letter, *, ask_form: AskForm | None = None, **forms: object) -> dict[str, object]:
    """What the letter's page shows of it."""
    wordings = list(letter.wordings.all())
    waits = Letter.objects.waiting_for_writer().filter(pk=letter.pk).exists()
    return {
        "waits_for_writer": waits,
        "ask_form": ask_form or AskForm(prefix="ask"),
        "wording_form": forms.get("wording_form")
        or WordingForm(prefix="wording", initial={"days": letter.column.wording_days}),
        "enquiries": list(letter.enquiries.select_related("by")),
        "wordings": wordings,
        "may_ask": asking.may_ask(letter),
        "may_show": asking.may_show(letter),
        "is_other_wording": bool(
            wordings and letter.article and wordings[-1].text != markdown_of(letter.article.question)
        ),
    }
