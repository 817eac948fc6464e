"""All that is kept of one address, by whatever part of the site: handed over, or erased."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from advice.accounts.models import User
from advice.erasing import empty_log
from advice.letters import retention
from advice.letters.models import AddressLook, Alarm, Letter, Note
from advice.letters.nearby import context_of
from advice.mail.sending import forget_to, messages_to
from advice.membership.models import MembershipRequest
from advice.membership.workflow import requests_of
from advice.newsletter import records
from advice.newsletter.models import canonical
from advice.newsletter.workflow import is_suppressed
from advice.trace.models import Kind
from advice.trace.writing import write_down_command


def export(email: str) -> dict[str, Any]:
    """As JSON can hold it. Empty where nothing is kept."""
    subscriber = records.find(email)
    found = {
        "subscriber": records.export(subscriber) if subscriber else None,
        "membership_requests": [
            _request(row) for row in requests_of(email).select_related("plan").defer("email")
        ],
        "letters": [
            _letter(row)
            for row in retention.given_with(email)
            .select_related("column", "doubt", "follow_up", "update")
            .prefetch_related("versions", "flags__version", "enquiries", "wordings", "near__article")
            .defer("email")
        ],
        "waiting_mails": [
            {"kind": row.kind, "state": row.state, "created_at": row.created_at.isoformat()}
            for row in messages_to(_is(email))
        ],
        "must_not_be_mailed": is_suppressed(canonical(email)),
        "staff_account": is_staff(email),
        "second_factors": [
            {
                "kind": row.type,
                "name": row.data.get("name", ""),
                "added_at": row.created_at.isoformat(),
                "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
            }
            for row in Authenticator.objects.filter(user__email__iexact=email).order_by("pk")
        ],
    }
    return {name: value for name, value in found.items() if value}


def erase(email: str) -> dict[str, int]:
    """Give how much of each kind went. An account of the staff, and what was printed of a letter, stay."""
    with transaction.atomic():
        subscriber = records.find(email)
        letters = retention.erase_of(email)
        counts = {
            "mails that waited": forget_to(_is(email)),
            "subscribers": 1 if subscriber else 0,
            "membership requests": requests_of(email).delete()[0],
            "whole letters": letters.letters,
            "texts of letters": letters.texts,
            "addresses of letters": letters.addresses,
        }
        if subscriber:
            records.erase(subscriber)
        write_down_command("erase", Kind.SITE, detail="person")
    empty_log()
    return {name: count for name, count in counts.items() if count}


def is_staff(email: str) -> bool:
    return User.objects.filter(email__iexact=email).exists()


def _is(email: str) -> Callable[[str], bool]:
    return lambda to: canonical(to) == canonical(email)


def _request(row: MembershipRequest) -> dict[str, Any]:
    return {
        "plan": row.plan.name,
        "name": row.name,
        "note": row.note,
        "status": row.status,
        "requested_at": row.requested_at.isoformat(),
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "consent_version": row.consent_version,
    }


def _letter(row: Letter) -> dict[str, Any]:
    return {
        "case_number": row.case_number,
        "column": row.column.name,
        "signature": row.signature,
        "wished_signature": row.wished_signature,
        "status": row.status,
        "reason": row.reason,
        "received_at": row.received_at.isoformat(),
        "told_at": row.told_at.isoformat() if row.told_at else None,
        "consent_version": row.consent_version,
        "doubts": row.doubt.points if hasattr(row, "doubt") else {},
        "address_looked_at": [
            look.at.isoformat() for look in AddressLook.objects.filter(case_number=row.case_number)
        ],
        "for_the_expert": context_of(row),
        "near_answers": [
            {"article": one.article.slug, "score": round(one.score, 3), "was_shown": one.was_shown}
            for one in row.near.all()
        ],
        "versions": [
            {"question": one.question, "text": one.text, "received_at": one.received_at.isoformat()}
            for one in row.versions.all()
        ],
        **_urgency(row),
        **_since(row),
        "wants_no_mail": row.wants_no_mail,
        "asked": [
            {"question": one.text, "asked_at": one.asked_at.isoformat(), "reply": one.reply}
            for one in row.enquiries.all()
        ],
        "notes_of_editors": [
            {"text": one.text, "at": one.at.isoformat()}
            for one in Note.objects.about(Letter.objects.filter(pk=row.pk))
        ],
        "wordings": [
            {"text": one.text, "asked_at": one.asked_at.isoformat(), "verdict": one.verdict, "note": one.note}
            for one in row.wordings.all()
        ],
    }


def _since(row: Letter) -> dict[str, Any]:
    """What its writer told of since. Empty for most letters."""
    found: dict[str, Any] = {}
    if row.invited_at:
        found["invited_at"] = row.invited_at.isoformat()
    if hasattr(row, "follow_up"):
        sent = row.follow_up
        found["update"] = {
            "text": sent.text,
            "sent_on": sent.sent_on.isoformat(),
            "consent_version": sent.consent_version,
            "declined_at": sent.declined_at.isoformat() if sent.declined_at else None,
            "reason": sent.reason,
        }
    if row.update:
        found["printed_update"] = {
            "text": row.update.text,
            "signature": row.update.signature,
            "made_at": row.update.made_at.isoformat(),
        }
    return found


def _urgency(row: Letter) -> dict[str, Any]:
    """Which red-flag rules it had the words of. Empty for most letters."""
    found: dict[str, Any] = {}
    alarm = Alarm.objects.filter(letter=row).first()
    if alarm:
        found["urgent_since"] = alarm.since.isoformat()
        found["urgent_seen_at"] = alarm.seen_at.isoformat() if alarm.seen_at else None
    flags = [
        {"rule": flag.version.name, "version": flag.version.number, "denied": flag.is_denied}
        for flag in row.flags.all()
    ]
    return {**found, "flags": flags} if flags else found
