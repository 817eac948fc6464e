"""Letters that nobody had to send, because an answer was there already."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from advice.desk.frame import page
from advice.desk.permissions import for_editors
from advice.letters import nearby

PER_PAGE = 30


@for_editors
@require_GET
def saved(request: HttpRequest) -> HttpResponse:
    current = Paginator(nearby.saved_by_article(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "here": "saved",
        "page": current,
        "total": nearby.saved_in_all(),
        "days": nearby.LATELY.days,
    }
    return page(request, "saved.html", context, section="board")
