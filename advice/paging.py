"""Long lists, a page at a time."""

import re
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

A_PAGE = 20


def paged(request: HttpRequest, rows: QuerySet[Any, Any]) -> Page[Any]:
    """The page of `rows` that the address asks for. Raises Http404 where there is none."""
    number = request.GET.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,6}", number):
        raise Http404("No such page of the list.")
    try:
        return Paginator(rows, A_PAGE).page(number)
    except InvalidPage as error:
        raise Http404("No such page of the list.") from error
