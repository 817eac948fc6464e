"""Of when somebody wrote to us only the day is kept, once the time of day has done its work (the order of the queue)."""

import datetime as dt
from collections import defaultdict

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from advice.articles.models import Article, ArticleEvent, Revision, Status
from advice.articles.workflow import FROM_A_FILE
from advice.letters.models import Alarm, Enquiry, Letter, LetterEvent, Wording, day_of
from advice.letters.models.redflag import ROUGHLY

EXACT = dt.timedelta(hours=24)
BATCH = 500
# Where the time of a writer's own act stands. (A version of the text has only ever had its day.)
WRITERS_ACTS: list[tuple[type[models.Model], str, Q]] = [
    (Letter, "received_at", Q()),
    (
        LetterEvent,
        "at",
        Q(by__isnull=True) | Q(verb="seen"),
    ),  # with how long it took, that says when the letter came
    (Enquiry, "replied_at", Q()),
    (Wording, "said_at", Q()),
    (Alarm, "since", Q()),  # it is when the letter came
    (Alarm, "seen_at", Q()),
]
_since = ArticleEvent.objects.filter(article=OuterRef("article"), pk__gt=OuterRef("pk"), by__isnull=False)
_of_nobody = Q(by__isnull=True) & ~Q(verb="import")
# Where it stands in the history of the article made of a letter: nobody at the desk did it.
LEFT_AT_ARTICLES: list[tuple[type[models.Model], str, Q]] = [
    (ArticleEvent, "at", _of_nobody),
    (Revision, "at", Q(by__isnull=True, answer__isnull=True) & ~Q(why=FROM_A_FILE)),
    (
        Article,
        "modified_at",
        Q(
            status=Status.DRAFT,
            pk__in=ArticleEvent.objects.filter(_of_nobody, ~Exists(_since)).order_by().values("article"),
        ),
    ),
]


def cut(*, now: dt.datetime | None = None) -> int:
    """Cut what is older than `EXACT` to its day; gives how many times were cut. What came earlier still stands earlier."""
    before = (now or timezone.now()) - EXACT
    _roughen(before)
    return sum(_cut(model, name, of, before) for model, name, of in (*WRITERS_ACTS, *LEFT_AT_ARTICLES))


def _roughen(before: dt.datetime) -> None:
    """How long an urgent letter was unseen, to the minute, would say when it came: its editor's next acts have their times."""
    exact = Alarm.objects.filter(seen_at__lt=before, seen_after__isnull=False)
    at_least = -1
    for limit in ROUGHLY:
        exact.filter(seen_after__gt=at_least, seen_after__lt=limit).update(seen_after=limit)
        at_least = limit


def _cut(model: type[models.Model], name: str, of: Q, before: dt.datetime) -> int:
    midnight = {f"{name}__time": dt.time()}
    exact = model._base_manager.filter(of, **{f"{name}__lt": before}).exclude(**midnight)
    after = count = 0
    while batch := list(exact.filter(pk__gt=after).order_by("pk").values_list("pk", name)[:BATCH]):
        days = defaultdict(list)
        for pk, at in batch:
            if day_of(at) != at:  # on a day without a midnight it is another hour
                days[day_of(at)].append(pk)
        for day, pks in days.items():
            count += model._base_manager.filter(pk__in=pks).update(**{name: day})
        after = batch[-1][0]
    return count
