"""A letter, the versions its writer sent, and its history."""

import datetime as dt
import secrets
from typing import Any, NoReturn, Self

from django.core import signing
from django.db import models
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.articles.models import MOST_UPDATE_WEEKS, Article, Column, Status, Update
from advice.crypto import EncryptedTextField
from advice.keeping import day_of

# Crockford's base 32: nothing that can be misread when a case number is read out on the telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SALT = "advice.letters.link"
TERMS_OF_INVITING = "2026-12"  # since these, the terms say that an address is kept for the one invitation


def new_case_number() -> str:
    """Twelve characters in threes of four: K7QM-2XPA-9R4T, 60 random bits."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


class LetterStatus(models.TextChoices):
    RECEIVED = "received", _("Received")
    SPAM = "spam", _("Spam")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# Which status may follow which; workflow.py is the only place that moves one.
MOVES: dict[str, set[str]] = {
    LetterStatus.RECEIVED: {
        LetterStatus.SPAM,
        LetterStatus.ACCEPTED,
        LetterStatus.DECLINED,
        LetterStatus.WITHDRAWN,
    },
    LetterStatus.SPAM: {LetterStatus.RECEIVED, LetterStatus.WITHDRAWN},
    LetterStatus.ACCEPTED: {LetterStatus.RECEIVED, LetterStatus.WITHDRAWN},  # split off again, or taken back
    LetterStatus.DECLINED: {LetterStatus.RECEIVED},
    LetterStatus.WITHDRAWN: set(),
}


class LetterQuerySet(models.QuerySet["Letter"]):
    def waiting(self) -> Self:
        return self.filter(status=LetterStatus.RECEIVED).order_by("received_at", "id")

    def unanswered(self, now: dt.datetime | None = None) -> Self:
        """Whose writer is still listened to: not declined, and not answered in public."""
        out = Q(article__status__in=[Status.PUBLISHED, Status.RETRACTED])
        out &= Q(article__published_at__lte=now or timezone.now())
        return self.filter(
            Q(status=LetterStatus.RECEIVED) | Q(status=LetterStatus.ACCEPTED) & (Q(article=None) | ~out)
        )

    def waiting_for_writer(self, now: dt.datetime | None = None) -> Self:
        """Whose writer has been asked something and has not replied: their clock stands still meanwhile."""
        asked = Q(enquiries__isnull=False, enquiries__replied_at=None, enquiries__closed_at=None)
        return self.unanswered(now).filter(asked)  # one row a letter: the database lets one question be open

    def with_clock(self) -> Self:
        """With `asked_since`, since when its writer is waited for, and `counts_from`, when it would have come had
        nothing been asked: what its `age` is reckoned from."""
        own = Letter.objects.filter(pk=OuterRef("pk")).order_by()
        is_open = Q(enquiries__isnull=False, enquiries__replied_at=None, enquiries__closed_at=None)
        ended = Coalesce("enquiries__replied_at", "enquiries__closed_at")
        # Of a reply only the day is kept after a while (days.py), which may lie before the hour of the question.
        stood = Sum(ended - F("enquiries__asked_at"), filter=Q(enquiries__asked_at__lt=ended))
        stood_still = Subquery(own.values("pk").annotate(stood=stood).values("stood"))
        return self.annotate(
            asked_since=Subquery(own.filter(is_open).values("enquiries__asked_at")[:1]),
            counts_from=ExpressionWrapper(
                F("received_at") + Coalesce(stood_still, dt.timedelta()), output_field=DateTimeField()
            ),
        )

    def by_secret(self, secret: str) -> "Letter":
        """The letter that a private link opens. Raises Letter.DoesNotExist for any other text."""
        try:
            pk, nonce = signing.loads(secret, salt=SALT)
            return self.defer("email").get(pk=pk, nonce=nonce)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise Letter.DoesNotExist from error

    def by_secret_or_none(self, secret: str) -> "Letter | None":
        try:
            return self.by_secret(secret)
        except Letter.DoesNotExist:
            return None

    def answered_untold(self, now: dt.datetime | None = None) -> Self:
        """Whose article has appeared and whose writer has not been told yet."""
        return self.filter(
            status=LetterStatus.ACCEPTED,
            told_at__isnull=True,
            article__status=Status.PUBLISHED,
            article__published_at__lte=now or timezone.now(),
        )

    def to_invite(self, now: dt.datetime | None = None) -> Self:
        """Whose writer is to be asked, now or later, what happened since: told of an answer that stands, never asked
        before, and with a letter that is still here."""
        return self.filter(
            Exists(LetterVersion.objects.filter(letter=OuterRef("pk"))),
            status=LetterStatus.ACCEPTED,
            told_at__isnull=False,
            invited_at__isnull=True,
            column__update_weeks__gt=0,
            article__status=Status.PUBLISHED,
            article__published_at__lte=now or timezone.now(),
        )

    def invitation_due(self, now: dt.datetime | None = None) -> Self:
        now = now or timezone.now()
        due = Q()
        for weeks in range(1, MOST_UPDATE_WEEKS + 1):
            due |= Q(column__update_weeks=weeks, told_at__lte=now - dt.timedelta(weeks=weeks))
        return self.to_invite(now).filter(due)

    def kept_to_invite(self, now: dt.datetime | None = None) -> Self:
        """Whose address is still needed for that."""
        return self.to_invite(now).filter(wants_no_mail=False, consent_version__gte=TERMS_OF_INVITING)


class LetterManager(models.Manager.from_queryset(LetterQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> LetterQuerySet:
        """Without the line for the expert: it is read by whoever needs it, and a key that was lost hides no letter."""
        rows: LetterQuerySet = super().get_queryset().defer("context")
        return rows


class Letter(models.Model):
    case_number = models.CharField(max_length=14, unique=True, default=new_case_number, editable=False)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    form_key = models.CharField(
        max_length=64,
        unique=True,
        editable=False,
        help_text="Digest of what was sent: the same form twice is one letter.",
    )
    column = models.ForeignKey(Column, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=80)
    email = EncryptedTextField(null=True, blank=True)
    email_digest = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    context = EncryptedTextField(null=True, blank=True, help_text="One line for the expert alone.")
    consent_version = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=LetterStatus.choices, default=LetterStatus.RECEIVED)
    received_at = models.DateTimeField(default=timezone.now)
    reason = models.TextField(blank=True, help_text="Why it was declined, in the words mailed to the writer.")
    # Many letters may lead to one article; there is no way back from the article to a letter.
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_lead = models.BooleanField(
        default=False, editable=False, help_text="The article's draft is a copy of this letter."
    )
    was_lead = models.BooleanField(
        default=False, editable=False, help_text="It was, before another letter became the lead."
    )
    told_at = models.DateTimeField(null=True, blank=True)
    invited_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its writer was asked what happened since."
    )
    update = models.OneToOneField(
        Update,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What its writer told of since, as it is printed.",
    )
    wished_signature = models.CharField(
        max_length=80,
        blank=True,
        editable=False,
        help_text="Chosen by its writer after the article was approved; printed when an editor says so.",
    )
    wants_no_mail = models.BooleanField(
        default=False, editable=False, help_text="Its writer asked for no mails but those of an erasure."
    )

    objects = LetterManager()

    class Meta:
        ordering = ["received_at", "id"]
        indexes = [models.Index(fields=["status", "received_at"], name="letter_queue")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=LetterStatus.values), name="letter_status_known"),
            models.CheckConstraint(
                condition=~Q(status=LetterStatus.DECLINED) | ~Q(reason=""), name="letter_declined_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(article__isnull=True)
                | Q(status__in=[LetterStatus.ACCEPTED, LetterStatus.WITHDRAWN]),
                name="letter_with_article_was_accepted",
            ),
            models.UniqueConstraint(
                fields=["article"], condition=Q(is_lead=True), name="letter_one_lead_an_article"
            ),
        ]

    def __str__(self) -> str:
        return self.case_number

    @property
    def secret(self) -> str:
        """What opens the writer's own page. Made from the key, so the database alone opens nothing."""
        return signing.dumps([self.pk, self.nonce], salt=SALT)

    def is_opened_by(self, secret: str) -> bool:
        """One letter has many secrets, for each holds the second it was made in."""
        try:
            return bool(signing.loads(secret, salt=SALT) == [self.pk, self.nonce])
        except (signing.BadSignature, ValueError, TypeError):
            return False

    def get_absolute_url(self) -> str:
        return reverse("letterbox:letter", args=[self.secret])

    @property
    def current(self) -> "LetterVersion":
        """The newest of the versions the writer sent; an empty one, number 0, where the words were erased."""
        nothing = LetterVersion(letter=self, number=0)
        return max(self.versions.all(), key=lambda version: version.number, default=nothing)

    def age(self, now: dt.datetime | None = None) -> dt.timedelta:
        """How long it has waited for us, without the time that we waited for its writer. Of one from `with_clock`."""
        clock: Any = self
        return max((clock.asked_since or now or timezone.now()) - clock.counts_from, dt.timedelta())

    @property
    def is_copied(self) -> bool:
        """Whether words of it may stand in its article."""
        return self.is_lead or self.was_lead

    @property
    def left_address(self) -> bool:
        """Said without reading the address: a key that was lost must not hide the letter."""
        return bool(self.email_digest)


class ReceivedTextIsFixed(TypeError):
    """A version of a letter's text is never edited after receipt; a change is a new version."""


class LetterVersionQuerySet(models.QuerySet["LetterVersion"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise ReceivedTextIsFixed("A letter's text is never edited; add a version.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ReceivedTextIsFixed("A letter's text is never edited; add a version.")


class LetterVersion(models.Model):
    """The writer's words as they came. The database itself refuses to change a row (see the migrations)."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    question = models.CharField(max_length=160)
    text = models.TextField(max_length=20_000)
    received_at = models.DateTimeField(default=timezone.now)

    objects = LetterVersionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["letter", "number"], name="letter_version_once")]

    def __str__(self) -> str:
        return f"{self.letter_id}/{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ReceivedTextIsFixed("A letter's text is never edited; add a version.")
        # As the row is never changed, it has the day alone from the beginning: nobody needs to know the hour of a text.
        self.received_at = day_of(self.received_at)
        super().save(*args, **kwargs)


class LetterEvent(models.Model):
    """One line of a letter's history: who did what, when. `by` is empty for the writer's own acts."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=20)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        # Of the writer's own acts only the day is kept after a while (days.py), so the times say no order.
        ordering = ["id"]
        indexes = [models.Index(fields=["verb"], name="letter_event_verb")]

    def __str__(self) -> str:
        return f"{self.verb} {self.letter_id}"
