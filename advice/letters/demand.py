"""The demand board: one ranked list of what to commission next.

What asks for an answer: letters that ask alike, announced questions that readers have too and nobody writes about yet,
and searches that found nothing. What belongs together is one line; a letter that stands alone is left to the queue.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Subquery, Sum
from django.utils import timezone
from django.utils.text import capfirst

from advice.accounts.models import User
from advice.articles import workflow as articles
from advice.articles.models import Answer, Article, Status, Tally, TallyKind
from advice.articles.workflow import NotPermitted
from advice.letters import workflow
from advice.letters.likening import waiting
from advice.letters.models import (
    Commission,
    Letter,
    LetterStatus,
    LetterVersion,
    Likeness,
    NearAnswer,
    PutOff,
)
from advice.search import terms
from advice.search.models import Term
from advice.search.words import STOP_WORDS, stem, words
from advice.trace.models import Kind
from advice.trace.writing import write_down

# Points: a letter is an hour of somebody's evening, a press or a search is a moment.
LETTER, ME_TOO, SEARCH, WEEK = 10, 3, 1, 2
MOST_WEEKS = 4  # what waits longer is in trouble for other reasons
TOGETHER = 100  # letters in one line at most
SEARCHES = 200  # the terms searched for most
PUT_OFF = dt.timedelta(days=30)


@dataclass(frozen=True)
class Waits:
    """A letter that nobody has decided about."""

    pk: int
    case_number: str
    column: str
    since: dt.datetime
    question: str


@dataclass
class Line:
    letters: list[Waits] = field(default_factory=list)  # the first one is most like all the others: it leads
    article: Any = None  # a draft that is announced, with `me_too`, `letters` and `since`
    terms: list[Any] = field(default_factory=list)
    near: Any = None  # the published answer that came nearest to one of the letters

    @property
    def key(self) -> str:
        if self.letters:
            return f"letter-{self.letters[0].pk}"
        return f"article-{self.article.pk}" if self.article else f"search-{self.terms[0].pk}"

    @property
    def title(self) -> str:
        if self.letters:
            return self.letters[0].question or self.letters[0].case_number
        return str(self.article.headline if self.article else capfirst(self.terms[0].words))

    @property
    def asked(self) -> int:
        return len(self.letters) + (self.article.letters if self.article else 0)

    @property
    def me_too(self) -> int:
        return int(self.article.me_too) if self.article else 0

    @property
    def searches(self) -> int:
        return sum(term.count_in_vain for term in self.terms)

    @property
    def since(self) -> dt.datetime | None:
        known = [letter.since for letter in self.letters]
        if self.article and self.article.since:
            known.append(self.article.since)
        return min(known, default=None)

    @property
    def weeks(self) -> int:
        if self.since is None:
            return 0
        return min(MOST_WEEKS, (timezone.localdate() - timezone.localdate(self.since)).days // 7)

    @property
    def points(self) -> int:
        return LETTER * self.asked + ME_TOO * self.me_too + SEARCH * self.searches + WEEK * self.weeks

    @property
    def is_demand(self) -> bool:
        return self.article is not None or bool(self.terms) or len(self.letters) > 1

    @property
    def texts(self) -> list[str]:
        if self.article:
            return [self.article.headline, self.article.announced_as]
        return [letter.question for letter in self.letters]


def board(*, now: dt.datetime | None = None) -> list[Line]:
    """All lines, the one with most points first. Takes the same few queries for any number."""
    lines = [*_letters(now), *_announced()]
    _add_searches(lines, now)
    off = _Off(now)
    shown = [line for line in lines if line.is_demand and not off.has(line)]
    return sorted(shown, key=lambda line: (-line.points, line.key))


# -- letters -----------------------------------------------------------------------------------------------------


def _letters(now: dt.datetime | None) -> list[Line]:
    versions = LetterVersion.objects.filter(letter__in=waiting(now).values("pk")).order_by("number")
    rows = versions.values_list(
        "letter", "letter__case_number", "letter__column__name", "letter__received_at", "question"
    )
    found = {row[0]: Waits(*row) for row in rows}  # the newest version comes last
    near: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in Likeness.objects.values_list("letter", "other"):
        if one in found and other in found:
            near[one].add(other)
            near[other].add(one)
    return [Line([found[pk] for pk in pks]) for pks in _stars(found, near)]


def _stars(found: dict[int, Waits], near: dict[int, set[int]]) -> Iterable[list[int]]:
    """Each letter once: the one with most others near it with these, then the rest in the same way.

    So all letters of a line are like the one that leads, and no chain of likenesses joins what has nothing in common.
    """
    left = dict.fromkeys(sorted(found, key=lambda pk: (-len(near.get(pk, ())), found[pk].since, pk)))
    while left:
        lead = next(iter(left))
        beside = sorted(near.get(lead, set()) & left.keys(), key=lambda pk: (found[pk].since, pk))
        star = [lead, *(pk for pk in beside if pk != lead)][:TOGETHER]
        for pk in star:
            del left[pk]
        yield star


# -- announced questions -----------------------------------------------------------------------------------------


def _announced() -> list[Line]:
    """Drafts that readers have said they ask, too, and that nobody has been asked to answer."""
    pressed = Tally.objects.filter(article=OuterRef("pk"), kind=TallyKind.ASKED_TOO).order_by()
    asking = Letter.objects.filter(article=OuterRef("pk"), status=LetterStatus.ACCEPTED).order_by()
    drafts = (
        Article.objects.filter(~Exists(Answer.objects.filter(article=OuterRef("pk"))), status=Status.DRAFT)
        .annotate(me_too=Subquery(pressed.values("article").annotate(sum=Sum("count")).values("sum")))
        .filter(me_too__gt=0)
        .annotate(
            letters=Subquery(asking.values("article").annotate(count=Count("pk")).values("count")),
            since=Subquery(asking.values("article").annotate(first=Min("received_at")).values("first")),
        )
        .only("headline", "announced_as")
        .order_by()  # SQLite would read all articles by their keys
    )
    lines = [Line(article=article) for article in drafts]
    for line in lines:
        line.article.letters = line.article.letters or 0
    return lines


# -- searches ----------------------------------------------------------------------------------------------------


def _add_searches(lines: list[Line], now: dt.datetime | None) -> None:
    """Each search to the line whose short question has all of its words, most letters first, or to one of its own."""
    begun = Commission.objects.filter(term=OuterRef("pk"))
    searched = list(terms.searched(in_vain=True, now=now).filter(~Exists(begun))[:SEARCHES])
    having: defaultdict[str, set[int]] = defaultdict(set)
    for place, line in enumerate(lines if searched else []):
        for root in {root for text in line.texts for root in _roots(text)}:
            having[root].add(place)
    alone: list[tuple[set[str], Line]] = []
    for term in searched:
        roots = _roots(term.words)
        places = set.intersection(*(having[root] for root in roots)) if roots else set()
        if places:
            lines[max(places, key=lambda place: (lines[place].asked, -place))].terms.append(term)
        elif same := next(
            (line for known, line in alone if roots and (roots <= known or known <= roots)), None
        ):
            same.terms.append(term)
        else:
            alone.append((roots, Line(terms=[term])))
    lines.extend(line for _roots_of, line in alone)


def _roots(text: str) -> set[str]:
    return {stem(word) for word in words(text) if word not in STOP_WORDS}


# -- for one page of it ------------------------------------------------------------------------------------------


def add_nearest(lines: Sequence[Line]) -> None:
    """The published answer that came nearest when one of a line's letters was sent: an update of it may be enough."""
    pks = [letter.pk for line in lines for letter in line.letters]
    rows = NearAnswer.objects.filter(letter__in=pks).select_related("article").order_by("score")
    rows = rows.only("letter", "score", "article__headline", "article__status", "article__published_at")
    best = {row.letter_id: row for row in rows if row.article.is_published}
    for line in lines:
        found = [best[letter.pk] for letter in line.letters if letter.pk in best]
        line.near = max(found, key=lambda row: row.score, default=None)


# -- deciding ----------------------------------------------------------------------------------------------------


@transaction.atomic
def commission(
    *, by: User, letters: Sequence[Letter], searched: Sequence[Term], lead: int | None = None
) -> Article:
    """Begin the article: these letters are accepted as one question, or, without any, its headline is what was searched.

    Raises NotPermitted where somebody was quicker.
    """
    if letters:
        first = next((letter for letter in letters if letter.pk == lead), letters[0])
        article = workflow.accept(
            first,
            by=by,
            headline=first.current.question or first.case_number,
            question=workflow.editable_copy(first),
            signature=first.signature,
            column=first.column,
            others=[letter for letter in letters if letter.pk != first.pk],
        )
    else:
        article = articles.draft(by=by, headline=capfirst(searched[0].words))
    for term in searched:
        _row, is_new = Commission.objects.get_or_create(term=term, defaults={"article": article})
        if not is_new:
            raise NotPermitted("Somebody has begun an article for this search already.")
        write_down("commission", Kind.TERM, term.pk, by=by)
    return article


class _Off:
    """What an editor has put off."""

    def __init__(self, now: dt.datetime | None) -> None:
        rows = PutOff.objects.filter(until__gte=timezone.localdate(now)).values_list(
            "letter", "term", "article"
        )
        found = list(rows)
        self.letters, self.terms, self.articles = ({row[place] for row in found} for place in range(3))

    def has(self, line: Line) -> bool:
        """A line comes back when another letter asks the same."""
        if line.letters:
            return all(letter.pk in self.letters for letter in line.letters)
        if line.article:
            return line.article.pk in self.articles
        return all(term.pk in self.terms for term in line.terms)


@transaction.atomic
def put_off(
    *,
    by: User,
    letters: Collection[Letter] = (),
    searched: Collection[Term] = (),
    article: Article | None = None,
    now: dt.datetime | None = None,
) -> dt.date:
    """“Not now”: leave these out of the board. Gives until when."""
    until = timezone.localdate(now) + PUT_OFF
    if letters:
        searched = ()  # they come and go with the letters that have their words
    named = [
        *(("letter", Kind.LETTER, letter) for letter in letters),
        *(("term", Kind.TERM, term) for term in searched),
        *((("article", Kind.ARTICLE, article),) if article else ()),
    ]
    for name, kind, row in named:
        PutOff.objects.update_or_create(**{name: row}, defaults={"until": until, "by": by})
        write_down("put off", kind, row.pk, by=by)
    return until


@transaction.atomic
def show_again(*, by: User) -> int:
    """All that was put off stands on the board again; gives how many rows of it."""
    gone = PutOff.objects.all().delete()[0]
    write_down("show again", Kind.DEMAND, by=by)
    return gone


def has_put_off(*, now: dt.datetime | None = None) -> bool:
    return PutOff.objects.filter(until__gte=timezone.localdate(now)).exists()
