"""What is erased must be gone from the disk, too."""

from django.db import connection


def empty_log() -> None:
    """SQLite overwrites what is deleted (secure_delete) but its write-ahead log still holds it: empty that too."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
