"""The web archive: every issue as it was mailed, without what was withdrawn since."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from advice.caching import public
from advice.newsletter.models import Issue, IssueItem, Newsletter
from advice.newsletter.rendering import printed


@public()
@require_safe
def newsletter(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Newsletter, slug=slug)
    issues = Issue.objects.archived().filter(newsletter=row).order_by("-number")
    return render(request, "newsletter/newsletter.html", {"newsletter": row, "issues": issues})


@public()
@require_safe
def issue(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    left = Issue.objects.left().select_related("newsletter")
    row = get_object_or_404(left, newsletter__slug=slug, number=number)
    items = [printed(item) for item in IssueItem.objects.public().filter(issue=row)]
    return render(
        request, "newsletter/issue.html", {"issue": row, "newsletter": row.newsletter, "items": items}
    )
