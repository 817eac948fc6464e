import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from advice.articles import workflow as articles
from advice.letters import workflow
from advice.letters.models import Letter, LetterEvent, LetterStatus
from tests.factories import make_draft, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db


def page(client, letter):
    return client.get(letter.get_absolute_url()).content.decode()


@pytest.fixture
def letter():
    return make_letter(text="My calf twitches <b>a lot</b>.\n\nEvery day.", email="adam@example.org")


def test_the_writer_reads_what_was_sent_and_how_it_fares(client, letter):
    text = page(client, letter)
    assert "<h2>Received</h2>" in text
    assert letter.case_number in text
    assert "<p>My calf twitches &lt;b&gt;a lot&lt;/b&gt;.</p>" in text
    assert "Adam" in text


@pytest.mark.parametrize("path", ["", "thanks/", "withdraw/"])
def test_the_private_pages_are_kept_by_no_cache_and_no_search_engine(client, letter, path):
    response = client.get(letter.get_absolute_url() + path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "same-origin"
    text = response.content.decode()
    assert '<meta name="robots" content="noindex">' in text
    assert 'rel="canonical"' not in text
    assert "adam@example.org" not in text


@pytest.mark.parametrize("path", ["", "thanks/", "withdraw/"])
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
        if path == "withdraw/":
            assert client.post(f"/letters/{wrong}/{path}").status_code == 404
    assert Letter.objects.get().status == LetterStatus.RECEIVED


def test_the_page_of_thanks_shows_case_number_and_link(client, letter):
    text = client.get(letter.get_absolute_url() + "thanks/").content.decode()
    assert letter.case_number in text
    link = re.search(r'id="private-link" class="private-link">([^<]+)<', text)[1]
    assert link.startswith("http://127.0.0.1:8000/letters/")
    assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert "We are mailing it" in text


def test_the_page_of_thanks_says_so_when_no_mail_is_coming(client):
    text = client.get(make_letter(email="").get_absolute_url() + "thanks/").content.decode()
    assert "No mail is on its way" in text


def test_an_accepted_letter_is_being_worked_on_and_so_is_a_scheduled_one(client, letter):
    article = make_draft(letter, headline="Secretheadline")
    assert "Being worked on" in page(client, letter)
    workflow.publish(article, by=make_user(), at=timezone.now() + dt.timedelta(days=1))
    text = page(client, letter)
    assert "Being worked on" in text
    assert "Secretheadline" not in text
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
    assert "Being worked on" in page(client, letter)


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
    assert "<h2>Withdrawn</h2>" in client.get(response["Location"]).content.decode()
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


def test_the_button_is_guarded_by_the_csrf_middleware(letter):
    client = Client(enforce_csrf_checks=True)
    address = letter.get_absolute_url() + "withdraw/"
    assert client.post(address).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())[1]
    assert client.post(address, {"csrfmiddlewaretoken": token}).status_code == 303


def test_looking_changes_nothing(client, letter):
    before = (list(Letter.objects.values()), LetterEvent.objects.count())
    for path in ("", "thanks/", "withdraw/"):
        for _ in range(3):
            client.get(letter.get_absolute_url() + path)
            client.head(letter.get_absolute_url() + path)
            client.options(letter.get_absolute_url() + path)
    assert (list(Letter.objects.values()), LetterEvent.objects.count()) == before


def test_only_the_page_with_the_button_sets_a_cookie(client, letter):
    for path, cookies in (("", []), ("thanks/", []), ("withdraw/", ["csrftoken"])):
        assert list(Client().get(letter.get_absolute_url() + path).cookies) == cookies


def test_the_letters_page_needs_few_queries(client, letter, django_assert_max_num_queries):
    make_published(letter)
    address = letter.get_absolute_url()
    with django_assert_max_num_queries(3):
        client.get(address)
