"""How long a letter is kept, and its erasing. The privacy page for readers says the same; keep both true.

- the address: 30 days after its writer was told of the answer;
- the words of an answered letter: 12 months after that;
- a letter that was declined, withdrawn, taken for spam or never looked at: 90 days after it came.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from advice.letters.models import Letter, LetterStatus, LetterVersion

ADDRESS = dt.timedelta(days=30)
WORDS = dt.timedelta(days=365)
UNUSED = dt.timedelta(days=90)


@dataclass(frozen=True)
class Purged:
    addresses: int
    texts: int
    letters: int


def purge(*, now: dt.datetime | None = None) -> Purged:
    """Erase what is past its time; gives how many addresses, texts and whole letters went."""
    now = now or timezone.now()
    with transaction.atomic():
        addresses = Letter.objects.filter(told_at__lt=now - ADDRESS, email__isnull=False).update(
            email=None, email_digest=""
        )
        texts, _ = LetterVersion.objects.filter(letter__told_at__lt=now - WORDS).delete()
        _, unused = (
            Letter.objects.filter(received_at__lt=now - UNUSED).exclude(status=LetterStatus.ACCEPTED).delete()
        )
    purged = Purged(addresses, texts, unused.get("letters.Letter", 0))
    if any((purged.addresses, purged.texts, purged.letters)):
        empty_log()
    return purged


def empty_log() -> None:
    """SQLite overwrites what is deleted (secure_delete) but its write-ahead log still holds it: empty that too."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
