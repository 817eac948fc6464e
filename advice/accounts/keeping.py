"""What is kept of those who sign in, for the privacy page."""

import datetime as dt

from allauth.core.internal.ratelimit import parse_rates
from django.conf import settings
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.accounts.locking import COOKIE, COOKIE_AGE
from advice.keeping import Cookie, Kept, Of, columns, declare, in_words


def counted_for() -> dt.timedelta:
    """The longest time that sign-in counts attempts over."""
    limits = settings.ACCOUNT_RATE_LIMITS.values()
    return dt.timedelta(seconds=max(rate.duration for limit in limits for rate in parse_rates(limit)))


declare(
    Kept(
        key="account",
        of=Of.STAFF,
        what=_(
            "Your account: name, address, role, who invited you, when you were last here; of the password a digest"
        ),
        why=_("You sign in with it, and your name stands beside what you did."),
        how_long=lambda: now("As long as the account; a closed one until an owner erases it"),
        seen_by=_("The editors; your password nobody"),
        fields=(
            *columns(
                "accounts.User",
                "password last_login is_superuser email name role may_publish may_review is_active invited_by date_joined"
                " session_epoch uses_shortcuts opens_next",
            ),
            *columns("accounts.User_groups", "user group"),
            *columns("accounts.User_user_permissions", "user permission"),
            *columns("account.EmailAddress", "user email verified primary"),
            *columns("account.EmailConfirmation", "email_address created sent key"),
        ),
    ),
    Kept(
        key="second-factor",
        of=Of.STAFF,
        what=_(
            "What you sign in with beside your password: the key of an app and the seed of your recovery codes, encrypted;"
            " of a passkey its public half and the name you gave it; when each was added and last used"
        ),
        why=_("So that a password alone, which may be guessed or stolen, opens nothing."),
        how_long=lambda: now("Until you remove it, or somebody resets it for you"),
        seen_by=_("The editors see that there is one; the keys nobody"),
        fields=columns("mfa.Authenticator", "user type data created_at last_used_at"),
    ),
    Kept(
        key="session",
        of=Of.STAFF,
        what=_(
            "That you are signed in, since when and how; encrypted, what you last searched letters for, and the key of an app"
            " while you set it up"
        ),
        why=_("So that you need not show your password for each page, and Back leads to what you found."),
        how_long=lambda: (
            now("Until you sign out, and at the latest %(time)s after you last changed something")
            % {"time": in_words(dt.timedelta(seconds=settings.SESSION_COOKIE_AGE))}
        ),
        seen_by=_("Nobody"),
        fields=columns("sessions.Session", "session_key session_data expire_date"),
    ),
    Kept(
        key="sign-in-counts",
        of=Of.STAFF,
        what=_(
            "The network address when somebody signs in or asks for a new password, and then a digest of the mail address"
        ),
        why=_("So that nobody can try passwords until one fits, or fill your mailbox."),
        how_long=lambda: (
            now("Counted for %(time)s, and erased within a day after that")
            % {"time": in_words(counted_for())}
        ),
        seen_by=_("Nobody"),
        fields=("operations_cache",),
    ),
    Cookie(
        name="sessionid",
        what=_("That somebody is signed in"),
        why=_("Only for people who work at the desk."),
        how_long=lambda: (
            now("Until the browser is closed, at the latest %(time)s")
            % {"time": in_words(dt.timedelta(seconds=settings.SESSION_COOKIE_AGE))}
        ),
    ),
    Cookie(
        name=COOKIE,
        what=_("That somebody of the staff has signed in from this browser, by their number"),
        why=_(
            "So that strangers who guess at your password lock out themselves and not you. It opens nothing."
        ),
        how_long=lambda: in_words(dt.timedelta(seconds=COOKIE_AGE)),
    ),
    Cookie(
        name="csrftoken",
        what=_("A random word"),
        why=_(
            "Set by the pages where you sign in, and by your letter’s own page. It shows that a form came from our own page, and says"
            " nothing of you."
        ),
        how_long=lambda: in_words(dt.timedelta(seconds=settings.CSRF_COOKIE_AGE)),
    ),
)
