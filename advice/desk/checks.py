"""The check before publishing as the article's page shows it: each point with its state, and a form where it is open."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from advice.articles.checking import Point
from advice.articles.models import Article
from advice.letters.checking import check


class WaiveForm(forms.Form):
    """Why a point is left open; `of` says for what it was asked."""

    of = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it comes out without"),
        max_length=500,
        help_text=_("For the desk; never printed. It holds until what it is given for changes."),
    )


def _form(point: Point) -> WaiveForm:
    form = WaiveForm(initial={"of": point.of}, prefix=f"waive-{point.key}")
    if point.asks:
        form.fields["reason"].label = point.asks
    return form


def of_check(article: Article, failed: tuple[str, WaiveForm] | None = None) -> dict[str, Any]:
    if article.is_retracted:
        return {}
    checked = check(article)
    forms_by_point = dict([failed] if failed else [])
    open_points = [
        (point, (forms_by_point.get(point.key) or _form(point)) if point.may_waive else None)
        for point in checked.open
    ]
    return {"check": checked, "open_points": open_points}
