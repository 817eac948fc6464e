"""What is kept of those who ask to become members, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.membership import workflow


def request_time() -> str:
    """How long a request is kept that was declined, or that nobody decided about."""
    return in_words(workflow.FORGET_AFTER)


declare(
    Kept(
        key="membership-request",
        of=Of.MEMBERS,
        what=_("Your request: the plan, your address, and the name and the note if you give them"),
        why=_(
            "To answer you. The address is stored encrypted; beside it stand the day, and the version of our terms."
        ),
        how_long=lambda: (
            now("%(time)s after you last sent it, or %(time)s after we declined it")
            % {"time": request_time()}
        ),
        seen_by=_("The editors"),
        fields=columns(
            "membership.MembershipRequest",
            "plan name email email_digest note status requested_at consent_version",
        ),
    ),
    Kept(
        key="membership",
        of=Of.MEMBERS,
        what=_("The same of a request that we confirmed; when we did, and which editor"),
        why=_("It is your membership."),
        how_long=lambda: now("As long as you are a member"),
        seen_by=_("The editors"),
        fields=columns("membership.MembershipRequest", "decided_at decided_by"),
    ),
)
