"""The OpenAPI document says everything, and the page of the API says what the document says."""

import html5lib
import pytest

from advice.reading.api.document import STATUSES, document
from tests.reading.asked import get

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(client):
    return get(client, "openapi.json").json()


@pytest.fixture
def page(client):
    response = client.get("/api/")
    assert response.status_code == 200
    return response.content.decode()


def operations(made):
    return {path: methods["get"] for path, methods in made["paths"].items()}


def test_the_document_says_whose_it_is_and_where(made):
    assert made["openapi"] == "3.1.0"
    assert made["info"]["title"] == "Second Wind: articles"
    assert made["info"]["contact"] == {"name": "Second Wind", "url": "http://127.0.0.1:8000/contact/"}
    assert made["servers"] == [{"url": "http://127.0.0.1:8000"}]


def test_the_document_is_of_the_address_that_the_site_has(client, settings):
    settings.SITE_URL = "https://advice.example"
    assert get(client, "openapi.json").json()["servers"] == [{"url": "https://advice.example"}]
    assert "curl 'https://advice.example/api/v1/tags?limit=2'" in client.get(
        "/api/"
    ).content.decode().replace("&#x27;", "'")


def test_every_operation_parameter_and_field_is_described_and_has_an_example(made):
    for path, operation in operations(made).items():
        assert operation["description"], path
        for parameter in operation["parameters"]:
            assert parameter["description"], (path, parameter["name"])
            assert parameter["example"], (path, parameter["name"])
    for name, schema in made["components"]["schemas"].items():
        assert schema["description"], name
        for field, details in schema["properties"].items():
            assert details["description"], (name, field)
            consists_of_others = "$ref" in str(details)
            assert consists_of_others or details["examples"], (name, field)
        assert set(schema["required"]) == set(schema["properties"]), name


def test_every_answer_is_declared_with_what_it_holds(made):
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    always = {"200", "304", "405", "503"}
    for path, operation in operations(made).items():
        declared = operation["responses"]
        assert set(declared) == always | ({"301", "404", "410"} if "{slug}" in path else {"422"}), path
        for status, response in declared.items():
            assert response["description"] == STATUSES[int(status)]
            if status >= "400":
                assert response["content"] == problem, (path, status)


def test_the_page_names_every_operation_parameter_field_and_error(page, made):
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    ids = {element.get("id"): element for element in tree.iter() if element.get("id")}
    for path, operation in operations(made).items():
        heading = ids[operation["operationId"].replace("_", "-")]
        assert "".join(heading.itertext()) == path
        (section,) = (each for each in tree.iter("section") if heading in list(each))
        named = ["".join(each.itertext()) for each in section.iter("th") if each.get("scope") == "row"]
        assert named == [parameter["name"] for parameter in operation["parameters"]]
        errors = ["".join(each.itertext()) for each in section.iter("dt")]
        assert errors == [status for status in operation["responses"] if status != "200"]
    for name, schema in made["components"]["schemas"].items():
        (section,) = (each for each in tree.iter("section") if ids[f"object-{name}"] in list(each))
        named = ["".join(each.itertext()) for each in section.iter("th") if each.get("scope") == "row"]
        assert named == list(schema["properties"])


def test_every_link_within_the_page_leads_somewhere_and_headings_have_addresses(page):
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    links = [link.get("href") for link in tree.iter("a") if link.get("href", "").startswith("#")]
    assert len(links) > 30
    assert {link[1:] for link in links} <= set(ids)
    main = next(element for element in tree.iter("main"))
    assert all(heading.get("id") for heading in main.iter("h2"))


def test_the_page_is_valid_public_and_brings_no_style_or_script(client, page):
    parser = html5lib.HTMLParser(strict=False)
    tree = parser.parse(page)
    assert parser.errors == []
    assert page.count("<h1") == 1
    assert "<title>Read-only API · Second Wind</title>" in page
    assert not any("style" in element.attrib or element.tag.endswith("}style") for element in tree.iter())
    response = client.get("/api/")
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not response.cookies
    assert client.get("/api")["Location"] == "/api/"


def test_an_example_of_an_answer_has_every_field(page):
    text = html5lib.parse(page, namespaceHTMLElements=False).find(".//details/pre/code").text
    article = document()["components"]["schemas"]["Article"]
    for name in article["properties"]:
        assert f'"{name}": ' in text
    assert '"headline": "Why does my calf twitch?"' in text
