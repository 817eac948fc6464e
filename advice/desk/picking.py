"""The answers of an issue, as rows of one form field: which, in what order, in full or not, under which remark."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Article
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Issue, IssueItem
from advice.typed import is_number

MOST = 50
LONGEST_REMARK: int = IssueItem._meta.get_field("remark").max_length or 0
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}

Row = dict[str, Any]  # article (its number), position, in_full, remark, remove: as they were typed


def one_line(value: str) -> None:
    """What stands in a mail's head, or in one line of it, holds no line break and no other control character."""
    if any(unicodedata.category(character) in _CONTROL for character in value):
        raise ValidationError(_("This is one line: it may hold no line break or other control character."))


def rows_of(issue: Issue) -> list[Row]:
    return [
        {
            "article": item.article_id,
            "position": str(number),
            "in_full": item.in_full,
            "remark": item.remark,
            "remove": False,
        }
        for number, item in enumerate(issue.items.all(), start=1)
    ]


class PickRows(forms.Widget):
    template_name = "desk/issue_picks.html"

    def get_context(self, name: str, value: list[Row] | None, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        found = Article.objects.select_related("column").in_bulk([row["article"] for row in value or []])
        context["widget"]["rows"] = [
            {**row, "article": found[row["article"]], "name": f"{name}-{row['article']}"}
            for row in value or []
            if row["article"] in found
        ]
        context["widget"]["longest_remark"] = LONGEST_REMARK
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """The rows of the form, and after them those that were ticked to be added."""
        added = data.getlist(f"{name}-add")
        numbers = dict.fromkeys(int(pk) for pk in [*data.getlist(name), *added] if is_number(pk))
        return [_row(data, f"{name}-{pk}", pk) for pk in numbers]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False  # no row at all is an issue without answers


def _row(data: Mapping[str, Any], name: str, pk: int) -> Row:
    return {
        "article": pk,
        "position": data.get(f"{name}-position", ""),
        "in_full": f"{name}-in_full" in data,
        "remark": data.get(f"{name}-remark", ""),
        "remove": f"{name}-remove" in data,
    }


class PicksField(forms.Field):
    """Gives the picks in the order of their numbers. `kept` are articles that may stay though they are not published."""

    widget = PickRows

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: set[int] = set()

    def clean(self, value: list[Row]) -> list[Pick]:
        rows = [row for row in value if not row["remove"]]
        found = Article.objects.in_bulk([row["article"] for row in rows])
        rows = [row for row in rows if self._may_be_in(found.get(row["article"]))]
        problems = [problem for row in rows for problem in _problems(row, found[row["article"]])]
        if len(rows) > MOST:
            problems.append(
                ValidationError(_("An issue holds %(most)s answers at most."), params={"most": MOST})
            )
        if problems:
            raise ValidationError(problems)
        return [
            Pick(found[row["article"]], in_full=row["in_full"], remark=row["remark"].strip())
            for row in sorted(rows, key=_place)
        ]

    def _may_be_in(self, article: Article | None) -> bool:
        return article is not None and (article.is_published or article.pk in self.kept)


def _place(row: Row) -> int:
    """What has no number yet comes last; equals stay in their order."""
    return int(row["position"].strip() or 10_000)


def _problems(row: Row, article: Article) -> Iterable[ValidationError]:
    about = {"headline": article.headline}
    place = row["position"].strip()
    if place and not (is_number(place) and len(place) < 4):
        yield ValidationError(_("The place of “%(headline)s” is a number up to 999."), params=about)
    remark = row["remark"].strip()
    if len(remark) > LONGEST_REMARK:
        yield ValidationError(
            _("The remark on “%(headline)s” is too long: at most %(most)s characters."),
            params={**about, "most": LONGEST_REMARK},
        )
    try:
        one_line(remark)
    except ValidationError:
        yield ValidationError(_("The remark on “%(headline)s” is to be one line."), params=about)
