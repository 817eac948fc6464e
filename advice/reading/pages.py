"""Pages of trust: about, standards, privacy, contact. Their texts are edited, not coded."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from advice.articles import pages


def page(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "reading/page.html", pages.printed_page(slug))


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look that were told of no icon, as on a feed or a picture."""
    return redirect(static("img/favicon.ico"))
