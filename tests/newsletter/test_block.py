import re

import pytest

from advice.articles.models import Article
from advice.newsletter import workflow
from advice.newsletter.models import Newsletter, Subscriber
from tests.factories import make_column, make_left, make_newsletter, make_published
from tests.newsletter.links import mails

pytestmark = pytest.mark.django_db


def block(client, address):
    return re.search(r'(?s)<section class="subscribe".*?</section>', client.get(address).content.decode())[0]


def test_the_block_of_an_article_names_it_and_offers_the_newsletters_unticked(client):
    make_newsletter("The Cooldown", slug="cooldown", promise="The week’s five best answers")
    make_newsletter("Of others", slug="others", column=make_column())
    article = make_published(column=make_column("Food & Drink"))
    markup = block(client, article.get_absolute_url())
    assert f'<input type="hidden" name="article" value="{article.slug}">' in markup
    assert re.search(
        r"<b>The Cooldown</b> · Every Sunday\s*<span class=\"promise\">The week’s five best", markup
    )
    assert "checked" not in markup
    assert "With nothing ticked you get The Cooldown." in markup
    assert 'href="/privacy/"' in markup
    assert 'href="/membership/"' in markup
    assert "csrf" not in markup


def test_with_nothing_ticked_the_columns_own_is_named_and_meant(client):
    make_newsletter("The Cooldown", position=0)
    column = make_column("Food & Drink")
    make_newsletter("Second Helping", column=column, position=8)
    make_newsletter("Third Helping", column=column, position=9)
    address = make_published(column=column).get_absolute_url()
    for _ in range(2):  # drawn, and then kept
        assert "With nothing ticked you get Second Helping." in block(client, address)
    assert "With nothing ticked you get The Cooldown." in block(client, make_published().get_absolute_url())
    (own,) = workflow.usual(Article.objects.get(column=column))
    assert own.name == "Second Helping"


def test_a_newsletters_own_page_and_its_issues_subscribe_to_that_one(client):
    first = make_newsletter("The Cooldown", slug="cooldown", position=0)
    own = make_newsletter("First Mile", slug="first-mile", position=5)
    issue = make_left(own)
    for number, (address, form) in enumerate(
        [(own.get_absolute_url(), "newsletter"), (issue.get_absolute_url(), "issue")]
    ):
        markup = block(client, address)
        assert "With nothing ticked you get First Mile." in markup
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', markup))
        assert fields == {"newsletter": "first-mile", "form": form}
        wrong = client.post("/subscribe/", {"email": "nobody", **fields}).content.decode()
        assert "With nothing ticked you get First Mile." in wrong
        assert 'name="newsletter" value="first-mile"' in wrong
        email = f"r{number}@example.org"
        client.post("/subscribe/", {"email": email, **fields})
        assert Subscriber.objects.get(email=email).form == form
        assert "First Mile" in mails("confirm")[-1]["text"]
    Newsletter.objects.filter(pk=own.pk).update(is_open=False)
    assert workflow.usual(None, Newsletter.objects.get(pk=own.pk)) == [first]
    for nonsense in ("first-mile", "no-such", "\x00"):
        sent = {"email": "late@example.org", "newsletter": nonsense}
        assert client.post("/subscribe/", sent).status_code == 303
    assert "The Cooldown" in mails("confirm")[-1]["text"]


def test_the_field_has_a_label_that_is_seen_and_cuts_nothing_off(client):
    make_newsletter()
    markup = block(client, "/subscribe/")
    assert '<label class="of-row" for="subscribe-email">Your e-mail address</label>' in markup
    assert "maxlength" not in re.search(r'<input type="email"[^>]*>', markup)[0]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rhythm": "each"}, "Each new answer"),
        ({"rhythm": "daily"}, "Daily"),
        ({"rhythm": "weekly", "weekday": 2}, "Every Wednesday"),
    ],
)
def test_each_newsletter_says_how_often_it_comes(client, fields, said):
    make_newsletter("One", promise="Two answers", **fields)
    for address in ("/", "/subscribe/", make_published().get_absolute_url()):
        assert f"<b>One</b> · {said}" in block(client, address)


def test_header_and_footer_lead_to_the_form(client):
    make_newsletter()
    for address in ("/questions/", "/about/", "/no-such-page/"):
        page = client.get(address).content.decode()
        header, footer = page.split("<main")[0], page.split('<footer class="colophon">')[1]
        assert 'href="/subscribe/"' in header
        assert 'href="/subscribe/"' in footer


def test_the_newsletters_page_leads_to_each_one(client):
    one = make_newsletter("One", promise="Two answers", rhythm="daily")
    page = client.get("/newsletters/").content.decode()
    assert f'<a href="{one.get_absolute_url()}">One</a>' in page
    assert "Two answers" in page
    assert "Daily" in page


def test_no_id_of_the_block_stands_elsewhere_on_the_page(client):
    make_newsletter()
    page = client.get(make_published().get_absolute_url()).content.decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
