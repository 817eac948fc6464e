"""Queries that are compiled once a process. Of a small query most of the time goes into Django's writing of its SQL,
and every reader's page asks the same few: `make bench` counts it.
"""

import copy
import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

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
        self._compiled: dict[str, tuple[Any, str, list[Any], bool]] = {}  # by kind of database

    def __call__(self, *values: Value) -> list[Row]:
        compiler, sql, parameters, are_objects = self._compiled.get(connection.vendor) or self._compile()
        bound = tuple(_adapted(values[one.place]) if isinstance(one, _Place) else one for one in parameters)
        compiler = copy.copy(compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *args, **kwargs: (sql, bound)
        if not are_objects:
            return [tuple(row) for row in compiler.results_iter(tuple_expected=True)]  # type: ignore[misc]
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        # All that Django's own way from rows to objects reads of a queryset.
        queryset: Any = SimpleNamespace(db=connection.alias, query=query, _known_related_objects={})
        return list(ModelIterable(queryset))

    def _compile(self) -> tuple[Any, str, list[Any], bool]:
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
        self._compiled[connection.vendor] = compiler, sql, found, queryset._iterable_class is ModelIterable
        return self._compiled[connection.vendor]


class _Place:
    def __init__(self, place: int) -> None:
        self.place = place


def _adapted(value: Value) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, dt.datetime) else value


def _hashable(parameter: Any) -> bool:
    return isinstance(parameter, str | int | dt.datetime)
