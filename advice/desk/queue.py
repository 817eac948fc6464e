"""The queue: letters by status and articles by stage, with counts and ages, in the same few queries for any number."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, Min, OuterRef, QuerySet, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from advice.accounts.idle import sleeps
from advice.articles.models import Answer, AnswerStatus, Article, Status
from advice.desk.bulk import Act, acts_for
from advice.desk.filters import (
    ARTICLES,
    AT_ONCE,
    FOUND,
    LETTERS,
    SAID,
    UNSEEN,
    Choice,
    Filter,
    asked,
    choice_of,
    filters_of,
    spoke_last,
    stages,
    states,
)
from advice.desk.found import excerpt, marked
from advice.desk.frame import page
from advice.desk.permissions import for_editors, for_staff, person
from advice.letters.asking import waiting_since
from advice.letters.models import Alarm, Letter, LetterVersion
from advice.letters.models.redflag import waited

PER_PAGE = 30


@dataclass(frozen=True)
class Row:
    kind: str  # letter or article
    pk: int
    title: str
    column: str
    at: dt.datetime | None
    warning: str = ""
    said: str = ""
    excerpt: str = ""  # of a letter that was searched for


@dataclass(frozen=True)
class Queue:
    choice: Choice
    letters: list[Filter]
    articles: list[Filter]
    rows: Sequence[Row]
    page: "Page[Any]"
    oldest: dt.datetime | None
    overdue: int
    urgent: int  # letters nobody has seen, whatever became of them
    first_urgent: int | None
    urgent_since: dt.datetime | None
    opened: int | None = None  # the letter or article beside it

    @property
    def is_of_letters(self) -> bool:
        return self.show not in ARTICLES

    @property
    def acts(self) -> list[Act]:
        return acts_for(self.show)

    @property
    def onward(self) -> str:
        """For the address of an act on the opened letter: where it stands, and which one comes after it."""
        keys = [row.pk for row in self.rows]
        after = keys[keys.index(self.opened) + 1 :] if self.opened in keys else []
        return self.choice.query + (f"&next={after[0]}" if after else "")

    @property
    def show(self) -> str:
        return self.choice.show

    @property
    def urgent_for(self) -> str:
        return _clock(self.urgent_since) if self.urgent_since else ""

    @property
    def label(self) -> str:
        return str({**LETTERS, **ARTICLES, FOUND: _("Found in letters")}[self.show])

    @property
    def at_once(self) -> list[Filter]:
        return [one for one in (*self.letters, *self.articles) if self._is_at_once(one)]

    @property
    def more(self) -> list[Filter]:
        return [one for one in (*self.letters, *self.articles) if not self._is_at_once(one)]

    def _is_at_once(self, one: Filter) -> bool:
        """What has nothing to see to takes no room, but for what came in."""
        return one.key in AT_ONCE and bool(one.count or one.key in {"received", self.show})

    @property
    def is_more(self) -> bool:
        return self.show not in {*AT_ONCE, FOUND}


def overdue() -> "QuerySet[Answer]":
    """What experts should have filed by now."""
    asked = Letter.objects.waiting_for_writer().filter(article=OuterRef("article")).order_by()
    return Answer.objects.filter(
        ~Exists(asked),  # while their letter's writer is waited for, nobody is late
        status=AnswerStatus.ASSIGNED,
        article__status=Status.DRAFT,
        due_on__lt=timezone.localdate(),
    )


URGENCY = Case(When(UNSEEN, then=0), When(alarm__isnull=False, then=1), default=2)


class Counted(Paginator):
    """Pages of a list whose length is known already."""

    def __init__(self, rows: "QuerySet[Any]", length: int | None) -> None:
        super().__init__(rows, PER_PAGE)
        self.length = length

    @cached_property
    def count(self) -> int:
        return super().count if self.length is None else self.length


def _letters(choice: Choice, now: dt.datetime) -> "QuerySet[Letter]":
    """Urgent ones first: those nobody has seen, then those somebody has."""
    if choice.show == FOUND:
        assert choice.found
        found = Letter.objects.filter(pk__in=choice.found.letters)
    else:
        found = Letter.objects.filter(states(now)[choice.show])
    if "column" in choice.narrowed:
        found = found.filter(column=choice.narrowed["column"])
    if choice.show == FOUND and choice.sort != "oldest":
        return found.order_by("-received_at", "-pk")
    turn = "-" if choice.sort == "newest" else ""
    return found.annotate(urgency=URGENCY).order_by("urgency", f"{turn}received_at", f"{turn}pk")


def _urgent(letter: Any) -> str:
    if letter.urgency == 2:
        return ""
    if letter.urgency == 1:
        return str(_("Urgent, seen"))
    return _clock(letter.urgent_since)


def _clock(since: dt.datetime) -> str:
    return str(_("Urgent for %(time)s") % {"time": waited(since)})


def _letter_rows(keys: Sequence[int], found_words: list[str] | None = None) -> list[Row]:
    """What is shown of these letters: read for one page of them, not for all that are sorted."""
    last = spoke_last().filter(letter=OuterRef("pk")).order_by("-pk").values("verb")[:1]
    found = (
        Letter.objects.filter(pk__in=keys)
        .select_related("column")
        .defer("email")
        .annotate(said=Subquery(last), urgency=URGENCY, urgent_since=F("alarm__since"))
        .annotate(is_asked=Case(When(pk__in=asked(), then=True), default=False))
    )
    versions = LetterVersion.objects.filter(letter__in=keys).order_by("number")
    newest = {version.letter_id: version for version in (versions if found_words else versions.defer("text"))}
    return [
        Row(
            "letter",
            letter.pk,
            newest[letter.pk].question if letter.pk in newest else "",
            letter.column.name,
            letter.received_at,
            _urgent(letter),
            str(_("Waits for its writer") if letter.is_asked else SAID.get(letter.said, "")),
            _about(letter, newest.get(letter.pk), found_words) if found_words else "",
        )
        for letter in _in_order(found, keys)
    ]


def _about(letter: Letter, version: LetterVersion | None, words: list[str]) -> SafeString:
    """Of a letter that was searched for: what tells it from the others, with the words marked."""
    facts = f"{letter.case_number} · {letter.signature} · {letter.get_status_display()}"
    piece = excerpt(version.text, words) if version else ""
    return format_html("{}<br>{}", marked(facts, words), piece) if piece else marked(facts, words)


def _in_order(found: "QuerySet[Any]", keys: Sequence[int]) -> list[Any]:
    by_key = {row.pk: row for row in found}
    return [by_key[key] for key in keys if key in by_key]


def _articles(choice: Choice, now: dt.datetime) -> "QuerySet[Article]":
    found = Article.objects.filter(stages(now)[choice.show])
    answers = Answer.objects.order_by().values("article")
    for name, value in choice.narrowed.items():
        if name == "column":
            found = found.filter(column=value)
        elif name == "expert":
            found = found.filter(pk__in=answers.filter(expert=value))
        elif name == "tag":
            found = found.filter(pk__in=Article.tags.through.objects.filter(tag=value).values("article"))
        elif name == "overdue":
            found = found.filter(pk__in=overdue().values("article"))
    return found.order_by(*_order(choice))


def _order(choice: Choice) -> "list[Any]":
    public = choice.show in {"scheduled", "published", "retracted"}
    date = "published_at" if public else "created_at"
    if choice.sort == "due":
        unfiled = Answer.objects.filter(article=OuterRef("pk"), status=AnswerStatus.ASSIGNED)
        first = unfiled.order_by("due_on").exclude(due_on=None).values("due_on")[:1]
        return [Subquery(first).asc(nulls_last=True), date, "pk"]
    is_turned = choice.sort == "newest" or (not choice.sort and choice.show in {"published", "retracted"})
    return (
        [f"-{date}", "-pk"] if is_turned else [date, "pk"]
    )  # as the index has them, or just the other way round


def _article_rows(keys: Sequence[int]) -> list[Row]:
    late = overdue().filter(article=OuterRef("pk"))
    found = Article.objects.filter(pk__in=keys).select_related("column").annotate(is_late=Exists(late))
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
        for article in _in_order(found.defer("question", "question_html"), keys)
    ]


def queue_of(request: HttpRequest, *, default: str = "received", opened: int | None = None) -> Queue:
    """What the left pane shows: the filter that the address asks for, else `default`."""
    choice, now = choice_of(request, default), timezone.now()
    letters, articles, oldest = filters_of(choice)
    is_letters = choice.show not in ARTICLES
    matter: Any = (_letters if is_letters else _articles)(choice, now).values_list("pk", flat=True)
    known = {one.key: one.count for one in (*letters, *articles) if not one.is_more}
    length = None if choice.narrows else known.get(choice.show)
    current = Counted(matter, length).get_page(choice.page)
    words = choice.found.words if choice.found and choice.show == FOUND else None
    rows = _letter_rows(list(current), words) if is_letters else _article_rows(list(current))
    alarms = Alarm.objects.filter(seen_at=None).aggregate(
        urgent=Count("pk"), first_urgent=Min("letter"), urgent_since=Min("since")
    )
    return Queue(
        choice, letters, articles, rows, current, oldest, overdue=overdue().count(), opened=opened, **alarms
    )


def onward(request: HttpRequest) -> HttpResponse:
    """After an act on a letter: the next one of the same list, or the list, as the person has chosen.

    The letter that stood after it is asked for first, for this one may have left the list by the act.
    """
    choice = choice_of(request, "received")
    back = redirect(f"{reverse('desk:home')}?{choice.query}#queue")
    if choice.show in ARTICLES or not person(request).opens_next:
        return back
    rows = _letters(choice, timezone.now()).values_list("pk", flat=True)
    given = request.GET.get("next", "")
    wanted = rows.filter(pk=int(given)) if re.fullmatch("[0-9]{1,18}", given) else rows.none()
    key = wanted.first() or rows.first()
    return redirect(f"{reverse('desk:letter', args=[key])}?{choice.query}#queue") if key else back


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


@sleeps
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
    rows = list(current)
    context = {"answers": rows, "page": current, "asked": waiting_since(row.article_id for row in rows)}
    return page(request, "mine.html", context, section="mine")
