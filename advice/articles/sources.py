"""What an answer rests on: a list of title, publisher, year and link, checked here for the desk and for imports alike."""

from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _

MOST = 40
LONGEST = {"title": 300, "publisher": 160, "url": 400}
_is_url = URLValidator(schemes=["http", "https"])


class SourceRow(TypedDict):
    title: str
    publisher: str
    year: int | None
    url: str


def cleaned(row: dict[str, Any]) -> SourceRow:
    """One source from four texts; the year may be a number. Raises ValidationError, for whoever wrote it."""
    texts = {name: " ".join(str(row.get(name) or "").split()) for name in (*LONGEST, "year")}
    for name, most in LONGEST.items():
        if len(texts[name]) > most:
            raise ValidationError(
                _("%(name)s: at most %(most)s characters."), params={"name": name, "most": most}
            )
    if not texts["title"]:
        raise ValidationError(_("It has no title."))
    if texts["url"]:
        try:
            _is_url(texts["url"])
        except ValidationError:
            raise ValidationError(_("The link is not an http or https address.")) from None
    return SourceRow(
        title=texts["title"],
        publisher=texts["publisher"],
        year=_year(texts["year"]) if texts["year"] else None,
        url=texts["url"],
    )


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1000 <= int(text[:5]) <= timezone.now().year + 1):
        raise ValidationError(_("The year is four digits, and not in the future."))
    return int(text)
