"""Which articles stand near which: computed when an article becomes known, read through `published()`.

Twelve are stored and five are shown, because some of the twelve may be scheduled. At least half of the stored ones are
public already, as far as the site has so many, so that three to five can be shown at any time.
"""

import datetime as dt
import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, Count, Exists, FloatField, OuterRef, Q, Sum, Value, When
from django.utils import timezone

from advice.articles import indexing
from advice.articles.indexing import key_of, pk_of
from advice.articles.models import (
    Article,
    ArticleQuerySet,
    Related,
    RelatedChoice,
    RelatedRebuild,
    Status,
    Tag,
)
from advice.prepared import Prepared
from advice.search import alike, vectors
from advice.search.alike import Near
from advice.search.words import words

STORED = 12
SHOWN = 5
_HIDDEN = STORED // 2
_CANDIDATES = 50
_COMMON = 2_000  # a tag of more articles than this says little about nearness, and is dear to look through
_SMALL_SITE = 40  # up to this size every list is looked at again when an article comes
# What counts how much beside the weight of shared tags, which is 1 where all are shared. With vectors a cosine of 0.5
# is already much alike; without them the words stand in for the meaning.
_MEANING, _WORDS, _WORDS_ALONE = 2.0, 0.7, 2.0
_SAME_COLUMN = -0.05  # readers have just left it
_FRESHER = 0.01  # for each year that an article is younger than another
_TWINS = 0.95  # a cosine; two that say nearly the same do not stand in one list
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
    row = Article.objects.only("status", "column").get(pk=article.pk)
    if row.status != Status.PUBLISHED:
        forget(row)
        return
    scores = _scores([key_of(row.pk)], _near_by_tags).get(row.pk, {})
    newest = _newest([row.column_id])
    near = _pointing_at(row) | scores.keys() | (newest if len(newest) < _SMALL_SITE else set())
    stored = _stored(near | {row.pk})
    shelf = _shelf(newest, stored, found=[scores])
    lists = {
        pk: shelf.pick(pk, _with(stored[pk], row.pk, shelf.score(row.pk, scores.get(pk), at=pk), shelf))
        for pk in near & shelf.facts.keys()
    }
    lists[row.pk] = shelf.pick(row.pk, shelf.known(row.pk, scores))
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


def rebuild(
    progress: Callable[[int], None] | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
    going_on: bool = False,
) -> int:
    """Compute every list anew, a batch in a transaction. Gives how many articles were done.

    `stop` is asked between batches; what was stopped or killed is taken up again by a call with `going_on`.
    """
    near_by_tags = _AllTags()
    public = Article.objects.filter(status=Status.PUBLISHED)
    after = (unfinished() if going_on else None) or 0
    pks = list(public.order_by("pk").values_list("pk", flat=True))
    todo = [pk for pk in pks if pk > after]
    newest = _newest(public.order_by().values_list("column", flat=True).distinct())
    pauses = indexing.Pauses()
    for start in range(0, len(todo), _BATCH):
        if stop():
            return start
        with transaction.atomic():
            indexing.wait_for_turn()
            _rebuild_some(todo[start : start + _BATCH], near_by_tags, newest)
        pauses.take()
        if progress:
            progress(len(pks) - len(todo) + min(start + _BATCH, len(todo)))
    RelatedRebuild.objects.all().delete()
    return len(todo)


def unfinished() -> int | None:
    """The last article that a rebuild which did not end has done."""
    return RelatedRebuild.objects.values_list("after", flat=True).first()


def _rebuild_some(pks: Collection[int], near_by_tags: "_AllTags", newest: Collection[int]) -> None:
    scores = _scores([key_of(pk) for pk in pks], near_by_tags)
    stored = _stored(scores.keys())
    shelf = _shelf(newest, stored, found=scores.values())
    lists = {pk: shelf.pick(pk, shelf.known(pk, found)) for pk, found in scores.items() if pk in shelf.facts}
    _store(lists, stored)
    RelatedRebuild.objects.update_or_create(pk=1, defaults={"after": max(pks)})


def refresh_due(*, limit: int = 200, stop: Callable[[], bool] = lambda: False) -> int:
    """The neighbours of those whose vector has been made since: now it is known what they mean. Gives how many."""
    done = 0
    pauses = indexing.Pauses()
    for number, key in vectors.new(limit).items():
        if stop():
            break
        article = Article.objects.filter(pk=pk_of(key)).only("pk").first()
        if article is not None:
            refresh(article)
        vectors.seen([number])
        pauses.take()
        done += 1
    return done


# -- what is near ------------------------------------------------------------------------------------------------


def _scores(
    keys: Collection[str], near_by_tags: Callable[[int, Collection[int]], Scores]
) -> dict[int, Scores]:
    """For each article the nearest by meaning, by words and by tags, without itself."""
    return {
        pk_of(key): _joined(pk_of(key), near, near_by_tags)
        for key, near in alike.near(list(keys), count=_CANDIDATES).items()
    }


def _joined(pk: int, near: Near, near_by_tags: Callable[[int, Collection[int]], Scores]) -> Scores:
    scores: defaultdict[int, float] = defaultdict(float)
    for key, cosine in near.meaning.items():
        scores[pk_of(key)] += _MEANING * cosine
    for key, share in near.words.items():
        scores[pk_of(key)] += (_WORDS if near.meaning else _WORDS_ALONE) * share
    for other, share in near_by_tags(pk, list(scores)).items():
        scores[other] += share
    scores.pop(pk, None)
    return dict(scores)


def _near_by_tags(pk: int, also: Collection[int]) -> Scores:
    """How much of its tags' weight an article shares with others: the nearest by tags, and those in `also`."""
    own = Tag.objects.filter(pk__in=_Tagging.objects.filter(article=pk).values("tag"))
    uses = dict(
        own.annotate(uses=Count("articles", filter=Q(articles__status=Status.PUBLISHED))).values_list(
            "pk", "uses"
        )
    )
    if not uses:
        return {}
    total = Article.objects.filter(status=Status.PUBLISHED).count()
    weights = _weights(uses, total)
    cases = [When(tag=tag, then=Value(weight)) for tag, weight in weights.items()]
    shared = (
        _Tagging.objects.filter(article__status=Status.PUBLISHED)
        .exclude(article=pk)
        .order_by()
        .values("article")
        .annotate(share=Sum(Case(*cases, output_field=FloatField())))
        .values_list("article", "share")  # type: ignore[misc]
    )
    telling = [tag for tag, count in uses.items() if count <= _COMMON]
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

    def __call__(self, article: int, also: Collection[int]) -> Scores:
        uses = {tag: len(self.articles[tag]) for tag in self.tags[article]}
        weights = _weights(uses, self.total)
        found: defaultdict[int, float] = defaultdict(float)
        for tag, weight in weights.items():
            if uses[tag] <= _COMMON:
                for pk in self.articles[tag]:
                    found[pk] += weight
        found.pop(article, None)
        nearest = heapq.nlargest(_CANDIDATES, found, key=lambda pk: (found[pk], pk))
        wanted = {*nearest, *also} - {article}
        return {pk: sum(weights.get(tag, 0) for tag in self.tags[pk]) for pk in wanted if pk in self.tags}


# -- which of them are stored ------------------------------------------------------------------------------------


class _Fact(NamedTuple):
    column: int
    published_at: dt.datetime
    headline: str


@dataclass
class _Shelf:
    """What lists are picked from: the articles that may stand in one, and what editors chose for each list."""

    now: dt.datetime
    facts: dict[int, _Fact]
    newest: list[int]
    pins: defaultdict[int, list[int]]
    exclusions: defaultdict[int, set[int]]
    twins: dict[int, set[int]]
    titles: dict[int, list[str]] = field(default_factory=dict)

    def known(self, pk: int, scores: Scores) -> Scores:
        """Those of `scores` that may stand in the list of an article, each with what it counts there."""
        counted = {other: self.score(other, score, at=pk) for other, score in scores.items()}
        return {other: score for other, score in counted.items() if score is not None}

    def score(self, pk: int, score: float | None, *, at: int) -> float | None:
        """What an article counts in the list of another one: a little less in its own column, a little more if it is new."""
        fact, other = self.facts.get(pk), self.facts.get(at)
        if score is None or fact is None or other is None:
            return None
        same = _SAME_COLUMN if fact.column == other.column else 0
        return score + same + _FRESHER * (fact.published_at - other.published_at).days / 365

    def pick(self, pk: int, scores: Scores) -> Scores:
        """The list of an article, in order: editors' pins, the nearest, the newest of its column, the newest of all.

        None that nearly says what one before it says, but for pins; a public one takes the place of one that is hidden.
        """
        nearest = sorted(
            scores, key=lambda other: (-scores[other], -self.facts[other].published_at.timestamp(), -other)
        )
        own = self.facts[pk].column if pk in self.facts else None
        of_column = [other for other in self.newest if self.facts[other].column == own]
        pins = self.pins[pk]
        picked: Scores = {}
        hidden = 0
        for other in (*pins, *nearest, *of_column, *self.newest):
            if other == pk or other in picked or other in self.exclusions[pk]:
                continue
            if not self._is_hidden(other):
                early = [one for one in picked if one not in pins and self._is_hidden(one)]
                for one in filter(partial(self._say_the_same, other), early):
                    del picked[one]
                    hidden -= 1
            if other not in pins and self._is_said(other, picked):
                continue
            if self._is_hidden(other):
                if hidden == _HIDDEN:
                    continue
                hidden += 1
            picked[other] = scores.get(other, 0)
            if len(picked) == STORED:
                break
        return picked

    def _is_said(self, pk: int, picked: Scores) -> bool:
        return any(self._say_the_same(pk, other) for other in picked)

    def _is_hidden(self, pk: int) -> bool:
        return self.facts[pk].published_at > self.now

    def _say_the_same(self, pk: int, other: int) -> bool:
        title = self._title(pk)
        return other in self.twins.get(pk, set()) or (bool(title) and self._title(other) == title)

    def _title(self, pk: int) -> list[str]:
        if pk not in self.titles:
            self.titles[pk] = words(self.facts[pk].headline)
        return self.titles[pk]


def _shelf(newest: Collection[int], lists: dict[int, Scores], *, found: Collection[Scores] = ()) -> _Shelf:
    pins: defaultdict[int, list[int]] = defaultdict(list)
    exclusions: defaultdict[int, set[int]] = defaultdict(set)
    for choice in RelatedChoice.objects.filter(article__in=list(lists)).order_by("pk"):
        if choice.excluded:
            exclusions[choice.article_id].add(choice.other_id)
        else:
            pins[choice.article_id].append(choice.other_id)
    pks = {
        *newest,
        *lists,
        *(pk for scores in found for pk in scores),
        *(pk for row in lists.values() for pk in row),
        *(pk for row in pins.values() for pk in row),
    }
    rows = Article.objects.filter(status=Status.PUBLISHED, pk__in=pks).order_by("-published_at", "-pk")
    values = rows.values_list("pk", "column", "published_at", "headline")
    facts = {pk: _Fact(column, at, headline) for pk, column, at, headline in values if at is not None}
    for pk, chosen in pins.items():
        pins[pk] = [other for other in chosen if other in facts]
    return _Shelf(
        timezone.now(),
        facts,
        [pk for pk in facts if pk in newest],
        pins,
        exclusions,
        _twins([*lists.values(), *found]),
    )


def _twins(lists: Iterable[Scores]) -> dict[int, set[int]]:
    """Which of those that may be picked say nearly the same."""
    pks = {pk for scores in lists for pk in heapq.nlargest(2 * STORED, scores, key=lambda pk: scores[pk])}
    found = alike.twins([key_of(pk) for pk in pks], least=_TWINS)
    return {pk_of(key): {pk_of(other) for other in others} for key, others in found.items()}


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
