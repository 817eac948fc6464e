"""What the whole site is called and where it stands, for templates and for links in mails and feeds."""

import re
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest


def absolute(path: str) -> str:
    """The full address of `path`, always from SITE_URL: a Host header can be forged, a setting cannot."""
    return urljoin(settings.SITE_URL + "/", path.lstrip("/"))


_OWN_ADDRESS = re.compile(r'((?:href|src)=")(/(?!/)|#)')


def whole_addresses(html: str, *, page: str = "") -> str:
    """`html` with full addresses, for whoever shows it elsewhere. With the path of its `page` those within it, too."""
    starts = {"/": f"{settings.SITE_URL}/", "#": f"{absolute(page)}#" if page else "#"}
    return _OWN_ADDRESS.sub(lambda found: found[1] + starts[found[2]], html)


def context(request: HttpRequest) -> dict[str, str]:
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "canonical": absolute(request.path),
    }
