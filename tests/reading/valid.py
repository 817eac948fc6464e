"""Whether a feed or a sitemap is what its format says: by the schemas in schemas/, written from the specifications."""

import json
from functools import lru_cache
from pathlib import Path

import jsonschema_rs
from lxml import etree

SCHEMAS = Path(__file__).parent / "schemas"
KINDS = {
    "application/atom+xml": "atom",
    "application/rss+xml": "rss",
    "application/feed+json": "jsonfeed",
    "application/xml": "sitemap",
}


@lru_cache
def _relax_ng(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(SCHEMAS / f"{name}.rng")))


@lru_cache
def _json_schema() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads((SCHEMAS / "jsonfeed.json").read_text())
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def complaints(text: bytes, kind: str) -> list[str]:
    if kind == "jsonfeed":
        return [error.message for error in _json_schema().iter_errors(json.loads(text))]
    tree = etree.fromstring(text)
    schema = _relax_ng(kind)
    found = [] if schema.validate(tree) else [str(error.message) for error in schema.error_log]
    return found + (_beyond_the_grammar(tree) if kind == "atom" else [])


def _beyond_the_grammar(feed: etree._Element) -> list[str]:
    """What RFC 4287 says in words: each id stands once (4.1.1), one link of a kind (4.2.7.2), a feed names itself."""
    ids = [element.text for element in feed.iterfind("{*}entry/{*}id")]
    found = [f"{one} stands for two entries" for one in set(ids) if ids.count(one) > 1]
    for element, wanted in [
        (feed, ["alternate", "self"]),
        *((e, ["alternate"]) for e in feed.iterfind("{*}entry")),
    ]:
        rels = sorted(link.get("rel") for link in element.iterfind("{*}link"))
        found += [] if rels == wanted else [f"its links are {rels}"]
    return found


def check(response) -> None:
    kind = KINDS[response["Content-Type"].partition(";")[0]]
    assert complaints(response.content, kind) == []
