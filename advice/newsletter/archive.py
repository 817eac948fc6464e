"""The web archive: every issue as it was mailed, without what was withdrawn since. Of an issue that made itself all
that is in it: each reader's mail has a part of that, by topics, by what they had before, and by how much a mail holds.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from advice.articles.models import Article, ArticleEvent, Correction
from advice.caching import public
from advice.newsletter.models import Issue, IssueItem, IssueQuerySet, Newsletter
from advice.newsletter.naming import preheader_of, subject_of
from advice.newsletter.rendering import PrintedItem, printed
from advice.newsletter.texts import mailed
from advice.paging import paged
from advice.site import absolute

_WHOLE_TEXTS = ("question", "question_html", "answers")


@dataclass(frozen=True)
class Gone:
    """Where something stood that may not be shown as it was mailed. `article`: as it stands now; None: withdrawn."""

    article: Article | None
    item: None = None

    @property
    def link(self) -> str:
        return absolute(self.article.get_absolute_url()) if self.article else ""


@dataclass(frozen=True)
class Shown:
    """An issue as everybody may see it now."""

    issue: Issue
    title: str
    line: str
    items: list[IssueItem]

    @property
    def intro(self) -> SafeString:
        return mailed(self.issue.intro_html, page=self.issue.get_absolute_url())

    @property
    def changed_at(self) -> dt.datetime | None:
        """When it left, was amended, or when something was last done to what had to be taken from it since."""
        gone = (row.touched_at for row in self.items if not row.is_public)  # type: ignore[attr-defined]
        return max(filter(None, (self.issue.left_at, self.issue.amended_at, *gone)), default=None)

    @property
    def printed_items(self) -> list[PrintedItem | Gone]:
        return [printed(item) if item.is_public else _gone(item) for item in self.items]  # type: ignore[attr-defined]


def _gone(item: IssueItem) -> Gone:
    return Gone(item.article if item.article.is_published else None)


def with_items(issues: IssueQuerySet, *, whole: bool) -> IssueQuerySet:
    """With what `shown` needs, which is three queries for any number of issues."""
    is_public = Exists(IssueItem.objects.public().filter(pk=OuterRef("pk")))
    events = ArticleEvent.objects.filter(article=OuterRef("article")).order_by("-at")
    items = IssueItem.objects.annotate(is_public=is_public, touched_at=Subquery(events.values("at")[:1]))
    items = items.select_related("article__column") if whole else items.defer(*_WHOLE_TEXTS)
    return issues.select_related("newsletter", "correction__article").prefetch_related(
        Prefetch("items", queryset=items)
    )


def shown(issue: Issue) -> Shown:
    rows = list(issue.items.all())
    public = [row for row in rows if row.is_public]  # type: ignore[attr-defined]
    return Shown(issue, subject_of(issue, public), preheader_of(issue, public), rows)


@public()
@require_safe
def newsletter(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Newsletter.objects.select_related("column"), slug=slug)
    issues = Issue.objects.archived().filter(newsletter=row).order_by("-number")
    page = paged(request, with_items(issues, whole=False))
    page.object_list = [shown(issue) for issue in page.object_list]
    return render(request, "newsletter/newsletter.html", {"newsletter": row, "page": page})


@public()
@require_safe
def issue(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    left = with_items(Issue.objects.left(), whole=True)
    row = get_object_or_404(left, newsletter__slug=slug, number=number)
    if row.correction and not Correction.objects.public().filter(pk=row.correction.pk).exists():
        raise Http404("What it corrects is not public any more.")
    listed = Issue.objects.archived().filter(newsletter=row.newsletter).select_related("newsletter")
    listed = listed.only("number", "left_at", "newsletter__slug")
    context = {
        "issue": row,
        "newsletter": row.newsletter,
        "shown": shown(row),
        "note": row.correction,
        "is_listed": listed.filter(pk=row.pk).exists(),
        "earlier": listed.filter(number__lt=number).order_by("-number").first(),
        "later": listed.filter(number__gt=number).order_by("number").first(),
    }
    return render(request, "newsletter/issue.html", context)
