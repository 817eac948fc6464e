"""What the queue can be filtered and narrowed by, and how much stands under each filter: one query for all the counts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Answer, AnswerStatus, Article, Column, Expert, Status, Tag
from advice.desk.found import Found, found_by
from advice.letters import wishes
from advice.letters.models import Enquiry, Letter, LetterEvent, LetterStatus
from advice.prepared import Prepared

LETTERS: dict[str, Any] = {
    "received": _("Received"),
    "urgent": _("Urgent"),
    "waiting": _("Waiting for writer"),
    "answered": _("Writer answered"),
    "spam": _("Spam"),
    "declined": _("Declined"),
    "withdrawn": _("Withdrawn"),
}
ARTICLES: dict[str, Any] = {
    "draft": _("Draft"),
    "assigned": _("With expert"),
    "filed": _("Filed"),
    "in_review": _("In review"),
    "scheduled": _("Scheduled"),
    "published": _("Published"),
    "retracted": _("Retracted"),
}
# Beside the letters stands at once what somebody has to see to; the rest behind “More”.
AT_ONCE = ("received", "urgent", "waiting", "answered", "assigned", "filed", "in_review", "scheduled")
# What its writer did last, in words for a letter's row, until an editor does something with the letter.
SAID: dict[str, Any] = {
    "reply": _("Replied"),
    "change": _("Changed"),
    "wording changed": _("Says the meaning is changed"),
    wishes.WISH: _("Asks to sign otherwise"),
}
SORTS: list[tuple[str, Any]] = [
    ("", _("As it comes")),
    ("oldest", _("Oldest first")),
    ("newest", _("Newest first")),
    ("due", _("Due first")),
]
FOUND = "found"  # what a search in letters found: a filter while it is kept
COUNTED = 1_000  # published articles
UNSEEN = Q(alarm__isnull=False, alarm__seen_at=None)


class NarrowForm(forms.Form):
    """What a filter's list is narrowed by; its values stand in the address, for none of them is a writer's."""

    column = forms.ModelChoiceField(
        Column.objects.all(), label=_("Column"), required=False, empty_label=_("All")
    )
    expert = forms.ModelChoiceField(
        Expert.objects.all(), label=_("Expert"), required=False, empty_label=_("All")
    )
    tag = forms.CharField(label=_("Tag"), max_length=80, required=False)
    overdue = forms.BooleanField(label=_("Overdue only"), required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=SORTS, required=False)

    def __init__(self, data: Any, *, of_letters: bool) -> None:
        super().__init__(data, prefix=None, auto_id="narrow_%s")
        if of_letters:
            for name in ("expert", "tag", "overdue"):
                del self.fields[name]
            order = self.fields["sort"]
            assert isinstance(order, forms.ChoiceField)
            order.choices = SORTS[:3]

    def clean_tag(self) -> Tag | None:
        words = self.cleaned_data["tag"].strip()
        if not words:
            return None
        tag = Tag.objects.filter(Q(name__iexact=words) | Q(slug__iexact=words)).first()
        if tag is None:
            raise ValidationError(_("There is no such tag."))
        return tag


@dataclass(frozen=True)
class Choice:
    """What somebody looks at: a filter, what narrows it, the order and the page. It travels in the address."""

    show: str
    form: NarrowForm
    page: str = ""
    narrowed: dict[str, Any] = field(default_factory=dict)  # what the form was given and could use
    found: Found | None = None  # of the last search in letters

    @property
    def sort(self) -> str:
        return str(self.narrowed.get("sort", ""))

    @property
    def narrows(self) -> bool:
        """Whether less than all of the filter is shown."""
        return bool(self.narrowed.keys() - {"sort"})

    @property
    def query(self) -> str:
        """All of it, for the address of a letter or an article."""
        return urlencode({**self._fields, **({"page": self.page} if self.page else {})})

    @property
    def query_unpaged(self) -> str:
        return urlencode(self._fields)

    @property
    def _fields(self) -> dict[str, str]:
        return {"show": self.show, **{name: _in_address(value) for name, value in self.narrowed.items()}}

    def of(self, show: str) -> "Choice":
        """Another filter, narrowed in the same way as far as it can be."""
        kept = self.narrowed if show in ARTICLES else _only(self.narrowed, ("column", "sort"))
        return replace(self, show=show, page="", narrowed=kept)


def _only(values: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _in_address(value: Any) -> str:
    if isinstance(value, Tag):
        return value.slug
    return "on" if value is True else str(getattr(value, "pk", value))


def choice_of(request: HttpRequest, default: str) -> Choice:
    """What the address asks for. What it asks for in vain is left out."""
    given: QueryDict = request.GET
    show, found = given.get("show", default), found_by(request)
    if show not in {**LETTERS, **ARTICLES} and not (show == FOUND and found):
        show = default
    form = NarrowForm(given, of_letters=show not in ARTICLES)
    form.full_clean()
    narrowed = {name: value for name, value in form.cleaned_data.items() if value}
    page = given.get("page", "")
    page = page if page.isascii() and page.isdigit() else ""
    return Choice(show, form, page, narrowed, found)


@dataclass(frozen=True)
class Filter:
    key: str
    label: str
    count: int
    since: dt.datetime | None = None  # the oldest that waits under it, or the next that is scheduled
    address: str = ""
    is_more: bool = False  # than were counted


def stages(now: dt.datetime) -> dict[str, Q]:
    """Article.stage, as conditions a database can count."""
    answers = Answer.objects.filter(article=OuterRef("pk"))
    unfiled = Exists(answers.filter(status=AnswerStatus.ASSIGNED))
    draft = Q(status=Status.DRAFT)
    return {
        "draft": draft & ~Q(Exists(answers)),
        "assigned": draft & Q(unfiled),
        "filed": draft & Q(Exists(answers)) & ~Q(unfiled),
        "in_review": Q(status=Status.IN_REVIEW),
        "scheduled": Q(status=Status.PUBLISHED, published_at__gt=now),
        "published": Q(status=Status.PUBLISHED, published_at__lte=now),
        "retracted": Q(status=Status.RETRACTED),
    }


def _open(now: dt.datetime, letter: str = "") -> Q:
    """Letters whose writer is still listened to: not declined, and not answered in public."""
    is_out = {
        f"{letter}article__status__in": [Status.PUBLISHED, Status.RETRACTED],
        f"{letter}article__published_at__lte": now,
    }
    accepted = Q(**{f"{letter}status": LetterStatus.ACCEPTED}) & ~Q(**is_out)
    return Q(**{f"{letter}status": LetterStatus.RECEIVED}) | accepted


def asked() -> "QuerySet[Enquiry, Any]":
    """The letters whose writers are asked something and have not replied."""
    return Enquiry.objects.open().order_by().values("letter")


def spoke_last() -> "QuerySet[LetterEvent]":
    """The acts of writers that no act of an editor follows."""
    editors = LetterEvent.objects.filter(letter=OuterRef("letter"), by__isnull=False, pk__gt=OuterRef("pk"))
    return LetterEvent.objects.filter(~Exists(editors), verb__in=SAID).order_by()


def states(now: dt.datetime) -> dict[str, Q]:
    """The filters of letters, as conditions. Each begins at the few rows that it is about, not at all letters."""
    return {
        **{key: Q(status=key) for key in ("received", "spam", "declined", "withdrawn")},
        "urgent": UNSEEN | Q(alarm__isnull=False, status=LetterStatus.RECEIVED),
        "waiting": _open(now) & Q(pk__in=asked()),
        "answered": _open(now) & Q(pk__in=spoke_last().values("letter")),
    }


Counted = QuerySet[Any, tuple[str, int, dt.datetime | None]]


def _counted(name: str, rows: "QuerySet[Any]", since: str) -> Counted:
    """Rows are counted by an index alone, unless they are joined with several answers each."""
    found = rows.order_by().annotate(what=Value(name)).values("what")
    count = Count("pk", distinct=True) if since.startswith("answers__") else Count("*")
    return found.annotate(count=count, since=Min(since)).values_list("what", "count", "since")


def _counts(now: dt.datetime) -> list[Counted]:
    letters, articles = states(now), stages(now)
    idle = letters["received"] & ~Q(pk__in=asked())  # the clock of a letter stands while its writer is asked
    enquiries = Enquiry.objects.open().filter(_open(now, "letter__"))
    by_status = Letter.objects.order_by().exclude(status=LetterStatus.ACCEPTED).annotate(what=F("status"))
    of_letters = {
        "idle": (idle, "received_at"),
        "urgent": (letters["urgent"], "alarm__since"),
        "answered": (letters["answered"], "received_at"),
    }
    # Since when: what lies with an expert, since it was given; what is filed, since it came in.
    of_articles = {
        **{"draft": "created_at", "assigned": "answers__assigned_at", "filed": "answers__filed_at"},
        **{"in_review": "modified_at", "scheduled": "published_at", "retracted": "published_at"},
    }
    # They are most of what there is, and nobody works off how many there are.
    published = Article.objects.filter(articles["published"]).order_by().values("pk")[: COUNTED + 1]
    return [
        by_status.values("what")
        .annotate(count=Count("pk"), since=Min("received_at"))
        .values_list("what", "count", "since"),
        _counted("waiting", enquiries, "asked_at"),
        *(_counted(name, Letter.objects.filter(which), since) for name, (which, since) in of_letters.items()),
        *(
            _counted(name, Article.objects.filter(articles[name]), since)
            for name, since in of_articles.items()
        ),
        _counted("published", Article.objects.filter(pk__in=published), "published_at"),
    ]


def _counted_at(now: dt.datetime) -> Counted:
    first, *rest = _counts(now)
    return first.union(*rest, all=True)


_rows = Prepared(_counted_at, dt.datetime)


def filters_of(choice: Choice) -> tuple[list[Filter], list[Filter], dt.datetime | None]:
    """The filters of letters and of articles, and since when the oldest letter waits for us."""
    found = {what: (count, since) for what, count, since in _rows(timezone.now())}
    oldest = found.get("idle", (0, None))[1]

    def made(key: str, label: Any, view: str) -> Filter:
        count, since = found.get(key, (0, None))
        address = f"{reverse(view)}?{choice.of(key).query}"
        shown = None if key in {"published", "retracted"} else since
        is_more = key == "published" and count > COUNTED
        return Filter(key, str(label), COUNTED if is_more else count, shown, address, is_more)

    letters = [made(key, label, "desk:home") for key, label in LETTERS.items()]
    return letters, [made(key, label, "desk:articles") for key, label in ARTICLES.items()], oldest
