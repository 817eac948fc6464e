"""What a reader's browser keeps for us, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import YEAR, Cookie, declare, in_words

VOTES_REMEMBERED = YEAR

declare(
    Cookie(
        name="helpful",
        what=_("The numbers of the answers you called helpful or not"),
        why=_("Set only when you press one of these buttons, so that you are counted once."),
        how_long=lambda: in_words(VOTES_REMEMBERED),
    ),
    Cookie(
        name="asked_too",
        what=_("The numbers of the questions you have, too"),
        why=_("Set only when you press “I have this question too”, so that you are counted once."),
        how_long=lambda: in_words(VOTES_REMEMBERED),
    ),
    Cookie(
        name="theme",
        what=_("Whether you chose light or dark"),
        why=_("Not a cookie: your browser keeps it, and never sends it to us."),
        how_long=lambda: now("Until you choose “as on this device”"),
    ),
)
