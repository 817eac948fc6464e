"""The OpenAPI document: ninja's, with what ninja does not know."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from advice.reading.api.endpoints import api
from advice.site import absolute

PREFIX = "/api/v1"
ABOUT = """\
The published articles of this site, for other programs. Everything here can only be read, needs no key, and may be
asked by a page of any site.

Every list answers with `items` and `next`. Send `next` back as `cursor` to go on; it is null where the list ends. What is
published meanwhile moves nothing: nothing comes twice, and nothing is left out. (Search alone counts by rank, which a new
article can move.)

Every answer has an ETag. Send it back as `If-None-Match`, and what has not changed answers 304, without a body. An error
answers with `{"detail": "…"}`.

What is corrected on the site is corrected here, and what is retracted is withdrawn here, at the same moment. Whoever keeps
a copy should ask again before showing it. New fields may come; what is here keeps its name and its meaning.
"""
STATUSES = {
    200: "The answer.",
    301: "The article is at another address now: `Location` names it, for ever.",
    304: "Not changed since the answer with the ETag that was sent as `If-None-Match`.",
    404: "There is no such article, or it is not published.",
    405: "Another method than GET, HEAD or OPTIONS.",
    410: "The article was deleted, for ever.",
    422: "A parameter is missing or not as it is described here; `detail` says which.",
    503: "The site cannot answer at the moment; `Retry-After` says in how many seconds to try again.",
}
_HEADERS = {
    200: {"ETag": "Changes when the answer does."},
    301: {"Location": "The article’s address in the API."},
    405: {"Allow": "The methods there are."},
    503: {"Retry-After": "Seconds."},
}


def document() -> dict[str, Any]:
    """Made once, as nothing in it changes while the site runs; whoever reads it leaves it as it is."""
    return _made(settings.SITE_NAME, settings.SITE_URL)


@lru_cache(maxsize=2)
def _made(name: str, url: str) -> dict[str, Any]:
    made = dict(api.get_openapi_schema(path_prefix=PREFIX))
    made["info"] = {
        "title": f"{name}: articles",
        "version": api.version,
        "summary": "Questions from readers, and the answers of experts.",
        "description": ABOUT,
        "contact": {"name": name, "url": absolute("/contact/")},
    }
    made["servers"] = [{"url": url}]
    for path in made["paths"].values():
        for operation in path.values():
            _complete(operation)
    return made


def _complete(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        for said_twice in ("title", "description", "example"):
            parameter["schema"].pop(said_twice, None)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, response in operation["responses"].items():
        response["description"] = STATUSES[status]
        if status in _HEADERS:
            response["headers"] = _described(_HEADERS[status])


def _described(headers: dict[str, str]) -> dict[str, Any]:
    return {
        name: {"description": text, "required": True, "schema": {"type": "string"}}
        for name, text in headers.items()
    }


def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})
