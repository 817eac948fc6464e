"""What is kept of those who send a form, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.throttle import models

declare(
    Kept(
        key="form-counts",
        of=Of.VISITORS,
        what=_(
            "A fingerprint of your network or mail address, when you send a form, and of a few words of a letter"
        ),
        why=_(
            "To see that nobody sends too many, or the same again and again. It is made with a key that changes every day, and cannot be turned back"
            " into the address or the words."
        ),
        how_long=lambda: now("%(time)s after the form was sent") % {"time": in_words(models.FORGET_AFTER)},
        seen_by=_("Nobody"),
        fields=(
            *columns("throttle.Count", "digest window count"),
            *columns("throttle.Secret", "day key"),
        ),
    )
)
