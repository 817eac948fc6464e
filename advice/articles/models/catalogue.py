"""What articles stand in and under: columns, experts, tags; the pages of trust; and addresses that have moved."""

from functools import lru_cache
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from advice import markup
from advice.accounts.models import User
from advice.articles.models import snippets

# A letter's address is kept for the invitation, and no longer than letters/retention.py says; a test holds both together.
MOST_UPDATE_WEEKS = 8


@lru_cache(maxsize=16)
def _parts(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=["slug"]).partition("slug")
    return before, after


def path_of(name: str, slug: str) -> str:
    """The path that `name` gives to a slug. A page prints dozens, and to resolve the name for each takes a tenth of it."""
    before, after = _parts(name)
    return f"{before}{slug}{after}"


class Column(models.Model):
    """A named series with its experts and its disclaimer."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(max_length=500, blank=True)
    disclaimer = models.TextField(
        max_length=2_000, blank=True, help_text="Markdown; stands under each answer."
    )
    disclaimer_html = models.TextField(editable=False, blank=True)
    is_medical = models.BooleanField("medical", default=False)
    asks_review = models.BooleanField(
        "asks for a review",
        default=False,
        help_text="A reviewer other than its authors reads each piece before it comes out.",
    )
    asks_sources = models.BooleanField(
        "asks for sources", default=False, help_text="Each answer names what it rests on."
    )
    context_question = models.CharField(
        max_length=120,
        blank=True,
        help_text="“How much do you run?”: one line that the form for letters asks besides, for the expert alone.",
    )
    position = models.PositiveSmallIntegerField(default=0)
    wording_days = models.PositiveSmallIntegerField(
        "days to look at the wording",
        default=7,
        help_text="After so many days without a word from its writer the desk says so. Nothing waits for it.",
    )
    update_weeks = models.PositiveSmallIntegerField(
        "weeks until the invitation",
        default=6,
        validators=[
            MaxValueValidator(
                MOST_UPDATE_WEEKS,
                "At most %(limit_value)s weeks: by then the writer’s address is erased, and the letter cannot be reached.",
            )
        ],
        help_text="So many weeks after the answer its letter’s writer is invited, once, to tell what happened since. 0: never.",
    )
    experts: "models.ManyToManyField[Expert, Any]" = models.ManyToManyField(
        "Expert", blank=True, related_name="columns"
    )

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(update_weeks__lte=MOST_UPDATE_WEEKS), name="column_invites_in_time"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return path_of("reading:column", self.slug)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.disclaimer_html = snippets.draw(self.disclaimer).html
        super().save(*args, **kwargs)


class Expert(models.Model):
    """Answers letters, and has a public page with credentials."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=120, blank=True, help_text="“Sports physician”")
    credentials = models.CharField(
        max_length=120, blank=True, help_text="“MD, FACSM”, printed after the name."
    )
    bio = models.TextField(max_length=5_000, blank=True, help_text="Markdown.")
    bio_html = models.TextField(editable=False, blank=True)
    portrait = models.ImageField(upload_to="portraits/", blank=True, width_field=None, height_field=None)
    interests = models.TextField("declared interests", max_length=1_000, blank=True)
    checked_on = models.DateField("credentials checked on", null=True, blank=True)
    checked_where = models.CharField("credentials checked where", max_length=200, blank=True)
    user = models.OneToOneField(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="expert",
        verbose_name="signs in as",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return path_of("reading:expert", self.slug)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.bio_html = markup.render(self.bio)
        super().save(*args, **kwargs)

    @property
    def byline(self) -> str:
        """The name as it is printed: “Priya Sandoval, RD”."""
        return f"{self.name}, {self.credentials}" if self.credentials else self.name


class Tag(models.Model):
    """A flat topic; only editors make them."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.TextField(max_length=500, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return path_of("reading:tag", self.slug)


class TagAlias(models.Model):
    """Another word for a tag; its address redirects to the tag's."""

    slug = models.SlugField(max_length=60, unique=True)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name_plural = "tag aliases"

    def __str__(self) -> str:
        return self.slug


class Page(models.Model):
    """A page of trust: about, standards, privacy. Markdown, with {site_name} for the site's name."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    text = models.TextField(help_text="Markdown; {site_name} becomes the site's name.")
    html = models.TextField(editable=False, blank=True)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised by each save at the desk."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.html = markup.render(self.text)
        super().save(*args, **kwargs)


class PageChange(models.Model):
    """A page of trust as somebody saved it: who, when, and what it said from then on. Only ever added to."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=120)
    text = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.title} ({self.at:%Y-%m-%d %H:%M})"


class FormerAddress(models.Model):
    """A path that once had a page. It leads to another for ever, or, where that page was deleted, to nothing (410).

    An article's former slugs are OldSlug; this is for what has no row to hang on: deleted articles, columns, experts,
    tags and pages, and the former addresses of columns and experts.
    """

    path = models.CharField(max_length=200, unique=True)
    leads_to = models.CharField(max_length=200, blank=True, help_text="Empty: it was deleted.")
    since = models.DateTimeField(default=timezone.now, editable=False)
    by_hand = models.BooleanField(
        default=False, editable=False, help_text="Added by an editor, who may take it away again."
    )

    class Meta:
        verbose_name_plural = "former addresses"

    def __str__(self) -> str:
        return self.path
