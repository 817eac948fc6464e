"""The API's page for people, drawn from its OpenAPI document, so that it says what the document says."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from advice import markup
from advice.reading.api.document import document

Json = dict[str, Any]
_IN_PARTS = "#/components/schemas/"


@dataclass(frozen=True)
class Kind:
    """What a value is: its words, and the object it is made of, if that is described on the page."""

    words: str
    of: str = ""
    nullable: bool = False

    @property
    def anchor(self) -> str:
        return _anchor(self.of) if self.of else ""

    @property
    def is_name(self) -> bool:
        """A name of the document's own, which no language translates."""
        return self.words == self.of


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    description: SafeString
    required: bool = False
    limits: str = ""


@dataclass(frozen=True)
class Described:
    """One kind of object, and its fields."""

    name: str
    description: SafeString
    fields: list[Field]

    @property
    def anchor(self) -> str:
        return _anchor(self.name)


@dataclass(frozen=True)
class Status:
    code: str
    description: SafeString


@dataclass(frozen=True)
class Endpoint:
    anchor: str
    path: str
    description: SafeString
    parameters: list[Field]
    answers: Kind
    errors: list[Status]
    curl: str
    example: str


def reference(request: HttpRequest) -> HttpResponse:
    made = document()
    context = {
        "about": _html(made["info"]["description"]),
        "contact": made["info"]["contact"]["url"],
        "endpoints": [_endpoint(made, path, methods["get"]) for path, methods in made["paths"].items()],
        "objects": [_described(name, schema) for name, schema in _parts(made).items()],
    }
    return render(request, "reading/api.html", context)


@lru_cache(maxsize=500)
def _html(description: str) -> SafeString:
    """Descriptions in an OpenAPI document are Markdown."""
    return mark_safe(markup.render(description))


def _anchor(name: str) -> str:
    return f"object-{name}"


def _parts(made: Json) -> Json:
    parts: Json = made["components"]["schemas"]
    return parts


def _endpoint(made: Json, path: str, operation: Json) -> Endpoint:
    answer = operation["responses"][200]["content"]["application/json"]["schema"]
    return Endpoint(
        anchor=operation["operationId"].replace("_", "-"),
        path=path,
        description=_html(operation["description"]),
        parameters=[_parameter(parameter) for parameter in operation["parameters"]],
        answers=_kind(answer),
        errors=[
            Status(str(status), _html(response["description"]))
            for status, response in operation["responses"].items()
            if status != 200
        ],
        curl=_curl(path, operation["parameters"]),
        example=json.dumps(_example(answer, _parts(made)), indent=2, ensure_ascii=False),
    )


def _parameter(parameter: Json) -> Field:
    schema = parameter["schema"]
    return Field(
        name=parameter["name"],
        kind=_kind(schema),
        description=_html(parameter["description"]),
        required=parameter["required"],
        limits=_limits(schema),
    )


def _limits(schema: Json) -> str:
    said = []
    if "minimum" in schema:
        said.append(_("%(least)s to %(most)s") % {"least": schema["minimum"], "most": schema["maximum"]})
    if "maxLength" in schema:
        said.append(_("at most %(most)s characters") % {"most": schema["maxLength"]})
    if "default" in schema:
        said.append(_("%(value)s unless said otherwise") % {"value": schema["default"]})
    return "; ".join(said)


def _described(name: str, schema: Json) -> Described:
    return Described(
        name=name,
        description=_html(schema["description"]),
        fields=[
            Field(field, _kind(details), _html(details["description"]))
            for field, details in schema["properties"].items()
        ],
    )


def _kind(schema: Json) -> Kind:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_IN_PARTS)
        return Kind(name, of=name)
    if "anyOf" in schema:
        (other,) = (each for each in schema["anyOf"] if each != {"type": "null"})
        inner = _kind(other)
        return Kind(inner.words, inner.of, nullable=True)
    if schema["type"] == "array":
        inner = _kind(schema["items"])
        return Kind(_("list of %(what)s") % {"what": inner.words}, inner.of)
    return Kind(_plain(schema))


def _plain(schema: Json) -> str:
    formats = {"date-time": _("date and time"), "date": _("day"), "uri": _("address")}
    types = {"string": _("text"), "integer": _("whole number"), "boolean": _("true or false")}
    return formats.get(schema.get("format", "")) or types[schema["type"]]


def _curl(path: str, parameters: list[Json]) -> str:
    """With the parameters that must be there; where none must, with how many."""
    wanted = {
        each["name"]: each["example"] for each in parameters if each["required"] and each["in"] == "query"
    }
    if not wanted and any(each["name"] == "limit" for each in parameters):
        wanted = {"limit": 2}
    for each in parameters:
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", each["example"])
    return f"curl '{settings.SITE_URL}{path}{'?' if wanted else ''}{urlencode(wanted)}'"


def _example(schema: Json, parts: Json) -> Any:
    """An answer put together from the examples of its fields."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return _example(parts[schema["$ref"].removeprefix(_IN_PARTS)], parts)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], parts)
    if schema["type"] == "array":
        return [_example(schema["items"], parts)]
    return {name: _example(details, parts) for name, details in schema["properties"].items()}
