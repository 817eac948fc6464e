"""Subscribers as a list that import_subscribers takes."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.db.models import QuerySet

from advice.newsletter.csv_files import COLUMNS, line
from advice.newsletter.models import Subscriber, SubscriberStatus
from advice.trace.models import Kind
from advice.trace.writing import write_down_command

logger = logging.getLogger("advice.newsletter")


def exported() -> "QuerySet[Subscriber]":
    """All but those who have not confirmed: they agreed to nothing yet."""
    return Subscriber.objects.exclude(status=SubscriberStatus.PENDING).order_by("pk")


def export_lines() -> Iterator[str]:
    """The names of the columns, then one line for each, in portions: never all at once in memory."""
    write_down_command("export", Kind.SITE, detail="subscribers")
    yield line(COLUMNS)
    count = 0
    try:
        for subscriber in exported().prefetch_related("newsletters", "topics").iterator(chunk_size=500):
            count += 1
            yield line(_values(subscriber))
    finally:  # those that went out before it was stopped went out, too
        logger.info("%s subscribers were exported as a list.", count)


def _values(subscriber: Subscriber) -> list[str]:
    confirmed = subscriber.confirmed_at
    return [
        subscriber.email,
        " ".join(sorted(newsletter.slug for newsletter in subscriber.newsletters.all())),
        subscriber.status,
        confirmed.isoformat() if confirmed else "",
        _consent(subscriber) if confirmed else "",
        " ".join(sorted(topic.slug for topic in subscriber.topics.all())),
        subscriber.rhythm,
        "yes" if subscriber.text_only else "no",
        subscriber.paused_until.isoformat() if subscriber.paused_until else "",
    ]


def _consent(subscriber: Subscriber) -> str:
    """What an import needs: who agreed here did so by a link mailed to them."""
    here = f"Confirmed by a mailed link at {settings.SITE_URL}"
    with_version = f", under version {subscriber.consent_version} of the wording"
    said = here + (with_version if subscriber.consent_version else "")
    return (subscriber.consent_source or said)[:200]
