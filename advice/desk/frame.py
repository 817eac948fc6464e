"""What every page of the desk has around its own matter."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advice.desk.permissions import person
from advice.mail.models import Message


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, section: str = "", status: int = 200
) -> HttpResponse:
    """A page of the desk; `section` is the link of the bar that it stands under."""
    troubled = Message.objects.troubled().count() if person(request).is_editor else 0
    return render(
        request, f"desk/{template}", {**context, "section": section, "troubled": troubled}, status=status
    )
