import datetime as dt
import re

import html5lib
import pytest
import time_machine

from advice.articles.models import Page
from advice.operations import demo


def test_the_icon_is_found_where_browsers_look_unasked(client):
    assert client.get("/favicon.ico")["Location"] == "/static/img/favicon.ico"


@pytest.mark.django_db
def test_a_page_of_trust_is_what_its_editors_wrote(client, settings):
    settings.SITE_NAME = "Second Wind"
    Page.objects.create(slug="about", title="About", text="{site_name} is a column.\n\n## Who\n\nWe are.")
    text = client.get("/about/").content.decode()
    assert "Second Wind is a column." in text
    assert "<h2>Who</h2>" in text


@pytest.mark.django_db
def test_a_page_that_nobody_has_written_yet_is_not_for_search_engines(client):
    response = client.get("/standards/")
    assert response.status_code == 200
    assert "noindex" in response.content.decode()


@pytest.mark.django_db
def test_what_is_kept_stands_where_the_editors_put_it_and_they_cannot_write_it_themselves(client):
    text = "Before.\n\n{what_we_keep}\n\nAfter.\n\n| A | B |\n|---|---|\n| {site_name} | <table> |"
    Page.objects.create(slug="privacy", title="Privacy", text=text)
    words = client.get("/privacy/").content.decode()
    assert re.search(r"<p>Before\.</p>\s*<table class=\"kept-table\"", words)
    assert re.search(r"</table>\s*<p>After\.</p>", words)
    assert "<td>Second Wind</td>" in words
    assert "&lt;table&gt;" in words


@pytest.mark.django_db
def test_the_day_of_the_last_change_is_printed(client):
    with time_machine.travel(dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC), tick=False):
        Page.objects.create(slug="about", title="About", text="Us.")
    assert ">2 March 2026</time>" in client.get("/about/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["about", "standards", "privacy", "contact", "membership"])
def test_the_pages_a_new_site_begins_with_are_well_formed_and_lead_nowhere_wrong(client, path):
    demo.load_pages()
    response = client.get(f"/{path}/")
    html5lib.HTMLParser(strict=True).parse(response.content)
    words = response.content.decode().partition("<main")[2].partition("</main>")[0]
    for address in re.findall(r'href="(/[^"#]*)"', words):
        assert client.get(address).status_code == 200, address
    assert "{" not in words
