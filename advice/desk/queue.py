"""The queue: letters by status and articles by stage, with counts and ages, in the same few queries for any number."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from advice.articles.models import Answer, AnswerStatus, Article, ArticleQuerySet, Status
from advice.desk.frame import page
from advice.desk.permissions import for_editors, for_staff, person
from advice.letters.models import Alarm, Letter, LetterEvent, LetterQuerySet, LetterStatus, LetterVersion
from advice.letters.models.redflag import waited

PER_PAGE = 30
LETTERS: dict[str, Any] = {
    "received": _("Received"),
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
# What its writer did last, in words for a letter's row, until an editor does something with the letter.
SAID: dict[str, Any] = {
    "reply": _("Replied"),
    "change": _("Changed"),
    "wording changed": _("Says the meaning is changed"),
}


@dataclass(frozen=True)
class Filter:
    key: str
    label: str
    count: int


@dataclass(frozen=True)
class Row:
    kind: str  # letter or article
    pk: int
    title: str
    column: str
    at: dt.datetime | None
    warning: str = ""
    said: str = ""


@dataclass(frozen=True)
class Queue:
    show: str
    letters: list[Filter]
    articles: list[Filter]
    rows: Sequence[Row]
    page: "Page[Any]"
    oldest: dt.datetime | None
    overdue: int
    urgent: int  # letters nobody has seen, whatever became of them
    first_urgent: int | None
    urgent_since: dt.datetime | None

    @property
    def urgent_for(self) -> str:
        return _clock(self.urgent_since) if self.urgent_since else ""

    @property
    def label(self) -> str:
        return str({**LETTERS, **ARTICLES}[self.show])


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


def overdue() -> "QuerySet[Answer]":
    """What experts should have filed by now."""
    return Answer.objects.filter(
        status=AnswerStatus.ASSIGNED, article__status=Status.DRAFT, due_on__lt=timezone.localdate()
    )


UNSEEN = Q(alarm__isnull=False, alarm__seen_at=None)
URGENCY = Case(When(UNSEEN, then=0), When(alarm__isnull=False, then=1), default=2)


def _said_last() -> Subquery:
    """The verb of the writer's last act that no act of an editor follows."""
    of_it = LetterEvent.objects.order_by("-pk")
    editors = of_it.filter(letter=OuterRef("letter"), by__isnull=False, pk__gt=OuterRef("pk"))
    theirs = of_it.filter(~Exists(editors), letter=OuterRef("pk"), verb__in=SAID)
    return Subquery(theirs.values("verb")[:1])


def _open(now: dt.datetime) -> Q:
    """Letters whose writer is still listened to: not declined, and not answered in public."""
    accepted = Q(status=LetterStatus.ACCEPTED) & ~Q(
        article__status__in=[Status.PUBLISHED, Status.RETRACTED], article__published_at__lte=now
    )
    return Q(status=LetterStatus.RECEIVED) | accepted


def _letter_filters(now: dt.datetime) -> tuple[list[Filter], dict[str, Any]]:
    statuses = {key: Q(status=key) for key in LETTERS}
    answered = _open(now) & Q(said__isnull=False)
    found = Letter.objects.annotate(said=_said_last()).aggregate(
        oldest=Min("received_at", filter=Q(status=LetterStatus.RECEIVED)),
        urgent=Count("pk", filter=UNSEEN),
        first_urgent=Min("pk", filter=UNSEEN),
        urgent_since=Min("alarm__since", filter=UNSEEN),
        **{key: Count("pk", filter=which) for key, which in {**statuses, "answered": answered}.items()},
    )
    return [Filter(key, str(label), found.pop(key)) for key, label in LETTERS.items()], found


def _article_filters(conditions: dict[str, Q]) -> list[Filter]:
    found = Article.objects.aggregate(**{key: Count("pk", filter=conditions[key]) for key in ARTICLES})
    return [Filter(key, str(label), found[key]) for key, label in ARTICLES.items()]


def _letters(show: str, now: dt.datetime) -> LetterQuerySet:
    """Urgent ones first: those nobody has seen, then those somebody has."""
    return (
        Letter.objects.annotate(said=_said_last())
        .filter(_open(now) & Q(said__isnull=False) if show == "answered" else Q(status=show))
        .select_related("column")
        .defer("email")
        .annotate(urgency=URGENCY, urgent_since=F("alarm__since"))
        .order_by("urgency", "received_at", "pk")
    )


def _urgent(letter: Any) -> str:
    if letter.urgency == 2:
        return ""
    if letter.urgency == 1:
        return str(_("Urgent, seen"))
    return _clock(letter.urgent_since)


def _clock(since: dt.datetime) -> str:
    return str(_("Urgent for %(time)s") % {"time": waited(since)})


def _letter_rows(letters: Sequence[Any]) -> list[Row]:
    questions: dict[int, str] = {}
    for version in (
        LetterVersion.objects.filter(letter__in=letters).order_by("number").only("letter_id", "question")
    ):
        questions[version.letter_id] = version.question  # the newest comes last
    return [
        Row(
            "letter",
            letter.pk,
            questions.get(letter.pk, ""),
            letter.column.name,
            letter.received_at,
            _urgent(letter),
            str(SAID.get(letter.said, "")),
        )
        for letter in letters
    ]


def _articles(show: str, conditions: dict[str, Q]) -> ArticleQuerySet:
    order = {"scheduled": "published_at", "published": "-published_at", "retracted": "-published_at"}
    late = overdue().filter(article=OuterRef("pk"))
    return (
        Article.objects.filter(conditions[show])
        .select_related("column")
        .defer("question", "question_html")
        .annotate(is_late=Exists(late))
        .order_by(order.get(show, "created_at"), "pk")
    )


def _article_rows(articles: Sequence[Any]) -> list[Row]:
    return [
        Row(
            "article",
            article.pk,
            article.headline,
            article.column.name if article.column else str(_("no column")),
            article.published_at
            if article.status in {Status.PUBLISHED, Status.RETRACTED}
            else article.modified_at,
            str(_("Overdue")) if article.is_late else "",
        )
        for article in articles
    ]


def queue_of(request: HttpRequest, *, default: str = "received") -> Queue:
    """What the left pane shows: the filter that the address asks for, else `default`."""
    show = request.GET.get("show", default)
    if show not in {**LETTERS, **ARTICLES}:
        show = default
    now = timezone.now()
    conditions = stages(now)
    letters, found = _letter_filters(now)
    articles = _article_filters(conditions)
    matter: Any
    if show in LETTERS:
        matter = _letters(show, now)
    else:
        matter = _articles(show, conditions)
    current = Paginator(matter, PER_PAGE).get_page(request.GET.get("page"))
    rows = _letter_rows(list(current)) if show in LETTERS else _article_rows(list(current))
    return Queue(show, letters, articles, rows, current, overdue=overdue().count(), **found)


def _glance() -> dict[str, Any]:
    """What is late and what comes next, beside the queue."""
    late = overdue().select_related("article", "expert").order_by("due_on").defer("text", "html")
    return {"late": late[:10], "scheduled": Article.objects.scheduled().order_by("published_at")[:10]}


@for_staff
def home(request: HttpRequest) -> HttpResponse:
    """An editor's queue; an expert's assignments."""
    if not person(request).is_editor:
        return _assignments(request)
    queue = queue_of(request)
    context = {"queue": queue, "calls_nobody": not settings.DUTY_EMAILS, **_glance()}
    return page(request, "queue.html", context, section="letters")


@for_editors
@require_safe
def alarm(request: HttpRequest) -> HttpResponse:
    """The strip over the queue and the clocks in it, for a page that has been open for a while (alarm.js)."""
    unseen = list(Alarm.objects.filter(seen_at=None).order_by("since").values_list("letter", "since"))
    strip = {
        "urgent": len(unseen),
        "first_urgent": min((pk for pk, _since in unseen), default=None),
        "urgent_for": _clock(unseen[0][1]) if unseen else "",
    }
    clocks = {pk: _clock(since) for pk, since in unseen[:PER_PAGE]}
    return render(request, "desk/alarm.html", {"queue": strip, "clocks": clocks})


@for_editors
def articles(request: HttpRequest) -> HttpResponse:
    queue = queue_of(request, default="draft")
    return page(request, "queue.html", {"queue": queue, **_glance()}, section="articles")


@for_staff
def mine(request: HttpRequest) -> HttpResponse:
    """What is assigned to this person; editors can be experts too."""
    return _assignments(request)


def _assignments(request: HttpRequest) -> HttpResponse:
    answers = (
        Answer.objects.filter(expert__user=person(request))
        .select_related("article__column")
        .defer("text", "html", "article__question", "article__question_html")
        .order_by(
            "status", F("due_on").asc(nulls_last=True), "-filed_at", "pk"
        )  # "assigned" comes before "filed"
    )
    current = Paginator(answers, PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "mine.html", {"answers": list(current), "page": current}, section="mine")
