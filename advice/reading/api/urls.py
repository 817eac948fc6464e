"""The API's addresses, each open to all, under names of their own among the public pages' (`reading:api_questions`)."""

from django.urls import URLPattern, path, re_path

from advice.caching import public
from advice.reading.api.access import elsewhere, open_to_all
from advice.reading.api.document import openapi
from advice.reading.api.endpoints import api
from advice.reading.api.reference import reference


def _endpoints() -> list[URLPattern]:
    """Ninja's patterns without its root, which is there only for it to learn its own prefix."""
    patterns, *_ = api.urls
    return [
        path(f"api/v1/{pattern.pattern}", open_to_all(pattern.callback), name=f"api_{pattern.name}")
        for pattern in patterns
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    ]


urlpatterns = [
    path("api/", public()(reference), name="api"),
    path("api/v1/openapi.json", open_to_all(openapi), name="api_openapi"),
    *_endpoints(),
    re_path(r"^api/v1/(?P<rest>[\s\S]*)\Z", open_to_all(elsewhere), name="api_elsewhere"),
]
