"""What the check finds, and by which names the desk calls it."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Sort(TextChoices):
    EMAIL = "email", _("E-mail address")
    PHONE = "phone", _("Phone number")
    URL = "url", _("Web address")
    HANDLE = "handle", _("Name on the net")
    POSTCODE = "postcode", _("Postcode")
    DATE = "date", _("Exact date")
    PERSON = "person", _("Somebody’s name")
    OWN = "own", _("The writer’s own name or address")
    WORKPLACE = "workplace", _("Employer, place or age")


@dataclass(frozen=True)
class Find:
    """`start` and `end` are offsets into the text that was given; `suggestion` is a neutral wording to stand there."""

    sort: Sort
    start: int
    end: int
    text: str
    suggestion: str


@dataclass(frozen=True)
class Span:
    """A find before it has its text: what a rule hands over."""

    sort: Sort
    start: int
    end: int
    suggestion: str
