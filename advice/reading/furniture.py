"""What stands on every public page around its own matter: the columns in the masthead, the newsletters to choose.

One query, made only where a template asks, so that a page's own queries stay few.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import CharField, QuerySet, Value
from django.http import HttpRequest

from advice.articles.models import Column
from advice.newsletter.models import Newsletter
from advice.prepared import Prepared


def _columns_and_newsletters() -> "QuerySet[Any, Any]":
    columns = Column.objects.order_by().values_list(
        Value("column", output_field=CharField()),
        "position",
        "name",
        "slug",
        Value("", output_field=CharField()),
    )
    newsletters = (
        Newsletter.objects.order_by()
        .filter(is_open=True)
        .values_list(Value("newsletter", output_field=CharField()), "position", "name", "slug", "promise")
    )
    return columns.union(newsletters, all=True)


_rows: Prepared[tuple[Any, ...]] = Prepared(_columns_and_newsletters)


@dataclass(frozen=True)
class Piece:
    kind: str
    position: int
    name: str
    slug: str
    line: str  # a newsletter's promise; nothing for a column

    @property
    def promise(self) -> str:
        return self.line


class Furniture:
    def __init__(self, pieces: tuple[Piece, ...] | None = None) -> None:
        if pieces is not None:
            self.pieces = pieces

    @property
    def brand(self) -> tuple[str, str]:
        """The site's name for the masthead: its last word is set in italics."""
        first, _, last = settings.SITE_NAME.rpartition(" ")
        return first, last

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        rows = (Piece(*row) for row in _rows())
        return tuple(sorted(rows, key=lambda piece: (piece.position, piece.name)))

    @property
    def columns(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind == "column"]

    @property
    def newsletters(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind == "newsletter"]


def context(request: HttpRequest) -> dict[str, Furniture]:
    return {"furniture": Furniture()}
