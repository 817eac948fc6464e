"""Which articles stand near which: computed when an article becomes known, read through `published()`.

Twelve are stored and five are shown, because some of the twelve may be scheduled. At least half of the stored ones are
public already, as far as the site has so many, so that three to five can be shown at any time.
"""

import datetime as dt
import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, Count, Exists, FloatField, OuterRef, Q, Sum, Value, When
from django.utils import timezone

from advice.articles import indexing
from advice.articles.models import Article, ArticleQuerySet, Related, RelatedChoice, Status, Tag
from advice.prepared import Prepared
from advice.search import alike

STORED = 12
SHOWN = 5
_HIDDEN = STORED // 2
_CANDIDATES = 50
_COMMON = 2_000  # a tag of more articles than this says little about nearness, and is dear to look through
_SMALL_SITE = 40  # up to this size every list is looked at again when an article comes
_TEXT, _SAME_COLUMN = (
    2.0,
    0.05,
)  # what likeness of the texts and the same column count, beside 1 for the same tags
_BATCH = 50

_Tagging = Article.tags.through
Scores = dict[int, float]


def neighbours(pk: int, now: dt.datetime) -> ArticleQuerySet:
    """The public ones among what is stored for an article, in no order: `listed_in__position` has it.

    Asked from the dozen rows of its list. Where a database has no statistics yet it would begin with all that is
    published, if that were a condition beside the list and not one of each row.
    """
    public = Article.objects.published(now).filter(pk=OuterRef("pk"))
    return Article.objects.order_by().filter(Exists(public), listed_in__article=pk)


def _neighbours(pk: int, now: dt.datetime) -> ArticleQuerySet:
    near = neighbours(pk, now).order_by("listed_in__position").select_related("column")
    return near.defer("question", "question_html")[:SHOWN]


_shown: Prepared[Article] = Prepared(_neighbours, int, dt.datetime)


def shown(article: Article, now: dt.datetime | None = None) -> list[Article]:
    """What its page shows, with their columns and without their texts, in one query."""
    return _shown(article.pk, now or timezone.now())


@transaction.atomic
def refresh(article: Article) -> None:
    """Compute this article's neighbours, and give it its place in the lists of those near it.

    To be called as well when an editor has changed its RelatedChoices.
    """
    indexing.wait_for_turn()
    row = Article.objects.prefetch_related("answers").get(pk=article.pk)
    if row.status != Status.PUBLISHED:
        forget(row)
        return
    scores = _scores(row, _near_by_tags)
    newest = _newest([row.column_id])
    near = _pointing_at(row) | scores.keys() | (newest if len(newest) < _SMALL_SITE else set())
    stored = _stored(near | {row.pk})
    shelf = _shelf(newest, stored, also=scores)
    scores = shelf.known(row.pk, scores)
    lists = {
        pk: shelf.pick(pk, _with(stored[pk], row.pk, scores.get(pk), shelf))
        for pk in near & shelf.facts.keys()
    }
    lists[row.pk] = shelf.pick(row.pk, scores)
    _store(lists, stored)


@transaction.atomic
def forget(article: Article) -> None:
    """Take an article that is not public any more out of all lists, and fill these up."""
    indexing.wait_for_turn()
    stored = _stored(_pointing_at(article))
    shelf = _shelf(_newest([article.column_id]), stored)
    _store({pk: shelf.pick(pk, _with(old, article.pk, None, shelf)) for pk, old in stored.items()}, stored)


def _with(old: Scores, pk: int, score: float | None, shelf: "_Shelf") -> Scores:
    """A stored list with one article's score set anew, or without it; what is not public any more goes too."""
    kept = {other: value for other, value in old.items() if other != pk and other in shelf.facts}
    return kept if score is None else {**kept, pk: score}


def refresh_many(pks: Collection[int], progress: Callable[[int], None] | None = None) -> None:
    """After many have come at once: their lists and those near them, or all lists where these are most of the site."""
    if len(pks) * 3 > Article.objects.filter(status=Status.PUBLISHED).count():
        rebuild(progress)
        return
    pauses = indexing.Pauses()
    for number, article in enumerate(Article.objects.filter(pk__in=pks).only("pk"), start=1):
        refresh(article)
        pauses.take()
        if progress:
            progress(number)


def rebuild(progress: Callable[[int], None] | None = None) -> int:
    """Compute every list anew, a batch in a transaction. Gives the number of articles."""
    near_by_tags = _AllTags()
    public = Article.objects.filter(status=Status.PUBLISHED)
    pks = list(public.order_by("pk").values_list("pk", flat=True))
    newest = _newest(public.order_by().values_list("column", flat=True).distinct())
    pauses = indexing.Pauses()
    for start in range(0, len(pks), _BATCH):
        with transaction.atomic():
            indexing.wait_for_turn()
            batch = public.filter(pk__in=pks[start : start + _BATCH]).prefetch_related("answers")
            scores = {row.pk: _scores(row, near_by_tags) for row in batch}
            stored = _stored(scores.keys())
            shelf = _shelf(newest, stored, also={pk for found in scores.values() for pk in found})
            _store({pk: shelf.pick(pk, shelf.known(pk, found)) for pk, found in scores.items()}, stored)
        pauses.take()
        if progress:
            progress(min(start + _BATCH, len(pks)))
    return len(pks)


# -- what is near ------------------------------------------------------------------------------------------------


def _scores(article: Article, near_by_tags: Callable[[Article, Collection[int]], Scores]) -> Scores:
    """The nearest articles by their texts and by their tags, without this one."""
    question, answer = indexing.plain_texts(article)
    text = f"{article.headline} {article.headline} {article.headline} {question} {answer}"
    hits = {
        indexing.pk_of(hit.key): hit.score
        for hit in alike.similar(text, now=None, limit=_CANDIDATES, indexed=True)
    }
    itself = max([hits.get(article.pk, 0), *hits.values()], default=0)
    scores = defaultdict(float, {pk: _TEXT * score / itself for pk, score in hits.items() if itself > 0})
    for pk, share in near_by_tags(article, hits.keys()).items():
        scores[pk] += share
    scores.pop(article.pk, None)
    return dict(scores)


def _near_by_tags(article: Article, also: Collection[int]) -> Scores:
    """How much of its tags' weight an article shares with others: the nearest by tags, and those in `also`."""
    own = Tag.objects.filter(pk__in=_Tagging.objects.filter(article=article.pk).values("tag"))
    uses = dict(
        own.annotate(uses=Count("articles", filter=Q(articles__status=Status.PUBLISHED))).values_list(
            "pk", "uses"
        )
    )
    if not uses:
        return {}
    total = Article.objects.filter(status=Status.PUBLISHED).count()
    weights = _weights(uses, total)
    cases = [When(tag=pk, then=Value(weight)) for pk, weight in weights.items()]
    shared = (
        _Tagging.objects.filter(article__status=Status.PUBLISHED)
        .exclude(article=article.pk)
        .order_by()
        .values("article")
        .annotate(share=Sum(Case(*cases, output_field=FloatField())))
        .values_list("article", "share")  # type: ignore[misc]
    )
    telling = [pk for pk, count in uses.items() if count <= _COMMON]
    nearest = dict(shared.filter(tag__in=telling).order_by("-share", "-article")[:_CANDIDATES])  # type: ignore[misc]
    return nearest | dict(shared.filter(tag__in=list(uses), article__in=[*nearest, *also]))


def _weights(uses: dict[int, int], total: int) -> dict[int, float]:
    """What share of an article's tags each of them is, by rarity: `uses` of `total` articles. Together they are 1."""
    rarity = {pk: math.log(1 + total / max(count, 1)) for pk, count in uses.items()}
    return {pk: weight / sum(rarity.values()) for pk, weight in rarity.items()}


class _AllTags:
    """The same as `_near_by_tags`, for all articles in turn, from one reading of the tags."""

    def __init__(self) -> None:
        self.articles: defaultdict[int, list[int]] = defaultdict(list)
        self.tags: defaultdict[int, list[int]] = defaultdict(list)
        public = _Tagging.objects.filter(article__status=Status.PUBLISHED)
        for article, tag in public.order_by("article", "tag").values_list("article", "tag"):
            self.articles[tag].append(article)
            self.tags[article].append(tag)
        self.total = Article.objects.filter(status=Status.PUBLISHED).count()

    def __call__(self, article: Article, also: Collection[int]) -> Scores:
        uses = {tag: len(self.articles[tag]) for tag in self.tags[article.pk]}
        weights = _weights(uses, self.total)
        found: defaultdict[int, float] = defaultdict(float)
        for tag, weight in weights.items():
            if uses[tag] <= _COMMON:
                for pk in self.articles[tag]:
                    found[pk] += weight
        found.pop(article.pk, None)
        nearest = heapq.nlargest(_CANDIDATES, found, key=lambda pk: (found[pk], pk))
        wanted = {*nearest, *also} - {article.pk}
        return {pk: sum(weights.get(tag, 0) for tag in self.tags[pk]) for pk in wanted if pk in self.tags}


# -- which of them are stored ------------------------------------------------------------------------------------


class _Fact(NamedTuple):
    column: int
    published_at: dt.datetime


@dataclass
class _Shelf:
    """What lists are picked from: the articles that may stand in one, and what editors chose for each list."""

    now: dt.datetime
    facts: dict[int, _Fact]
    newest: list[int]
    pins: defaultdict[int, list[int]]
    exclusions: defaultdict[int, set[int]]

    def known(self, pk: int, scores: Scores) -> Scores:
        """Those of `scores` that may stand in a list; the column's own are a little nearer."""
        own = self.facts[pk].column
        return {
            other: score + (_SAME_COLUMN if self.facts[other].column == own else 0)
            for other, score in scores.items()
            if other in self.facts
        }

    def pick(self, pk: int, scores: Scores) -> Scores:
        """The list of an article, in order: editors' pins, the nearest, the newest of its column, the newest of all."""
        nearest = sorted(
            scores, key=lambda other: (-scores[other], -self.facts[other].published_at.timestamp(), -other)
        )
        own = self.facts[pk].column if pk in self.facts else None
        of_column = [other for other in self.newest if self.facts[other].column == own]
        picked: Scores = {}
        hidden = 0
        for other in (*self.pins[pk], *nearest, *of_column, *self.newest):
            if other == pk or other in picked or other in self.exclusions[pk]:
                continue
            if self.facts[other].published_at > self.now:
                if hidden == _HIDDEN:
                    continue
                hidden += 1
            picked[other] = scores.get(other, 0)
            if len(picked) == STORED:
                break
        return picked


def _shelf(newest: Collection[int], lists: dict[int, Scores], *, also: Collection[int] = ()) -> _Shelf:
    pins: defaultdict[int, list[int]] = defaultdict(list)
    exclusions: defaultdict[int, set[int]] = defaultdict(set)
    for choice in RelatedChoice.objects.filter(article__in=list(lists)).order_by("pk"):
        if choice.excluded:
            exclusions[choice.article_id].add(choice.other_id)
        else:
            pins[choice.article_id].append(choice.other_id)
    pks = {
        *newest,
        *also,
        *lists,
        *(pk for row in lists.values() for pk in row),
        *(pk for row in pins.values() for pk in row),
    }
    rows = Article.objects.filter(status=Status.PUBLISHED, pk__in=pks).order_by("-published_at", "-pk")
    values = rows.values_list("pk", "column", "published_at")
    facts = {pk: _Fact(column, at) for pk, column, at in values if at is not None}
    for pk, chosen in pins.items():
        pins[pk] = [other for other in chosen if other in facts]
    return _Shelf(timezone.now(), facts, [pk for pk in facts if pk in newest], pins, exclusions)


def _newest(columns: Iterable[int | None]) -> set[int]:
    """The newest of the site and of these columns, enough of them to fill a list whatever it must leave out."""
    public = Article.objects.filter(status=Status.PUBLISHED).order_by("-published_at", "-pk")
    found = set(public.values_list("pk", flat=True)[:_SMALL_SITE])
    for column in columns:
        if column is not None:
            found.update(public.filter(column=column).values_list("pk", flat=True)[: 2 * STORED])
    return found


def _pointing_at(article: Article) -> set[int]:
    return set(Related.objects.filter(neighbour=article).values_list("article_id", flat=True))


def _stored(pks: Collection[int]) -> dict[int, Scores]:
    """The lists as they stand, in their order; an empty one for an article that has none."""
    lists: dict[int, Scores] = {pk: {} for pk in pks}
    rows = Related.objects.filter(article__in=list(pks)).order_by("article", "position")
    for pk, neighbour, score in rows.values_list("article", "neighbour", "score"):
        lists[pk][neighbour] = score
    return lists


def _store(lists: dict[int, Scores], stored: dict[int, Scores]) -> None:
    changed = {pk: scores for pk, scores in lists.items() if list(scores.items()) != list(stored[pk].items())}
    Related.objects.filter(article__in=list(changed)).delete()
    Related.objects.bulk_create(
        Related(article_id=pk, neighbour_id=other, position=position, score=score)
        for pk, scores in changed.items()
        for position, (other, score) in enumerate(scores.items(), start=1)
    )
