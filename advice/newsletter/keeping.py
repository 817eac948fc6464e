"""What is kept of those who subscribe, for the privacy page."""

import datetime as dt

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.newsletter import tokens


def confirm_time() -> str:
    """How long a link to confirm works, and an address is kept that waits for it."""
    return in_words(dt.timedelta(days=tokens.CONFIRM_DAYS))


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
            *columns("newsletter.Subscription", "subscriber newsletter since"),
        ),
    ),
    Kept(
        key="left",
        of=Of.SUBSCRIBERS,
        what=_("Your address after you stop, and the day; or that it must not be mailed"),
        why=_("So that nothing more is sent to it, and the link in an old mail goes on working."),
        how_long=lambda: now("Until you ask us to erase it"),
        seen_by=_("Nobody but the owners of the site"),
        fields=columns("newsletter.Subscriber", "status left_at"),
    ),
)
