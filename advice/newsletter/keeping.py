"""What is kept of those who subscribe, for the privacy page."""

import datetime as dt

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.newsletter import models, tokens


def confirm_time() -> str:
    """How long a link to confirm works, and an address is kept that waits for it."""
    return in_words(dt.timedelta(days=tokens.CONFIRM_DAYS))


def owner_time() -> str:
    """How long a mailed link opens what concerns the person."""
    return in_words(dt.timedelta(days=tokens.OWNER_DAYS))


declare(
    Kept(
        key="unconfirmed",
        of=Of.SUBSCRIBERS,
        what=_("An address that was entered and is not confirmed"),
        why=_("To ask its owner, once a day at the most, whether it was them."),
        how_long=lambda: now("%(time)s after we last asked") % {"time": confirm_time()},
        seen_by=_("Nobody but the owners of the site"),
        fields=columns("newsletter.Subscriber", "asked_at created_at"),
    ),
    Kept(
        key="subscription",
        of=Of.SUBSCRIBERS,
        what=_("Your address, the newsletters you chose, and when you confirmed"),
        why=_(
            "To send them, and to show that you asked for them: under which version of our terms, and in which form."
            " We do not record whether you open a message or what you press in it."
        ),
        how_long=lambda: now("As long as you subscribe"),
        seen_by=_("Nobody but the owners of the site"),
        fields=(
            *columns(
                "newsletter.Subscriber", "email canonical nonce confirmed_at consent_version form article"
            ),
            *columns(
                "newsletter.Subscriber",
                "consent_source rhythm text_only paused_until link_asked_at",
            ),
            *columns("newsletter.Subscriber_topics", "subscriber tag"),
            *columns("newsletter.Subscription", "subscriber newsletter since covered_until"),
        ),
    ),
    Kept(
        key="copies",
        of=Of.SUBSCRIBERS,
        what=_(
            "Which issues were sent to you, when, and whether one came back or was the one you stopped from"
        ),
        why=_("To send each of them once, and to stop writing to an address that does not exist any more."),
        how_long=lambda: (
            now("%(time)s; after that only the number of copies is kept")
            % {"time": in_words(models.FORGET_COPIES_AFTER)}
        ),
        seen_by=_(
            "Nobody but the owners of the site, who can look up one address; editors see how many copies were sent, came"
            " back and led to leaving, and where it is uncertain whether one was sent, the first letter and the domain of"
            " its address"
        ),
        fields=(
            *columns(
                "newsletter.Delivery",
                "issue subscriber state since not_before claimed_at first_tried_at settled_at attempts last_error"
                " bounced_at left_at",
            ),
            *columns("newsletter.Bounce", "delivery kind code at"),
        ),
    ),
    Kept(
        key="suppressed",
        of=Of.SUBSCRIBERS,
        what=_("A fingerprint of an address that must not be mailed, and why"),
        why=_(
            "So that it stays so, even after its owner has had everything else erased. The address cannot be read from it."
        ),
        how_long=lambda: now("Until you ask us to write to you again"),
        seen_by=_("Nobody but the owners of the site"),
        fields=columns("newsletter.Suppression", "digest because made_at by"),
    ),
    Kept(
        key="left",
        of=Of.SUBSCRIBERS,
        what=_(
            "Your address after you stop, since when it was yours, the day, and the reason if you gave one; or that it must not be mailed"
        ),
        why=_("So that nothing more is sent to it, and the link in an old mail goes on working."),
        how_long=lambda: now("Until you ask us to erase it"),
        seen_by=_("Nobody but the owners of the site"),
        fields=columns("newsletter.Subscriber", "status left_at left_because address_since"),
    ),
    Kept(
        key="issues",
        of=Of.STAFF,
        what=_("Which issues of a newsletter you began"),
        why=_("So that your colleagues know whom to ask."),
        how_long=lambda: now("As long as the issue; your name in it as long as your account"),
        seen_by=_("The editors"),
        fields=columns("newsletter.Issue", "by"),
    ),
)
