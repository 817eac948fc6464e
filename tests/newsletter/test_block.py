import re

import pytest

from tests.factories import make_column, make_newsletter, make_published

pytestmark = pytest.mark.django_db


def block(client, address):
    return re.search(r'(?s)<section class="subscribe".*?</section>', client.get(address).content.decode())[0]


def test_the_block_of_an_article_names_it_and_offers_the_newsletters_unticked(client):
    make_newsletter("The Cooldown", slug="cooldown", promise="Sundays, the week’s five best answers")
    article = make_published(column=make_column("Food & Drink"))
    markup = block(client, article.get_absolute_url())
    assert f'<input type="hidden" name="article" value="{article.slug}">' in markup
    assert "Sundays, the week’s five best answers" in markup
    assert "checked" not in markup
    assert "You get the newsletter of Food &amp; Drink, or The Cooldown if there is none." in markup
    assert 'href="/privacy/"' in markup
    assert 'href="/membership/"' in markup
    assert "csrf" not in markup


def test_no_id_of_the_block_stands_elsewhere_on_the_page(client):
    make_newsletter()
    page = client.get(make_published().get_absolute_url()).content.decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
