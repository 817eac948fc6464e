"""Subscribers from elsewhere. Nobody is mailed; whoever is known here, subscribed or not, stays as they are.

So the first line of an address is the one that counts: nobody can tell a second one from an old list whose newsletter its
owner has unticked here since.

In batches, each in one transaction: whoever is killed in the middle imports the same file again, with the same result.
"""

import datetime as dt
import hashlib
import logging
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from advice.articles.models import Tag
from advice.crypto import digest, digests
from advice.newsletter.csv_files import Broken, Row
from advice.newsletter.models import (
    Newsletter,
    Rhythm,
    Subscriber,
    SubscriberStatus,
    Subscription,
    SuppressedBecause,
    Suppression,
    canonical,
)
from advice.newsletter.workflow import PAUSE_AT_MOST, suppress

logger = logging.getLogger("advice.newsletter")

BATCH = 500
FORM = "import"
# What other programs call what we call by the name on the right.
_STATUSES: dict[str, str] = {
    **{name: SubscriberStatus.CONFIRMED for name in ("", "confirmed", "subscribed", "active", "enabled")},
    **{name: SubscriberStatus.LEFT for name in ("left", "unsubscribed", "inactive")},
    **{name: SubscriberStatus.PENDING for name in ("pending", "unconfirmed")},
    **{
        name: SubscriberStatus.SUPPRESSED
        for name in ("suppressed", "bounced", "cleaned", "complained", "blocklisted")
    },
}
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


@dataclass(frozen=True)
class Wanted:
    """A row that can be taken, with everything it names looked up."""

    email: str
    canonical: str
    status: str
    newsletters: frozenset[int]
    topics: frozenset[int]
    confirmed_at: dt.datetime | None
    consent_source: str
    rhythm: str
    text_only: bool
    paused_until: dt.date | None


@dataclass
class Known:
    """How an address stands in the database, or would in a dry run."""

    status: str
    pk: int | None = None


class Importer:
    """Takes rows in, and counts them by what became of each."""

    def __init__(
        self, *, newsletters: Iterable[Newsletter] = (), consent_source: str = "", dry_run: bool = False
    ) -> None:
        self._slugs = dict(Newsletter.objects.values_list("slug", "pk"))
        self._tags = dict(Tag.objects.values_list("slug", "pk"))
        self._usual = frozenset(newsletter.pk for newsletter in newsletters)
        self._consent, self._dry_run = " ".join(consent_source.split()), dry_run
        self._now = timezone.now()
        # A dry run writes nothing, so it has to remember what it would have written of earlier lines.
        self._planned: dict[int, Known] = {}

    def run(
        self,
        rows: Iterable[Row | tuple[int, str]],
        *,
        broken: Callable[[int, str], None],
        progress: Callable[[int], None] = lambda done: None,
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        try:
            self._take_all(rows, counts, broken, progress)
        finally:  # what was written before it was stopped stays written
            if not self._dry_run:
                found = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
                logger.info("Subscribers were imported from a list: %s.", found or "none")
        return counts

    def _take_all(
        self,
        rows: Iterable[Row | tuple[int, str]],
        counts: Counter[str],
        broken: Callable[[int, str], None],
        progress: Callable[[int], None],
    ) -> None:
        batch: list[Wanted] = []
        for done, row in enumerate(rows, start=1):
            try:
                batch.append(self._wanted(row))
            except Broken as error:
                counts["broken"] += 1
                broken(row.number if isinstance(row, Row) else row[0], str(error))
            if len(batch) == BATCH:
                counts.update(self._take(batch))
                batch = []
            progress(done)
        counts.update(self._take(batch))

    # -- one row --------------------------------------------------------------------------------------------------

    def _wanted(self, row: Row | tuple[int, str]) -> Wanted:
        if not isinstance(row, Row):
            raise Broken(row[1])
        cells = row.cells
        email = _email(cells["email"])
        status = _STATUSES.get(cells["status"].casefold())
        if status is None:
            raise Broken(f"its status, “{cells['status']}”, is not known")
        consent = cells["consent_source"] or self._consent
        newsletters = self._named(cells["newsletters"], self._slugs, "newsletter") or self._usual
        _check_consent(consent)
        if status == SubscriberStatus.CONFIRMED and not newsletters:
            raise Broken("it names no newsletter, and none was given with --newsletter")
        if status == SubscriberStatus.CONFIRMED and not consent:
            raise Broken("neither its consent_source nor --consent-source says where its owner agreed")
        return Wanted(
            email=email,
            canonical=canonical(email),
            status=status,
            newsletters=newsletters,
            topics=self._named(cells["topics"], self._tags, "topic"),
            confirmed_at=self._time(cells["confirmed_at"]),
            consent_source=consent,
            rhythm=_rhythm(cells["rhythm"]),
            text_only=_yes(cells["text_only"]),
            paused_until=_pause(cells["paused_until"]),
        )

    @staticmethod
    def _named(cell: str, known: dict[str, int], what: str) -> frozenset[int]:
        names = cell.split()
        if unknown := [name for name in names if name not in known]:
            raise Broken(f"there is no {what} “{unknown[0]}”")
        return frozenset(known[name] for name in names)

    def _time(self, cell: str) -> dt.datetime | None:
        if not cell:
            return None
        try:
            day = parse_date(cell)
            moment = dt.datetime.combine(day, dt.time()) if day else parse_datetime(cell)
        except ValueError:
            moment = None
        if moment is None:
            raise Broken("its confirmed_at is no time such as 2026-05-04T12:00:00+02:00 or 2026-05-04")
        if timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        if moment > self._now + dt.timedelta(days=1):
            raise Broken("its confirmed_at is still to come")
        return moment

    # -- a batch --------------------------------------------------------------------------------------------------

    def _take(self, batch: list[Wanted]) -> Counter[str]:
        try:
            return self._take_at_once(batch)
        except IntegrityError:  # somebody subscribed at this moment: now their row is there to be seen
            return self._take_at_once(batch)

    @transaction.atomic
    def _take_at_once(self, batch: list[Wanted]) -> Counter[str]:
        known = self._known(batch)
        writer = _Writer(self._now)
        counts: Counter[str] = Counter()
        for wanted in batch:
            before = known.get(wanted.canonical)
            outcome, after = _decide(wanted, before)
            counts[outcome] += 1
            if after is not before and after is not None:
                known[wanted.canonical] = after
                writer.note(wanted, after)
        if self._dry_run:
            self._planned |= {_short(address): row for address, row in known.items()}
        else:
            writer.write()
        return counts

    def _known(self, batch: list[Wanted]) -> dict[str, Known]:
        addresses = {wanted.canonical for wanted in batch}
        by_digest = {value: address for address in addresses for value in digests(address)}
        must_not = Suppression.objects.filter(digest__in=by_digest).values_list("digest", flat=True)
        known = {by_digest[value]: Known(SubscriberStatus.SUPPRESSED) for value in must_not}
        rows = Subscriber.objects.filter(canonical__in=addresses)
        if not self._dry_run:
            rows = rows.select_for_update()
        for pk, address, status in rows.order_by("pk").values_list("pk", "canonical", "status"):
            stands = SubscriberStatus.SUPPRESSED if address in known else status
            known[address] = Known(stands, pk)
        planned = ((address, self._planned.get(_short(address))) for address in addresses)
        return known | {address: row for address, row in planned if row is not None}


def _decide(wanted: Wanted, before: Known | None) -> tuple[str, Known | None]:
    """What becomes of the row, as it is counted, and how its address stands afterwards."""
    stands = before.status if before else None
    if stands == SubscriberStatus.SUPPRESSED:
        return "stay suppressed", before
    if wanted.status == SubscriberStatus.SUPPRESSED:
        return "suppressed", Known(SubscriberStatus.SUPPRESSED, pk=before.pk if before else None)
    if wanted.status == SubscriberStatus.PENDING:
        return "not confirmed", before
    if before is None:
        outcome = "created" if wanted.status == SubscriberStatus.CONFIRMED else "left"
        return outcome, Known(wanted.status)
    if stands == SubscriberStatus.PENDING:
        return "stay pending", before
    if stands == SubscriberStatus.LEFT:
        return "stay left", before
    if wanted.status == SubscriberStatus.LEFT:
        return "stay subscribed", before
    return "here", before


class _Writer:
    """What one batch writes, in few statements."""

    def __init__(self, now: dt.datetime) -> None:
        self._now = now
        self._new: dict[str, Wanted] = {}
        self._suppressed: dict[str, int | None] = {}

    def note(self, wanted: Wanted, after: Known) -> None:
        if after.status == SubscriberStatus.SUPPRESSED:
            self._new.pop(
                wanted.canonical, None
            )  # an earlier line of this batch: as if it had not been there
            self._suppressed[wanted.canonical] = after.pk
        else:
            self._new[wanted.canonical] = wanted

    def write(self) -> None:
        rows = [_subscriber(wanted, self._now) for wanted in self._new.values()]
        made = list(zip(Subscriber.objects.bulk_create(rows), self._new.values(), strict=True))
        Subscription.objects.bulk_create(
            Subscription(subscriber=row, newsletter_id=pk, since=row.confirmed_at or self._now)
            for row, wanted in made
            if row.status == SubscriberStatus.CONFIRMED
            for pk in sorted(wanted.newsletters)
        )
        through = Subscriber.topics.through
        through.objects.bulk_create(
            through(subscriber=row, tag_id=pk) for row, wanted in made for pk in sorted(wanted.topics)
        )
        for row in Subscriber.objects.filter(pk__in=[pk for pk in self._suppressed.values() if pk]):
            suppress(row, because=SuppressedBecause.IMPORTED)
        Suppression.objects.bulk_create(
            (
                Suppression(digest=digest(address), because=SuppressedBecause.IMPORTED)
                for address, pk in self._suppressed.items()
                if pk is None
            ),
            ignore_conflicts=True,
        )


def _subscriber(wanted: Wanted, now: dt.datetime) -> Subscriber:
    subscribes = wanted.status == SubscriberStatus.CONFIRMED
    return Subscriber(
        email=wanted.email,
        canonical=wanted.canonical,
        status=wanted.status,
        confirmed_at=wanted.confirmed_at or (now if subscribes else None),
        form=FORM,
        consent_source=wanted.consent_source,
        rhythm=wanted.rhythm,
        text_only=wanted.text_only,
        paused_until=wanted.paused_until,
    )


def _email(cell: str) -> str:
    try:
        validate_email(cell)
    except ValidationError:
        raise Broken("its e-mail address is none") from None
    if len(cell) > 254 or len(canonical(cell)) > 254:
        raise Broken("its e-mail address is longer than any mail server takes")
    return cell


def _check_consent(consent: str) -> None:
    if len(consent) > 200:
        raise Broken("its consent_source is longer than 200 characters")
    if any(unicodedata.category(character) == "Cc" for character in consent):
        raise Broken("its consent_source holds a control character")


def _rhythm(cell: str) -> str:
    if cell not in {"", Rhythm.DAILY, Rhythm.WEEKLY}:
        raise Broken(f"its rhythm, “{cell}”, is neither empty nor daily nor weekly")
    return cell


def _yes(cell: str) -> bool:
    if cell.casefold() not in _YES:
        raise Broken(f"its text_only, “{cell}”, is neither yes nor no")
    return _YES[cell.casefold()]


def _pause(cell: str) -> dt.date | None:
    if not cell:
        return None
    try:
        day = parse_date(cell)
    except ValueError:
        day = None
    if day is None:
        raise Broken("its paused_until is no day such as 2026-05-04")
    if day > timezone.localdate() + PAUSE_AT_MOST:
        raise Broken("its paused_until is more than a year away")
    return day


def _short(address: str) -> int:
    return int.from_bytes(hashlib.blake2b(address.encode(), digest_size=8).digest())
