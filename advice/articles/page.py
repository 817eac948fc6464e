"""What an article's page prints: one source for the public page, the desk's preview and mails."""

import datetime as dt
import re
from dataclasses import dataclass
from math import ceil

from django.db.models import Exists, OuterRef, Prefetch
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from advice.articles.models import (
    Answer,
    AnswerStatus,
    Article,
    ArticleQuerySet,
    Column,
    Correction,
    CorrectionKind,
    Expert,
    Status,
    Tag,
)

WORDS_A_MINUTE = 220
# A first paragraph of its own that greets: "Dear Adam,", or a short one that ends in a comma ("Sleepless,").
_SALUTATION = re.compile(
    r"<p>(?:(?:Dear|Hello|Hi|Hey|Good (?:morning|evening|day))\b[^<?]{0,60}|[^<,]{1,40},)</p>",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(</?h)([1-6])>")


@dataclass(frozen=True)
class PrintedAnswer:
    expert: Expert | None
    html: SafeString
    opens_with_salutation: bool


@dataclass(frozen=True)
class Source:
    """One line of the list under the answers; what is not known is empty, a year None."""

    title: str
    publisher: str = ""
    year: int | None = None
    url: str = ""


@dataclass(frozen=True)
class ArticlePage:
    article: Article
    column: Column | None
    question: SafeString
    answers: list[PrintedAnswer]
    sources: list[Source]
    reviewer: Expert | None
    reviewed_on: dt.date | None
    tags: list[Tag]
    corrections: list[Correction]  # newest first, without the retraction
    retraction: Correction | None
    published_at: dt.datetime | None  # None where the page shows no date
    updated_at: dt.datetime | None
    minutes: int

    @property
    def experts(self) -> list[Expert]:
        return [answer.expert for answer in self.answers if answer.expert is not None]

    @property
    def is_withdrawn(self) -> bool:
        return self.article.is_retracted

    @property
    def askers(self) -> int:
        """How many readers' letters it answers; 0 where it says nothing of that."""
        return self.article.asked_by if self.article.asked_by > 1 and not self.is_withdrawn else 0

    @property
    def several_answers(self) -> bool:
        return len(self.answers) > 1


def for_page(articles: ArticleQuerySet) -> ArticleQuerySet:
    """With what `page_of` prints. Corrections are rare: whether there are any is asked with the row itself."""
    answers = Answer.objects.select_related("expert").order_by("position")
    corrections = Correction.objects.filter(article=OuterRef("pk"))
    return (
        articles.select_related("column", "reviewer")
        .prefetch_related(Prefetch("answers", queryset=answers), "tags")
        .annotate(has_corrections=Exists(corrections))
    )


def page_of(article: Article) -> ArticlePage:
    """What to print of `article`, published or not; a retracted one keeps its headline and gives its reason only."""
    withdrawn = article.is_retracted
    answers = [] if withdrawn else _answers(article)
    corrections = list(article.corrections.all()) if getattr(article, "has_corrections", True) else []
    words = len(article.question.split()) + sum(len(text.split()) for _, text in answers)
    return ArticlePage(
        article=article,
        column=article.column,
        question=printed("" if withdrawn else article.question_html),
        answers=[printed for printed, _ in answers],
        sources=[] if withdrawn else [Source(**source) for source in article.sources],
        reviewer=None if withdrawn else article.reviewer,
        reviewed_on=None if withdrawn else article.reviewed_on,
        tags=list(article.tags.all()),
        corrections=[note for note in corrections if note.kind != CorrectionKind.RETRACTION],
        retraction=next((note for note in corrections if note.kind == CorrectionKind.RETRACTION), None),
        published_at=None if article.undated else article.published_at,
        updated_at=None if withdrawn else article.updated_at,
        minutes=max(1, ceil(words / WORDS_A_MINUTE)),
    )


def printed(html: str, *, top: int = 3) -> SafeString:
    """Rendered HTML as a page needs it: its highest heading is `top`, and a table scrolls in a box, by keyboard too.

    Both are WCAG (1.3.1, 2.1.1), and both depend on the page: a feed or a mail takes the HTML as it is.
    """
    up = min((int(level) for _, level in _HEADING.findall(html)), default=top) - top
    html = _HEADING.sub(lambda found: f"{found[1]}{min(int(found[2]) - up, 6)}>", html)
    box = f'<div class="table" role="region" aria-label="{escape(_("Table"))}" tabindex="0"><table>'
    html = html.replace("<table>", box)
    return mark_safe(html.replace("</table>", "</table></div>"))


def opens_with_salutation(html: str) -> bool:
    return _SALUTATION.match(html) is not None


def _answers(article: Article) -> list[tuple[PrintedAnswer, str]]:
    """The answers with their Markdown. A preview shows what is written so far, a public page what was filed."""
    public = article.status == Status.PUBLISHED
    return [
        (PrintedAnswer(row.expert, printed(row.html), opens_with_salutation(row.html)), row.text)
        for row in article.answers.all()
        if row.html and (row.status == AnswerStatus.FILED or not public)
    ]
