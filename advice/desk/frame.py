"""What every page of the desk has around its own matter."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advice.desk.permissions import person
from advice.mail.models import Message
from advice.membership.models import MembershipRequest


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, section: str = "", status: int = 200
) -> HttpResponse:
    """A page of the desk; `section` is the link of the bar that it stands under."""
    counts = _counts() if person(request).is_editor else {}
    return render(request, f"desk/{template}", {**context, "section": section, **counts}, status=status)


def _counts() -> dict[str, int]:
    """What waits for an editor, beside its link in the bar."""
    return {
        "troubled": Message.objects.troubled().count(),
        "members_waiting": MembershipRequest.objects.waiting().count(),
    }
