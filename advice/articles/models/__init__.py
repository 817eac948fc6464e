"""What is printed: columns, experts, tags, articles and their answers. Nothing here knows that letters exist."""

from advice.articles.models.catalogue import (
    Column,
    Expert,
    FormerAddress,
    Page,
    PageChange,
    Tag,
    TagAlias,
    path_of,
)
from advice.articles.models.pieces import (
    MOVES,
    Answer,
    AnswerStatus,
    Article,
    ArticleQuerySet,
    Status,
    tags_by_use,
)
from advice.articles.models.records import (
    ArticleEvent,
    Correction,
    CorrectionKind,
    Edition,
    OldSlug,
    Related,
    RelatedChoice,
    Tally,
    TallyKind,
)

__all__ = [
    "MOVES",
    "Answer",
    "AnswerStatus",
    "Article",
    "ArticleEvent",
    "ArticleQuerySet",
    "Column",
    "Correction",
    "CorrectionKind",
    "Edition",
    "Expert",
    "FormerAddress",
    "OldSlug",
    "Page",
    "PageChange",
    "Related",
    "RelatedChoice",
    "Status",
    "Tag",
    "TagAlias",
    "Tally",
    "TallyKind",
    "path_of",
    "tags_by_use",
]
