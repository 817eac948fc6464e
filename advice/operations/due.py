"""All work that is due, found by query and never remembered: safe to run twice, and from two machines at once."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from advice.articles import autosaving, indexing, related, reminding, snippets
from advice.erasing import empty_log
from advice.letters import asking, days, follow_ups, likening, redflags, retention
from advice.letters.models import Letter
from advice.letters.workflow import tell_answered
from advice.mail import sending
from advice.membership import workflow as membership
from advice.newsletter import copies, delivering, digests, issuing
from advice.newsletter import workflow as newsletter
from advice.operations.models import Run
from advice.search import terms, vectors
from advice.site import absolute
from advice.throttle import models as throttle
from advice.trace import writing as trace

DIGEST_HOUR = 7
BETWEEN_CALLS = dt.timedelta(hours=1)  # of the duty addresses to the spam tray
REMEMBERED = dt.timedelta(days=60)  # of a job that had its turn
VECTOR_SECONDS = 10  # in one run; mails do not wait longer for the next

logger = logging.getLogger("advice.worker")


def run_due(
    *,
    now: dt.datetime | None = None,
    stop: Callable[[], bool] = lambda: False,
    seconds: float = delivering.SECONDS_A_RUN,
) -> dict[str, int]:
    """Do what is due and give a count for each kind of work that had any.

    One kind that fails does not stop the others, and is counted as "<name> failed"; where all do (the database is
    away), the last error is raised. `stop` is asked before each mail.
    Newsletters are sent for `seconds` at most.
    """
    jobs: dict[str, Callable[[], dict[str, int]]] = {
        name: partial(_counted, name, work, now)
        for name, work in {
            "writers told": tell_answered,
            "writers reminded": asking.remind_due,
            "urgent letters in the tray": _call_for_tray,
            "writers invited": follow_ups.invite_due,
            **_DAILY,
            "mails unclear": sending.mark_unclear,
            "frozen texts withdrawn": issuing.forget_withdrawn,
            "copies uncertain": issuing.mark_uncertain,
            "digests made": digests.make_due,
            "corrections to tell": digests.make_corrections,
            "issues let go": issuing.let_go_due,
        }.items()
    }
    jobs["articles with a changed snippet"] = lambda: {
        "articles with a changed snippet": snippets.redraw_due(stop=stop)
    }
    jobs["articles indexed anew"] = lambda: {"articles indexed anew": indexing.make_due()}
    jobs["mails"] = partial(_send, now, stop)
    jobs["copies made"] = lambda: {"copies made": copies.make_due(now=now, stop=stop)}
    jobs["copies"] = partial(_deliver, now, stop, seconds)
    jobs["issues sent"] = partial(_counted, "issues sent", issuing.finish_due, now)
    jobs["vectors made"] = lambda: {"vectors made": vectors.make_due(stop=stop, seconds=VECTOR_SECONDS)}
    jobs["letters compared"] = lambda: {"letters compared": likening.make_due(now=now, stop=stop)}
    jobs["neighbours found"] = lambda: {"neighbours found": related.refresh_due(stop=stop)}
    done: dict[str, int] = {}
    failed = 0
    for name, job in jobs.items():
        try:
            done |= job()
        except Exception as error:
            # The error's words may hold what people wrote, so only its kind is logged.
            logger.error("Due work, %s: failed (%s).", name, type(error).__name__)
            done[f"{name} failed"] = 1
            failed += 1
            if failed == len(jobs):
                raise
    return {name: count for name, count in done.items() if count}


def _counted(name: str, work: Callable[..., int], now: dt.datetime | None) -> dict[str, int]:
    return {name: work(now=now)}


def _send(now: dt.datetime | None, stop: Callable[[], bool]) -> dict[str, int]:
    return {f"mails {outcome}": count for outcome, count in sending.send_due(now=now, stop=stop).items()}


def _deliver(now: dt.datetime | None, stop: Callable[[], bool], seconds: float) -> dict[str, int]:
    counts = delivering.deliver_due(now=now, stop=stop, seconds=seconds)
    return {f"copies {outcome}": count for outcome, count in counts.items()}


def _once_a_day(job: str, work: Callable[[dt.datetime], int], *, hour: int = 0) -> Callable[..., int]:
    """`work`, done by whichever runner is first on each day from `hour` o'clock (the site's time)."""

    def run(*, now: dt.datetime | None = None) -> int:
        now = now or timezone.now()
        local = timezone.localtime(now)
        slot = local.date().isoformat()
        if local.hour < hour or Run.objects.filter(job=job, slot=slot).exists():
            return 0
        with transaction.atomic():
            return work(now) if _is_first(job, slot, now) else 0

    return run


def _once_an_hour(job: str, work: Callable[..., int]) -> Callable[..., int]:
    """`work`, done by whichever runner is first in each hour."""

    def run(*, now: dt.datetime | None = None) -> int:
        now = now or timezone.now()
        slot = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H")
        if Run.objects.filter(job=job, slot=slot).exists():
            return 0
        with transaction.atomic():
            return work(now=now) if _is_first(job, slot, now) else 0

    return run


def _is_first(job: str, slot: str, now: dt.datetime) -> bool:
    try:
        with transaction.atomic():
            Run.objects.create(job=job, slot=slot, at=now)
    except IntegrityError:
        return False  # another runner was first
    return True


def _duty_digest(now: dt.datetime) -> int:
    """Tell the duty addresses how many letters wait. None of their words leave the desk."""
    waiting = Letter.objects.waiting()
    count = waiting.count()
    oldest = waiting.defer("email").first()
    if oldest is None:
        return 0
    context = {"count": count, "oldest": oldest.received_at, "link": absolute(reverse("desk:home"))}
    for address in settings.DUTY_EMAILS:
        sending.send_later("duty_digest", to=address, context=context)
    return len(settings.DUTY_EMAILS)


def _remind_experts(now: dt.datetime) -> int:
    """Nobody is late while their letter's writer is waited for, which articles do not know of."""
    waiting = Letter.objects.waiting_for_writer(now).exclude(article=None).order_by()
    return reminding.remind_due(now=now, waiting=set(waiting.values_list("article", flat=True)))


def _call_for_tray(*, now: dt.datetime | None = None) -> int:
    """An urgent letter elsewhere is mailed about at once (redflags.py); of those in the tray, one mail within an hour."""
    now = now or timezone.now()
    lately = Run.objects.filter(job="tray", at__gt=now - BETWEEN_CALLS)
    if not redflags.is_tray_uncalled() or lately.exists():
        return 0
    with transaction.atomic():
        slot = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H")
        return redflags.call_for_tray() if _is_first("tray", slot, now) else 0


def _purge(now: dt.datetime) -> int:
    purged = retention.purge(now=now)
    return purged.addresses + purged.texts + purged.letters


def _forget_requests(now: dt.datetime) -> int:
    count = membership.forget_old(now=now)
    if count:
        transaction.on_commit(empty_log, robust=True)  # their notes are people's words, too
    return count


def _forget(now: dt.datetime) -> int:
    SessionStore.clear_expired()
    Run.objects.filter(at__lt=now - REMEMBERED).delete()
    return throttle.forget_old(now=now) + _forget_cached(now)


def _forget_cached(now: dt.datetime) -> int:
    """What sign-in counts names network addresses, and a cache in a table keeps what has expired until it is full."""
    if not isinstance(caches["default"], DatabaseCache):
        return 0  # Redis forgets by itself
    expired = connection.ops.adapt_datetimefield_value(now.replace(microsecond=0))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM operations_cache WHERE expires < %s", [expired])
        return max(0, cursor.rowcount)


_DAILY: dict[str, Callable[..., int]] = {
    "duty digests": _once_a_day("duty digest", _duty_digest, hour=DIGEST_HOUR),
    "experts reminded": _once_a_day("experts", _remind_experts, hour=DIGEST_HOUR),
    "private rows erased": _once_a_day("retention", _purge),
    "times cut to their day": _once_an_hour("days", days.cut),
    "troubled mails erased": _once_a_day("troubled mails", lambda now: sending.forget_troubled(now=now)),
    "unconfirmed subscribers erased": _once_a_day(
        "unconfirmed", lambda now: newsletter.forget_unconfirmed(now=now)
    ),
    "unsaved words forgotten": _once_a_day("autosaves", lambda now: autosaving.forget_old(now=now)),
    "old copies forgotten": _once_a_day("old copies", lambda now: issuing.forget_old_copies(now=now)),
    "membership requests erased": _once_a_day("membership requests", _forget_requests),
    "search terms forgotten": _once_a_day("search terms", lambda now: terms.forget_old(now=now)),
    "lines of the trace forgotten": _once_a_day("trace", lambda now: trace.forget_old(now=now)),
    "old counts forgotten": _once_a_day("forget", _forget),
}
