"""The forms of newsletters and their readers."""

import unicodedata
from email.utils import parseaddr
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from advice.newsletter import digests
from advice.newsletter.models import Newsletter, Rhythm

TIMES = {"rhythm", "weekday", "hour", "makes_itself"}


def one_line(value: str) -> None:
    """What goes into the head of a mail is one line, without anything that cannot be seen."""
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
        raise ValidationError(_("This is one line: it cannot hold a line break or a control character."))


class NewsletterForm(forms.ModelForm):
    """A newsletter, new or known. Its address is given once: issues, and mail programs, know it by that."""

    at_once = forms.BooleanField(label=_("An issue may leave at once"), required=False)

    class Meta:
        model = Newsletter
        fields = (
            *("name", "slug", "promise", "makes_itself", "rhythm", "weekday", "hour", "at_most", "column"),
            *("is_open", "position", "sender_name", "sender_address"),
        )
        labels = {
            "name": _("Name"),
            "slug": _("Address"),
            "promise": _("Promise"),
            "makes_itself": _("Makes its issues from new answers"),
            "rhythm": _("Rhythm"),
            "weekday": _("Weekday"),
            "hour": _("Hour"),
            "at_most": _("Answers at most"),
            "column": _("Column"),
            "is_open": _("Takes new subscribers"),
            "position": _("Position"),
            "sender_name": _("Sender’s name"),
            "sender_address": _("Sender’s address"),
        }
        help_texts = {
            "slug": _("The last part of its page’s address. It stays for ever."),
            "promise": _(
                "What readers are told before they subscribe: “Sundays, the week’s five best answers”."
            ),
            "makes_itself": _(
                "By its rhythm, when there is anything new. Editors can send issues of their own besides."
            ),
            "rhythm": _("Readers can choose daily or weekly for themselves."),
            "weekday": _("For those who get it weekly."),
            "hour": _("0 to 23, by the site’s clock. It leaves then, or soon after."),
            "at_most": _("In an issue that makes itself: 1 to 20."),
            "column": _("Only answers of this column; and its readers are offered this newsletter first."),
            "position": _("Where it stands among the others. The first is what everybody is offered."),
            "sender_name": _("Empty: the site’s."),
            "sender_address": _(
                "Empty: the site’s. Its domain must be one that your mail server may send for (SPF and DKIM); else mail "
                "programs take the issues for forged and do not show them."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks_at_once = False
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.validators.append(one_line)
        column = self.fields["column"]
        assert isinstance(column, forms.ModelChoiceField)
        column.empty_label = _("All columns")
        if self.instance.pk:
            del self.fields["slug"]
        else:
            del self.fields["at_once"]

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        return slug.lower()  # addresses in capitals lead to small letters

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk and not self.errors and TIMES & set(self.changed_data):
            self._ask_at_once(cleaned)
        return cleaned

    def _ask_at_once(self, cleaned: dict[str, Any]) -> None:
        """A turn that has come by the new times, and had not by the old ones, lets an issue go within minutes."""
        before = Newsletter.objects.get(pk=self.instance.pk)
        after = Newsletter(**{name: cleaned[name] for name in TIMES})
        if not comes_at_once(before, after):
            return
        self.asks_at_once = True
        if not cleaned.get("at_once"):
            self.add_error("at_once", self._why_at_once(after))

    def _why_at_once(self, after: Newsletter) -> str:
        found = digests.turn(after, after.rhythm, timezone.now())
        if found is None:
            return str(_("With this rhythm what is new leaves within minutes. Tick this if it may."))
        came = date_format(timezone.localtime(found[1]), "SHORT_DATETIME_FORMAT")
        return str(
            _(
                "By these times its turn came on %(time)s, so what is new leaves within minutes. Tick this if it may."
            )
            % {"time": came}
        )

    @property
    def sends_for_another_domain(self) -> bool:
        """Whether its sender's address is not of the domain that the site itself mails from."""
        own = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        address = self.cleaned_data.get("sender_address", "")
        return bool(address) and address.rpartition("@")[2].casefold() != own.casefold()


def comes_at_once(before: Newsletter, after: Newsletter) -> bool:
    if not after.makes_itself:
        return False
    if not before.makes_itself or before.rhythm != after.rhythm:
        return True
    if after.rhythm == Rhythm.EACH:
        return False
    now = timezone.now()
    old, new = (digests.turn(row, row.rhythm, now) for row in (before, after))
    return old is not None and new is not None and new[1] > old[1] and new[0] != old[0]


class FindForm(forms.Form):
    email = forms.EmailField(
        label=_("Address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={"invalid": _("This does not look like an e-mail address.")},
    )


class SureForm(FindForm):
    """An act on an address of which nothing else is kept."""

    email = forms.EmailField(max_length=254, widget=forms.HiddenInput)
    sure = forms.BooleanField(
        error_messages={"required": _("Tick this if its owner has asked for it. Nothing was changed.")}
    )
