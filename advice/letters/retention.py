"""How long a letter is kept, and its erasing. The privacy page prints these times (keeping.py).

- the address: 30 days after its writer was told of the answer, or when they were invited to tell what happened since, at
  most 60 days after they were told;
- the words of an answered letter: 12 months after that;
- both, of a letter that was taken on and whose writer was never told of an answer: 12 months after it came;
- a letter that was declined, withdrawn, taken for spam or never looked at: whole, 90 days after the last thing that
  happened to it, and 12 months after it came whatever happened.

Whose letter goes while we still have an address is told by one last mail (parting.py).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from advice.articles import history
from advice.articles.workflow import NotPermitted
from advice.crypto import digests
from advice.erasing import empty_log
from advice.letters import redflags, workflow
from advice.letters.models import (
    Enquiry,
    FollowUp,
    Letter,
    LetterEvent,
    LetterQuerySet,
    LetterStatus,
    LetterVersion,
    NearAnswer,
    Note,
    Wording,
    day_of,
)
from advice.letters.parting import tell_erased

ADDRESS = dt.timedelta(days=30)
ADDRESS_TO_INVITE = dt.timedelta(days=60)  # at most
WORDS = dt.timedelta(days=365)
UNUSED = dt.timedelta(days=90)
BATCH = 500


@dataclass(frozen=True)
class Purged:
    addresses: int
    texts: int
    letters: int


def purge(*, now: dt.datetime | None = None) -> Purged:
    """Erase what is past its time; gives how many addresses, texts and whole letters went."""
    now = now or timezone.now()
    with transaction.atomic():
        purged = Purged(
            # Words first: their writers are told, which takes the address.
            texts=_in_batches(_with_old_words(now), _told(_erase_words)),
            addresses=_in_batches(_with_old_address(now), _erase_addresses),
            letters=_in_batches(_unused(now), _told(_erase_letters)),
        )
        if any((purged.addresses, purged.texts, purged.letters)):
            transaction.on_commit(empty_log, robust=True)  # of the outermost block: a caller may have one too
    return purged


@dataclass(frozen=True)
class Going:
    """When what goes; None where it is gone, or never goes."""

    address: dt.datetime | None
    words: dt.datetime | None
    everything: dt.datetime | None


def goes(letter: Letter) -> Going:
    """When the purge will take what is kept of `letter`, as things stand now."""
    at_most = letter.received_at + WORDS
    address, words, everything = at_most, at_most, None
    if letter.told_at:
        address, words = letter.told_at + _address_time(letter), letter.told_at + WORDS
    if letter.status != LetterStatus.ACCEPTED:
        last = letter.events.aggregate(last=Max("at"))["last"] or letter.received_at
        everything = min(last + UNUSED, at_most)
        address, words = min(address, everything), min(words, everything)
    return Going(
        address=address if letter.left_address else None,
        words=words if letter.current.pk else None,
        everything=everything,
    )


def _address_time(letter: Letter) -> dt.timedelta:
    if not Letter.objects.kept_to_invite().filter(pk=letter.pk).exists():
        return ADDRESS
    return max(ADDRESS, min(dt.timedelta(weeks=letter.column.update_weeks), ADDRESS_TO_INVITE))


def erase(letter: Letter) -> Purged:
    """Erase one letter before its time. One that waits for its answer is taken back, and its draft is emptied; of one
    whose answer is out the record stays. The caller empties the database's log."""
    if letter.status == LetterStatus.ACCEPTED:
        try:
            workflow.withdraw(letter)
        except NotPermitted:
            pass  # published
    return _erase(Letter.objects.filter(pk=letter.pk))


def _erase(letters: LetterQuerySet) -> Purged:
    return Purged(
        letters=_erase_letters(letters.exclude(status=LetterStatus.ACCEPTED)),
        texts=_erase_words(letters),
        addresses=_erase_addresses(letters),
    )


def given_with(email: str) -> LetterQuerySet:
    return Letter.objects.filter(email_digest__in=digests(email))


@transaction.atomic
def erase_of(email: str) -> Purged:
    """Erase the letters that were given with this address, as `erase` does."""
    gone = [erase(letter) for letter in given_with(email).defer("email").select_for_update().order_by("pk")]
    return Purged(
        addresses=sum(one.addresses for one in gone),
        texts=sum(one.texts for one in gone),
        letters=sum(one.letters for one in gone),
    )


def _kept_too_long(now: dt.datetime) -> Q:
    return Q(told_at__isnull=True, received_at__lt=day_of(now) - WORDS)


def _with_old_address(now: dt.datetime) -> LetterQuerySet:
    asked_later = Q(pk__in=Letter.objects.kept_to_invite(now).order_by().values("pk"))
    old = Q(told_at__lt=now - ADDRESS) & ~asked_later
    old |= Q(told_at__lt=now - ADDRESS_TO_INVITE) | _kept_too_long(now)
    return Letter.objects.filter(old, email__isnull=False)


def _with_old_words(now: dt.datetime) -> LetterQuerySet:
    has_words = Exists(LetterVersion.objects.filter(letter=OuterRef("pk")))
    return Letter.objects.filter(Q(told_at__lt=now - WORDS) | _kept_too_long(now), has_words)


def _unused(now: dt.datetime) -> LetterQuerySet:
    # Times of the writer's acts may be cut to their day: counted from its end, nothing goes too early.
    today = day_of(now)
    last = LetterEvent.objects.filter(letter=OuterRef("pk")).order_by("-at").values("at")[:1]
    return (
        Letter.objects.exclude(status=LetterStatus.ACCEPTED)
        .annotate(last_at=Coalesce(Subquery(last), F("received_at")))
        .filter(Q(last_at__lt=today - UNUSED) | Q(received_at__lt=today - WORDS))
    )


def _in_batches(letters: LetterQuerySet, erase: Callable[[LetterQuerySet], int]) -> int:
    erased = 0
    while True:
        locked = list(
            letters.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:BATCH]
        )
        # Asked once more under the lock: an editor may have accepted or reopened one in between.
        count = erase(letters.filter(pk__in=locked)) if locked else 0
        erased += count
        if len(locked) < BATCH or not count:
            return erased


def _told(erase: Callable[[LetterQuerySet], int]) -> Callable[[LetterQuerySet], int]:
    def tell_and_erase(letters: LetterQuerySet) -> int:
        tell_erased(letters)
        return erase(letters)

    return tell_and_erase


def _erase_addresses(letters: LetterQuerySet) -> int:
    return letters.update(email=None, email_digest="")


def _erase_words(letters: LetterQuerySet) -> int:
    """All that is made of a letter's words goes with them: what was near or urgent in it, what was asked and said, and the
    copy in a draft that has never been out, and what the desk saved until it was."""
    pks = list(letters.values_list("pk", flat=True))
    copied = Letter.objects.filter(
        Q(is_lead=True) | Q(was_lead=True), pk__in=pks, status=LetterStatus.ACCEPTED, told_at__isnull=True
    )
    for letter in copied.defer("email").order_by("pk"):
        workflow.empty_draft(letter, note="The letter’s words were erased.")
    made_of_them = Letter.objects.filter(pk__in=pks, article__isnull=False).order_by()
    history.forget_working(list(made_of_them.values_list("article", flat=True)))
    redflags.forget(pks)
    Enquiry.objects.filter(letter__in=pks).delete()
    Wording.objects.filter(letter__in=pks).delete()
    FollowUp.objects.filter(letter__in=pks).delete()
    NearAnswer.objects.filter(letter__in=pks).delete()
    Note.objects.about(Letter.objects.filter(pk__in=pks)).delete()
    Letter.objects.filter(pk__in=pks).update(context=None, wished_signature="")
    return LetterVersion.objects.filter(letter__in=pks).delete()[0]


def _erase_letters(letters: LetterQuerySet) -> int:
    pks = list(letters.values_list("pk", flat=True))
    Note.objects.about(Letter.objects.filter(pk__in=pks)).delete()
    # The rows are read to be deleted: an address that no key opens must not keep them.
    return Letter.objects.filter(pk__in=pks).defer("email").delete()[1].get("letters.Letter", 0)
