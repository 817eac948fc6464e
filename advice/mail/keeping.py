"""What is kept of those we mail, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.mail import models

declare(
    Kept(
        key="outbox",
        of=Of.ANYBODY,
        what=_("An e-mail to you: your address and the text"),
        why=_("It waits, encrypted, until our mail server has taken it."),
        how_long=lambda: (
            now(
                "Until it is sent, which is a matter of minutes; one that could not be delivered, %(time)s after we last tried"
            )
            % {"time": in_words(models.FORGET_TROUBLED_AFTER)}
        ),
        seen_by=_("Nobody: the desk shows of what kind it is and what went wrong"),
        fields=columns(
            "mail.Message",
            "kind payload state created_at not_before claimed_at first_tried_at attempts last_error",
        ),
    )
)
