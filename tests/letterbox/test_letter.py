import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from advice.articles import workflow as articles
from advice.letters import asking, workflow
from advice.letters.models import Letter, LetterStatus
from tests.factories import make_expert, make_letter, make_published, make_tag, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db


def page(client, letter):
    return client.get(letter.get_absolute_url(), follow=True).content.decode()


@pytest.fixture
def letter():
    return make_letter(text="My calf twitches <b>a lot</b>.\n\nEvery day.", email="adam@example.org")


def test_the_writer_reads_what_was_sent_and_how_it_fares(client, letter):
    text = page(client, letter)
    assert "<h2>Received</h2>" in text
    assert letter.case_number in text
    assert "<p>My calf twitches &lt;b&gt;a lot&lt;/b&gt;.</p>" in text
    assert "Adam" in text


@pytest.mark.parametrize("path", ["", "here/", "thanks/", "change/", "withdraw/", "erase/", "mails/"])
def test_the_private_pages_are_kept_by_no_cache_and_no_search_engine(client, letter, path):
    response = client.get(letter.get_absolute_url() + path, follow=True)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "same-origin"
    text = response.content.decode()
    assert '<meta name="robots" content="noindex">' in text
    assert 'rel="canonical"' not in text
    assert "adam@example.org" not in text


@pytest.mark.parametrize("path", ["", "here/", "thanks/", "change/", "withdraw/", "erase/", "mails/"])
def test_a_wrong_secret_opens_nothing(client, letter, path):
    secret = letter.secret
    for wrong in (
        secret[:-1],
        secret + "x",
        secret.swapcase(),
        "x",
        "a:b:c",
        "%00",
        "%ff",
        "..%2f",
        secret[1:],
    ):
        assert client.get(f"/letters/{wrong}/{path}").status_code == 404
        if path in {"withdraw/", "erase/"}:
            assert client.post(f"/letters/{wrong}/{path}").status_code == 404
    assert Letter.objects.get().status == LetterStatus.RECEIVED


def where(client, letter):
    """The step that is marked, and what stands above all of them."""
    text = page(client, letter)
    step = re.search(r'<li aria-current="step">([^<]+)</li>', text)
    return step and step[1], re.search(r'<div class="notice status">\s*<h2>([^<]+)</h2>', text)[1]


def test_each_step_of_the_way_is_shown(client, letter):
    assert where(client, letter) == ("Received", "Received")
    asking.ask_back(letter, text="Since when?", by=make_user())
    assert where(client, letter) == ("Being read", "Being read")
    by = make_user()
    article = workflow.accept(
        letter, by=by, headline="Secretheadline", question="Q", signature="Adam", column=letter.column
    )
    assert where(client, letter) == ("Being read", "Being read")
    answer = articles.assign(article, expert=make_expert(), by=by)
    assert where(client, letter) == ("With an expert", "With an expert")
    articles.file_answer(answer, text="Dear Adam.", by=by, version=answer.version)
    article.refresh_from_db()
    articles.edit(article, by=by, version=article.version, dek="D.", tags=[make_tag()])
    workflow.publish(article, by=by, at=timezone.now() + dt.timedelta(days=1))
    assert where(client, letter) == ("Ready", "Ready to be published")
    text = page(client, letter)
    assert "Secretheadline" not in text
    assert f"{timezone.now() + dt.timedelta(days=1):%Y-%m-%d}" not in text
    assert "Withdraw this letter" in text


def test_a_published_answer_is_linked(client, letter):
    article = make_published(letter, headline="Why Does a Calf Twitch?")
    text = page(client, letter)
    assert "<h2>Answered</h2>" in text
    assert f'<a href="{article.get_absolute_url()}">Why Does a Calf Twitch?</a>' in text
    assert "Withdraw this letter" not in text


def test_a_retracted_answer_is_said_to_be_one(client, letter):
    articles.retract(make_published(letter), reason="It was wrong.", by=None)
    assert "Answered, and retracted since" in page(client, letter)


def test_an_unpublished_answer_is_being_worked_on_again(client, letter):
    articles.unpublish(make_published(letter), by=None)
    assert where(client, letter) == ("With an expert", "With an expert")


def test_a_declined_letter_shows_its_reason(client, letter):
    workflow.decline(letter, by=make_user(), reason="Ask <your> doctor.")
    text = page(client, letter)
    assert "Not taken on" in text
    assert "Ask &lt;your&gt; doctor." in text
    assert "Withdraw this letter" not in text


def test_words_that_were_purged_are_said_to_be_gone(client, letter):
    letter.versions.all().delete()
    assert "Your words have been deleted" in page(client, letter)


def test_withdrawing_asks_first_and_then_acts(client, letter):
    address = letter.get_absolute_url() + "withdraw/"
    assert "Yes, withdraw it" in client.get(address).content.decode()
    response = client.post(address)
    assert response.status_code == 303
    assert Letter.objects.get().status == LetterStatus.WITHDRAWN
    assert "<h2>Withdrawn</h2>" in client.get(response["Location"], follow=True).content.decode()
    assert client.post(address).status_code == 303
    assert "cannot be withdrawn" in client.get(address).content.decode()


def test_what_a_trap_caught_can_be_withdrawn_too(client):
    letter = make_letter(spam=True)
    assert "Withdraw this letter" in page(client, letter)
    client.post(letter.get_absolute_url() + "withdraw/")
    assert Letter.objects.get().status == LetterStatus.WITHDRAWN


def test_a_published_letter_is_not_withdrawn_by_an_old_page(client, letter):
    make_published(letter)
    assert client.post(letter.get_absolute_url() + "withdraw/").status_code == 303
    assert Letter.objects.get().status == LetterStatus.ACCEPTED


def test_without_the_secret_in_the_address_the_buttons_are_guarded_by_the_csrf_middleware(letter):
    client = Client(enforce_csrf_checks=True)
    address = client.get(letter.get_absolute_url(), follow=True).redirect_chain[-1][0] + "withdraw/"
    assert client.post(address).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())[1]
    assert client.post(address, {"csrfmiddlewaretoken": token}).status_code == 303
    assert Letter.objects.get().status == LetterStatus.WITHDRAWN


def test_at_the_link_the_buttons_work_without_a_cookie_and_not_from_another_site(letter):
    address = letter.get_absolute_url() + "withdraw/"
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert Client(enforce_csrf_checks=True).post(address, headers=headers).status_code == 403
    assert Client(enforce_csrf_checks=True).post(address).status_code == 303
    assert Letter.objects.get().status == LetterStatus.WITHDRAWN


def test_the_secret_goes_into_a_cookie_and_out_of_the_address(client, letter):
    response = client.get(letter.get_absolute_url(), follow=True)
    assert [status for _, status in response.redirect_chain] == [303, 303]
    assert response.redirect_chain[-1][0] == f"/letters/yours/{letter.case_number}/"
    cookie = client.cookies["letter"]
    assert Letter.objects.by_secret(cookie.value) == letter
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/letters/", "Lax", True)
    assert (cookie["secure"], cookie["max-age"], cookie["expires"]) == ("", "", "")
    # Nothing but the page that shows it again would hold it.
    assert cookie.value not in response.content.decode()
    assert letter.case_number not in re.search(r"<title>.*?</title>", response.content.decode(), re.S)[0]


def test_the_cookie_is_secure_where_the_site_is(client, letter, settings):
    settings.SITE_URL = "https://advice.example"
    client.get(letter.get_absolute_url())
    assert client.cookies["letter"]["secure"] is True


@pytest.mark.parametrize("path", ["", "here/", "withdraw/", "change/", "erase/", "mails/"])
def test_the_link_goes_on_leading_there_once_the_cookie_is_set(client, letter, path):
    client.get(letter.get_absolute_url())
    response = client.get(letter.get_absolute_url() + path, follow=True)
    own = f"/letters/yours/{letter.case_number}/{path.removeprefix('here/')}"
    assert (response.status_code, response.redirect_chain[-1][0]) == (200, own)


def test_where_cookies_are_refused_the_page_works_at_the_link(letter):
    base = letter.get_absolute_url()
    first = Client().get(base)
    assert (first.status_code, first["Location"]) == (303, f"{base}here/")
    text = Client().get(first["Location"]).content.decode()
    assert "<h2>Received</h2>" in text
    for act in ("sign", "change", "withdraw", "erase", "mails"):
        assert f'"{base}{act}/"' in text
    response = Client(enforce_csrf_checks=True).post(f"{base}sign/", {"signature": "Eve"})
    assert response["Location"] == f"{base}here/?said=sign"
    assert Letter.objects.get().signature == "Eve"


def test_without_its_cookie_a_case_number_opens_nothing_whether_it_exists_or_not(client, letter):
    pages = {
        (answer.status_code, answer.content)
        for case in (letter.case_number, "K7QM-2XPA-9R4T", "x")
        for answer in [client.get(f"/letters/yours/{case}/")]
    }
    assert len(pages) == 1
    assert pages.pop()[0] == 404
    other = make_letter()
    client.get(other.get_absolute_url())
    assert client.get(f"/letters/yours/{letter.case_number}/").status_code == 404


@pytest.mark.parametrize("value", ["", "x", "!", "a!b!c", "!" * 500, "x" * 3_000, "é", '"'])
def test_no_nonsense_in_the_cookie_opens_or_breaks_anything(client, letter, value):
    address = f"/letters/yours/{letter.case_number}/"
    assert client.get(address, headers={"Cookie": f"letter={value}"}).status_code == 404


def test_several_letters_are_open_in_one_browser(client, letter):
    other = make_letter()
    for one in (letter, other):
        client.get(one.get_absolute_url())
    for one in (letter, other):
        assert client.get(f"/letters/yours/{one.case_number}/").status_code == 200


def test_a_new_nonce_closes_the_page(client, letter):
    client.get(letter.get_absolute_url())
    Letter.objects.update(nonce="another")
    assert client.get(f"/letters/yours/{letter.case_number}/").status_code == 404


def test_links_made_at_different_times_open_and_close_one_page(client, letter):
    with time_machine.travel(dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC), tick=False) as clock:
        client.get(letter.get_absolute_url())
        clock.shift(dt.timedelta(days=2))
        later = letter.get_absolute_url()
        own = f"/letters/yours/{letter.case_number}/"
        assert client.get(f"{later}here/")["Location"] == own
        client.get(later)
        assert "!" not in client.cookies["letter"].value
        clock.shift(dt.timedelta(days=2))
        client.post(f"{own}leave/")
        assert client.get(own).status_code == 404


def test_the_page_is_closed_on_a_computer_that_others_use(client, letter):
    client.get(letter.get_absolute_url())
    assert client.post(f"/letters/yours/{letter.case_number}/leave/")["Location"] == "/"
    assert client.get(f"/letters/yours/{letter.case_number}/").status_code == 404


GETS = ["", "here/", "thanks/", "change/", "withdraw/", "erase/", "mails/", "reply/", "wording/", "sign/"]


def test_looking_changes_nothing(client, letter):
    asking.ask_back(letter, text="Since when?", by=make_user())
    before = dict(everything_stored())
    for base in (letter.get_absolute_url(), f"/letters/yours/{letter.case_number}/"):
        for path in GETS:
            for _ in range(3):
                client.get(base + path)
                client.head(base + path)
                client.options(base + path)
    assert dict(everything_stored()) == before


def test_the_letters_page_needs_few_queries(client, letter, django_assert_max_num_queries):
    make_published(letter)
    address = letter.get_absolute_url()
    client.get(address)
    address = f"/letters/yours/{letter.case_number}/"
    with django_assert_max_num_queries(5):
        client.get(address)
