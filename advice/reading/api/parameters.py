"""What may be asked for. A pattern here is the whole check of a text, so that the OpenAPI document says all of it."""

import datetime as dt
import re
from typing import Annotated, Any

from ninja import Path, Query
from pydantic import BeforeValidator, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from advice.reading.api import paging

PAGE, MOST, LONGEST_SEARCH = 20, 100, 400
Nothing = SkipJsonSchema[None]  # may be left out; "null" is nothing that anybody can send


def _day(value: Any) -> Any:
    """Only as it is documented: pydantic would take seconds since 1970 for a day, too."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a day is written as 2026-03-09")
    return value


def _digits(value: Any) -> Any:
    """Only as it is documented: pydantic would take " 5", "1_0" and "1.0" for numbers, too."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError(f"Input should be a number from 1 to {MOST}, in digits")
    return value


_SLUG = StringConstraints(pattern=paging.SLUGS)
_Day = Annotated[dt.date, BeforeValidator(_day)]

Slug = Annotated[
    str,
    Path(
        pattern=r"^[-a-zA-Z0-9_]+$",
        description="Last part of the article’s address.",
        example="why-does-my-calf-twitch",
    ),
]
Limit = Annotated[
    int,
    BeforeValidator(_digits),
    # Its default stands here as well: ninja loses the one in a signature where the type has a validator.
    Query(PAGE, ge=1, le=MOST, description="How many at most.", example=PAGE),
]
Words = Annotated[
    str,
    Query(
        min_length=1,
        max_length=LONGEST_SEARCH,
        description="Words to look for; any text will do.",
        example="calf cramp",
    ),
]
TagSlug = Annotated[
    Annotated[str, _SLUG] | Nothing,
    Query(
        description="Only articles with this topic: its slug, or one of its aliases.", example="calf-cramps"
    ),
]
ColumnSlug = Annotated[
    Annotated[str, _SLUG] | Nothing,
    Query(description="Only articles of the column with this slug.", example="the-sports-doc"),
]
ExpertSlug = Annotated[
    Annotated[str, _SLUG] | Nothing,
    Query(description="Only articles with an answer by the expert with this slug.", example="ines-marlow"),
]
Year = Annotated[
    Annotated[str, StringConstraints(pattern=r"^(?:19|20)[0-9]{2}$")] | Nothing,
    Query(description="Only articles that came out in this year.", example="2026"),
]
Since = Annotated[
    _Day | Nothing,
    Query(
        description="Only what was published on this day or later. Leaves out what has no date.",
        example="2026-01-01",
    ),
]
Until = Annotated[
    _Day | Nothing,
    Query(
        description="Only what was published on this day or earlier. Leaves out what has no date.",
        example="2026-12-31",
    ),
]

_GO_ON = "Where to go on: `next` of the answer before. Left out: from the beginning."


def _cursor(pattern: str, example: str) -> Any:
    return Annotated[
        Annotated[str, StringConstraints(pattern=pattern)] | Nothing,
        Query(description=_GO_ON, example=example),
    ]


ArticleCursor = _cursor(paging.ARTICLES, "e320adf37ff80000000000000002a")
ColumnCursor = _cursor(paging.COLUMNS, "0001000000000000002")
SlugCursor = _cursor(paging.SLUGS, "calf-cramps")
RankCursor = _cursor(paging.RANKS, "014")
