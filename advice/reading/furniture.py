"""What stands on every public page around its own matter: the columns in the masthead, the newsletters to choose.

One query, made only where a template asks, so that a page's own queries stay few.
"""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db.models import CharField, Value
from django.http import HttpRequest

from advice.articles.models import Column
from advice.newsletter.models import Newsletter


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
    @property
    def brand(self) -> tuple[str, str]:
        """The site's name for the masthead: its last word is set in italics."""
        first, _, last = settings.SITE_NAME.rpartition(" ")
        return first, last

    @cached_property
    def _pieces(self) -> list[Piece]:
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
            .values_list(
                Value("newsletter", output_field=CharField()),
                "position",
                "name",
                "slug",
                "promise",
            )
        )
        rows = columns.union(newsletters, all=True)
        return sorted((Piece(*row) for row in rows), key=lambda piece: (piece.position, piece.name))

    @property
    def columns(self) -> list[Piece]:
        return [piece for piece in self._pieces if piece.kind == "column"]

    @property
    def newsletters(self) -> list[Piece]:
        return [piece for piece in self._pieces if piece.kind == "newsletter"]


def context(request: HttpRequest) -> dict[str, Furniture]:
    return {"furniture": Furniture()}
