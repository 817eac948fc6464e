"""What stands in the database, whatever table it is in: for canaries that must not."""

from collections.abc import Iterator

from django.db import connection


def everything_stored() -> Iterator[tuple[str, str]]:
    """Each table's name, with all of its rows as one text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield table, str(cursor.fetchall())
