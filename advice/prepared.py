"""Queries that are compiled once a process. Of a small query most of the time goes into Django's writing of its SQL,
and every reader's page asks the same few: `make bench` counts it.
"""

import copy
import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from django.db import connection, models
from django.db.models.query import ModelIterable

Row = TypeVar("Row")
Value = str | int | dt.datetime
# What stands in the compiled query for a value to come: nothing that a query holds by itself.
_STANDS_FOR: dict[type, Callable[[int], Value]] = {
    str: lambda place: f"value {place} of a prepared query",
    int: lambda place: 7_203_685_000_000_000_000 + place,
    dt.datetime: lambda place: dt.datetime(7203, 6, 8, 5, 0, place, tzinfo=dt.UTC),
}


class Prepared(Generic[Row]):
    """`make` gives the queryset for values of these types, in their order; call this with the values for its rows.

    The rows are objects, or of a `values_list()` tuples. The values may go nowhere but into conditions, as they are.
    Prefetches are not made: prepare those, too.
    """

    def __init__(self, make: Callable[..., "models.QuerySet[Any, Row]"], *types: type) -> None:
        self._make = make
        self._types = types
        self._compiled: dict[str, _Compiled] = {}  # by kind of database

    def __call__(self, *values: Value) -> list[Row]:
        known = self._compiled.get(connection.vendor) or self._compile()
        bound = tuple(
            _adapted(values[one.place]) if isinstance(one, _Place) else one for one in known.parameters
        )
        with cursor() as database:
            database.execute(known.sql, bound)
            chunks = [database.fetchall()]
        compiler = copy.copy(known.compiler)
        compiler.connection = connection
        compiler.get_converters = lambda expressions: known.converters
        if not known.are_objects:
            return [tuple(row) for row in compiler.results_iter(chunks, tuple_expected=True)]  # type: ignore[misc]
        compiler.execute_sql = lambda *args, **kwargs: chunks
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        # All that Django's own way from rows to objects reads of a queryset.
        queryset: Any = SimpleNamespace(db=connection.alias, query=query, _known_related_objects={})
        return list(ModelIterable(queryset))

    def _compile(self) -> "_Compiled":
        wanted = [_STANDS_FOR[kind](place) for place, kind in enumerate(self._types)]
        queryset = self._make(*wanted)
        compiler = queryset.query.get_compiler(using=connection.alias)
        sql, parameters = compiler.as_sql()
        places = {_adapted(value): _Place(place) for place, value in enumerate(wanted)}
        found = [
            places.get(parameter, parameter) if _hashable(parameter) else parameter
            for parameter in parameters
        ]
        missing = set(places.values()).difference(one for one in found if isinstance(one, _Place))
        assert not missing, (
            f"the query does not hold the values {sorted(one.place for one in missing)} as they are"
        )
        converters = compiler.get_converters([expression for expression, *_ in compiler.select])
        are_objects = queryset._iterable_class is ModelIterable
        known = _Compiled(compiler, sql, found, converters, are_objects)
        self._compiled[connection.vendor] = known
        return known


class _Compiled(NamedTuple):
    compiler: Any
    sql: str
    parameters: list[Any]
    converters: dict[int, Any]
    are_objects: bool


def cursor() -> Any:
    """On PostgreSQL one whose values are bound by the server, which plans a query once and not for each reader.

    (Django binds them itself, and then no plan can be kept. `prepare_threshold` in the settings lets psycopg keep them.)
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    bare: Any = psycopg.Cursor(connection.connection)
    return connection.make_debug_cursor(bare) if connection.queries_logged else connection.make_cursor(bare)


class _Place:
    def __init__(self, place: int) -> None:
        self.place = place


def _adapted(value: Value) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, dt.datetime) else value


def _hashable(parameter: Any) -> bool:
    return isinstance(parameter, str | int | dt.datetime)
