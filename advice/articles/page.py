"""What an article's page prints: one source for the public page, the desk's preview and mails."""

import copy
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _

from advice import markup
from advice.articles.models import (
    Answer,
    AnswerStatus,
    Article,
    ArticleQuerySet,
    Column,
    Correction,
    CorrectionKind,
    Edition,
    Expert,
    Status,
    Tag,
    Update,
)
from advice.prepared import Prepared

WORDS_A_MINUTE = 220
# A first paragraph of its own that greets: "Dear Adam,", or a short one that ends in a comma ("Sleepless,").
_SALUTATION = re.compile(
    r"<p>(?:(?:Dear|Hello|Hi|Hey|Good (?:morning|evening|day))\b[^<?]{0,60}|[^<,]{1,40},)</p>",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(</?h)([1-6])>")
# In rendered HTML a "<" is always a tag: in texts and attributes it is escaped.
_WHOLE_HEADING = re.compile(r"<(h[1-6])>(.*?)</\1>", re.DOTALL)
_NOTE = re.compile(r"<(?:a|li)\b[^>]*>")
_NOTE_ID = re.compile(r'(\bid="|\bhref="#)(fn)')
_LONGEST_ID = 60


@dataclass(frozen=True)
class PrintedAnswer:
    expert: Expert | None
    html: SafeString
    opens_with_salutation: bool


@dataclass(frozen=True)
class PrintedUpdate:
    row: Update
    html: SafeString


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
    updates: list[PrintedUpdate]  # as they came
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


@dataclass(frozen=True)
class FormerAnswer:
    byline: str
    html: SafeString
    opens_with_salutation: bool


@dataclass(frozen=True)
class FormerPage:
    """A text as it stood until it was changed."""

    edition: Edition
    question: SafeString
    answers: list[FormerAnswer]
    sources: list[Source]


class Anchors:
    """The ids of one page's headings and footnotes: stable while the words are, and none given twice.

    A heading's begins with "on-", which no other id of a page does.
    """

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._texts = 0

    def put_into(self, html: str) -> str:
        """One text of the page. Its footnotes are numbered from 1 again, so from the second text on they are marked."""
        self._texts += 1
        if self._texts > 1 and '"footnotes"' in html:
            mark = rf"\g<1>{self._texts}-\g<2>"
            html = _NOTE.sub(lambda tag: _NOTE_ID.sub(mark, tag[0]), html)
        return _WHOLE_HEADING.sub(
            lambda found: f'<{found[1]} id="{escape(self._new(found[2]))}">{found[2]}</{found[1]}>', html
        )

    def _new(self, heading: str) -> str:
        words = slugify(markup.plain(heading), allow_unicode=True)[:_LONGEST_ID].strip("-_")
        base = anchor = f"on-{words or 'this'}"
        number = 2
        while anchor in self._given:
            anchor, number = f"{base}-{number}", number + 1
        self._given.add(anchor)
        return anchor


def _answers_with_experts() -> "QuerySet[Answer]":
    return Answer.objects.select_related("expert").order_by("position")


def _with_column_and_reviewer(articles: ArticleQuerySet) -> ArticleQuerySet:
    """Corrections and updates are rare: whether there are any is asked with the row itself."""
    corrections = Correction.objects.filter(article=OuterRef("pk"))
    updates = Update.objects.filter(article=OuterRef("pk"))
    return articles.select_related("column", "reviewer").annotate(
        has_corrections=Exists(corrections), has_updates=Exists(updates)
    )


def for_page(articles: ArticleQuerySet) -> ArticleQuerySet:
    """With what `page_of` prints, for many at once."""
    return _with_column_and_reviewer(articles).prefetch_related(
        Prefetch("answers", queryset=_answers_with_experts()), "tags"
    )


def _at_address(slug: str, now: dt.datetime) -> ArticleQuerySet:
    """Without the long texts that a page does not print."""
    public = _with_column_and_reviewer(Article.objects.on_its_page(now)).filter(slug=slug)
    return public.defer(
        *("column__description", "column__disclaimer", "reviewer__bio", "reviewer__bio_html"),
        "reviewer__interests",
    )


def _filed_in(pk: int) -> "QuerySet[Answer]":
    answers = _answers_with_experts().filter(article=pk)
    return answers.defer("note", "expert__bio", "expert__bio_html", "expert__interests")


_article: Prepared[Article] = Prepared(_at_address, str, dt.datetime)
_answers_of: Prepared[Answer] = Prepared(_filed_in, int)


def public_article(slug: str) -> Article | None:
    """What has its page at this address now."""
    found = _article(slug, timezone.now())
    return found[0] if found else None


def public_page(article: Article, tags: Iterable[Tag]) -> ArticlePage:
    """What is printed of a `public_article` with these tags."""
    answers = [] if article.is_retracted else _answers_of(article.pk)
    return page_of(article, answers=answers, tags=tags)


def page_of(
    article: Article, *, answers: Iterable[Answer] | None = None, tags: Iterable[Tag] | None = None
) -> ArticlePage:
    """What to print of `article`, published or not; a retracted one keeps its headline and gives its reason only.

    Answers and tags that the caller has are not asked for again.
    """
    withdrawn = article.is_retracted
    rows = [] if withdrawn else _shown(article, article.answers.all() if answers is None else answers)
    corrections = list(article.corrections.all()) if getattr(article, "has_corrections", True) else []
    updates = article.updates.all() if getattr(article, "has_updates", True) and not withdrawn else []
    words = sum(len(text.split()) for text in (article.question, *(row.text for row in rows)))
    anchors = Anchors()
    return ArticlePage(
        article=article,
        column=article.column,
        question=printed("" if withdrawn else article.question_html, anchors=anchors),
        answers=[
            PrintedAnswer(row.expert, printed(row.html, anchors=anchors), opens_with_salutation(row.html))
            for row in rows
        ],
        sources=[] if withdrawn else [Source(**source) for source in article.sources],
        reviewer=_reviewer(article),
        reviewed_on=article.reviewed_on if article.review_stands and not withdrawn else None,
        tags=list(article.tags.all() if tags is None else tags),
        # A note may quote what was wrong, so with the text it goes, too.
        corrections=[] if withdrawn else [n for n in corrections if n.kind != CorrectionKind.RETRACTION],
        retraction=next((note for note in corrections if note.kind == CorrectionKind.RETRACTION), None),
        updates=[PrintedUpdate(row, printed(row.html, anchors=anchors)) for row in updates],
        published_at=article.dated_at,
        updated_at=None if withdrawn else article.updated_at,
        minutes=max(1, ceil(words / WORDS_A_MINUTE)),
    )


def _reviewer(article: Article) -> Expert | None:
    """With name and credentials as they were on the day of the review, while that is of the words that stand."""
    if article.reviewer is None or article.review_is_void or article.is_retracted:
        return None
    reviewer = copy.copy(article.reviewer)
    if article.reviewer_name:
        reviewer.name, reviewer.credentials = article.reviewer_name, article.reviewer_credentials
    return reviewer


def former_page(edition: Edition) -> FormerPage:
    anchors = Anchors()
    return FormerPage(
        edition=edition,
        question=printed(edition.question_html, anchors=anchors),
        answers=[
            FormerAnswer(
                answer["byline"],
                printed(answer["html"], anchors=anchors),
                opens_with_salutation(answer["html"]),
            )
            for answer in edition.answers
        ],
        sources=[Source(**source) for source in edition.sources],
    )


def printed(html: str, *, top: int = 3, anchors: Anchors | None = None) -> SafeString:
    """Rendered HTML as a page needs it: its highest heading is `top`, and a table scrolls in a box, by keyboard too.

    Both are WCAG (1.3.1, 2.1.1), and both depend on the page: a feed or a mail takes the HTML as it is. With `anchors`
    its headings can be linked to.
    """
    up = min((int(level) for _start, level in _HEADING.findall(html)), default=top) - top
    html = _HEADING.sub(lambda found: f"{found[1]}{min(int(found[2]) - up, 6)}>", html)
    if anchors:
        html = anchors.put_into(html)
    if "<table>" in html:
        box = f'<div class="table" role="region" aria-label="{escape(_("Table"))}" tabindex="0"><table>'
        html = html.replace("<table>", box).replace("</table>", "</table></div>")
    if "footnote-backref" in html:  # an arrow, and nothing that could be read out
        label = escape(_("Back to the text"))
        html = html.replace('class="footnote-backref"', f'class="footnote-backref" aria-label="{label}"')
    return mark_safe(html)


def opens_with_salutation(html: str) -> bool:
    return _SALUTATION.match(html) is not None


def _shown(article: Article, answers: Iterable[Answer]) -> list[Answer]:
    """A preview shows what is written so far, a public page what was filed."""
    public = article.status == Status.PUBLISHED
    return [row for row in answers if row.html and (row.status == AnswerStatus.FILED or not public)]
