"""The forms by which issues of newsletters are made and sent."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.desk.forms import Editor, MarkdownField, PublishForm
from advice.desk.picking import PicksField, one_line, rows_of
from advice.newsletter.models import Issue, Newsletter


class NewIssueForm(forms.Form):
    newsletter = forms.ModelChoiceField(Newsletter.objects.all(), label=_("Newsletter"), empty_label=None)


class WordsForm(forms.Form):
    """An editor's own words in an issue; `version` says which state of them was read."""

    subject = forms.CharField(
        label=_("Subject"),
        max_length=120,
        required=False,
        validators=[one_line],
        help_text=_(
            "What readers see first: on a phone about 40 characters of it. Needed before it is sent."
        ),
    )
    preheader = forms.CharField(
        label=_("Preheader"),
        max_length=160,
        required=False,
        validators=[one_line],
        help_text=_(
            "Mail programs show it after the subject, in a paler colour: let it say something else. Empty: the mail’s "
            "first words stand there."
        ),
    )
    intro = MarkdownField(
        label=_("Introduction, in Markdown"),
        max_length=20_000,
        required=False,
        widget=Editor({"rows": 10}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class AmendForm(WordsForm):
    """The words of an issue that has left."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].required = True
        self.fields["subject"].help_text = self.fields["preheader"].help_text = ""


class IssueForm(WordsForm):
    """A draft."""

    picks = PicksField(label=_("Answers"), required=False)

    def __init__(self, issue: Issue, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        picks = self.fields["picks"]
        assert isinstance(picks, PicksField)
        picks.kept = set(issue.items.values_list("article", flat=True))

    @property
    def picked(self) -> list[int]:
        """The articles that stand in the form as it is shown, saved or not."""
        return [row["article"] for row in self["picks"].value() or []]


def of_issue(issue: Issue) -> dict[str, Any]:
    """An issue as the form begins."""
    return {**words_of(issue), "picks": rows_of(issue)}


def words_of(issue: Issue) -> dict[str, Any]:
    return {name: getattr(issue, name) for name in ("subject", "preheader", "intro", "version")}


class ScheduleForm(PublishForm):
    """When it leaves; `version` says which state of it was looked at.

    Where links of it lead nowhere, that is to be a deliberate act.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    despite = forms.BooleanField(label=_("Send it with these links all the same"))

    def __init__(self, *args: Any, has_wrong_links: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_wrong_links:
            del self.fields["despite"]
        self.fields["at"].label = _("When")
        self.fields["at"].help_text = _(
            "In the site’s time (%(zone)s). Leave it empty to send it now: it then leaves in ten minutes, and until it "
            "does you can take it back."
        ) % {"zone": timezone.get_current_timezone_name()}
