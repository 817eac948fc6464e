"""All that is kept of one subscriber: handed to them, or erased."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from advice.accounts.models import User
from advice.crypto import digests
from advice.erasing import empty_log
from advice.mail.sending import forget_to
from advice.newsletter import consent
from advice.newsletter.models import Bounce, Delivery, DeliveryState, Subscriber, Suppression, canonical
from advice.trace.models import Kind
from advice.trace.writing import write_down


def find(email: str) -> Subscriber | None:
    """By any spelling of the address."""
    return Subscriber.objects.filter(Q(canonical=canonical(email)) | Q(email=email)).first()


def export(subscriber: Subscriber) -> dict[str, Any]:
    """The whole record, as JSON can hold it; times as ISO 8601 with their offset."""
    return {
        "email": subscriber.email,
        "canonical": subscriber.canonical,
        "created_at": subscriber.created_at.isoformat(),
        "status": subscriber.status,
        "asked_at": subscriber.asked_at.isoformat(),
        "confirmed_at": _iso(subscriber.confirmed_at),
        "address_since": _iso(subscriber.address_since),
        "link_asked_at": _iso(subscriber.link_asked_at),
        "left_at": _iso(subscriber.left_at),
        "left_because": subscriber.left_because,
        "consent": {
            "version": subscriber.consent_version,
            "wording": str(consent.WORDINGS.get(subscriber.consent_version, "")),
            "form": subscriber.form,
            "article": subscriber.article.get_absolute_url() if subscriber.article else None,
            "source": subscriber.consent_source,
        },
        "newsletters": [
            {
                "name": row.newsletter.name,
                "since": row.since.isoformat(),
                "covered_until": _iso(row.covered_until),
            }
            for row in subscriber.subscriptions.select_related("newsletter").order_by("since")
        ],
        "topics": [topic.name for topic in subscriber.topics.order_by("name")],
        "rhythm": subscriber.rhythm,
        "text_only": subscriber.text_only,
        "paused_until": _iso(subscriber.paused_until),
        "suppressed": [
            {"because": row.because, "since": row.made_at.isoformat()}
            for row in Suppression.objects.filter(digest__in=digests(subscriber.canonical))
        ],
        "issues": [
            _copy(copy)
            for copy in subscriber.deliveries.select_related("issue__newsletter")
            .prefetch_related("bounces")
            .order_by("pk")
        ],
    }


def _copy(copy: Delivery) -> dict[str, Any]:
    return {
        "newsletter": copy.issue.newsletter.name,
        "issue": copy.issue.subject,
        "state": copy.state,
        "covers_until": _iso(copy.since),
        "not_before": _iso(copy.not_before),
        "claimed_at": _iso(copy.claimed_at),
        "first_tried_at": _iso(copy.first_tried_at),
        "sent_at": _iso(copy.settled_at),
        "attempts": copy.attempts,
        "last_error": copy.last_error,
        "came_back_at": _iso(copy.bounced_at),
        "came_back": [
            {"kind": bounce.kind, "code": bounce.code, "at": bounce.at.isoformat()}
            for bounce in copy.bounces.all()
        ],
        "left_from_it_at": _iso(copy.left_at),
    }


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None


def erase(subscriber: Subscriber, *, by: User | None = None) -> None:
    """Everything goes, mail that waits for the address too; a copy leaves only its number in the count.

    That an address must not be mailed stays, as a digest.
    """
    with transaction.atomic():
        row = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        Bounce.objects.filter(delivery__subscriber=row).delete()
        row.deliveries.filter(state=DeliveryState.PENDING).delete()
        row.delete()
        forget_to(lambda to: to == row.email or canonical(to) == row.canonical)
        write_down("erase", Kind.SUBSCRIBER, subscriber.pk, by=by)
    empty_log()
