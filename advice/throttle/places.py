"""Places that are taken before anybody knows whether an attempt fails, and given back when it does not.

So a hundred guesses at once are no more than a hundred one after the other. What was refused takes no place: whoever
goes on trying does not make the wait longer for others.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from advice.throttle.models import PARTS, Count, Secret, window_of


@dataclass(frozen=True)
class Place:
    rows: tuple[int, ...]

    def give_back(self) -> None:
        Count.objects.filter(pk__in=self.rows, count__gt=0).update(count=F("count") - 1)


def take_place(limits: Sequence[tuple[str, str, int]], *, seconds: int) -> Place | None:
    """One place for each (action, key, limit), or none at all where one of them has been taken `limit` times lately.

    A place is free again when it was taken `seconds` ago, or a small part of that more; neither the end of an hour nor
    midnight frees it earlier.
    """
    part = seconds // PARTS
    today, window = Secret.today(), window_of(part)
    secrets = [today, *Secret.objects.filter(day=today.day - dt.timedelta(days=1))]
    names = [[secret.digest(action, key) for secret in secrets] for action, key, _ in limits]
    begin = timezone.now() - dt.timedelta(seconds=seconds + part)
    with transaction.atomic():
        # A row to wait at, in one order everywhere: of two at the same moment the second sees what the first took.
        rows = [Count(digest=digest, window=window) for digest in sorted(name[0] for name in names)]
        Count.objects.bulk_create(rows, ignore_conflicts=True)
        kept = Count.objects.filter(digest__in={digest for name in names for digest in name})
        found = list(kept.filter(window__gt=begin).select_for_update().order_by("digest", "window"))
        for name, (*_, limit) in zip(names, limits, strict=True):
            if sum(row.count for row in found if row.digest in name) >= limit:
                return None
        newest = {name[0] for name in names}
        place = Place(tuple(row.pk for row in found if row.digest in newest and row.window == window))
        Count.objects.filter(pk__in=place.rows).update(count=F("count") + 1)
    return place
