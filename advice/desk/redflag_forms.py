"""The form of a red-flag rule. Numbers to call are rows of five fields; none is taken without its source."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice import markup
from advice.articles.models import Column
from advice.letters.matching import LONGEST_PHRASE, MOST_PHRASES, phrases
from advice.letters.models import RedFlagVersion

PARTS = ("locale", "label", "number", "url", "checked_on")
LABELS = {
    "locale": _("Locale"),
    "label": _("Who answers, and where"),
    "number": _("Number"),
    "url": _("Source (link)"),
    "checked_on": _("Checked on"),
}
MOST_NUMBERS, SPARE = 40, 2
LONGEST = {"locale": 12, "label": 120, "number": 40, "url": 300, "checked_on": 10}
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_LIKE_A_NUMBER = re.compile(r"(?:\d[ ().-]?){3,}")
_ADDRESS = re.compile(r"https?://\S+")

Row = dict[str, str]


class NumberRows(forms.Widget):
    template_name = "desk/number_rows.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        rows = [*(value or []), *[{} for _ in range(SPARE)]][:MOST_NUMBERS]
        context["widget"]["rows"] = [
            [_part(name, number, part, row) for part in PARTS] for number, row in enumerate(rows)
        ]
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        rows = [
            {part: str(data.get(f"{name}-{number}-{part}", "")).strip() for part in PARTS}
            for number in range(MOST_NUMBERS)
        ]
        return [row for row in rows if any(row.values())]


def _part(name: str, number: int, part: str, row: Row) -> dict[str, Any]:
    return {
        "name": f"{name}-{number}-{part}",
        "part": part,
        "label": LABELS[part],
        "value": row.get(part, ""),
        "longest": LONGEST[part],
        "kind": "date" if part == "checked_on" else "url" if part == "url" else "text",
    }


class NumbersField(forms.Field):
    widget = NumberRows

    def clean(self, value: list[Row]) -> list[Row]:
        errors = [
            _("Number %(row)s: %(problem)s") % {"row": row, "problem": problem}
            for row, given in enumerate(value, start=1)
            for problem in _problems(given)
        ]
        if errors:
            raise ValidationError(errors)
        return value


def _problems(row: Row) -> list[Any]:
    problems: list[Any] = []
    if any(len(row[part]) > LONGEST[part] for part in PARTS):
        problems.append(_("this is too long."))
    if not row["number"] or not any(character.isdigit() for character in row["number"]):
        problems.append(_("the number itself is missing."))
    if not row["label"]:
        problems.append(_("say who answers, and where."))
    if not _LOCALE.fullmatch(row["locale"]):
        problems.append(_("the locale is a language and a country, as en-GB."))
    if not _is_address(row["url"]):
        problems.append(_("a number needs its source: the link of the page that gives it."))
    return [*problems, *_date_problems(row["checked_on"])]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


def _date_problems(day: str) -> list[Any]:
    try:
        checked = dt.date.fromisoformat(day)
    except ValueError:
        return [_("a number needs the date on which it was checked there.")]
    return [_("it cannot have been checked on a day to come.")] if checked > timezone.localdate() else []


class RedFlagForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("For the desk alone; no reader and no mail sees it.")
    )
    column = forms.ModelChoiceField(
        Column.objects.all(), label=_("Column"), required=False, empty_label=_("All columns")
    )
    words = forms.CharField(
        label=_("Words"),
        max_length=10_000,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false"}),
        help_text=_(
            "A group a line, words or phrases between commas. A letter has to have one of each line, anywhere in it. Endings,"
            " capitals and accents do not matter; in quotes a word counts only as it is written. Three dots stand for up to five"
            " words of one sentence: pain … chest."
        ),
    )
    without = forms.CharField(
        label=_("But not within"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "Phrases whose words do not count, as “battery died”. The same words elsewhere in the letter do."
        ),
    )
    heeds_denial = forms.BooleanField(
        label=_("A plain “no” before the words means that they do not count"),
        required=False,
        help_text=_(
            "As in “no chest pain”. The letter is noted at the desk all the same. Leave it off where somebody may deny what is"
            " so: a wish to die, violence."
        ),
    )
    text = forms.CharField(
        label=_("What the card says"),
        max_length=4_000,
        widget=forms.Textarea({"rows": 8}),
        help_text=_("Markdown. What to do now, and whom to see. It names no illness, and no number."),
    )
    numbers = NumbersField(
        label=_("Numbers to call"),
        required=False,
        help_text=_(
            "Each with the page that gives it and the day on which you looked there. Where there are none, the card says to call"
            " the local emergency number."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_words(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["words"].splitlines() if line.strip()]
        if not lines or not all(map(phrases, lines)):
            raise ValidationError(_("Each line needs a word at least."))
        return _within_limits("\n".join(lines))

    def clean_without(self) -> str:
        return _within_limits(self.cleaned_data["without"].replace("\r\n", "\n"))

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if _LIKE_A_NUMBER.search(_ADDRESS.sub("", text)):
            raise ValidationError(
                _(
                    "There is a number in the text. Numbers stand below, each with its source and the day it was checked."
                )
            )
        if not markup.plain(markup.render(text)):
            raise ValidationError(_("Nothing of this text can be shown."))
        return text


def _within_limits(text: str) -> str:
    found = phrases(text)
    if len(found) > MOST_PHRASES:
        raise ValidationError(_("These are more than %(most)s phrases."), params={"most": MOST_PHRASES})
    if any(len(one) > LONGEST_PHRASE for one in found):
        raise ValidationError(_("A phrase has %(most)s words at most."), params={"most": LONGEST_PHRASE})
    return text


def as_it_is(version: RedFlagVersion | None) -> dict[str, Any]:
    if version is None:
        return {}
    names = ("name", "column", "words", "without", "heeds_denial", "text", "numbers")
    return {**{name: getattr(version, name) for name in names}, "version": version.number}
