"""The check before publishing: every point is met, or waived with a reason. It runs again after every later edit.

The points that need no letter are those of articles/checking.py. Publishing at the desk goes through here; what comes
from a file does not, for it was published elsewhere.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advice.accounts.models import User
from advice.articles import checking, parts, workflow
from advice.articles.checking import Point, State, Waivers
from advice.articles.models import Article, Status, Waiver
from advice.articles.parts import Part
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.letters import finds
from advice.letters import workflow as letters
from advice.letters.finds import Finding
from advice.letters.models import Letter, LetterStatus

# What a later edit may not open again. A review is void by it; that is said at the desk, and not printed any more.
KEPT_UP = {"byline", "alt", "sources"}


class NewFinds(NotReady):
    """A save would print something that may tell who wrote a letter: it is put otherwise, or kept with a reason."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__([_("Something in it may tell who wrote the letter.")])
        self.findings = findings


@dataclass(frozen=True)
class Check:
    points: list[Point]
    findings: list[Finding]
    of: str  # a digest of all the texts that were read

    @property
    def open_findings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.is_open]

    @property
    def kept_findings(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.is_open]

    def in_state(self, state: State) -> list[Point]:
        return [point for point in self.points if point.state == state]

    @property
    def open(self) -> list[Point]:
        return self.in_state(State.OPEN)

    @property
    def waived(self) -> list[Point]:
        return self.in_state(State.WAIVED)

    @property
    def met(self) -> list[Point]:
        return self.in_state(State.MET)

    @property
    def missing(self) -> list[str]:
        return [point.why for point in self.open]


def check(article: Article) -> Check:
    waivers = checking.waivers_of(article)
    found = finds.findings(article, waivers)
    points = [*checking.points(article, waivers), *_consent(article, waivers), _anonymity(found)]
    return Check(points, found, state_of(article))


def state_of(article: Article) -> str:
    return checking.digest(*(text for part in parts.parts(article) for text in (part.key, part.text)))


def _anonymity(found: list[Finding]) -> Point:
    count = sum(finding.is_open for finding in found)
    said = ngettext(
        "%(n)d thing may tell who wrote the letter, and is neither replaced nor kept with a reason.",
        "%(n)d things may tell who wrote the letter, and are neither replaced nor kept with a reason.",
        count,
    )
    return Point(finds.POINT, _("Anonymity"), said % {"n": count} if count else "", may_waive=False)


def _consent(article: Article, waivers: Waivers) -> list[Point]:
    """Who sends a letter agrees to the terms of the day, whose version it keeps. An article without letters needs none."""
    found = Letter.objects.filter(article=article).exclude(status=LetterStatus.WITHDRAWN)
    versions = dict(found.order_by("pk").values_list("pk", "consent_version"))
    if not versions:
        return []
    without = [pk for pk, version in versions.items() if not version.strip()]
    why = _("A letter came without its writer’s consent to print it.") if without else ""
    return [
        checking.waived(Point("consent", _("The writer’s consent"), why, checking.digest(*without)), waivers)
    ]


def _missing(article: Article) -> list[str]:
    return check(article).missing


def publish(article: Article, *, by: User, at: dt.datetime | None = None) -> Article:
    """Now, or at `at`. Raises NotReady with what is open, under the locks that nobody can write beside."""
    return letters.publish(article, by=by, at=at, ready=_missing)


def move(article: Article, *, by: User, at: dt.datetime, version: int) -> Article:
    return workflow.move(article, by=by, at=at, version=version, ready=_missing)


@transaction.atomic
def waive(article: Article, *, key: str, of: str, reason: str, by: User) -> Waiver:
    """Raises Stale where what is open is not what the editor read, and NotPermitted where nobody may waive it."""
    row = workflow._locked(article)
    point = next((one for one in check(row).points if one.key == key), None)
    if point is None or not point.why or point.of != of:
        raise Stale(row)
    if not point.may_waive or row.is_retracted:
        raise NotPermitted(_("This cannot be waived."))
    return checking.waive(row, point, reason=reason, by=by)


@transaction.atomic
def settle(
    article: Article, *, seen: str, replace: Mapping[str, str], keep: Mapping[str, str], by: User
) -> None:
    """Take decisions on what was found, by the findings' keys: other words, or the reason for which it stays.

    Raises Stale where the texts are not those that were read (`seen`), and NewFinds where what is public would be put in
    words that may tell just as much.
    """
    row = workflow._locked(article)
    found = {finding.field_key: finding for finding in check(row).open_findings}
    if seen != state_of(row) or not {*replace, *keep} <= found.keys():
        raise Stale(row)
    for key, reason in keep.items():
        _keep(row, found[key], reason=reason, by=by)
    texts = finds.replaced((found[key], words) for key, words in replace.items())
    if texts:
        with kept_up(row, by=by):
            parts.write(row, texts, by=by, why=_("Anonymity"))
        for key in replace:
            workflow._record(row, "replace", by=by, before=row.status, note=str(found[key].sort.label))


def _keep(article: Article, finding: Finding, *, reason: str, by: User) -> None:
    """Its history names the sort alone: the words may have to be forgotten one day."""
    Waiver.objects.create(article=article, point=finds.POINT, of=finding.key, reason=reason, by=by)
    workflow._record(article, "keep", by=by, before=article.status, note=str(finding.sort.label))


def look_over(
    article: Article, texts: list[Part], *, signature: str, by: User, keep: Mapping[str, str]
) -> None:
    """For other words that come to stand under it, in the transaction that puts them there. Raises NewFinds."""
    found = finds.findings(article, checking.waivers_of(article), of=texts, signature=signature)
    _let_in([finding for finding in found if finding.is_open], article, by=by, keep=keep)


def _let_in(new: list[Finding], article: Article, *, by: User, keep: Mapping[str, str]) -> None:
    """All of it has a reason, or none of it comes in."""
    if not all(keep.get(finding.field_key) for finding in new):
        raise NewFinds(new)
    for finding in new:
        _keep(article, finding, reason=keep[finding.field_key], by=by)


@contextmanager
def opened(article: Article) -> Iterator[list[Finding]]:
    """Around an act that changes no text of it: what may tell since then, of what is public, or will be by itself."""
    found: list[Finding] = []
    row = Article.objects.get(pk=article.pk)
    before = {one.key for one in check(row).open_findings} if row.status == Status.PUBLISHED else None
    yield found
    if before is not None:
        found += [one for one in check(Article.objects.get(pk=row.pk)).open_findings if one.key not in before]


@contextmanager
def kept_up(article: Article, *, by: User, keep: Mapping[str, str] | None = None) -> Iterator[None]:
    """Around a save: what is public, or will be by itself, may not lose what it was let through with, nor print anything
    new that may tell who wrote a letter, unless `keep` has a reason for it. Raises NotReady or NewFinds.
    """
    with transaction.atomic():
        row = workflow._locked(article)
        before = check(row) if row.status == Status.PUBLISHED else None
        yield
        if before is None:
            return
        row = Article.objects.get(pk=row.pk)
        after = check(row)
        _check_points(before, after)
        known = {finding.key for finding in before.open_findings}
        new = [finding for finding in after.open_findings if finding.key not in known]
        _let_in(new, row, by=by, keep=keep or {})


def _check_points(before: Check, after: Check) -> None:
    open_before = {point.key for point in before.open}
    lost = [point for point in after.open if point.key in KEPT_UP - open_before]
    if lost:
        raise NotReady([point.why for point in lost])
