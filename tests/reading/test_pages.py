import pytest

from advice.articles.models import Page


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
