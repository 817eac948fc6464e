"""Which articles stand beside which by an editor's word. It is given on the article's page; here they all stand."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from advice.articles.models import RelatedChoice
from advice.desk.frame import page
from advice.desk.permissions import for_editors

PER_PAGE = 30


@for_editors
@require_GET
def pins(request: HttpRequest) -> HttpResponse:
    rows = RelatedChoice.objects.select_related("article", "other").order_by("-pk")
    current = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "pins.html", {"page": current}, section="manage")
