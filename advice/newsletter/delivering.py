"""Handing the copies of issues to the mail server: each is claimed by one worker, and tried once, whatever happens.

Exactly once cannot be had over SMTP: whoever is killed between the server's "250" and the next commit leaves one copy of
which nobody knows. It becomes uncertain and waits for an editor; no copy is ever sent again by itself.
"""

import datetime as dt
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from advice import prepared
from advice.articles.workflow import NotPermitted
from advice.mail.backends import ReadyMail
from advice.mail.handing import Away, InDoubt, Line, Refused, SenderRefused
from advice.newsletter import bounces, issuing
from advice.newsletter.apart import Apart
from advice.newsletter.models import (
    BounceKind,
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    IssueStatus,
    Subscriber,
    Subscription,
)
from advice.newsletter.rendering import Renderer
from advice.throttle.models import give_back, take

RETRY_AFTER = [dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360)]
GIVE_UP_AFTER = dt.timedelta(days=1)
# A server that answers this many in a row with "later" has had enough of us for now.
TIRED_AFTER = 10
# One that refuses this many in a row for good refuses us, and not them: an editor is asked before all are lost.
REFUSES_US_AFTER = 20
# One that takes this many texts in a row and does not answer would leave all of them uncertain.
BREAKS_OFF_AFTER = 5
_IN_A_ROW = {"failed": "refused_in_a_row", "uncertain": "uncertain_in_a_row"}
# A worker has other work, too: what is left is found at its next look.
SECONDS_A_RUN = 20.0
_PLACES_AT_ONCE = 20
_MINUTE = 60
_WINDOW = 50
# What somebody changes (a pause, another choice of newsletters) is seen after this; to leave acts at once.
_WINDOW_SECONDS = 0.5


@dataclass(frozen=True)
class Outcome:
    name: str  # as it is counted
    changes: Mapping[str, object]
    bounce: tuple[BounceKind, str] | None = None


_SENT = Outcome("sent", {})

# Of the rows of a window; what is not used for a copy takes longer to read than to leave.
_READ = (
    *("issue", "since", "attempts", "first_tried_at", "subscriber__email", "subscriber__nonce"),
    *("subscriber__status", "subscriber__paused_until", "subscriber__text_only"),
)
_SETTLE_AND_CLAIM = """
UPDATE newsletter_delivery SET
    state = CASE id WHEN %s THEN 'sent' ELSE 'sending' END,
    settled_at = CASE id WHEN %s THEN %s ELSE settled_at END,
    last_error = CASE id WHEN %s THEN '' ELSE last_error END,
    claimed_at = CASE id WHEN %s THEN claimed_at ELSE %s END,
    attempts = CASE id WHEN %s THEN attempts ELSE attempts + 1 END
WHERE id IN (%s, %s) AND (
    id = %s AND state IN ('sending', 'uncertain')
    OR id = %s AND state = 'pending' AND attempts = %s
        AND EXISTS (SELECT 1 FROM newsletter_issue WHERE id = %s AND status = 'sending')
)
RETURNING id
"""


class Rested(Exception):
    """The issue is to be left alone for now, and with `for_all` the mail server; the reason stands at the issue."""

    def __init__(self, *, for_all: bool) -> None:
        self.for_all = for_all


def deliver_due(
    *,
    now: dt.datetime | None = None,
    seconds: float = SECONDS_A_RUN,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """Send what waits for `seconds` at most; gives how many were sent, put off, failed, uncertain and dropped.

    `stop` is asked before each copy. `now` moves the clock of what is due, for tests.
    """
    counts = dict.fromkeys(("sent", "put off", "failed", "uncertain", "dropped"), 0)
    ends = time.monotonic() + seconds
    waiting = Issue.objects.filter(status=IssueStatus.SENDING).select_related(
        "newsletter", "correction__article"
    )
    places, apart = Places(), Apart()
    with Line() as line:
        for issue in waiting.order_by("left_at", "pk"):
            with apart.piece(f"copies of issue {issue.pk}", partial(issuing.note_broken, issue)):
                try:
                    Sender(issue, line, places, counts, now).run(lambda: stop() or time.monotonic() > ends)
                except Rested as rested:
                    if rested.for_all:
                        break
    places.give_back()
    apart.end()
    return counts


class Places:
    """One run's share of what may leave in a minute. All workers together keep to the rate.

    They are taken in portions of what leaves in a second, and only for a copy that is there; what is left is given back.
    """

    def __init__(self) -> None:
        self._left = 0

    def take(self) -> bool:
        rate = settings.MAIL_PER_MINUTE
        if not rate:
            return True
        if not self._left:
            portion = min(_PLACES_AT_ONCE, max(1, rate // _MINUTE))
            self._left = take("newsletters", "all", wanted=portion, limit=rate, seconds=_MINUTE)
        if not self._left:
            return False
        self._left -= 1
        return True

    def put_back(self) -> None:
        """The one that was taken last was for a copy that another worker has, or that nobody gets."""
        if settings.MAIL_PER_MINUTE:
            self._left += 1

    def give_back(self) -> None:
        if self._left:
            give_back("newsletters", "all", places=self._left, seconds=_MINUTE)


class Sender:
    """One worker's way through one issue.

    Candidates are read in small windows; what counts is the claim, which takes one row and only if it still waits.
    """

    def __init__(
        self, issue: Issue, line: Line, places: Places, counts: dict[str, int], now: dt.datetime | None
    ) -> None:
        self.issue, self.line, self._places, self.counts = issue, line, places, counts
        self._now = now
        self._renderer = Renderer(issue)
        self._window: deque[Delivery] = deque()
        self._read_at = 0.0
        self._next_at = time.monotonic()
        self._after = self._somewhere()
        self._is_second_round = False
        self._put_off_in_a_row = 0
        self._why_it_rests = ""
        self._is_senders_fault = False

    @property
    def now(self) -> dt.datetime:
        return self._now or timezone.now()

    def run(self, is_over: Callable[[], bool]) -> None:
        claimed = None if is_over() else self._claim()
        while claimed is not None:
            outcome = self._try(claimed)
            self.counts[outcome.name] += 1
            self._watch(outcome)
            if outcome.name == "dropped":
                self._places.put_back()
            self._breathe()
            goes_on = not (self._why_it_rests or is_over())
            claimed = self._settle(claimed, outcome, and_claim=goes_on)
            if self._why_it_rests:
                raise Rested(for_all=not self._is_senders_fault)

    def _breathe(self) -> None:
        """Readers come first: on one small server a worker at full speed takes a processor away from them."""
        if settings.WORKER_PACE:
            time.sleep(max(0, self._next_at - time.monotonic()))
            self._next_at = time.monotonic() + 1 / settings.WORKER_PACE

    # -- the database ---------------------------------------------------------------------------------------------

    def _settle(self, delivery: Delivery, outcome: Outcome, *, and_claim: bool) -> Delivery | None:
        """Write down what became of one copy and claim the next, in one commit: half as many for the disk to wait for."""
        if outcome.name != "sent":
            # Not both in one transaction: it may hold the rows of a reader who has to be left alone.
            with transaction.atomic():
                self._write(delivery, outcome)
            return self._claim() if and_claim else None
        following = self._candidate() if and_claim else None
        is_claimed = self._write_sent(delivery, following)
        if following is None or is_claimed:
            return following
        self._places.put_back()
        return self._claim()

    def _write(self, delivery: Delivery, outcome: Outcome) -> None:
        if (
            outcome.bounce
        ):  # first: it waits for the reader, and who leaves holds the reader and may wait for this copy
            kind, code = outcome.bounce
            bounces.record(delivery, kind=kind, code=code, at=self.now)
        # Whoever waited too long may find that an editor has decided meanwhile.
        row = Delivery.objects.filter(
            pk=delivery.pk, state__in=[DeliveryState.SENDING, DeliveryState.UNCERTAIN]
        )
        if outcome.name == "dropped" or (outcome.name == "put off" and self._is_cancelled()):
            row.delete()
        else:
            row.update(**outcome.changes)

    def _is_cancelled(self) -> bool:
        """Asked under the lock under which an issue is cancelled: its waiting copies go then, and none comes after."""
        issue = Issue.objects.select_for_update(no_key=True).get(pk=self.issue.pk)
        return issue.status == IssueStatus.CANCELLED

    def _give_back(self, delivery: Delivery) -> None:
        """Something of ours is broken, and the mail server has not heard of this copy."""
        with transaction.atomic():
            self._write(delivery, self._untried(delivery))

    def _watch(self, outcome: Outcome) -> None:
        """See whether it is the server that is in trouble, and not single addresses."""
        self._count_in_a_row(outcome)
        if self._put_off_in_a_row >= TIRED_AFTER:
            self._why_it_rests = (
                self._why_it_rests or "The mail server puts all mail off. It is tried again by itself."
            )
        if outcome.name == "failed" and self.issue.refused_in_a_row >= REFUSES_US_AFTER:
            self._pause(f"The mail server refused {REFUSES_US_AFTER} copies in a row.")
        if outcome.name == "uncertain" and self.issue.uncertain_in_a_row >= BREAKS_OFF_AFTER:
            self._pause(f"The mail server broke off {BREAKS_OFF_AFTER} times in a row before it answered.")
        if self._why_it_rests or (outcome.name == "sent" and self.issue.trouble):
            issuing.note_trouble(self.issue, self._why_it_rests, now=self.now)

    def _count_in_a_row(self, outcome: Outcome) -> None:
        """Refused and uncertain ones are counted in the issue's row, for all runs and workers together.

        A run has time for one copy where the server lets us wait, and places for a few where it wants them slowly.
        """
        if outcome.name == "dropped" or self._why_it_rests:
            return  # the server has not answered
        self._put_off_in_a_row = self._put_off_in_a_row + 1 if outcome.name == "put off" else 0
        changes: dict[str, object] = {}
        for name, field in _IN_A_ROW.items():
            if outcome.name == name:
                changes[field] = F(field) + 1
            elif getattr(self.issue, field):
                changes[field] = 0
        if changes:
            Issue.objects.filter(pk=self.issue.pk).update(**changes)
            self.issue.refresh_from_db(fields=list(changes))

    def _pause(self, reason: str) -> None:
        self._why_it_rests = reason
        with suppress(NotPermitted):  # an editor paused or cancelled it a moment ago
            issuing.pause(self.issue, reason=reason)

    def _claim(self) -> Delivery | None:
        """Take one waiting copy for this worker alone, committed before it is sent."""
        while candidate := self._candidate():
            if self._write_claimed(candidate):
                return candidate
            self._places.put_back()
        return None

    def _candidate(self) -> Delivery | None:
        """One that waited when it was last looked, and a place for it."""
        if not self._window or time.monotonic() - self._read_at > _WINDOW_SECONDS:
            self._read_window()
        if not self._window or not self._places.take():
            return None
        delivery = self._window.popleft()
        self._after = delivery.pk
        return delivery

    def _read_window(self) -> None:
        """What waits after the last one. At the end once more from the beginning: workers begin in different places."""
        self._window = deque(self._waiting()[:_WINDOW])
        self._read_at = time.monotonic()
        if not self._window and not self._is_second_round:
            self._is_second_round, self._after = True, 0
            self._read_window()

    def _waiting(self) -> "QuerySet[Delivery]":
        subscription = Subscription.objects.filter(
            subscriber=OuterRef("subscriber"), newsletter=self.issue.newsletter_id
        )
        waiting = Delivery.objects.filter(
            Q(not_before__isnull=True) | Q(not_before__lte=self.now),
            issue=self.issue,
            issue__status=IssueStatus.SENDING,
            state=DeliveryState.PENDING,
            pk__gt=self._after,
        )
        found = waiting.select_related("subscriber").only(*_READ).order_by("pk")
        found = found.annotate(is_subscribed=Exists(subscription))
        is_digest = self.issue.kind == IssueKind.DIGEST
        return found.prefetch_related("subscriber__topics") if is_digest else found

    def _somewhere(self) -> int:
        """A random place among what waits, so that two workers do not reach for the same rows."""
        ends = Delivery.objects.filter(issue=self.issue, state=DeliveryState.PENDING).aggregate(
            first=Min("pk"), last=Max("pk")
        )
        return random.randint(ends["first"], ends["last"]) - 1 if ends["first"] else 0  # noqa: S311  (no secret)

    def _write_claimed(self, delivery: Delivery) -> bool:
        return self._write_by_hand(None, delivery)

    def _write_sent(self, delivery: Delivery, following: Delivery | None) -> bool:
        return self._write_by_hand(delivery, following)

    def _write_by_hand(self, sent: Delivery | None, claimed: Delivery | None) -> bool:
        """`sent` is settled and `claimed` is claimed; gives whether it could be.

        This is all that happens for each copy, and Django takes longer to write it than the database to do it. The
        issue's status is part of the claim, so that a pause acts at once; and so is the number of attempts: another worker
        may have tried this copy since it was read here, and put it off.
        """
        now = connection.ops.adapt_datetimefield_value(self.now)
        mine, wanted = sent.pk if sent else 0, claimed.pk if claimed else 0
        attempts = claimed.attempts if claimed else 0
        with prepared.cursor() as cursor:
            cursor.execute(
                _SETTLE_AND_CLAIM,
                [mine, mine, now, mine, mine, now, mine, mine, wanted, mine, wanted, attempts, self.issue.pk],
            )
            is_claimed = wanted in {row[0] for row in cursor.fetchall()}
        if claimed and is_claimed:
            claimed.attempts += 1
        return is_claimed

    # -- the mail server ------------------------------------------------------------------------------------------

    def _try(self, delivery: Delivery) -> Outcome:
        try:
            mail = self._mail_for(delivery)
        except ValueError as error:
            return self._failed(type(error).__name__)
        except Exception:
            self._give_back(delivery)
            raise
        if mail is None:
            return Outcome("dropped", {})
        try:
            self.line.hand_over(mail)
        except SenderRefused as error:
            return self._sender_refused(delivery, error)
        except Away as error:
            return self._away(delivery, error)
        except Refused as error:
            return self._refused(delivery, error)
        except InDoubt as error:
            return Outcome("uncertain", {"state": DeliveryState.UNCERTAIN, "last_error": str(error)})
        return _SENT

    def _mail_for(self, delivery: Delivery) -> ReadyMail | None:
        subscriber = delivery.subscriber
        today = timezone.localdate(self.now)
        if subscriber is None or not subscriber.is_mailable(today) or not delivery.is_subscribed:  # type: ignore[attr-defined]
            return None
        return self._renderer.mail_for(delivery, subscriber, topics=self._topics(subscriber), now=self.now)

    def _topics(self, subscriber: Subscriber) -> set[int]:
        if self.issue.kind != IssueKind.DIGEST:
            return set()
        return {topic.pk for topic in subscriber.topics.all()}

    def _away(self, delivery: Delivery, error: Away) -> Outcome:
        """Nothing was taken, and nothing will be: the copy waits as if it had not been tried, and so do the others."""
        self._why_it_rests = (
            f"The mail server takes no mail at the moment ({error}). It is tried again by itself."
        )
        return self._untried(delivery)

    def _sender_refused(self, delivery: Delivery, error: SenderRefused) -> Outcome:
        """As much is true of this issue only: other newsletters have other senders, and other issues are smaller."""
        self._is_senders_fault = True
        said = f"The mail server does not take this issue from its sender ({error})."
        if error.for_now:
            self._why_it_rests = f"{said} It is tried again by itself."
        else:
            self._pause(said)
        return self._untried(delivery)

    def _untried(self, delivery: Delivery) -> Outcome:
        return Outcome(
            "put off", {"state": DeliveryState.PENDING, "claimed_at": None, "attempts": delivery.attempts - 1}
        )

    def _refused(self, delivery: Delivery, error: Refused) -> Outcome:
        if not error.for_now:
            kind = bounces.kind_of(error.status, error.code, error.words)
            said = error.status or str(error.code or "")
            return self._failed(str(error), bounce=(kind, said) if said else None)
        first = delivery.first_tried_at or self.now
        if self.now - first > GIVE_UP_AFTER:
            return self._failed(str(error), bounce=(BounceKind.SOFT, error.status or str(error.code)))
        wait = RETRY_AFTER[min(delivery.attempts, len(RETRY_AFTER)) - 1]
        return Outcome(
            "put off",
            {
                "state": DeliveryState.PENDING,
                "claimed_at": None,
                "first_tried_at": first,
                "not_before": self.now + wait,
                "last_error": str(error)[:60],
            },
        )

    def _failed(self, error: str, *, bounce: tuple[BounceKind, str] | None = None) -> Outcome:
        changes = {"state": DeliveryState.FAILED, "settled_at": self.now, "last_error": error[:60]}
        return Outcome("failed", changes, bounce)
