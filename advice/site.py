"""What the whole site is called and where it stands, for templates and for links in mails and feeds."""

from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest


def absolute(path: str) -> str:
    """The full address of `path`, always from SITE_URL: a Host header can be forged, a setting cannot."""
    return urljoin(settings.SITE_URL + "/", path.lstrip("/"))


def context(request: HttpRequest) -> dict[str, str]:
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "canonical": absolute(request.path),
    }
