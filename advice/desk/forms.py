"""The forms of the desk. They say what people are told; the workflow decides what is permitted."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from markdownx.widgets import MarkdownxWidget

from advice import markup
from advice.accounts.models import Role, User
from advice.articles.models import Article, ArticleQuerySet, Column, CorrectionKind, Expert, Snippet, Tag
from advice.articles.workflow import UNNAMED, is_unnamed
from advice.desk.sourcing import SourcesField
from advice.desk.tagging import FEW, TagNamesField
from advice.typed import SeveralRows


class Editor(MarkdownxWidget):
    """The Markdown editor; `preview` is HTML that the server rendered for a browser without JavaScript."""

    preview = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["preview"] = self.preview
        return context


class TextEditor(Editor):
    """Of a text in which snippets are drawn, in its preview too; a button puts one in."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-markdownx-urls-path"] += "?snippets"
        context["widget"]["snippets"] = Snippet.objects.only("name", "slug")
        return context


class MarkdownField(forms.CharField):
    widget = Editor

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n")  # as browsers send a textarea

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if len(text.encode("utf-8", "replace")) > markup.MAX_BYTES:
            raise ValidationError(
                _("This text is too long: at most 50,000 bytes can be set. Please shorten it.")
            )
        return text


def show_preview(form: forms.BaseForm, field: str, html: str) -> None:
    widget = form.fields[field].widget
    assert isinstance(widget, Editor)
    widget.preview = html


class WhyField(forms.CharField):
    """One optional line beside a save, for those who read the history later."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Why"), max_length=200, required=False, help_text=_("For the history; never printed.")
        )


class CopyForm(forms.Form):
    """What will be printed of a letter."""

    headline = forms.CharField(label=_("Headline"), max_length=160)
    dek = forms.CharField(label=_("Dek"), max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    question = MarkdownField(label=_("Question"), widget=TextEditor({"rows": 12}))
    signature = forms.CharField(label=_("Signature"), max_length=80, required=False)
    column = forms.ModelChoiceField(Column.objects.all(), label=_("Column"))
    tags = SeveralRows(
        Tag.objects.all(), label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if Tag.objects.all()[FEW : FEW + 1]:
            self.fields["tags"] = TagNamesField(label=_("Tags"), required=False)

    def clean_dek(self) -> str:
        return " ".join(self.cleaned_data["dek"].split())


class ArticleForm(CopyForm):
    """The same, for an article that exists; `version` says which state of it was read."""

    question = MarkdownField(label=_("Question"), required=False, widget=TextEditor({"rows": 12}))
    column = forms.ModelChoiceField(Column.objects.all(), label=_("Column"), required=False)
    slug = forms.SlugField(
        label=_("Address"),
        max_length=80,
        required=False,
        help_text=_(
            "The last part of the page's address. Empty: made from the headline when it is published."
        ),
    )
    sources = SourcesField(
        label=_("Sources"),
        required=False,
        help_text=_(
            "What the answer rests on, printed under it. Save to get more rows; empty ones are left out."
        ),
    )
    announced_as = forms.CharField(
        label=_("Announced as"),
        max_length=160,
        required=False,
        help_text=_(
            "Public at once: the line under “Questions we are working on”, until this is published. Nobody must be "
            "known by it. Empty: it is not named there."
        ),
    )
    why = WhyField()
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, public: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("dek", "question", "column", "tags"):
            self.fields[name].required = public  # what readers see, or will by itself, stays whole

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()
        if is_unnamed(Article(slug=slug)):
            raise ValidationError(_("An address may not begin with “%(start)s”."), params={"start": UNNAMED})
        return slug

    def clean_announced_as(self) -> str:
        return " ".join(self.cleaned_data["announced_as"].split())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("sources", "announced_as"):  # a form without these fields leaves them as they are
            if self.fields[name].widget.value_omitted_from_data(self.data, self.files, name):
                cleaned.pop(name, None)
        return cleaned


def of_article(article: Article) -> dict[str, Any]:
    """An article as the form begins."""
    return {
        **{name: getattr(article, name) for name in ("headline", "dek", "question", "signature", "version")},
        **{name: getattr(article, name) for name in ("sources", "announced_as")},
        "column": article.column_id,
        "tags": [tag.pk for tag in article.tags.all()],
        "slug": "" if is_unnamed(article) else article.slug,
    }


class NewArticleForm(forms.Form):
    headline = forms.CharField(
        label=_("Working headline"), max_length=160, help_text=_("It can be changed until it is published.")
    )
    column = forms.ModelChoiceField(Column.objects.all(), label=_("Column"), required=False)


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Shown on the writer’s page in these words, and mailed if they left an address."),
    )


class AssignForm(forms.Form):
    expert = forms.ModelChoiceField(Expert.objects.all(), label=_("Expert"))
    due_on = forms.DateField(
        label=_("Due"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("Note to the expert"), max_length=2_000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def clean_due_on(self) -> dt.date | None:
        due: dt.date | None = self.cleaned_data["due_on"]
        if due is not None and due < timezone.localdate():
            raise ValidationError(_("This day has passed."))
        return due


class AnswerForm(forms.Form):
    text = MarkdownField(label=_("Answer"), required=False, strip=False, widget=TextEditor({"rows": 20}))
    why = WhyField()
    version = forms.IntegerField(widget=forms.HiddenInput)


class SendBackForm(forms.Form):
    note = forms.CharField(
        label=_("What is missing?"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The expert is mailed that it came back, and reads this at the desk."),
    )


YEARS = range(1900, 2201)


class SiteTimeField(forms.DateTimeField):
    """A time of the site's own clock. The hour that clocks skip does not exist, the one they repeat is two."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> dt.datetime | None:
        if value in self.empty_values:
            return None
        try:
            naive = dt.datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise ValidationError(_("Enter a date and a time."), code="invalid") from None
        if naive.year not in YEARS:  # at the ends of the calendar, other zones have no such time
            raise ValidationError(_("Choose a year between 1900 and 2200."))
        if naive.tzinfo is not None:
            return naive
        zone = timezone.get_current_timezone()
        first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
        if first.utcoffset() != second.utcoffset():
            if first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != naive:
                raise ValidationError(
                    _("This time does not exist: the clocks go forward over it that night.")
                )
            raise ValidationError(_("This time comes twice: the clocks go back that night. Choose another."))
        return first


class PublishForm(forms.Form):
    at = SiteTimeField(label=_("At"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].help_text = _("In the site’s time (%(zone)s). Leave it empty to publish now.") % {
            "zone": timezone.get_current_timezone_name()
        }

    def clean_at(self) -> dt.datetime | None:
        at: dt.datetime | None = self.cleaned_data["at"]
        # The field has no seconds, so “this very minute” is meant as now.
        if at is not None and at < timezone.now() - dt.timedelta(minutes=1):
            raise ValidationError(_("This time has passed."))
        return at


class MoveForm(PublishForm):
    """Another time for what is scheduled; `version` says which state of it was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = self.fields["at"]
        at.required, at.label = True, _("New time")
        at.help_text = _("In the site’s time (%(zone)s).") % {"zone": timezone.get_current_timezone_name()}


class PageForm(forms.Form):
    """A page of trust; `version` says which state of it was read, 0 that there was none."""

    title = forms.CharField(label=_("Title"), max_length=120)
    text = MarkdownField(label=_("Text, in Markdown"), widget=Editor({"rows": 24}))
    version = forms.IntegerField(widget=forms.HiddenInput)


class CorrectForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (CorrectionKind.CORRECTION, _("Correction: something was wrong")),
            (CorrectionKind.CLARIFICATION, _("Clarification: something was unclear")),
        ],
    )
    text = MarkdownField(
        label=_("What changed"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Public; Markdown. Never repeat here what must not be read any more."),
    )
    is_privacy = forms.BooleanField(
        label=_("It is about somebody’s privacy"),
        required=False,
        help_text=_(
            "What stood before is deleted everywhere, and nothing of it is kept from then on. What the writers told of"
            " since goes, too."
        ),
    )
    forget_notes = forms.BooleanField(
        label=_("Take the words of the earlier notes away, too"),
        required=False,
        help_text=_("For privacy only: a note may name what must not be read any more."),
    )
    forget_addresses = forms.BooleanField(
        label=_("Its former addresses name somebody: let them lead nowhere"),
        required=False,
        help_text=_("For privacy only. Give the article a new address first."),
    )
    hide_former = forms.BooleanField(label=_("Do not lead to the former text"), required=False)


class ReviewedForm(forms.Form):
    reviewer = forms.ModelChoiceField(
        Expert.objects.none(), label=_("Reviewed by"), required=False, empty_label=_("Nobody")
    )
    on = forms.DateField(
        label=_("On"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("Where it was given"),
        max_length=300,
        required=False,
        help_text=_(
            "For a review of somebody else’s: the mail or the call of that day. It stays in the history."
        ),
    )

    def __init__(self, article: Article, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        reviewer = self.fields["reviewer"]
        assert isinstance(reviewer, forms.ModelChoiceField)
        reviewer.queryset = Expert.objects.exclude(answers__article=article)
        self.fields["on"].initial = timezone.localdate

    def clean_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["on"]
        if day is not None and day > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        if day is not None and day.year not in YEARS:
            raise ValidationError(_("Choose a year between 1900 and 2200."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("reviewer") and not cleaned.get("on") and "on" not in self.errors:
            self.add_error("on", _("On which day?"))
        given_by = cleaned.get("reviewer")
        if (
            given_by
            and given_by.user_id != self.by.pk
            and not cleaned.get("note")
            and "note" not in self.errors
        ):
            self.add_error("note", _("Please say where %(name)s gave it.") % {"name": given_by.name})
        return cleaned


class RetractForm(forms.Form):
    reason = MarkdownField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Public; Markdown. It stands on the page in place of the text."),
    )


class RelatedForm(forms.Form):
    """A neighbour by the end of its address, or by words of its headline."""

    other = forms.CharField(label=_("Headline or address"), max_length=200)
    excluded = forms.BooleanField(required=False)

    def __init__(self, article: Article, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.article = article

    def clean_other(self) -> Article:
        return the_one_of(Article.objects.published().exclude(pk=self.article.pk), self.cleaned_data["other"])


def the_one_of(articles: ArticleQuerySet, words: str) -> Article:
    """The only article that `words` mean: the end of its address, or a part of its headline."""
    exact = articles.filter(slug=words.rstrip("/").rpartition("/")[2]).first()
    if exact is not None:
        return exact
    found = list(articles.filter(headline__icontains=words).newest_first()[:6])
    if not found:
        raise ValidationError(_("No article that can be chosen here has this headline or address."))
    if len(found) > 1:
        names = "; ".join(article.headline for article in found[:5])
        raise ValidationError(_("Several match: %(names)s. Type more of it."), params={"names": names})
    return found[0]


class ConfirmMemberForm(forms.Form):
    message = forms.CharField(
        label=_("Message"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Mailed with the confirmation: how to pay, and when it begins."),
    )


class DeclineMemberForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Mailed in these words."),
    )


class PersonForm(forms.Form):
    """A person's place at the desk, as far as `by` may give it."""

    role = forms.ChoiceField(label=_("Role"))
    may_publish = forms.BooleanField(label=_("May publish"), required=False)
    may_review = forms.BooleanField(
        label=_("May review"),
        required=False,
        help_text=_("For the review that comes with medical columns."),
    )
    expert = forms.ModelChoiceField(
        Expert.objects.none(),
        label=_("Writes as"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("The expert in whose name they answer letters."),
    )

    def __init__(self, by: User, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in Role.choices if by.is_owner or choice[0] != Role.OWNER]
        role, expert = self.fields["role"], self.fields["expert"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(expert, forms.ModelChoiceField)
        role.choices = choices
        free = Expert.objects.filter(user=None)
        expert.queryset = (free | Expert.objects.filter(user=user)) if user else free
        # Nobody gives away what they do not have.
        self.fields["may_publish"].disabled = not by.can_publish
        self.fields["may_review"].disabled = not by.can_review


class InviteForm(PersonForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput({"autocomplete": "off"}))

    field_order = ["name", "email", "role", "may_publish", "may_review", "expert"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("Somebody with this address is on the list already."))
        return email
