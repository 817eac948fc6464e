"""Addresses that must not be mailed, as the owners of the site see to them: with a subscriber or without one."""

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction

from advice.accounts.models import User
from advice.crypto import digest, digests
from advice.newsletter import workflow
from advice.newsletter.models import (
    Subscriber,
    SubscriberStatus,
    SuppressedBecause,
    Suppression,
    canonical,
)
from advice.trace.models import Kind
from advice.trace.writing import write_down

logger = logging.getLogger("advice.newsletter")


@dataclass(frozen=True)
class Why:
    because: str
    since: dt.datetime


def why(email: str) -> Why | None:
    """Why this address, in any spelling, must not be mailed; None: it may."""
    row = Suppression.objects.filter(digest__in=digests(canonical(email))).first()
    return Why(row.get_because_display(), row.made_at) if row else None


@transaction.atomic
def suppress(email: str, *, by: User) -> None:
    """Its owner asked never to be mailed."""
    subscriber = Subscriber.objects.filter(canonical=canonical(email)).first()
    if subscriber is not None:
        workflow.suppress(subscriber, because=SuppressedBecause.ASKED, by=by)
        logger.info("Subscriber %s was suppressed by person %s.", subscriber.pk, by.pk)
        write_down("suppress", Kind.SUBSCRIBER, subscriber.pk, by=by)
        return
    if why(email) is None:
        row, _is_new = Suppression.objects.get_or_create(
            digest=digest(canonical(email)), defaults={"because": SuppressedBecause.ASKED, "by": by}
        )
        logger.info("Suppression %s was made by person %s.", row.pk, by.pk)
        write_down("suppress", Kind.ADDRESS, row.pk, by=by)


@transaction.atomic
def lift(email: str, *, by: User) -> bool:
    """It may be mailed again once its owner subscribes anew. Gives whether there was anything to lift."""
    held = Subscriber.objects.filter(canonical=canonical(email), status=SubscriberStatus.SUPPRESSED).first()
    if held is not None:
        workflow.lift(held, by=by)
        write_down("lift", Kind.SUBSCRIBER, held.pk, by=by)
        return True
    found = Suppression.objects.select_for_update().filter(digest__in=digests(canonical(email)))
    for row in found:
        logger.info("Suppression %s was lifted by person %s.", row.pk, by.pk)
        write_down("lift", Kind.ADDRESS, row.pk, by=by)
    return bool(found.delete()[0])
