"""What visitors and subscribers fill in. The block on public pages is written by hand: it stands in cached pages."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Article, Tag, tags_by_use
from advice.newsletter.consent import FORMS
from advice.newsletter.models import LeftBecause, Newsletter, Rhythm, Subscriber, Weekday, canonical
from advice.newsletter.workflow import PAUSE_AT_MOST

_SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)


class _BySlugField(forms.MultipleChoiceField):
    """Newsletters or topics by their slugs, looked up here and not in the database: nonsense never reaches it."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, rows: Sequence[Newsletter] | Sequence[Tag]) -> None:
        self.by_slug = {row.slug: row for row in rows}
        self.choices = [(row.slug, row.name) for row in rows]

    def clean(self, value: Any) -> list[Any]:
        return [self.by_slug[slug] for slug in dict.fromkeys(super().clean(value))]


def _is_wrong(email: str) -> bool:
    try:
        validate_email(email)
    except forms.ValidationError:
        return True
    return False


class _AddressField(forms.EmailField):
    default_error_messages = {
        "required": _("Please enter your e-mail address."),
        "invalid": _("This does not look like an e-mail address. It needs an @ and a dot after it."),
        "max_length": _("This address is longer than any mail server takes."),
        "not_plain": _(
            "Before the @ we can take plain letters only, without accents or umlauts: our mail would not arrive there."
            " After the @ all letters are fine."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No maxlength, which cuts off what was pasted without a word."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}

    def clean(self, value: Any) -> str:
        local, _at, domain = str(value or "").strip().rpartition("@")
        if local and not local.isascii() and not _is_wrong(f"x@{domain}"):
            raise forms.ValidationError(self.error_messages["not_plain"])
        email = str(super().clean(value))
        # A machine by its number, which can be spelt in many ways and is nobody's address.
        if email.endswith("]"):
            raise forms.ValidationError(self.error_messages["invalid"])
        if len(canonical(email)) > 254:
            raise forms.ValidationError(self.error_messages["max_length"])
        return email


def _newsletters_field(**kwargs: Any) -> _BySlugField:
    wrong = {"invalid_choice": _("Please choose from the newsletters below.")}
    return _BySlugField(required=False, error_messages=wrong, **kwargs)


class SubscribeForm(forms.Form):
    email = _AddressField()
    newsletters = _newsletters_field()
    article = forms.Field(required=False)
    newsletter = forms.Field(required=False)
    form = forms.Field(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "newsletters", list(Newsletter.objects.filter(is_open=True)))

    def clean_article(self) -> Article | None:
        """The article whose block was used; a wrong one is no reason to refuse anybody."""
        slug = str(self.cleaned_data["article"] or "")
        if not _SLUG.fullmatch(slug):
            return None
        return Article.objects.published().select_related("column").filter(slug=slug).first()

    def clean_newsletter(self) -> Newsletter | None:
        """The one whose page the form stands on; a wrong one is no reason to refuse anybody, either."""
        slug = str(self.cleaned_data["newsletter"] or "")
        if not _SLUG.fullmatch(slug):
            return None
        return Newsletter.objects.filter(is_open=True, slug=slug).first()

    def clean_form(self) -> str:
        form = str(self.cleaned_data["form"] or "")
        return form if form in FORMS else "page"

    @property
    def where(self) -> str:
        """Where the form stood."""
        return "article" if self.cleaned_data["article"] else str(self.cleaned_data["form"])

    @property
    def is_spam(self) -> bool:
        """Whether the field that nobody sees was filled in."""
        return bool(self.data.get("website"))


_WEEKLY_ON = {
    Weekday.MONDAY: _("Weekly, on Mondays"),
    Weekday.TUESDAY: _("Weekly, on Tuesdays"),
    Weekday.WEDNESDAY: _("Weekly, on Wednesdays"),
    Weekday.THURSDAY: _("Weekly, on Thursdays"),
    Weekday.FRIDAY: _("Weekly, on Fridays"),
    Weekday.SATURDAY: _("Weekly, on Saturdays"),
    Weekday.SUNDAY: _("Weekly, on Sundays"),
}


def _rhythms(weekdays: set[int]) -> list[tuple[str, Any]]:
    """What can be chosen, and when it comes: a weekly issue on its newsletter's own day, whatever that promises."""
    if len(weekdays) == 1:
        weekly = _WEEKLY_ON[Weekday(min(weekdays))]
    else:
        weekly = _("Weekly, each on its own day") if weekdays else Rhythm.WEEKLY.label
    return [("", _("As each newsletter says")), (Rhythm.DAILY, Rhythm.DAILY.label), (Rhythm.WEEKLY, weekly)]


class PreferencesForm(forms.Form):
    newsletters = _newsletters_field()
    topics = _BySlugField(
        label=_("Only some topics?"),
        help_text=_(
            "They narrow the newsletters that make themselves from new answers. With none ticked you get all topics."
        ),
        required=False,
        error_messages={"invalid_choice": _("Please choose from the topics below.")},
    )
    rhythm = forms.ChoiceField(
        label=_("How often?"),
        help_text=_(
            "For the newsletters that make themselves. What our editors write comes when it is ready."
        ),
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": _("Please choose one of these.")},
    )
    text_only = forms.BooleanField(label=_("As plain text, without colours and layout"), required=False)

    def __init__(self, *args: Any, subscriber: Subscriber, **kwargs: Any) -> None:
        has, topics = list(subscriber.newsletters.all()), list(subscriber.topics.all())
        initial = {
            "newsletters": [row.slug for row in has],
            "topics": [row.slug for row in topics],
            "rhythm": subscriber.rhythm,
            "text_only": subscriber.text_only,
        }
        super().__init__(*args, **{"initial": initial, **kwargs})
        open_or_had = Q(is_open=True) | Q(pk__in=[row.pk for row in has])
        self.offered = list(Newsletter.objects.filter(open_or_had))
        _offer(self, "newsletters", self.offered)
        weekdays = {row.weekday for row in self.offered if row.makes_itself}
        self.days_differ = len(weekdays) > 1
        rhythm = self.fields["rhythm"]
        assert isinstance(rhythm, forms.ChoiceField)
        rhythm.choices = _rhythms(weekdays)
        _offer(self, "topics", list({row.slug: row for row in [*tags_by_use(), *topics]}.values()))

    @property
    def ticked(self) -> list[str]:
        return list(self["newsletters"].value() or [])


class PauseForm(forms.Form):
    SPANS = {"14": _("2 weeks"), "30": _("A month"), "91": _("3 months")}

    until = forms.DateField(
        label=_("No newsletters before"),
        help_text=_("At most a year from now. What comes out meanwhile is not sent later."),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Please choose a day."),
            "invalid": _("Please enter a day as year-month-day, such as 2027-01-31."),
        },
    )

    @classmethod
    def of(cls, data: Any) -> "PauseForm":
        """As it was sent: with a day, or with one of the spans."""
        if (span := data.get("span")) in cls.SPANS:
            return cls({"until": timezone.localdate() + dt.timedelta(days=int(span))})
        return cls(data)

    def clean_until(self) -> dt.date:
        until: dt.date = self.cleaned_data["until"]
        today = timezone.localdate()
        if until <= today:
            raise forms.ValidationError(_("A pause ends on a later day than today. Please choose one."))
        if until > today + PAUSE_AT_MOST:
            raise forms.ValidationError(_("A pause lasts a year at most. Please choose an earlier day."))
        return until


class NewAddressForm(forms.Form):
    email = _AddressField(
        label=_("Your new e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class LeavingForm(forms.Form):
    because = forms.ChoiceField(
        label=_("Why do you leave?"),
        choices=LeftBecause.choices,
        widget=forms.RadioSelect,
        required=False,
    )


class ReasonForm(LeavingForm):
    """Asked once more, after leaving."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["because"].required = True
        wrong = _("Please choose one of these, or simply close this page.")
        self.fields["because"].error_messages |= {"required": wrong, "invalid_choice": wrong}


def _offer(form: forms.Form, name: str, rows: Sequence[Newsletter] | Sequence[Tag]) -> None:
    field = form.fields[name]
    assert isinstance(field, _BySlugField)
    field.offer(rows)
