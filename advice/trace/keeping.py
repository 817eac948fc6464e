"""What is kept of what the staff did, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.trace import models

declare(
    Kept(
        key="trace",
        of=Of.STAFF,
        what=_(
            "What you did at the desk, when, and to which letter, article or other thing, by its number; when you signed in"
            " and out, and when somebody gave a wrong password for your account"
        ),
        why=_("So that it can be found out who published, looked at, exported or deleted something."),
        how_long=lambda: (
            now("%(time)s; nobody can change or delete it before") % {"time": in_words(models.KEPT)}
        ),
        seen_by=_("The editors; who signed in only the owners"),
        fields=columns("trace.Act", "at person verb kind number detail"),
    )
)
