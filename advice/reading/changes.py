"""Last-Modified for what lists articles. It may never go back: what is taken off makes the newest date older, and a
reader who asks by date alone would keep the old copy. So it is read from what is written down of each change, not
from what is left.
"""

import datetime as dt

from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from advice.articles.models import ArticleEvent, FormerAddress, Status

# A date in a header has no fractions: of two changes in one second the second would not be seen. And what is written
# inside a transaction is seen a little after its time.
SETTLED = dt.timedelta(seconds=2)


def last() -> dt.datetime | None:
    """When something that was public was last changed, moved, taken back or deleted. One query, three steps into keys.

    Of an article that comes out at its time nothing is written then: its `published_at` says it.
    """
    public = [Status.PUBLISHED, Status.RETRACTED]
    events = ArticleEvent.objects.filter(Q(before__in=public) | Q(after__in=public))
    # Columns, experts, tags and newsletters, whose names stand in feeds, are changed in the admin, which keeps a log.
    named = LogEntry.objects.filter(content_type__app_label__in=["articles", "newsletter"])
    moments = _newest(events, "at").union(
        _newest(FormerAddress.objects.all(), "since"), _newest(named, "action_time"), all=True
    )
    return max((moment for (moment,) in moments), default=None)


def _newest(rows: "QuerySet[Model]", field: str) -> "QuerySet[Model, tuple[dt.datetime]]":
    """The last row added. By key: no index is on the times, and rows are only ever added."""
    newest = Subquery(rows.order_by("-pk").values("pk")[:1])
    return rows.model._default_manager.order_by().filter(pk=newest).values_list(field)


def dated(
    request: HttpRequest, response: HttpResponse, *, changed: dt.datetime | None, read: dt.datetime
) -> HttpResponse:
    """Give `response`, whose content was read at `read` and last changed at `changed`, its Last-Modified.

    Just after a change the date given is one before it, and none of a reader's counts: the next one will be right.
    """
    if changed is None:
        return response
    settled = read - SETTLED
    if changed > settled:
        request.META.pop("HTTP_IF_MODIFIED_SINCE", None)
    response["Last-Modified"] = http_date(min(changed, settled).timestamp())
    return response
