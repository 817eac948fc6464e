"""Pages of trust: about, standards, privacy, contact, membership. Their texts are edited, not coded."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import escape
from django.utils.safestring import SafeString

from advice import keeping
from advice.articles import pages
from advice.articles.models import Page
from advice.articles.page import printed

UNWRITTEN = pages.UNWRITTEN


def page(request: HttpRequest, slug: str) -> HttpResponse:
    found = Page.objects.filter(slug=slug).first()
    title = found.title if found else UNWRITTEN[slug]
    context = {
        "title": str(title).replace("{site_name}", settings.SITE_NAME),
        "html": filled(found.html) if found else "",
        "page": found,
    }
    return render(request, "reading/page.html", context)


def filled(html: str) -> SafeString:
    """A page's text as it is printed: with the site's name, and with what is true of this site in place of {words}.

    What the register says comes in after the text is set, so that it is a table of the site's own and not Markdown.
    """
    text: str = printed(html.replace("{site_name}", escape(settings.SITE_NAME)), top=2)
    for word, template, rows in (
        (keeping.PLACEHOLDER, "reading/kept.html", {"tables": keeping.tables}),
        (keeping.COOKIES, "reading/cookies.html", {"cookies": keeping.cookies}),
    ):
        if word in text:
            drawn = render_to_string(template, rows)
            text = text.replace(f"<p>{word}</p>", drawn).replace(word, drawn)
    return SafeString(text)


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look that were told of no icon, as on a feed or a picture."""
    return redirect(static("img/favicon.ico"))
