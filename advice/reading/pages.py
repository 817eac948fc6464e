"""Pages of trust: about, standards, privacy, contact, membership. Their texts are edited, not coded."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from advice.articles.models import Page
from advice.articles.page import printed

# What a site whose editors have not written a page yet calls it, so that no link of the footer leads nowhere.
UNWRITTEN = {
    "about": _("About"),
    "standards": _("How we answer"),
    "privacy": _("Privacy"),
    "contact": _("Contact"),
    "membership": _("Membership"),
}


def page(request: HttpRequest, slug: str) -> HttpResponse:
    found = Page.objects.filter(slug=slug).first()
    title = found.title if found else UNWRITTEN[slug]
    html = found.html.replace("{site_name}", escape(settings.SITE_NAME)) if found else ""
    context = {
        "title": str(title).replace("{site_name}", settings.SITE_NAME),
        "html": printed(html, top=2),
        "page": found,
    }
    return render(request, "reading/page.html", context)


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look that were told of no icon, as on a feed or a picture."""
    return redirect(static("img/favicon.ico"))
