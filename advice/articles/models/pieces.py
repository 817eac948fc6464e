"""Articles and their answers."""

import datetime as dt
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice import markup
from advice.accounts.models import User
from advice.articles.models import snippets
from advice.articles.models.catalogue import Column, Expert, Tag, path_of


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    RETRACTED = "retracted", _("Retracted")


# Which status may follow which; workflow.py is the only place that moves one.
MOVES: dict[str, set[str]] = {
    Status.DRAFT: {Status.IN_REVIEW, Status.PUBLISHED},
    Status.IN_REVIEW: {Status.DRAFT, Status.PUBLISHED},
    Status.PUBLISHED: {Status.DRAFT, Status.RETRACTED},
    Status.RETRACTED: set(),
}


EMPTIED = "Withdrawn letter"


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self, now: dt.datetime | None = None) -> Self:
        """What everybody may read: the one predicate that pages, feeds, sitemap, search and newsletters start from."""
        return self.filter(status=Status.PUBLISHED, published_at__lte=now or timezone.now())

    def on_its_page(self, now: dt.datetime | None = None) -> Self:
        """What has a public page: the published, and the retracted with their reason."""
        return self.filter(
            Q(status=Status.PUBLISHED) | Q(status=Status.RETRACTED), published_at__lte=now or timezone.now()
        )

    def scheduled(self, now: dt.datetime | None = None) -> Self:
        return self.filter(status=Status.PUBLISHED, published_at__gt=now or timezone.now())

    def announced(self, now: dt.datetime | None = None) -> Self:
        """“Questions we are working on”: not out yet, with a public line that an editor wrote for it.

        The only queryset from which anything of an unpublished article may be printed, and of it `announced_as` only.
        """
        soon = Q(status__in=[Status.DRAFT, Status.IN_REVIEW]) | Q(
            status=Status.PUBLISHED, published_at__gt=now or timezone.now()
        )
        return self.filter(soon).exclude(announced_as="")

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-id")

    def for_cards(self) -> Self:
        """With what a card in a list shows: column, experts' names, without the long texts."""
        answers = Answer.objects.select_related("expert").defer("text", "html").order_by("position")
        return (
            self.select_related("column")
            .defer("question", "question_html")
            .prefetch_related(Prefetch("answers", queryset=answers))
        )

    def awaiting_review(self) -> Self:
        """Handed in for review in a column that asks for one; or out, or soon, and changed since it was reviewed."""
        unseen = Q(status=Status.IN_REVIEW) & (Q(reviewer=None) | Q(review_is_void=True))
        changed = Q(status=Status.PUBLISHED, review_is_void=True)
        return self.filter(unseen | changed, column__asks_review=True)

    def to_review_by(self, user: User) -> Self:
        """What waits for this person's review: nobody reviews what they wrote, and who is no expert reviews nothing."""
        if not user.can_review:
            return self.none()
        own = Exists(Answer.objects.filter(article=OuterRef("pk"), expert__user=user))
        return self.awaiting_review().filter(Exists(Expert.objects.filter(user=user))).exclude(own)

    def for_user(self, user: User) -> Self:
        """What this person may see at the desk: editors all, an expert what is assigned to them."""
        if user.is_editor:
            return self
        return self.filter(Exists(Answer.objects.filter(article=OuterRef("pk"), expert__user=user)))


class Article(models.Model):
    """One published piece: headline, dek, question, answers, tags, dates."""

    headline = models.CharField(max_length=160)
    slug = models.SlugField(max_length=80, unique=True)
    dek = models.CharField(max_length=300, blank=True)
    question = models.TextField(blank=True, help_text="Markdown; the edited, anonymised text.")
    question_html = models.TextField(editable=False, blank=True)
    snippets = models.TextField(
        default="",
        editable=False,
        blank=True,
        help_text="Which stand in it, each with its version (snippets.py).",
    )
    signature = models.CharField(max_length=80, blank=True)
    column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.PROTECT, related_name="articles"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="articles")
    source_name = models.CharField(
        max_length=120, blank=True, help_text="Where it was taken from, if elsewhere."
    )
    source_url = models.URLField(blank=True)
    undated = models.BooleanField(
        default=False, help_text="Its true date is not known, so the page shows none."
    )
    # A list that is always read and written whole: as rows it would cost each page a query.
    sources = models.JSONField(
        default=list, blank=True, help_text="What the answers rest on: [{title, publisher, year, url}]."
    )
    announced_as = models.CharField(
        max_length=160,
        blank=True,
        help_text="The public line among the questions being worked on. Empty: it is not named there.",
    )
    asked_by = models.PositiveIntegerField(
        default=1, editable=False, help_text="How many readers' letters it answers."
    )
    reviewer = models.ForeignKey(
        Expert,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reviewed",
        verbose_name="reviewed by",
    )
    reviewed_on = models.DateField(null=True, blank=True)
    # As they were on that day: a title that is gained or lost later changes no review.
    reviewer_name = models.CharField(max_length=120, blank=True, editable=False)
    reviewer_credentials = models.CharField(max_length=120, blank=True, editable=False)
    review_of = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of which words; empty: of those that stand (reviews.py).",
    )
    review_is_void = models.BooleanField(
        default=False, editable=False, help_text="Its words were changed since, so it is not printed."
    )
    hides_former = models.BooleanField(
        default=False,
        editable=False,
        help_text="A privacy correction was made: no former text of it is kept any more.",
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    came_out_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it first came out, where it was taken back since and comes again later.",
    )
    updated_at = models.DateTimeField(null=True, blank=True, help_text="The last change of substance.")
    renderer = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised by each save at the desk."
    )
    import_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    modified_at = models.DateTimeField(auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        indexes = [
            models.Index(fields=["status", "-published_at", "-id"], name="article_newest"),
            models.Index(fields=["column", "status", "-published_at"], name="article_column_newest"),
            models.Index(fields=["status"], name="article_review_void", condition=Q(review_is_void=True)),
            models.Index(fields=["id"], name="article_with_snippets", condition=Q(snippets__gt="")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="article_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=[Status.DRAFT, Status.IN_REVIEW]) | Q(published_at__isnull=False),
                name="article_public_has_date",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.DRAFT, Status.IN_REVIEW]) | Q(column__isnull=False),
                name="article_public_has_column",
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True, reviewed_on__isnull=True)
                | Q(reviewer__isnull=False, reviewed_on__isnull=False),
                name="article_review_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(review_is_void=False) | Q(reviewer__isnull=False), name="article_void_had_review"
            ),
        ]

    def __str__(self) -> str:
        return self.headline

    def get_absolute_url(self) -> str:
        return path_of("reading:article", self.slug)

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields is None or "question" in fields:
            drawn = snippets.draw(self.question)
            self.question_html, self.snippets = drawn.html, drawn.snippets
            self.renderer = markup.RENDERER
            if fields is not None:
                kwargs["update_fields"] = {*fields, "question_html", "snippets", "renderer", "modified_at"}
        super().save(*args, **kwargs)

    @property
    def dated_at(self) -> dt.datetime | None:
        """The date that is printed: of its first appearance, never rewritten; None where that is not known."""
        return None if self.undated else self.came_out_at or self.published_at

    @property
    def is_published(self) -> bool:
        return (
            self.status == Status.PUBLISHED
            and self.published_at is not None
            and self.published_at <= timezone.now()
        )

    @property
    def is_scheduled(self) -> bool:
        return (
            self.status == Status.PUBLISHED
            and self.published_at is not None
            and self.published_at > timezone.now()
        )

    @property
    def is_retracted(self) -> bool:
        return self.status == Status.RETRACTED

    @property
    def review_stands(self) -> bool:
        return self.reviewer_id is not None and not self.review_is_void

    @property
    def review_byline(self) -> str:
        """Who reviewed it, as it is printed: with the credentials of that day."""
        if not self.reviewer_name:  # from a file, or from before they were kept
            return self.reviewer.byline if self.reviewer else ""
        return Expert(name=self.reviewer_name, credentials=self.reviewer_credentials).byline

    @property
    def is_emptied(self) -> bool:
        """Its letter was withdrawn, and nobody has written its texts anew."""
        return self.headline == EMPTIED and not self.question

    @property
    def stage(self) -> str:
        """Where the piece stands, in the words of the desk; derived from statuses and dates, never stored.

        One of: draft, assigned, filed, in_review, scheduled, published, retracted. Reads `answers`.
        """
        if self.status != Status.DRAFT:
            return "scheduled" if self.is_scheduled else str(self.status)
        answers = list(self.answers.all())
        if not answers:
            return "draft"
        return "filed" if all(answer.status == AnswerStatus.FILED for answer in answers) else "assigned"


class AnswerStatus(models.TextChoices):
    ASSIGNED = "assigned", _("With the expert")
    FILED = "filed", _("Filed")


class Answer(models.Model):
    """An expert's reply in an article. Without an expert only where the article was taken from elsewhere."""

    MOVES: ClassVar[dict[str, set[str]]] = {
        AnswerStatus.ASSIGNED: {AnswerStatus.FILED},
        AnswerStatus.FILED: {AnswerStatus.ASSIGNED},
    }

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="answers")
    expert = models.ForeignKey(
        Expert, null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    position = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(blank=True, help_text="Markdown.")
    html = models.TextField(editable=False, blank=True)
    snippets = models.TextField(
        default="",
        editable=False,
        blank=True,
        help_text="Which stand in it, each with its version (snippets.py).",
    )
    renderer = models.PositiveSmallIntegerField(default=0, editable=False)
    status = models.CharField(max_length=10, choices=AnswerStatus.choices, default=AnswerStatus.ASSIGNED)
    assigned_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(null=True, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, help_text="What the editor asked for when it was sent back.")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["position"]
        indexes = [
            models.Index(fields=["status", "due_on"], name="answer_due"),
            models.Index(fields=["id"], condition=Q(snippets__gt=""), name="answer_with_snippets"),
            models.Index(fields=["expert", "status", "filed_at"], name="answer_of_expert"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["article", "expert"], name="answer_once_an_expert"),
            models.UniqueConstraint(fields=["article", "position"], name="answer_one_a_position"),
            models.CheckConstraint(condition=Q(status__in=AnswerStatus.values), name="answer_status_known"),
            models.CheckConstraint(
                condition=Q(status=AnswerStatus.FILED, filed_at__isnull=False)
                | Q(status=AnswerStatus.ASSIGNED, filed_at__isnull=True),
                name="answer_filed_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article}, answer {self.position}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields is None or "text" in fields:
            drawn = snippets.draw(self.text)
            self.html, self.snippets = drawn.html, drawn.snippets
            self.renderer = markup.RENDERER
            if fields is not None:
                kwargs["update_fields"] = {*fields, "html", "snippets", "renderer"}
        super().save(*args, **kwargs)

    @property
    def is_overdue(self) -> bool:
        return (
            self.status == AnswerStatus.ASSIGNED
            and self.due_on is not None
            and self.due_on < timezone.localdate()
        )


class ReminderKind(models.TextChoices):
    DUE = "due", _("Due soon")
    LATE = "late", _("Overdue")


class Reminder(models.Model):
    """That an expert was mailed about an answer they owe: once of each kind for a day it is due."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=4, choices=ReminderKind.choices)
    due_on = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at"], name="reminder_newest")]
        constraints = [
            models.UniqueConstraint(fields=["answer", "kind", "due_on"], name="reminder_once"),
            models.CheckConstraint(condition=Q(kind__in=ReminderKind.values), name="reminder_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.answer_id}"


def tags_by_use(limit: int = 30) -> list[Tag]:
    """The tags that readers can follow, the most used first, each with `uses` (published articles)."""
    return list(
        Tag.objects.filter(articles__in=Article.objects.published())
        .annotate(uses=Count("articles"))
        .order_by("-uses", "name")[:limit]
    )
