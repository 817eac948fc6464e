"""What pages say to whoever shows a link to them: canonical address, description, Open Graph."""

import pytest

from advice.articles import workflow
from tests.factories import make_column, make_tag
from tests.reading.printed import make_printed
from tests.reading.said import make_pages, tags_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(settings, tmp_path) -> list[str]:
    return make_pages(settings, tmp_path)


NOT_FOR_SEARCH = ["/search/?q=calf", "/nothing-here/", "/accounts/login/", "/subscribe/sent/"]


@pytest.mark.parametrize("address", NOT_FOR_SEARCH)
def test_pages_that_are_not_to_be_found_say_nothing(client, address):
    page = client.get(address).content.decode()
    assert "noindex" in page
    assert "ld+json" not in page
    assert 'property="og:' not in page


def test_every_page_says_where_it_stands_what_it_is_and_how_it_looks(client, pages, settings):
    descriptions = {}
    for address in pages:
        tags = tags_of(client.get(address).content.decode())
        assert tags["canonical"] == tags["og:url"] == [settings.SITE_URL + address], address
        assert tags["description"] == tags["og:description"], address
        descriptions.setdefault(tags["description"][0], []).append(address)
        for name in ("og:title", "og:type", "og:site_name"):
            assert len(tags[name]) == 1, (address, name)
            assert tags[name][0], (address, name)
        assert tags["og:locale"] == ["en_US"]
        if "og:image" in tags:
            (image,) = tags["og:image"]
            assert client.get(image.removeprefix(settings.SITE_URL))["Content-Type"] == "image/png", address
            assert (tags["og:image:width"], tags["og:image:height"]) == (["1200"], ["630"])
            assert tags["og:image:alt"][0]
            assert tags["twitter:card"] == ["summary_large_image"]
        else:
            assert tags["robots"] == ["noindex"], address
    same = [found for found in descriptions.values() if len(found) > 1]
    assert [found for found in same if not all("/questions/printed-" in address for address in found)] == []


def test_article_says_its_dates_column_and_topics(client):
    article = make_printed(column=make_column("Training"), tags=(make_tag("Calf"), make_tag("Shin")))
    tags = tags_of(client.get(article.get_absolute_url()).content.decode())
    assert tags["og:type"] == ["article"]
    assert (tags["og:title"], tags["article:section"]) == ([article.headline], ["Training"])
    assert sorted(tags["article:tag"]) == ["Calf", "Shin"]
    assert len(tags["article:published_time"]) == 1
    assert "article:modified_time" not in tags
    assert article.get_absolute_url()[:-1] + ".md" in tags["alternate"]
    workflow.correct(article, kind="correction", text="Six.", by=None)
    assert len(tags_of(client.get(article.get_absolute_url()).content.decode())["article:modified_time"]) == 1
    undated = make_printed(undated=True)
    assert "article:published_time" not in tags_of(client.get(undated.get_absolute_url()).content.decode())


def test_description_of_an_article_without_a_dek_begins_its_letter(client):
    article = make_printed(dek="", question='It "twitches" <b>. ' + "And twitches on. " * 30)
    (description,) = tags_of(client.get(article.get_absolute_url()).content.decode())["description"]
    assert description.startswith('It "twitches" <b>.')
    assert description.endswith(" …")
    assert len(description) <= 155


def test_title_to_share_leaves_out_the_name_of_the_site(client, settings):
    settings.SITE_NAME = "Q & A"
    tags = tags_of(client.get("/questions/").content.decode())
    assert (tags["og:title"], tags["og:site_name"]) == (["All answers"], ["Q & A"])
