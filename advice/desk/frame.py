"""What every page of the desk has around its own matter."""

from typing import Any

from django.db.models import Count, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advice.articles.models import Article
from advice.desk.permissions import person
from advice.letters.models import FollowUp
from advice.mail.models import Message
from advice.membership.models import MembershipRequest
from advice.newsletter.models import Issue, IssueStatus

# What stands under “Manage” in the bar: looked after now and then, not all day.
MANAGED = {"manage", "search", "pages", "people", "members", "outbox"}


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, section: str = "", status: int = 200
) -> HttpResponse:
    """A page of the desk; `section` is the link of the bar that it stands under."""
    user = person(request)
    counts = _counts() if user.is_editor else {}
    if user.can_review:
        counts["to_review"] = Article.objects.to_review_by(user).count()
    around = {"section": section, "managing": section in MANAGED, **counts}
    return render(request, f"desk/{template}", {**context, **around}, status=status)


def _counts() -> dict[str, int]:
    """What waits for an editor, beside its link in the bar."""
    paused = Issue.objects.filter(status=IssueStatus.PAUSED)
    # All in one query.
    counted = _count("troubled", Message.objects.troubled()).union(
        _count("paused", paused), _count("updates_waiting", FollowUp.objects.waiting()), all=True
    )
    return {**dict(counted), "members_waiting": MembershipRequest.objects.waiting().count()}


def _count(name: str, rows: "QuerySet[Any]") -> "QuerySet[Any, tuple[str, int]]":
    counted = rows.order_by().annotate(what=Value(name)).values("what").annotate(count=Count("pk"))
    return counted.values_list("what", "count")
