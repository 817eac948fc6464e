"""Links out of mails that wait in the outbox, for tests."""

import re

from advice.mail.models import Message
from advice.throttle.models import Count


def mails(kind=None):
    found = [message for message in Message.objects.order_by("id") if kind in {None, message.kind}]
    return [message.content for message in found]


def link(mail, part):
    """The path of the one link to `part` in the mail's text."""
    return re.search(rf"http://127.0.0.1:8000(/{part}\S+)", mail["text"])[1]


def a_day_later():
    """As if all that was asked for so far had been asked for yesterday: who does not answer is asked once a day."""
    Count.objects.all().delete()
