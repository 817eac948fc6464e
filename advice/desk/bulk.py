"""Acts on several letters or articles at once: first a page that says what will happen, then each row wholly or not at all."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from advice.accounts.models import User
from advice.articles import workflow as articles
from advice.articles.models import Article, Status
from advice.articles.workflow import NotPermitted
from advice.desk.filters import ARTICLES, choice_of
from advice.desk.forms import AssignForm, DeclineForm
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.letters import workflow as letters
from advice.letters.models import (
    Alarm,
    Letter,
    LetterEvent,
    LetterStatus,
    LetterVersion,
    ReplyKind,
    SavedReply,
)

MOST = 100
SAVED = 20  # replies that stand as buttons
CHANGED = "changed"  # by somebody, after its page was shown
TICK = re.compile(r"([0-9]{1,18})(?::([0-9]{1,18}))?")


class Changed(Exception):
    """Somebody did something to the row after its page was shown."""


@dataclass
class Row:
    pk: int
    title: str
    stamp: int  # what it was like when it was shown: the last line of its history, or its version
    about: str = ""
    left: str = ""  # why nothing is done to it


@dataclass(frozen=True)
class Act:
    key: str
    label: Any
    shortcut: str
    shows: frozenset[str]  # the filters under which it is offered
    heading: Callable[[int], str]
    rows: Callable[[Iterable[int]], list[Row]]
    do: Callable[[Row, User, dict[str, Any]], None]
    form: type[forms.Form] | None = None


def _letter_rows(keys: Iterable[int], statuses: set[str]) -> list[Row]:
    unseen = Alarm.objects.filter(letter=OuterRef("pk"), seen_at=None)
    found = (
        Letter.objects.filter(pk__in=keys)
        .defer("email")
        .annotate(stamp=Max("events"), is_unseen=Exists(unseen))
        .order_by("received_at", "pk")
    )
    versions = LetterVersion.objects.filter(letter__in=keys).order_by("number").defer("text")
    questions = {version.letter_id: version.question for version in versions}
    return [
        Row(
            letter.pk,
            questions.get(letter.pk) or letter.case_number,
            letter.stamp or 0,
            _("told by mail") if letter.left_address else _("left no address"),
            _left(letter, statuses),
        )
        for letter in found
    ]


def _left(letter: Any, statuses: set[str]) -> str:
    if letter.status not in statuses:
        return _("It is %(status)s.") % {"status": letter.get_status_display().lower()}
    if letter.is_unseen and letter.status == LetterStatus.RECEIVED:
        return _("It is urgent and nobody has seen it: please read it first.")
    return ""


def _to_decide(keys: Iterable[int]) -> list[Row]:
    return _letter_rows(keys, {LetterStatus.RECEIVED})


def _to_put_back(keys: Iterable[int]) -> list[Row]:
    return _letter_rows(keys, {LetterStatus.SPAM, LetterStatus.DECLINED})


def _to_assign(keys: Iterable[int]) -> list[Row]:
    found: QuerySet[Article] = Article.objects.filter(pk__in=keys).select_related("column")
    return [
        Row(
            article.pk,
            article.headline,
            article.version,
            article.column.name if article.column else _("no column"),
            "" if article.status == Status.DRAFT else _("Only a draft can be assigned."),
        )
        for article in found.defer("question", "question_html").order_by("created_at", "pk")
    ]


def _letter(row: Row) -> Letter:
    """Locked, and as it was shown."""
    letter: Letter = Letter.objects.select_for_update().defer("email").get(pk=row.pk)
    last = LetterEvent.objects.filter(letter=letter).aggregate(last=Max("pk"))["last"] or 0
    if last != row.stamp:
        raise Changed
    return letter


def _decline(row: Row, by: User, given: dict[str, Any]) -> None:
    letters.decline(_letter(row), by=by, reason=given["reason"])


def _spam(row: Row, by: User, given: dict[str, Any]) -> None:
    letters.mark_spam(_letter(row), by=by)


def _put_back(row: Row, by: User, given: dict[str, Any]) -> None:
    letters.reopen(_letter(row), by=by)


def _assign(row: Row, by: User, given: dict[str, Any]) -> None:
    # The workflow takes its locks itself, in its own order.
    article = Article.objects.get(pk=row.pk)
    if article.version != row.stamp:
        raise Changed
    articles.assign(article, by=by, **given)


ACTS = {
    act.key: act
    for act in (
        Act(
            "decline",
            lazy("Decline"),
            "d",
            frozenset({"received", "urgent", "waiting", "answered", "found"}),
            lambda n: ngettext("Decline %(n)d letter?", "Decline %(n)d letters?", n),
            _to_decide,
            _decline,
            DeclineForm,
        ),
        Act(
            "spam",
            lazy("Spam"),
            "s",
            frozenset({"received", "urgent", "waiting", "answered", "found"}),
            lambda n: ngettext(
                "Put %(n)d letter into the spam tray?", "Put %(n)d letters into the spam tray?", n
            ),
            _to_decide,
            _spam,
        ),
        Act(
            "put_back",
            lazy("Put back"),
            "a",
            frozenset({"spam", "declined", "found"}),
            lambda n: ngettext(
                "Put %(n)d letter back into the queue?", "Put %(n)d letters back into the queue?", n
            ),
            _to_put_back,
            _put_back,
        ),
        Act(
            "assign",
            lazy("Assign"),
            "a",
            frozenset({"draft", "assigned", "filed"}),
            lambda n: ngettext("Assign %(n)d article?", "Assign %(n)d articles?", n),
            _to_assign,
            _assign,
            AssignForm,
        ),
    )
}


def acts_for(show: str) -> list[Act]:
    return [act for act in ACTS.values() if show in act.shows]


def _ticked(request: HttpRequest) -> dict[int, int | None]:
    """The keys, each with the state that its page showed, if it was shown before."""
    found = filter(None, map(TICK.fullmatch, request.POST.getlist("tick")))
    return {int(one[1]): int(one[2]) if one[2] else None for one in found}


@for_editors
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    act, ticked = ACTS.get(request.POST.get("act", "")), _ticked(request)
    if act is None:
        raise Http404
    if not ticked or len(ticked) > MOST:
        messages.warning(
            request,
            _("Tick at least one, please.")
            if not ticked
            else _("At most %(n)d at once, please.") % {"n": MOST},
        )
        return _back(request)
    is_sure = "sure" in request.POST
    form = act.form(request.POST if is_sure else None, prefix=act.key) if act.form else None
    rows = act.rows(ticked)
    if "reply" in request.POST and (
        saved := _saved_replies(act).filter(pk=_key(request.POST["reply"])).first()
    ):
        return _ask(request, act, rows, DeclineForm(prefix=act.key, initial={"reason": saved.text}))
    if not is_sure or (form is not None and not form.is_valid()):
        return _ask(request, act, rows, form)
    for row in rows:
        if row.stamp != ticked[row.pk]:
            row.left = CHANGED
    _report(request, _do(act, rows, person(request), form.cleaned_data if form else {}), len(ticked))
    return _back(request)


def _key(given: str) -> int:
    return int(given) if re.fullmatch("[0-9]{1,18}", given) else 0


def _saved_replies(act: Act) -> "QuerySet[SavedReply]":
    return (
        SavedReply.objects.filter(kind=ReplyKind.DECLINE)
        if act.key == "decline"
        else SavedReply.objects.none()
    )


def _ask(request: HttpRequest, act: Act, rows: list[Row], form: forms.Form | None) -> HttpResponse:
    doing = [row for row in rows if not row.left]
    context = {
        "act": act,
        "heading": act.heading(len(doing)) % {"n": len(doing)},
        "doing": doing,
        "left": [row for row in rows if row.left],
        "form": form,
        "tells": act.key == "decline",
        "saved": _saved_replies(act)[:SAVED],
        "query": choice_of(request, "received").query,
        "back": _address(request),
    }
    section = "articles" if act.key == "assign" else "letters"
    return page(request, "bulk.html", context, section=section, status=422 if form and form.errors else 200)


def _do(act: Act, rows: list[Row], by: User, given: dict[str, Any]) -> dict[str, int]:
    """How many were done, and how many were not, by reason."""
    outcome: dict[str, int] = {}
    for row in rows:
        said = row.left
        if not said:
            try:
                with transaction.atomic():
                    act.do(row, by, given)
            except NotPermitted as error:
                said = str(error)
            except (Changed, Letter.DoesNotExist, Article.DoesNotExist):
                said = CHANGED
        outcome[said] = outcome.get(said, 0) + 1
    return outcome


def _report(request: HttpRequest, outcome: dict[str, int], asked: int) -> None:
    gone = asked - sum(outcome.values())
    done, changed = outcome.pop("", 0), outcome.pop(CHANGED, 0) + gone
    messages.success(request, _("%(n)d done.") % {"n": done})
    if changed:
        said = ngettext(
            "%(n)d was changed by somebody meanwhile, and is left as it is.",
            "%(n)d were changed by somebody meanwhile, and are left as they are.",
            changed,
        )
        messages.warning(request, said % {"n": changed})
    for reason, count in outcome.items():
        messages.warning(request, _("%(n)d not: %(reason)s") % {"n": count, "reason": reason})


def _address(request: HttpRequest) -> str:
    choice = choice_of(request, "received")
    view = "desk:articles" if choice.show in ARTICLES else "desk:home"
    return f"{reverse(view)}?{choice.query}#queue"


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(_address(request))
