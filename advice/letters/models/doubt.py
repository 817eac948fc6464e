"""Why a letter lies in the spam tray, and who emptied the tray."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advice.accounts.models import User
from advice.letters.models.letter import Letter


class Reason(models.TextChoices):
    """What speaks against a letter. Only the name of a signal is kept, never a word of the letter."""

    TRAP = "trap", _("Filled in the field that nobody sees")
    FAST = "fast", _("Sent within seconds of opening the form")
    UNSEEN = "unseen", _("Sent without opening the form, or with an old or made-up one")
    PLAIN = "plain", _("Sent without what browsers do while somebody writes")
    REUSED = "reused", _("Several letters out of one opened form")
    BUSY = "busy", _("Many letters from the same network within the hour")
    NEIGHBOURS = "neighbours", _("Very many letters from networks nearby within the hour")
    ADDRESS = "address", _("Many letters with the same e-mail address within a day")
    REPEATED = "repeated", _("Nearly the same words came before within a day")
    WORDING = "wording", _("Worded like advertising")
    LINKS = "links", _("Links")
    ANCHORS = "anchors", _("Links in the code of web pages or forums")
    SHORTENED = "shortened", _("Links that hide where they lead")
    ONLY_LINKS = "only_links", _("Hardly anything but links")
    SIGNED_LINK = "signed_link", _("A link as its signature or question")
    MIXED = "mixed", _("Letters of different alphabets within one word")
    CAPITALS = "capitals", _("All in capitals")
    GIBBERISH = "gibberish", _("Not words")


class Doubt(models.Model):
    """The score of a letter that was put into the spam tray by the form, with the points of each reason."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="doubt")
    score = models.PositiveSmallIntegerField()
    points = models.JSONField(default=dict, help_text="The points of each reason, by its name.")

    class Meta:
        ordering = ["-score", "letter"]

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.score}"

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """What they are called and what they weigh, the heaviest first."""
        labels = dict(Reason.choices)
        ordered = sorted(self.points.items(), key=lambda one: (-one[1], one[0]))
        return [(str(labels.get(name, name)), points) for name, points in ordered]


class Emptying(models.Model):
    """That the spam tray was emptied: who, when, and of how many letters. Nothing of the letters is left."""

    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    letters = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.letters}"
