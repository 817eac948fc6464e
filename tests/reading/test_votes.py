"""“Was this helpful?” and “I have this question too”: counted once a browser, with nothing kept of who pressed."""

import datetime as dt
import re

import html5lib
import pytest
import time_machine
from django.utils import timezone

from advice.articles import tallies, workflow
from advice.articles.models import Article, OldSlug, Tally
from advice.reading.votes import HELPFUL, PRESSES_AN_HOUR, PRESSES_OF_ONE_A_DAY
from advice.reading.working_on import A_PAGE, announced
from tests.factories import make_column, make_draft, make_published
from tests.reading.printed import CANARY, make_printed, relate
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

LINE = "Whether a stitch comes from what you drank"


@pytest.fixture
def article() -> Article:
    return make_printed(column=make_column("The Sports Doc", slug="sports"))


@pytest.fixture
def question() -> Article:
    """A draft that is announced; all else of it holds the canary."""
    draft = make_draft(
        headline=f"{CANARY} headline", dek=f"{CANARY} dek", question=f"{CANARY} text", signature=CANARY
    )
    return workflow.edit(draft, by=None, version=draft.version, announced_as=LINE)


def helpful(article: Article) -> str:
    return f"{article.get_absolute_url()}helpful/"


def counts() -> dict[tuple[int, str], int]:
    return {(row.article_id, row.kind): row.count for row in Tally.objects.all()}


# -- the helpful vote ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "kind"), [("yes", "helpful"), ("no", "unhelpful")])
def test_a_press_is_counted_and_thanked_for(client, article, said, kind):
    response = client.post(helpful(article), {"said": said})
    assert (response.status_code, response["Location"]) == (303, f"{helpful(article)}?said={said}")
    assert counts() == {(article.pk, kind): 1}


def test_the_second_press_of_a_browser_is_thanked_for_and_not_counted(client, article):
    for said in ("yes", "yes", "no"):
        assert client.post(helpful(article), {"said": said}).status_code == 303
    other = make_printed()
    client.post(helpful(other), {"said": "no"})
    assert counts() == {(article.pk, "helpful"): 1, (other.pk, "unhelpful"): 1}


@pytest.mark.parametrize("https", [False, True])
def test_the_cookie_holds_numbers_of_articles_and_nothing_else(client, article, settings, https):
    settings.HTTPS = https
    other = make_printed()
    client.post(helpful(other), {"said": "yes"})
    cookie = client.post(helpful(article), {"said": "yes"}).cookies["helpful"]
    assert cookie.value == f"{other.pk}.{article.pk}"
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/questions/", 31_536_000, "Lax")
    assert (cookie["httponly"], bool(cookie["secure"]), cookie["domain"]) == (True, https, "")


def test_the_cookie_keeps_the_last_two_hundred(client, article):
    client.cookies["helpful"] = ".".join(map(str, range(900_000, 900_250)))
    value = client.post(helpful(article), {"said": "yes"}).cookies["helpful"].value
    assert value.split(".") == [*map(str, range(900_051, 900_250)), str(article.pk)]
    assert len(value) < 4_000


@pytest.mark.parametrize(
    "made_up",
    [
        "",
        ".",
        "1.",
        "x",
        "1,2",
        "-1",
        "²",
        "1.2.x",
        "9" * 5_000,
        "<script>",
        "1" * 13,
        "\\000",
        '"1.2"',
        "1 2",
    ],
)
def test_a_cookie_that_was_tampered_with_does_no_harm(client, article, made_up):
    client.cookies["helpful"] = made_up
    response = client.post(helpful(article), {"said": "yes"})
    assert response.status_code == 303
    assert HELPFUL.read(response.wsgi_request) in ([], [1, 2])
    assert counts() == {(article.pk, "helpful"): 1}


@pytest.mark.parametrize("said", ["", "maybe", "YES", "yes\x00"])
def test_what_is_neither_yes_nor_no_is_asked_again(client, article, said):
    response = client.post(helpful(article), {"said": said})
    page = response.content.decode()
    assert (response.status_code, response.cookies, counts()) == (422, {}, {})
    assert "Please press one of the two." in page
    assert f'action="{helpful(article)}"' in page


def test_is_for_what_is_published_only(client):
    gone = make_published()
    workflow.retract(gone, reason="Wrong.", by=None)
    scheduled = make_printed(published_at=timezone.now() + dt.timedelta(days=1))
    for one in (gone, scheduled, make_draft()):
        assert client.get(helpful(one)).status_code == 404
        assert client.post(helpful(one), {"said": "yes"}).status_code == 404
    assert counts() == {}


def test_a_page_that_stood_open_under_a_former_address_still_counts(client, article):
    OldSlug.objects.create(slug="as-it-was", article=article)
    assert client.post("/questions/as-it-was/helpful/", {"said": "yes"})["Location"].startswith(
        helpful(article)
    )
    assert counts() == {(article.pk, "helpful"): 1}
    response = client.get("/questions/as-it-was/helpful/")
    assert (response.status_code, response["Location"]) == (301, helpful(article))


def test_a_form_of_another_site_is_refused(client, article):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        response = client.post(helpful(article), {"said": "yes"}, headers=headers)
        assert (response.status_code, response.cookies) == (403, {})
    assert counts() == {}


@time_machine.travel(dt.datetime(2027, 3, 1, 20, 30, tzinfo=dt.UTC), tick=False)
def test_one_network_presses_a_few_times_a_day_for_one_article(client, article):
    for _ in range(PRESSES_OF_ONE_A_DAY):
        client.cookies.clear()
        assert client.post(helpful(article), {"said": "yes"}).status_code == 303
    client.cookies.clear()
    response = client.post(helpful(article), {"said": "no"})
    assert (response.status_code, response["Retry-After"], response.cookies) == (429, "12600", {})
    page = response.content.decode()
    assert "several times today, so this press was not counted. Please try again in 4 hours." in page
    assert client.post(helpful(make_printed()), {"said": "yes"}).status_code == 303
    assert counts()[article.pk, "helpful"] == PRESSES_OF_ONE_A_DAY == 5
    from_elsewhere = client.post(helpful(article), {"said": "no"}, REMOTE_ADDR="192.0.2.7")
    assert from_elsewhere.status_code == 303


def test_one_network_presses_so_often_an_hour(client, monkeypatch):
    monkeypatch.setattr("advice.reading.votes.PRESSES_AN_HOUR", 2)
    articles = [make_printed() for _ in range(3)]
    with time_machine.travel(dt.datetime(2026, 11, 1, 20, 41, 30, tzinfo=dt.UTC), tick=False):
        Article.objects.update(published_at=timezone.now())
        answers = [client.post(helpful(one), {"said": "yes"}) for one in articles]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert answers[2]["Retry-After"] == "1110"
    page = answers[2].content.decode()
    assert "just now, so this one was not counted. Please try again in 19 minutes." in page
    assert PRESSES_AN_HOUR == 60


def test_the_form_and_the_thanks_are_public_pages_that_know_nobody(client, article):
    client.cookies["helpful"] = str(article.pk)
    for address, said in (
        ("", "Was this helpful?"),
        ("?said=yes", "We are glad it helped."),
        ("?said=no", "Thank you for saying so."),
        ("?said=other", "Was this helpful?"),
    ):
        response = client.get(helpful(article) + address)
        page = response.content.decode()
        assert response.status_code == 200
        assert said in page
        assert ("public" in response["Cache-Control"], response.cookies) == (True, {})
        assert "cookie" not in response.get("Vary", "").lower()
        assert '<meta name="robots" content="noindex">' in page
        assert "csrfmiddlewaretoken" not in page
        assert page.count("<h1") == 1
    assert counts() == {}


def test_no_offers_to_ask_and_yes_offers_more(client, article):
    neighbour = make_printed(headline="A Neighbour")
    relate(article, neighbour)
    no = client.get(f"{helpful(article)}?said=no").content.decode()
    assert 'href="/ask/sports/"' in no
    assert "A Neighbour" not in no
    yes = client.get(f"{helpful(article)}?said=yes").content.decode()
    assert "A Neighbour" in yes
    assert '<a class="btn quiet" href="/subscribe/">' in yes


def test_no_public_page_shows_a_count(client, article):
    draft = make_draft()
    workflow.edit(draft, by=None, version=draft.version, announced_as=LINE)
    pages = [article.get_absolute_url(), helpful(article), f"{helpful(article)}?said=yes", "/working-on/"]
    pages += [f"/working-on/{draft.pk}/", f"/working-on/{draft.pk}/?said=too", "/questions/"]
    before = [client.get(page).content for page in pages]
    Tally.objects.create(article=article, kind="helpful", day=timezone.localdate(), count=73_211)
    Tally.objects.create(article=article, kind="unhelpful", day=timezone.localdate(), count=73_212)
    Tally.objects.create(article=draft, kind="asked_too", day=timezone.localdate(), count=73_213)
    assert [client.get(page).content for page in pages] == before


def test_every_page_is_valid_html_with_ids_of_its_own(client, article, question):
    relate(article, make_printed())
    asked = f"/working-on/{question.pk}/"
    pages = [client.get(helpful(article) + query) for query in ("", "?said=yes", "?said=no")]
    pages += [client.get(address) for address in (asked, f"{asked}?said=too", "/working-on/")]
    pages.append(client.post(helpful(article), {"said": "perhaps"}))
    for response in pages:
        page = response.content.decode()
        html5lib.HTMLParser(strict=True).parse(page)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))


def test_nothing_of_who_pressed_is_kept(client, article):
    client.post(
        helpful(article),
        {"said": "yes", "name": CANARY},
        REMOTE_ADDR="198.51.100.73",
        headers={"User-Agent": CANARY, "Referer": f"http://testserver/{CANARY}"},
    )
    stored = [table for table, rows in everything_stored() if CANARY in rows or "198.51.100.73" in rows]
    assert (counts(), stored) == ({(article.pk, "helpful"): 1}, [])


# -- questions we are working on -------------------------------------------------------------------------------------


def test_the_line_is_all_that_shows_of_a_draft(client, question):
    for address in ("/working-on/", f"/working-on/{question.pk}/", f"/working-on/{question.pk}/?said=too"):
        page = client.get(address).content.decode()
        assert LINE in page, address
        assert CANARY not in page, address
        assert question.slug not in page, address
    assert list(announced()) == [{"pk": question.pk, "announced_as": LINE}]


def test_what_is_not_announced_is_neither_shown_nor_counted(client, question):
    scheduled = make_published(at=timezone.now() + dt.timedelta(days=1))
    out, withdrawn = make_published(), make_published()
    Article.objects.exclude(pk=question.pk).update(announced_as="Planted line")
    workflow.retract(withdrawn, reason="Wrong.", by=None)
    silent = make_draft()
    page = client.get("/working-on/").content.decode()
    assert page.count("Planted line") == 1  # the scheduled one
    for one in (out, withdrawn):  # both have a page that says more
        assert client.post(f"/working-on/{one.pk}/")["Location"] == one.get_absolute_url()
    for one, status in ((silent, 404), (scheduled, 303), (question, 303)):
        assert client.post(f"/working-on/{one.pk}/").status_code == status
        assert client.get(f"/working-on/{one.pk}/").status_code == (404 if status == 404 else 200)
    assert counts() == {(scheduled.pk, "asked_too"): 1, (question.pk, "asked_too"): 1}
    for number in ("999999", "9" * 40, "9" * 5_000):
        assert client.post(f"/working-on/{number}/").status_code == 404


def test_asked_too_is_counted_once_and_thanked_for(client, question):
    for _ in range(2):
        response = client.post(f"/working-on/{question.pk}/")
        assert (response.status_code, response["Location"]) == (303, f"/working-on/{question.pk}/?said=too")
    assert tallies.counts(question) == {"helpful": 0, "unhelpful": 0, "asked_too": 1}
    cookie = response.cookies.get("asked_too") or client.cookies["asked_too"]
    assert (cookie.value, cookie["path"], cookie["samesite"]) == (str(question.pk), "/working-on/", "Lax")
    assert (cookie["httponly"], cookie["max-age"]) == (True, 31_536_000)
    assert "Thank you" in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize("announced_as", [LINE, ""])
def test_who_comes_back_when_it_is_out_is_led_to_the_answer(client, question, announced_as):
    address = f"/working-on/{question.pk}/"
    client.post(address)
    assert client.get(address).status_code == 200
    question = workflow.publish(question, by=None)
    Article.objects.filter(pk=question.pk).update(announced_as=announced_as)
    before = counts()
    for query in ("", "?said=too"):
        response = client.get(address + query)
        assert (response.status_code, response["Location"]) == (302, question.get_absolute_url())
        assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert (client.head(address + query).status_code, response.cookies) == (302, {})
    response = client.post(address)  # from a page that stood open
    assert (response.status_code, response["Location"]) == (303, question.get_absolute_url())
    assert (counts(), response.cookies) == (before, {})


@pytest.mark.parametrize("status", ["draft", "in_review", "published"])
def test_a_draft_that_is_not_announced_leads_nowhere(client, status):
    draft = make_draft(headline=CANARY)
    later = timezone.now() + dt.timedelta(days=1)
    Article.objects.filter(pk=draft.pk).update(
        status=status, published_at=later if status == "published" else None
    )
    for response in (client.get(f"/working-on/{draft.pk}/"), client.post(f"/working-on/{draft.pk}/")):
        assert (response.status_code, "Location" in response) == (404, False)
        assert CANARY not in response.content.decode()


def test_asked_too_has_the_same_limits(client, question):
    for _ in range(PRESSES_OF_ONE_A_DAY):
        client.cookies.clear()
        client.post(f"/working-on/{question.pk}/")
    client.cookies.clear()
    response = client.post(f"/working-on/{question.pk}/")
    assert (response.status_code, response.cookies) == (429, {})
    assert 0 < int(response["Retry-After"]) <= 86_400
    assert "this press was not counted" in response.content.decode()
    foreign = client.post(f"/working-on/{question.pk}/", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


def test_working_on_is_a_public_page_that_knows_nobody(client, question):
    first = client.get("/working-on/")
    assert ("public" in first["Cache-Control"], first.cookies) == (True, {})
    assert client.get("/working-on/", headers={"Cookie": f"asked_too={question.pk}"}).content == first.content
    assert "noindex" not in first.content.decode()


def test_nothing_announced_says_what_to_do(client):
    make_draft()
    page = client.get("/working-on/").content.decode()
    assert "Nothing is announced at the moment." in page
    assert 'href="/ask/">Ask your question' in page
    assert 'href="/questions/">Read the answers' in page


def test_fifty_lines_stand_on_a_page(client):
    rows = [
        Article(headline="H", slug=f"d-{number}", announced_as=f"Line {number:02}.")
        for number in range(A_PAGE + 1)
    ]
    Article.objects.bulk_create(rows)
    first, second = (client.get("/working-on/" + query).content.decode() for query in ("", "?page=2"))
    assert [page.count('<p class="line"') for page in (first, second)] == [50, 1]
    assert "Page 1 of 2" in first
    assert "<title>Questions we are working on, page 2 ·" in second
    assert '<link rel="canonical" href="http://127.0.0.1:8000/working-on/?page=2">' in second
    assert '<link rel="canonical" href="http://127.0.0.1:8000/working-on/">' in first
    for wrong in ("3", "0", "x", "9" * 5_000):
        assert client.get(f"/working-on/?page={wrong}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_working_on_makes_three_queries(client, django_assert_num_queries, count):
    for _ in range(count):
        draft = make_draft()
        workflow.edit(draft, by=None, version=draft.version, announced_as=LINE)
    with django_assert_num_queries(3):
        client.get("/working-on/")


@pytest.mark.parametrize(("query", "queries"), [("", 2), ("?said=no", 2), ("?said=yes", 3)])
def test_the_helpful_page_makes_few_queries(client, article, django_assert_num_queries, query, queries):
    relate(article, *(make_printed() for _ in range(3)))
    with django_assert_num_queries(queries):
        client.get(helpful(article) + query)
