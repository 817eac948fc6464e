"""What is handed to a subscriber is all that is kept of them."""

import datetime as dt
import json

import pytest
from django.db import models

from advice import keeping
from advice.newsletter import consent, records
from advice.newsletter.models import Bounce, Delivery, Subscriber, Subscription
from tests.factories import make_left, make_newsletter, make_published, make_reader, make_tag

pytestmark = pytest.mark.django_db

# What is not handed over, with the reason.
INTERNAL = {
    "newsletter.Subscriber.nonce": "a secret of the links: it says nothing of them, and opens their page",
    "newsletter.Subscription.subscriber": "the record itself",
    "newsletter.Delivery.subscriber": "the record itself",
    "newsletter.Bounce.delivery": "it stands below its copy",
}
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def planted(row, number):
    """A value for each plain column that is found again in the record; gives them by the column's name."""
    values = {}
    for field in row._meta.local_concrete_fields:
        number += 1
        if field.primary_key or field.is_relation or f"{row._meta.label}.{field.name}" in INTERNAL:
            continue
        if isinstance(field, models.DateTimeField):
            values[field.name] = START + dt.timedelta(days=number)
        elif isinstance(field, models.DateField):
            values[field.name] = (START + dt.timedelta(days=number)).date()
        elif isinstance(field, models.PositiveSmallIntegerField):
            values[field.name] = 30_000 + number
        elif isinstance(field, models.BooleanField):
            values[field.name] = True
        elif field.choices:
            values[field.name] = field.choices[-1][0]
        else:
            values[field.name] = f"canary{number}"
    type(row).objects.filter(pk=row.pk).update(**values)
    return {f"{row._meta.label}.{name}": value for name, value in values.items()}


def shown(value):
    return value.isoformat() if isinstance(value, dt.date) else value


def leaves(record):
    """Each plain value in it."""
    for value in record.values() if isinstance(record, dict) else record:
        if isinstance(value, dict | list):
            yield from leaves(value)
        else:
            yield value


def test_every_column_that_is_declared_is_handed_over():
    weekly, tag, article = make_newsletter("The Cooldown"), make_tag(), make_published()
    reader = make_reader(weekly)
    issue = make_left(weekly, subject="Canary subject")
    copy = Delivery.objects.get()
    bounce = Bounce.objects.create(delivery=copy, kind="hard")
    reader.topics.set([tag])
    Subscriber.objects.filter(pk=reader.pk).update(article=article)
    rows = (reader, reader.subscriptions.get(), copy, bounce)
    expected = {
        "newsletter.Subscriber.article": article.get_absolute_url(),
        "newsletter.Subscription.newsletter": weekly.name,
        "newsletter.Delivery.issue": issue.subject,
        "newsletter.Subscriber_topics.tag": tag.name,
    }
    for number, row in enumerate(rows):
        expected |= planted(row, 100 * number)
    record = json.loads(json.dumps(records.export(Subscriber.objects.get())))
    found = list(leaves(record))
    ours = tuple(f"{model._meta.label}." for model in (Subscriber, Subscription, Delivery, Bounce))
    declared = {name for kept in keeping.kept() for name in kept.fields if name.startswith(ours)}
    assert declared - set(expected) - set(INTERNAL) == set()
    assert {name for name, value in expected.items() if shown(value) not in found} == set()


def test_the_wording_is_handed_over_in_its_words():
    reader = make_reader(make_newsletter())
    assert records.export(reader)["consent"]["wording"] == str(consent.WORDINGS[consent.VERSION])
    reader.consent_version = ""
    assert records.export(reader)["consent"]["wording"] == ""
