"""What is erased must be gone from the disk, too."""

import logging

from django.apps import apps
from django.db import DatabaseError, connection

from advice import keeping
from advice.keeping import Of

logger = logging.getLogger("advice.erasing")


def empty_log() -> None:
    """SQLite overwrites what is deleted (secure_delete) but its write-ahead log still holds it: empty that too.

    PostgreSQL keeps the old row until a VACUUM, and its own log until that is recycled (docs/privacy.md).
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in private_tables():
            try:
                cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")
            except DatabaseError as error:  # another runner is at it, say: its own VACUUM comes by itself
                logger.warning("VACUUM of %s: %s.", table, type(error).__name__)


def private_tables() -> list[str]:
    """Where something stands of those who read, write or subscribe. What is printed and the staff's own is not erased
    by a time."""
    fields = [
        field for kept in keeping.kept() if kept.of not in {Of.PRINTED, Of.STAFF} for field in kept.fields
    ]
    models = {field.rsplit(".", 1)[0] for field in fields if field.count(".") == 2}
    return sorted(apps.get_model(model)._meta.db_table for model in models)
