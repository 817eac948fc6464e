"""What stands on every public page around its own matter: the columns in the masthead, the newsletters to choose.

One query, made only where a template asks, so that a page's own queries stay few.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import CharField, IntegerField, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from advice.articles.models import Column
from advice.newsletter import consent
from advice.newsletter.models import Newsletter, rhythm_line
from advice.prepared import Prepared


def columns_and_newsletters() -> "tuple[QuerySet[Any, Any], QuerySet[Any, Any]]":
    """Rows of what a Piece holds, for a union."""
    columns = Column.objects.order_by().values_list(
        Value("column", output_field=CharField()),
        "position",
        "name",
        "slug",
        Value("", output_field=CharField()),
        Value("", output_field=CharField()),
        Value(0, output_field=IntegerField()),
        Value("", output_field=CharField()),
    )
    newsletters = (
        Newsletter.objects.order_by()
        .filter(is_open=True)
        .values_list(
            Value("newsletter", output_field=CharField()),
            *("position", "name", "slug", "promise", "rhythm", "weekday"),
            Coalesce("column__slug", Value("")),
        )
    )
    return columns, newsletters


def _union() -> "QuerySet[Any, Any]":
    columns, newsletters = columns_and_newsletters()
    return columns.union(newsletters, all=True)


_rows: Prepared[tuple[Any, ...]] = Prepared(_union)


@dataclass(frozen=True)
class Piece:
    kind: str
    position: int
    name: str
    slug: str
    line: str = ""  # a newsletter's promise; nothing for a column, nor are those that follow
    rhythm: str = ""
    weekday: int = 0
    of: str = ""  # the slug of the column whose own it is

    @property
    def promise(self) -> str:
        return self.line

    @property
    def rhythm_line(self) -> str:
        return rhythm_line(self.rhythm, self.weekday)


class Furniture:
    def __init__(self, pieces: Iterable[Piece] | None = None) -> None:
        """Asked for when a template needs them, where a view has not brought them."""
        if pieces is not None:
            self.pieces = _in_order(pieces)

    @property
    def brand(self) -> tuple[str, str]:
        """The site's name for the masthead: its last word is set in italics."""
        first, _, last = settings.SITE_NAME.rpartition(" ")
        return first, last

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        return _in_order(Piece(*row) for row in _rows())

    @property
    def columns(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind == "column"]

    @property
    def newsletters(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind == "newsletter"]

    def usual(self, column: str) -> Piece | None:
        """What somebody gets who ticks nothing under an article of this column: as newsletter.workflow.usual."""
        newsletters = self.newsletters
        own = [piece for piece in newsletters if column and piece.of == column]
        return next(iter(own or newsletters), None)

    @property
    def consent(self) -> str:
        return str(consent.WORDINGS[consent.VERSION])


def _in_order(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(sorted(pieces, key=lambda piece: (piece.position, piece.name)))


def context(request: HttpRequest) -> dict[str, Furniture]:
    return {"furniture": Furniture()}
