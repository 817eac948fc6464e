"""Addresses last: what moved redirects in one step, what was deleted says so, and a wrong one is read for its words."""

import html5lib
import pytest
from django.db import DatabaseError

from advice.articles import addresses, merging, workflow
from advice.articles.models import Column, Expert, OldSlug, Tag, TagAlias
from advice.headers import without_private_parts
from advice.reading import errors, moved
from tests.factories import make_column, make_draft, make_expert, make_letter, make_published, make_tag
from tests.reading.printed import CANARY, make_printed, make_site

pytestmark = pytest.mark.django_db

FOREVER = "public, max-age=0, must-revalidate"


@pytest.fixture
def site():
    column = make_column("Training", slug="training")
    tag = Tag.objects.create(name="Calf", slug="calf")
    TagAlias.objects.create(slug="lower-leg", tag=tag)
    expert = Expert.objects.create(name="Nell", slug="nell")
    article = make_printed(slug="twitch", column=column, tags=(tag,), experts=(expert,))
    OldSlug.objects.create(slug="as-it-was", article=article)
    addresses.moved("/columns/running/", "/columns/training/")
    addresses.moved("/experts/nelly/", "/experts/nell/")
    for kind in ("columns", "experts", "tags"):
        addresses.gone(f"/{kind}/closed/")
    return article


def goes_to(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 301, address
    assert response["Cache-Control"] == FOREVER
    assert not response.cookies
    return response["Location"]


@pytest.mark.parametrize(
    ("asked", "true"),
    [
        ("/questions", "/questions/"),
        ("/Questions/", "/questions/"),
        ("/QUESTIONS", "/questions/"),
        ("/About", "/about/"),
        ("/Tags", "/tags/"),
        ("/Tags/Calf", "/tags/calf/"),
        ("/TAGS/calf/", "/tags/calf/"),
        ("/tags/CALF/", "/tags/calf/"),
        ("/tags/lower-leg", "/tags/calf/"),
        ("/Tags/Lower-Leg", "/tags/calf/"),
        ("/questions/Twitch", "/questions/twitch/"),
        ("/questions/as-it-was/", "/questions/twitch/"),
        ("/Questions/As-It-Was", "/questions/twitch/"),
        ("/columns/running/", "/columns/training/"),
        ("/Columns/Running", "/columns/training/"),
        ("/Columns/training", "/columns/training/"),
        ("/experts/nelly", "/experts/nell/"),
        ("/experts/Nell/", "/experts/nell/"),
        ("/archive", "/archive/"),
        ("/Archive/2025/03", "/archive/2025/3/"),
        ("/archive/2025/03/", "/archive/2025/3/"),
        ("/feeds/columns/running.atom", "/feeds/columns/training.atom"),
        ("/Feeds/Tags/Calf.atom", "/feeds/tags/calf.atom"),
        ("/feeds/latest.atom/", "/feeds/latest.atom"),
        ("/Ask", "/ask/"),
        ("/ask/running/", "/ask/training/"),
        ("/ask/running", "/ask/training/"),
        ("/Ask/Running/", "/ask/training/"),
        ("/ASK/Training", "/ask/training/"),
        ("/ask/closed/", "/ask/"),
        ("/Ask/Closed", "/ask/"),
        ("/columns/running/card.png", "/columns/training/card.png"),
        ("/Columns/Running/card.png/", "/columns/training/card.png"),
        ("/questions/as-it-was.md", "/questions/twitch.md"),
        ("/Questions/As-It-Was.md/", "/questions/twitch.md"),
        ("/questions/as-it-was/card.png", "/questions/twitch/card.png"),
        ("/feeds/experts/Nelly.atom", "/feeds/experts/nell.atom"),
        ("/feeds/tags/lower-leg.atom/", "/feeds/tags/calf.atom"),
        ("/Newsletters/", "/newsletters/"),
    ],
)
def test_every_way_to_write_an_address_leads_to_the_true_one_in_one_step(client, site, asked, true):
    assert goes_to(client, asked) == true
    assert goes_to(client, asked + "?page=2&q=a%20b") == true + "?page=2&q=a%20b"
    assert client.head(asked)["Location"] == true
    assert moved.now_at(true) is None


@pytest.mark.parametrize(
    "address",
    [
        *("/Ask/Nobody/", "/ask/nobody", "/Ask/Lower-Leg/"),
        *("/tags/NONE/", "/questions/None", "/columns/None/", "/experts/NONE/", "/Nothing", "/NOTHING/HERE/"),
        *("//evil.example/", "//evil.example/tags/calf", "/\\evil.example/", "///Tags/Calf/", "/tags//calf/"),
        *("/https:/evil.example/", "/Tags/\r\nLocation:x", "/TAGS/calf\0/", "/tags/" + "C" * 5_000),
    ],
)
def test_what_leads_nowhere_redirects_nowhere(client, site, address):
    for method in (client.get, client.head):
        response = method("/", PATH_INFO=address)  # as it is: the test's client would read a host in it
        if response.status_code == 301:  # to the same with a slash at its end
            assert response["Location"] == address + "/"
            response = method(response["Location"])
        assert response.status_code == 404


TAILS = [
    "",
    "/",
    ".atom",
    ".atom/",
    ".rss",
    ".md",
    ".md/",
    "/card.png",
    "/card.jpg",
    "/page/2/",
    "/feed/",
    "/x",
    "//",
]
FORMER = ["columns/running", "experts/nelly", "tags/lower-leg", "questions/as-it-was", "ask/running"]
CLOSED = ["columns/closed", "experts/closed", "tags/closed", "ask/closed"]


@pytest.mark.parametrize("tail", TAILS)
def test_no_redirect_leads_to_where_nothing_is(client, site, tail):
    for piece in FORMER + CLOSED:
        for start in (f"/{piece}", f"/feeds/{piece}", f"/{piece.title()}"):
            response = client.get(start + tail)
            assert response.status_code in {301, 404, 410}, start
            if response.status_code == 301 and response["Location"] == f"{start}{tail}/":  # APPEND_SLASH
                response = client.get(response["Location"])
            if response.status_code == 301:
                assert client.get(response["Location"]).status_code == 200, (start, response["Location"])
            elif tail in {".rss", "/card.jpg", "/page/2/", "/feed/", "/x"}:
                assert response.status_code == 404, start


@pytest.mark.parametrize("address", ["/Letters/{}/", "/LETTERS/{}/thanks/", "/Letters/{}"])
def test_a_secret_leads_nowhere_but_where_it_was_made_for(client, address):
    secret = make_letter().secret
    assert client.get(address.format(secret)).status_code == 404
    assert secret not in without_private_parts(f"Not Found: {address.format(secret)}")


@pytest.mark.parametrize(
    "path",
    [
        *("/Letters/AbC/", "/letters/AbC", "/SUBSCRIBE/confirm/AbC/", "/subscribe/preferences/AbC"),
        *("/Unsubscribe/AbC/", "/Desk/", "/desk", "/ACCOUNTS/login", "/Admin/articles/", "/media/A.webp"),
    ],
)
def test_private_addresses_are_neither_mended_nor_searched_for(path, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert moved.now_at(path) is None
        assert errors.words_of(path) == ""


def test_a_draft_is_not_given_away(client):
    draft = make_draft()
    OldSlug.objects.create(slug="once", article=draft)
    for address in (f"/questions/{draft.slug.upper()}/", f"/Questions/{draft.slug}", "/questions/Once"):
        response = client.get(address, follow=True)
        assert response.status_code == 404, address
        assert draft.headline not in response.content.decode()


def test_only_what_is_asked_for_by_get_is_led_on(client, site):
    assert client.post("/Tags/Calf/").status_code == 404


def test_a_chain_of_changes_is_one_step(client):
    column = make_column(slug="fourth")
    for before, after in (("first", "second"), ("second", "third"), ("third", "fourth")):
        addresses.moved(f"/columns/{before}/", f"/columns/{after}/")
    assert {goes_to(client, f"/columns/{name}/") for name in ("first", "second", "third")} == {
        column.get_absolute_url()
    }


def test_there_and_back_again_is_no_loop(client):
    make_column(slug="here")
    addresses.moved("/columns/here/", "/columns/there/")
    addresses.moved("/columns/there/", "/columns/here/")
    assert client.get("/columns/here/").status_code == 200
    assert goes_to(client, "/columns/there/") == "/columns/here/"


def test_a_merged_tag_leads_to_the_other(client):
    one, other = make_tag("Calves"), make_tag("Calf")
    merging.merge(one, other)
    assert goes_to(client, f"{one.get_absolute_url()}?page=2") == f"{other.get_absolute_url()}?page=2"
    assert goes_to(client, f"/Tags/{one.slug}") == other.get_absolute_url()


def test_a_deleted_article_is_gone_and_the_page_does_not_say_what_it_was(client):
    stays, goes = make_published(), make_published(headline=CANARY)
    goes = workflow.edit(goes, by=None, version=goes.version, slug="said-once")
    goes = workflow.edit(goes, by=None, version=goes.version, slug="said-twice")
    assert CANARY in client.get(goes.get_absolute_url()).content.decode()
    workflow.delete(goes, by=None)
    for address in ("/questions/said-once/", "/questions/said-twice/", "/Questions/Said-Once"):
        response = client.get(address)
        page = response.content.decode()
        assert response.status_code == 410, address
        assert response["Cache-Control"] == FOREVER
        assert response["X-Robots-Tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in page
        assert '<link rel="canonical"' not in page
        assert "This page was removed" in page
        assert 'action="/search/"' in page
        assert stays.get_absolute_url() in page
        assert CANARY not in page
        assert client.head(address).status_code == 410


@pytest.mark.parametrize("kind", ["columns", "experts", "tags"])
def test_deleted_lists_and_their_feeds_are_gone(client, kind):
    addresses.moved(f"/{kind}/before/", f"/{kind}/last/")
    addresses.gone(f"/{kind}/last/")
    for address in (f"/{kind}/last/", f"/{kind}/before/", f"/{kind}/Last", f"/feeds/{kind}/last.atom"):
        assert client.get(address).status_code == 410, address


def test_gone_page_is_valid_html(client):
    addresses.gone("/tags/last/")
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(client.get("/tags/last/").content.decode())
    assert parser.errors == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/2019/03/12/calf-muscles-that-spasm.html", "calf muscles spasm"),
        ("/questions/calf_spasm-1234", "calf spasm"),
        ("/blog/hydration.and the heat", "blog hydration heat"),
        ("/tags/5k-pace/", "5k pace"),
        ("/p/3f2a91bc/knees-deadbeef99", "knees"),
        ("/tags/9/", ""),
        ("/", ""),
        ("/calf-knee-shin-heel-toes-foot-back-neck", "calf knee shin heel toes foot"),
        ("/<script>alert(1)</script>", "script alert"),
        ("/" + "calf" * 2_000, ""),
        ("/\x00\ufffd%FF", "ff"),
    ],
)
def test_an_address_is_read_for_its_words(path, words):
    assert errors.words_of(path) == words


def test_not_found_offers_what_the_address_says(client):
    meant = make_published(headline="Why Do My Calf Muscles Spasm?")
    other = make_published(headline="Zebra crossings", question="Why stripes?")
    for address in (
        "/questions/calf-muscles-spasm-of-old/",
        "/2019/calf_spasm.html",
        "/Columns/calf-muscles",
    ):
        response = client.get(address)
        page = response.content.decode()
        assert response.status_code == 404
        assert "Perhaps you meant" in page
        assert meant.get_absolute_url() in page
        assert other.get_absolute_url() not in page


def test_not_found_shows_the_newest_where_the_address_says_nothing(client):
    article = make_published()
    page = client.get("/zzzz-qqqq/").content.decode()
    assert "Perhaps you meant" not in page
    assert article.get_absolute_url() in page


def test_not_found_shows_nothing_unpublished_and_echoes_nothing(client):
    make_draft(headline=f"Calf {CANARY}", question=f"Calf {CANARY}")
    response = client.get(f"/calf-{CANARY}-<script>alert(1)</script>/")
    assert response.status_code == 404
    assert CANARY not in response.content.decode()
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_not_found_asks_little_of_any_site(client, django_assert_max_num_queries, count):
    for _ in range(count):
        make_published(headline="Calf spasm")
    with django_assert_max_num_queries(15):  # of which the search engines take up to eleven
        page = client.get("/questions/calf-spasm-of-old/").content.decode()
    assert page.count("<h3>") == min(count, errors.MEANT)


def test_wrong_page_of_a_list_is_not_led_on(client):
    make_site(1)
    assert client.get("/columns/training/?page=9").status_code == 404


def test_not_found_stands_where_the_database_is_gone(client, monkeypatch):
    def gone(path: str) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(addresses, "found", gone)
    response = client.get("/columns/none/")
    assert response.status_code == 404
    assert "This page is not here" in response.content.decode()


def test_addresses_in_capitals_from_before_still_lead_on(client):
    make_column(slug="now")
    addresses.moved("/columns/Then/", "/columns/now/")
    assert goes_to(client, "/columns/Then/") == "/columns/now/"
    Column.objects.filter(slug="now").update(slug="Now")
    assert client.get("/columns/Now/").status_code == 200


def test_expert_without_a_page_of_that_name_is_not_found(client):
    make_expert()
    assert client.get("/experts/nobody/").status_code == 404
