"""What is kept about an article: corrections, former texts and addresses, neighbours, counts, history."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice import markup
from advice.accounts.models import User
from advice.articles.models.pieces import Article


class CorrectionKind(models.TextChoices):
    CLARIFICATION = "clarification", _("Clarification")
    CORRECTION = "correction", _("Correction")
    RETRACTION = "retraction", _("Retraction")


class Edition(models.Model):
    """A public text as it stood until it was changed, kept so that a correction can show it.

    Made where a published text changes (workflow.py). Public only through a correction that names it; a privacy
    correction and a retraction delete all editions of their article.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="editions")
    until = models.DateTimeField(default=timezone.now, help_text="When it was replaced.")
    headline = models.CharField(max_length=160)
    dek = models.CharField(max_length=300, blank=True)
    signature = models.CharField(max_length=80, blank=True)
    question_html = models.TextField(blank=True)
    answers = models.JSONField(default=list, help_text="[{byline, html}], as they were printed.")
    sources = models.JSONField(default=list, help_text="As in Article.sources.")

    class Meta:
        ordering = ["-until", "-id"]

    def __str__(self) -> str:
        return f"{self.headline} ({self.until:%Y-%m-%d %H:%M})"


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def public(self) -> Self:
        """What readers may see. Of a retracted article its reason only: an older note may quote what was wrong."""
        of_published = Exists(Article.objects.published().filter(pk=OuterRef("article")))
        on_its_page = Exists(Article.objects.on_its_page().filter(pk=OuterRef("article")))
        return self.filter(of_published | (Q(kind=CorrectionKind.RETRACTION) & on_its_page))


class Correction(models.Model):
    """A dated public note that something was made clear, was put right, or was withdrawn."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="corrections")
    kind = models.CharField(max_length=15, choices=CorrectionKind.choices)
    text = models.TextField(max_length=2_000, help_text="Markdown.")
    html = models.TextField(editable=False, blank=True)
    is_privacy = models.BooleanField(
        "privacy", default=False, help_text="What stood before is deleted, and shown nowhere."
    )
    before = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.SET_NULL, related_name="corrections"
    )
    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CorrectionKind.values), name="correction_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="correction_has_text"),
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(kind=CorrectionKind.RETRACTION),
                name="correction_one_retraction",
            ),
            models.CheckConstraint(
                condition=Q(before__isnull=True) | (Q(is_privacy=False) & ~Q(kind=CorrectionKind.RETRACTION)),
                name="correction_private_shows_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.article}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.html = markup.render(self.text)
        super().save(*args, **kwargs)


class Update(models.Model):
    """What somebody who had asked told of since: printed under the answer, dated, signed as the letter was.

    Put there and taken away in updates.py. A privacy correction and a retraction delete all updates of their article.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="updates")
    text = models.TextField(help_text="Markdown; edited and anonymised like the question.")
    html = models.TextField(editable=False, blank=True)
    signature = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="update_has_text")]

    def __str__(self) -> str:
        return f"{self.article_id}, {self.made_at:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.html = markup.render(self.text)
        super().save(*args, **kwargs)


class OldSlug(models.Model):
    """An address that an article had. It redirects for ever, and is never given to another article."""

    slug = models.SlugField(max_length=80, unique=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="old_slugs")

    def __str__(self) -> str:
        return self.slug


class TallyKind(models.TextChoices):
    HELPFUL = "helpful", _("Helpful")
    UNHELPFUL = "unhelpful", _("Not helpful")
    ASKED_TOO = "asked_too", _("I have this question too")


class Tally(models.Model):
    """How many visitors said a thing of an article on one day. A count is all that is kept of them."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="tallies")
    kind = models.CharField(max_length=10, choices=TallyKind.choices)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [models.Index(fields=["kind", "day"], name="tally_of_days")]
        constraints = [
            models.UniqueConstraint(fields=["article", "kind", "day"], name="tally_once_a_day"),
            models.CheckConstraint(condition=Q(kind__in=TallyKind.values), name="tally_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.kind} {self.day}: {self.count}"


class Related(models.Model):
    """One of an article's neighbours, computed at publication (related.py). Read through `published()`."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="related_rows")
    neighbour = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="listed_in")
    position = models.PositiveSmallIntegerField()
    score = models.FloatField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["article", "neighbour"], name="related_once"),
            models.UniqueConstraint(fields=["article", "position"], name="related_one_a_position"),
            models.CheckConstraint(condition=~Q(article=F("neighbour")), name="related_never_itself"),
        ]


class RelatedChoice(models.Model):
    """An editor's word on a neighbour: pinned ones stand first, excluded ones never show."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="related_choices")
    other = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    excluded = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "other"], name="related_choice_once"),
            models.CheckConstraint(condition=~Q(article=F("other")), name="related_choice_never_itself"),
        ]


class Promotion(models.Model):
    """An editor's word that an article stands first for some searches (promotions.py). Read through `published()`."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="promotions")
    queries = models.CharField(max_length=500, help_text="Separated by commas.")
    position = models.PositiveSmallIntegerField(default=1, help_text="Among those for the same search.")
    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.queries}: {self.article}"


class PromotedQuery(models.Model):
    """One of a promotion's searches as it is looked up: its stems in the order of the alphabet."""

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(max_length=200, db_index=True)

    class Meta:
        verbose_name_plural = "promoted queries"
        constraints = [models.UniqueConstraint(fields=["promotion", "key"], name="promoted_query_once")]

    def __str__(self) -> str:
        return self.key


class RelatedRebuild(models.Model):
    """How far a computation of all neighbours has come. There is a row only until it ends."""

    after = models.BigIntegerField(help_text="The last article that is done.")

    def __str__(self) -> str:
        return f"after {self.after}"


class ArticleEvent(models.Model):
    """One line of an article's history: who did what, when. Only ever added to."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=20)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.article_id}"
