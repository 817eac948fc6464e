"""The only place where a request for membership is made and its status changes; built like the workflow of articles.

Coming in, it mails nobody: the address may be anybody's. No mail holds what a stranger typed.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from advice import crypto
from advice.accounts.models import User
from advice.articles.workflow import NotPermitted
from advice.mail.sending import send_later
from advice.membership.models import MOVES, MembershipRequest, MembershipRequestQuerySet, Plan, RequestStatus
from advice.trace.models import Kind
from advice.trace.writing import write_down

CONSENT_VERSION = "2026-11"
FORGET_AFTER = dt.timedelta(days=90)


def _of_address(email: str) -> Q:
    return Q(email_digest__in=crypto.digests(email))


def requests_of(email: str) -> MembershipRequestQuerySet:
    return MembershipRequest.objects.filter(_of_address(email))


def _locked(request: MembershipRequest) -> MembershipRequest:
    rows = MembershipRequest.objects.select_related("plan").select_for_update(of=("self",))
    return rows.get(pk=request.pk)


def _decide(row: MembershipRequest, to: str, *, by: User) -> None:
    if to not in MOVES[row.status]:
        raise NotPermitted(
            f"This request is {row.get_status_display().lower()} by now, so this is no longer possible."
        )
    row.status, row.decided_at, row.decided_by = to, timezone.now(), by
    row.save(update_fields=["status", "decided_at", "decided_by"])
    write_down("confirm" if to == RequestStatus.CONFIRMED else "decline", Kind.MEMBER, row.pk, by=by)


def request_membership(*, plan: Plan, email: str, name: str = "", note: str = "") -> MembershipRequest:
    """Somebody asked for `plan`. A second request of one address, while the first waits, takes its place."""
    given = {
        "plan": plan,
        "name": name,
        "email": email,
        "email_digest": crypto.digest(email),
        "note": note,
        "requested_at": timezone.now(),
        "consent_version": CONSENT_VERSION,
    }
    waiting = MembershipRequest.objects.waiting().filter(_of_address(email))
    return waiting.update_or_create(defaults=given)[0]


@transaction.atomic
def confirm(request: MembershipRequest, *, by: User, message: str = "") -> MembershipRequest:
    """The membership is agreed on; `message` is mailed. What this address was confirmed for before has ended."""
    row = _locked(request)
    former = MembershipRequest.objects.filter(_of_address(row.email), status=RequestStatus.CONFIRMED)
    former.exclude(pk=row.pk).delete()
    _decide(row, RequestStatus.CONFIRMED, by=by)
    send_later("member_confirmed", to=row.email, context={"plan": row.plan, "message": message})
    return row


@transaction.atomic
def decline(request: MembershipRequest, *, by: User, reason: str) -> MembershipRequest:
    """Not this time. `reason` is mailed."""
    row = _locked(request)
    _decide(row, RequestStatus.DECLINED, by=by)
    send_later("member_declined", to=row.email, context={"plan": row.plan, "reason": reason})
    return row


@transaction.atomic
def end(request: MembershipRequest, *, by: User | None = None) -> None:
    """The membership is over, and nothing of it is kept. Mails nobody."""
    row = _locked(request)
    if not row.is_confirmed:
        raise NotPermitted("Only a membership that was confirmed can end.")
    write_down("end", Kind.MEMBER, row.pk, by=by)
    row.delete()


def forget_old(*, now: dt.datetime | None = None) -> int:
    """Erase what was declined, or never decided, 90 days after it was last touched; gives how many."""
    before = (now or timezone.now()) - FORGET_AFTER
    undecided = Q(status=RequestStatus.REQUESTED, requested_at__lt=before)
    declined = Q(status=RequestStatus.DECLINED, decided_at__lt=before)
    return MembershipRequest.objects.filter(undecided | declined).delete()[0]
