"""What every page of the desk has around its own matter."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.forms import BaseForm
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
    if status == 422:
        around["not_taken"] = _not_taken(context)
    return render(request, f"desk/{template}", {**context, **around}, status=status)


def _not_taken(context: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Of the forms of a page that were sent and are not in order, each field's label, address on the page, and first fault:
    a page has many forms, and the one that was sent may stand far down."""
    # A form may stand in the page's context twice.
    forms = {id(form): form for form in _forms(list(context.values())) if form.is_bound}
    found = {}
    for form in forms.values():
        for name, errors in form.errors.items():
            field = form[name] if name in form.fields else None
            at = field.auto_id if field else ""
            found[form.prefix, name] = (str(field.label) if field else "", at, str(errors[0]))
    return list(found.values())


def _forms(within: Any) -> Iterator[BaseForm]:
    if isinstance(within, BaseForm):
        yield within
    elif isinstance(within, dict | list | tuple):
        for one in within.values() if isinstance(within, dict) else within:
            yield from _forms(one)


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
