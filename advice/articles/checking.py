"""The points of the check before publishing that need no letter. letters/checking.py adds the others, and is the gate."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from advice.accounts.models import User
from advice.articles import reviews
from advice.articles.models import AllowedName, Answer, AnswerStatus, Article, Waiver
from advice.articles.workflow import _locked, _record, unread_signature_since
from advice.trace.models import Kind
from advice.trace.writing import write_down

_UNDESCRIBED = re.compile(
    r'<img\b(?=[^>]*\balt="\s*")[^>]*\bsrc="([^"]*)"|<img\b(?![^>]*\balt=)[^>]*\bsrc="([^"]*)"'
)


class State(StrEnum):
    MET = "met"
    OPEN = "open"
    WAIVED = "waived"


@dataclass(frozen=True)
class Point:
    """One point: `why` says what is missing where it is not met; `of` is a digest of what a waiver would be given for."""

    key: str
    label: str
    why: str = ""
    of: str = ""
    may_waive: bool = True
    asks: str = ""  # the label of the reason, where it is not the usual one
    waiver: Waiver | None = None

    @property
    def state(self) -> State:
        if not self.why:
            return State.MET
        return State.WAIVED if self.waiver else State.OPEN

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN


Waivers = dict[tuple[str, str], Waiver]


def waivers_of(article: Article) -> Waivers:
    return {(one.point, one.of): one for one in article.waivers.select_related("by")}


def digest(*parts: Any) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()


def points(article: Article, waivers: Waivers) -> list[Point]:
    """In the order of the page. Without its first ones no page could be drawn, so nobody waives them."""
    answers = list(article.answers.select_related("expert"))
    column = article.column
    found = [
        _hard("headline", _("Headline"), _("It has no headline."), is_met=bool(article.headline.strip())),
        _hard("dek", _("Dek"), _("It has no dek."), is_met=bool(article.dek.strip())),
        _hard("question", _("Question"), _("It has no question."), is_met=bool(article.question.strip())),
        _hard("column", _("Column"), _("It is in no column."), is_met=column is not None),
        _hard(
            "signature",
            _("Signature"),
            _("The letter’s writer chose another signature. Look at it, and save the text."),
            is_met=unread_signature_since(article) is None,
        ),
        Point("tag", _("Tag"), "" if article.tags.exists() else _("It has no tag.")),
        Point("answer", _("Answer"), _answer(answers), may_waive=False),
        Point("byline", _("Byline"), *_byline(article, answers)),
        Point("alt", _("Alt texts"), *_alt(article, answers)),
    ]
    if column is not None and column.asks_sources:
        of = digest(*(answer.text for answer in answers))
        why = "" if article.sources else _("Its column asks for sources, and it names none.")
        found.append(Point("sources", _("Sources"), why, of))
    if column is not None and column.asks_review:
        found.append(_review(article))
    return [waived(point, waivers) for point in found]


def waived(point: Point, waivers: Waivers) -> Point:
    """With the waiver that was given for it, if there is one."""
    waiver = waivers.get((point.key, point.of)) if point.may_waive else None
    return Point(**{**point.__dict__, "waiver": waiver})


def _hard(key: str, label: str, why: str, *, is_met: bool) -> Point:
    return Point(key, label, "" if is_met else why, may_waive=False)


def _answer(answers: list[Answer]) -> str:
    if not answers:
        return _("It has no answer.")
    if any(answer.status != AnswerStatus.FILED for answer in answers):
        return _("Not every answer is filed yet.")
    return ""


def _byline(article: Article, answers: list[Answer]) -> tuple[str, str]:
    """What was taken from elsewhere stands under the name of the place it was taken from."""
    unnamed = [answer.pk for answer in answers if answer.expert is None or not answer.expert.name.strip()]
    if not unnamed or article.source_name:
        return "", ""
    return _("An answer stands under no expert’s name."), digest(*unnamed)


def _alt(article: Article, answers: list[Answer]) -> tuple[str, str]:
    found = [
        src
        for html in (article.question_html, *(answer.html for answer in answers))
        for match in _UNDESCRIBED.finditer(html)
        for src in match.groups()
        if src
    ]
    return (
        (_("A picture has no description for those who cannot see it."), digest(*found))
        if found
        else ("", "")
    )


def _review(article: Article) -> Point:
    label, words = _("Review"), reviews.fingerprint(article)
    if article.reviewer_id is None:
        return Point("review", label, _("It has not been reviewed."), words)
    if article.review_of in {"", words}:
        return Point("review", label)
    asks = _("Why the review still stands, though the words were changed")
    return Point("review", label, _("It was changed since it was reviewed."), words, asks=asks)


@transaction.atomic
def waive(article: Article, point: Point, *, reason: str, by: User) -> Waiver:
    """Leave this point open on purpose. Its history names the point; the reason stands with it for as long as it holds."""
    row = _locked(article)
    waiver, _is_new = Waiver.objects.update_or_create(
        article=row, point=point.key, of=point.of, defaults={"reason": reason, "by": by}
    )
    _record(row, "waive", by=by, before=row.status, note=f"{point.label}: {reason}")
    reviews.settle(row)
    return waiver


@transaction.atomic
def take_back(waiver: Waiver, *, by: User) -> None:
    row = _locked(waiver.article)
    if Waiver.objects.filter(pk=waiver.pk).delete()[0]:
        _record(row, "take waiver back", by=by, before=row.status, note=waiver.point)
        reviews.settle(row)


@transaction.atomic
def allow(name: str, *, by: User) -> AllowedName:
    """The check asks about this name no more, in no article."""
    allowed = AllowedName.objects.create(name=name, by=by)
    write_down("allow name", Kind.SITE, allowed.pk, by=by)
    return allowed


@transaction.atomic
def ask_again(allowed: AllowedName, *, by: User) -> None:
    write_down("ask about name again", Kind.SITE, allowed.pk, by=by)
    allowed.delete()
