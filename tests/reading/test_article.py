"""The article's page."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Correction, OldSlug
from advice.articles.page import opens_with_salutation, page_of, printed
from tests.factories import make_column, make_draft, make_expert, make_newsletter, make_published, make_tag
from tests.reading.printed import CANARY, make_printed, relate

pytestmark = pytest.mark.django_db


def body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_stands_in_the_order_of_a_magazine_page(client):
    make_newsletter()
    column = make_column("The Sports Doc", disclaimer="General information.")
    expert = make_expert(title="Sports physician", credentials="MD")
    article = make_printed(headline="Why Twitch?", column=column, experts=(expert,), tags=(make_tag("Calf"),))
    relate(article, make_printed(headline="A Neighbour"))

    page = body(client, article.get_absolute_url())

    parts = [
        'class="masthead"',
        'class="kicker"',
        "<h1>Why Twitch?</h1>",
        'class="dek"',
        'class="byline"',
        f"{expert.name}, MD</a>, Sports physician",
        "<time",
        "1 min read",
        ">Q</span>",
        "My calf twitches after each run.",
        '<p class="sign">Adam</p>',
        ">A</span>",
        "Dear Adam,",
        "General information.",
        'aria-label="Topics"',
        'id="subscribe"',
        "A Neighbour",
        "Ask your own question",
        'class="colophon"',
    ]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert page.count("<h1") == 1


def test_shows_updated_only_after_a_change_of_substance(client):
    article = make_printed()
    assert "Updated" not in body(client, article.get_absolute_url())
    workflow.correct(article, kind="correction", text="It was **six** weeks.", by=None)
    page = body(client, article.get_absolute_url())
    assert "Updated" in page
    assert page.index("<strong>six</strong> weeks") < page.index(">Q</span>")


def test_without_expert_and_date_names_its_source_and_no_date(client):
    article = make_printed(source_name="Runner’s World", undated=True, experts=(None,))
    page = body(client, article.get_absolute_url())
    assert "From <b>Runner’s World</b>" in page
    byline = page[page.index('class="byline"') : page.index(">Q</span>")]
    assert "<time" not in byline
    assert "portrait" not in byline


def test_two_answers_each_name_their_expert(client):
    one, two = make_expert(), make_expert()
    page = body(client, make_printed(experts=(one, two)).get_absolute_url())
    assert f">The answer of {one.name}</h2>" in page
    assert f">The answer of {two.name}</h2>" in page


def test_a_correction_is_not_asked_for_where_there_is_none(client, django_assert_num_queries):
    article = make_printed(tags=(make_tag(),))
    with django_assert_num_queries(5):
        client.get(article.get_absolute_url())


@pytest.mark.parametrize("neighbours", [1, 30])
def test_makes_at_most_six_queries(client, django_assert_num_queries, neighbours):
    article = make_printed(tags=(make_tag(), make_tag()), experts=(make_expert(), make_expert()))
    relate(article, *(make_printed() for _ in range(neighbours)))
    workflow.correct(article, kind="correction", text="Six weeks.", by=None)
    with django_assert_num_queries(6):
        client.get(article.get_absolute_url())


def test_related_shows_five_in_their_order_and_only_what_is_published(client):
    article = make_printed()
    hidden = [
        make_printed(headline="Scheduled one", published_at=timezone.now() + dt.timedelta(days=1)),
        make_printed(headline="Draft one", status="draft", published_at=None),
        make_printed(headline="Retracted one", status="retracted"),
    ]
    shown = [make_printed(headline=f"Neighbour {number}") for number in range(6)]
    relate(article, *hidden, *shown)
    page = body(client, article.get_absolute_url())
    places = [page.index(f"Neighbour {number}<") for number in range(5)]
    assert places == sorted(places)
    assert "Neighbour 5" not in page
    assert not any(row.headline in page for row in hidden)


def test_retracted_keeps_its_page_and_its_reason_but_not_its_text(client):
    tag, column = make_tag(), make_column()
    article = make_printed(
        headline="Withdrawn One",
        dek=f"{CANARY} dek",
        question=f"{CANARY} question",
        answer=f"{CANARY} answer",
        column=column,
        tags=(tag,),
    )
    other = make_printed(column=column)
    relate(other, article)
    workflow.retract(article, reason="The study was withdrawn.", by=None)

    response = client.get(article.get_absolute_url())
    page = response.content.decode()
    assert (response.status_code, response["X-Robots-Tag"]) == (200, "noindex")
    assert '<meta name="robots" content="noindex">' in page
    assert "The study was withdrawn." in page
    assert CANARY not in page

    addresses = [
        "/",
        "/questions/",
        column.get_absolute_url(),
        tag.get_absolute_url(),
        other.get_absolute_url(),
    ]
    addresses += [
        "/feeds/latest.atom",
        "/sitemap-articles-1.xml",
        f"/feeds/tags/{tag.slug}.atom",
        "/search/?q=Withdrawn",
    ]
    for address in addresses:
        answer = client.get(address).content.decode()
        assert article.get_absolute_url() not in answer, address
        assert CANARY not in answer, address


def test_scheduled_article_is_hidden_until_its_time(client):
    at = timezone.now().replace(microsecond=0) + dt.timedelta(days=2)
    article = make_published(headline="Of Tomorrow", question="Zanzibar calf?", at=at)
    tag = article.tags.get()
    assert article.column is not None
    lists = [
        "/",
        "/questions/",
        article.column.get_absolute_url(),
        tag.get_absolute_url(),
        "/feeds/latest.atom",
    ]
    lists += [
        article.answers.get().expert.get_absolute_url(),
        "/sitemap-articles-1.xml",
        f"/feeds/tags/{tag.slug}.atom",
    ]

    with time_machine.travel(at - dt.timedelta(seconds=1), tick=False):
        assert client.get(article.get_absolute_url()).status_code == 404
        assert [address for address in lists if article.slug in client.get(address).content.decode()] == []
    with time_machine.travel(at, tick=False):
        assert client.get(article.get_absolute_url()).status_code == 200
        assert [
            address for address in lists if article.slug not in client.get(address).content.decode()
        ] == []


def test_draft_has_no_page(client):
    assert client.get(make_draft().get_absolute_url()).status_code == 404


def test_old_slug_leads_to_the_article_for_ever(client):
    article = make_printed()
    OldSlug.objects.create(slug="as-it-was", article=article)
    response = client.get("/questions/as-it-was/")
    assert (response.status_code, response["Location"]) == (301, article.get_absolute_url())
    assert "public" in response["Cache-Control"]


def test_old_slug_of_a_draft_does_not_give_away_its_address(client):
    OldSlug.objects.create(slug="as-it-was", article=make_draft())
    assert client.get("/questions/as-it-was/").status_code == 404


def test_capitals_in_the_address_lead_to_the_article(client):
    article = make_printed()
    response = client.get(f"/questions/{article.slug.upper()}/")
    assert (response.status_code, response["Location"]) == (301, article.get_absolute_url())


def test_not_changed_since_answers_304(client):
    address = make_printed().get_absolute_url()
    etag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304


def test_headline_and_dek_are_text(client):
    article = make_printed(headline='<script>alert("h")</script>', dek='"><img src=x onerror=alert(1)>')
    page = body(client, article.get_absolute_url())
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    ("html", "is_one"),
    [
        ("<p>Dear Adam,</p>\n<p>You describe</p>", True),
        ("<p>Sleepless,</p><p>Go to bed.</p>", True),
        ("<p>Hello there!</p><p>Go.</p>", True),
        ("<p>Dear me, that is a long story and it goes on until nobody remembers how it began.</p>", False),
        ("<p>No.</p><p>Not at all.</p>", False),
        ("<p>Dear Dr. Marlow:</p>", True),
        ("<p>Dear all, is it on?</p>", False),
        ("<p>Rest, ice, time,</p>", False),
        ("<h3>Dear Adam,</h3>", False),
        ("", False),
    ],
)
def test_salutation_is_told_from_a_first_sentence(html, is_one):
    assert opens_with_salutation(html) is is_one


def test_clarification_and_retraction_stand_on_the_page_of_corrections(client):
    article = make_printed(headline="Put Right")
    Correction.objects.create(article=article, kind="clarification", text="Meant in miles.")
    hidden = make_printed(headline="Not Out", published_at=timezone.now() + dt.timedelta(days=1))
    Correction.objects.create(article=hidden, kind="correction", text="Planted early.")
    page = body(client, "/corrections/")
    assert "Put Right" in page
    assert "Meant in miles." in page
    assert "Planted early." not in page


def test_headings_leave_no_gap_and_tables_scroll_by_keyboard():
    assert printed("<h4>a</h4><h5>b</h5>") == "<h3>a</h3><h4>b</h4>"
    assert printed("<h3>a</h3><h4>b</h4>", top=2) == "<h2>a</h2><h3>b</h3>"
    assert 'tabindex="0"><table><tbody></tbody></table></div>' in printed("<table><tbody></tbody></table>")
    assert printed("<p>a</p>") == "<p>a</p>"


def test_preview_of_a_draft_shows_what_is_written_so_far():
    page = page_of(make_draft(question="Zanzibar?"))
    assert "Zanzibar?" in page.question
    assert [answer.opens_with_salutation for answer in page.answers] == [True]
    assert page.published_at is None
