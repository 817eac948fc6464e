"""The article's page."""

import datetime as dt
import re

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
    column = make_column("The Sports Doc", slug="sports", disclaimer="General information.")
    expert = make_expert(title="Sports physician", credentials="MD")
    sources = [{"title": "On Twitching", "publisher": "Journal", "year": 2019, "url": "https://j.example/"}]
    article = make_printed(
        headline="Why Twitch?", column=column, experts=(expert,), tags=(make_tag("Calf"),), sources=sources
    )
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
        'id="the-sources"',
        "On Twitching",
        "General information.",
        'aria-label="Topics"',
        "data-share",
        "Was this helpful?",
        'id="subscribe"',
        "A Neighbour",
        'href="/ask/sports/"',
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


def test_published_date_stays_whatever_is_changed_later(client):
    article = make_printed(published_at=dt.datetime(2025, 3, 2, 7, tzinfo=dt.UTC))
    workflow.edit(article, by=None, version=article.version, dek="Another dek.")
    workflow.correct(article, kind="clarification", text="In miles.", by=None)
    page = body(client, article.get_absolute_url())
    assert '<time datetime="2025-03-02T07:00:00+00:00">2 March 2025</time>' in page
    assert "Updated" not in page


def test_sources_name_what_is_known_and_link_where_there_is_an_address(client):
    article = make_printed(
        sources=[
            {
                "title": "On <Twitching>",
                "publisher": "Journal",
                "year": 2019,
                "url": "https://j.example/?a=1&b=2",
            },
            {"title": "A Book", "publisher": "", "year": None, "url": ""},
        ]
    )
    page = body(client, article.get_absolute_url())
    lines = re.findall(r"<li>(.*?)</li>", page[page.index('id="the-sources"') : page.index("data-share")])
    assert lines == [
        '<a href="https://j.example/?a=1&amp;b=2" rel="noopener">On &lt;Twitching&gt;</a>, Journal, 2019',
        "A Book",
    ]
    assert "the-sources" not in body(client, make_printed().get_absolute_url())


def test_names_who_reviewed_it_and_when(client):
    reviewer = make_expert(credentials="MD")
    article = make_printed(reviewer=reviewer, reviewed_on=dt.date(2026, 5, 3))
    page = body(client, article.get_absolute_url())
    assert (
        f'Reviewed by <a class="name" href="{reviewer.get_absolute_url()}">{reviewer.name}, MD</a> '
        'on <time datetime="2026-05-03">3 May 2026</time>' in page
    )
    assert "Reviewed by" not in body(client, make_printed().get_absolute_url())


def test_says_how_many_asked_where_letters_were_merged(client):
    article = make_printed()
    assert "Asked by" not in body(client, article.get_absolute_url())
    workflow.count_askers(article, 3)
    assert "Asked by 3 readers" in body(client, article.get_absolute_url())


def test_correction_leads_to_what_stood_before_only_where_that_is_known(client):
    article = make_published()
    workflow.correct(article, kind="clarification", text="In miles.", by=None)
    assert "stood before" not in body(client, article.get_absolute_url())
    workflow.edit(article, by=None, version=article.version + 1, dek="Another dek.")
    note = workflow.correct(article, kind="correction", text="Six weeks.", by=None)
    page = body(client, article.get_absolute_url())
    assert re.findall(r'href="([^"]+)"[^>]*>See what stood before', page) == [
        f"{article.get_absolute_url()}before/{note.pk}/"
    ]


def test_shares_by_mail_without_a_script(client):
    article = make_printed(headline="Ice & heat: 50/50?")
    page = body(client, article.get_absolute_url())
    address = f"http%3A%2F%2F127.0.0.1%3A8000%2Fquestions%2F{article.slug}%2F"
    assert f'href="mailto:?subject=Ice%20%26%20heat%3A%2050%2F50%3F&amp;body={address}"' in page


def test_headings_of_all_answers_have_ids_of_their_own():
    texts = (
        "## What now?\n\n### What now?\n\nSee.[^1]\n\n[^1]: Here.",
        "## *What* now?\n\n## 🦵\n\nSee.[^1]\n\n[^1]: There.",
    )
    article = make_printed(question="## Related\n\n### Über Muskeln", experts=(make_expert(), make_expert()))
    for answer, text in zip(article.answers.order_by("position"), texts, strict=True):
        answer.text = text
        answer.save()
    page = page_of(article)
    html = [page.question, *(answer.html for answer in page.answers)]
    assert [re.findall(r'<h\d id="([^"]+)"', one) for one in html] == [
        ["on-related", "on-über-muskeln"],
        ["on-what-now", "on-what-now-2"],
        ["on-what-now-3", "on-this"],
    ]
    assert [re.findall(r'(?:id|href)="(#?[^"]*fn[^"]+)"', one) for one in html] == [
        [],
        ["#2-fn1", "2-fnref1", "2-fn1", "#2-fnref1"],
        ["#3-fn1", "3-fnref1", "3-fn1", "#3-fnref1"],
    ]


def test_what_only_looks_like_a_heading_gets_no_id():
    article = make_printed(question='`<h3>code</h3>` and [a link](/x "<h3>title</h3>")')
    assert page_of(article).question == printed(article.question_html)
    assert "id=" not in page_of(article).question


def test_is_the_same_for_everybody_whatever_cookies_they_bring(client):
    article = make_printed()
    first = client.get(article.get_absolute_url())
    assert first.cookies == {}
    cookies = {"Cookie": f"helpful={article.pk}; asked_too=1; theme=dark"}
    assert client.get(article.get_absolute_url(), headers=cookies).content == first.content


def test_two_answers_each_name_their_expert(client):
    one, two = make_expert(), make_expert()
    page = body(client, make_printed(experts=(one, two)).get_absolute_url())
    assert f">The answer of {one.name}</h2>" in page
    assert f">The answer of {two.name}</h2>" in page


def test_a_correction_is_not_asked_for_where_there_is_none(client, django_assert_num_queries):
    article = make_printed(tags=(make_tag(),))
    with django_assert_num_queries(3):
        client.get(article.get_absolute_url())


@pytest.mark.parametrize("neighbours", [1, 30])
def test_makes_four_queries_with_all_that_a_page_can_have(client, django_assert_num_queries, neighbours):
    article = make_printed(tags=(make_tag(), make_tag()), experts=(make_expert(), make_expert()))
    relate(article, *(make_printed() for _ in range(neighbours)))
    article.reviewer, article.reviewed_on = make_expert(), dt.date(2026, 5, 3)
    article.save()
    workflow.correct(article, kind="correction", text="Six weeks.", by=None)
    with django_assert_num_queries(4):
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
    article.sources = [{"title": f"{CANARY} source", "publisher": "", "year": None, "url": ""}]
    article.reviewer, article.reviewed_on = make_expert(credentials=f"{CANARY} MD"), dt.date(2026, 5, 3)
    article.save()
    workflow.count_askers(article, 3)
    workflow.edit(article, by=None, version=article.version, dek=f"{CANARY} later")
    former = workflow.correct(article, kind="correction", text=f"It said {CANARY}.", by=None)
    assert former.before is not None
    assert client.get(article.get_absolute_url()).content.decode().count(CANARY) > 4
    workflow.retract(article, reason="The study was withdrawn.", by=None)

    response = client.get(article.get_absolute_url())
    page = response.content.decode()
    assert (response.status_code, response["X-Robots-Tag"]) == (200, "noindex")
    assert '<meta name="robots" content="noindex">' in page
    assert "The study was withdrawn." in page
    assert CANARY not in page
    for part in ("Asked by", "Was this helpful?", "data-share", "the-sources", "Reviewed by", "stood before"):
        assert part not in page
    assert client.get(f"{article.get_absolute_url()}before/{former.pk}/").status_code == 404

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
