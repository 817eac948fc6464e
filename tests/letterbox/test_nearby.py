"""“Already answered?” at the moment of sending, and the reader who then needs to send nothing."""

import re

import pytest
from django.db import OperationalError

from advice.articles import searching
from advice.letterbox import nearby, similar
from advice.letters.models import Letter, NearAnswer, SavedLetters
from advice.letters.workflow import CONSENT_VERSION
from tests.factories import make_column, make_draft, make_newsletter, make_published
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ZEBRA = {
    "question": "Why does a zebra have stripes?",
    "text": "I saw a zebra, and nobody could tell me about its stripes.",
    "signature": "Adam",
    "email": "adam@example.org",
    "column": "animals",
    "consent": CONSENT_VERSION,
}


@pytest.fixture
def near():
    """An answer to the letter, among others that have nothing to do with it."""
    make_column("Animals", slug="animals")
    for number in range(4):
        make_published(headline=f"Another {number}")
    return make_published(
        headline="Why has the zebra its stripes?", question="What are a zebra's stripes for?"
    )


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def test_a_letter_that_is_answered_already_is_shown_its_answer_before_it_is_sent(client, near):
    before = everything_stored()
    response = client.post("/ask/", ZEBRA, headers=BROWSER)
    page = response.content.decode()
    assert response.status_code == 200
    assert not Letter.objects.exists()
    assert [one for one in everything_stored() if "throttle" not in one[0]] == [
        one for one in before if "throttle" not in one[0]
    ]
    assert near.get_absolute_url() in page
    assert f"/ask/answered/{near.slug}/" in page
    assert "Send my letter all the same" in page
    assert "Another 0" not in page
    for name in ("question", "text", "signature", "email"):
        assert response.context["form"][name].value() == ZEBRA[name]
        assert ZEBRA[name] in page
    assert "checked" in page


def test_who_goes_on_is_not_asked_again_and_the_near_answers_travel_with_the_letter(client, near):
    page = client.post("/ask/", ZEBRA, headers=BROWSER).content.decode()
    again = {name: hidden(page, name) for name in ("seen", "checked")}
    assert again == {"seen": near.slug, "checked": "1"}
    assert client.post("/ask/", {**ZEBRA, **again}, headers=BROWSER).status_code == 303
    assert list(NearAnswer.objects.values_list("letter", "article", "place", "was_shown")) == [
        (Letter.objects.get().pk, near.pk, 1, True)
    ]


def test_a_mistake_after_the_question_does_not_bring_it_a_second_time(client, near):
    wrong = client.post(
        "/ask/", {**ZEBRA, "signature": "", "seen": near.slug, "checked": "1"}, headers=BROWSER
    )
    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert (hidden(page, "seen"), hidden(page, "checked")) == (near.slug, "1")
    assert (
        client.post("/ask/", {**ZEBRA, "seen": near.slug, "checked": "1"}, headers=BROWSER).status_code == 303
    )


def test_who_saw_the_nearest_while_typing_is_not_asked(client, near):
    assert client.post("/ask/", {**ZEBRA, "seen": f"another {near.slug}"}, headers=BROWSER).status_code == 303
    assert NearAnswer.objects.get().was_shown is True


def test_who_saw_other_answers_only_is_asked(client, near):
    response = client.post("/ask/", {**ZEBRA, "seen": "another <b> other"}, headers=BROWSER)
    assert response.status_code == 200
    assert hidden(response.content.decode(), "seen") == f"another other {near.slug}"


def test_a_letter_with_nothing_near_is_sent_at_once(client, near):
    given = {**ZEBRA, "question": "Which wool is warm?", "text": "I would like to knit a hat for my uncle."}
    assert client.post("/ask/", given, headers=BROWSER).status_code == 303
    assert not NearAnswer.objects.exists()


def test_what_is_not_public_is_not_near(client):
    make_column("Animals", slug="animals")
    make_draft(headline="Why has the zebra its stripes?", question="What are a zebra's stripes for?")
    assert client.post("/ask/", ZEBRA, headers=BROWSER).status_code == 303


def test_a_program_that_reads_no_page_is_not_asked(client, near):
    for accept in ("*/*", "application/json", ""):
        given = {**ZEBRA, "signature": accept or "Eve"}
        assert client.post("/ask/", given, headers={"Accept": accept}).status_code == 303
    assert Letter.objects.count() == 3
    assert set(NearAnswer.objects.values_list("article", "was_shown")) == {(near.pk, False)}


def test_a_trap_asks_nobody(client, near):
    assert (
        client.post("/ask/", {**ZEBRA, "website": "http://spam.example/"}, headers=BROWSER).status_code == 303
    )
    assert Letter.objects.get().status == "spam"


def test_a_search_that_fails_or_is_asked_too_often_stops_no_letter(client, near, monkeypatch, caplog):
    def broken(text, *, limit):
        raise OperationalError(f"no such thing: {text}")

    with monkeypatch.context() as patch:
        patch.setattr(searching, "near_enough", broken)
        assert client.post("/ask/", ZEBRA, headers=BROWSER).status_code == 303
    assert "zebra" not in caplog.text
    assert "OperationalError" in caplog.text
    monkeypatch.setattr(similar, "ASKED_A_MINUTE", 0)
    assert client.post("/ask/", {**ZEBRA, "signature": "Eve"}, headers=BROWSER).status_code == 303
    assert Letter.objects.count() == 2


def test_while_typing_only_what_is_near_enough_comes_with_its_button(client, near):
    given = {"q": f"{ZEBRA['question']}\n{ZEBRA['text']}", "near": "1", "limit": "3"}
    page = client.post("/ask/similar/", given).content.decode()
    assert re.findall(r'data-slug="([^"]+)"', page) == [near.slug]
    assert f'form="answered" formaction="/ask/answered/{near.slug}/"' in page
    assert "<mark>zebra</mark>" in page
    for nothing in ("zebra", "asdf qwer jkl", "Which wool is warm for the hat of an uncle?"):
        assert "data-slug" not in client.post("/ask/similar/", {**given, "q": nothing}).content.decode()


# -- this answers my question -----------------------------------------------------------------------------------


def test_an_answer_that_fits_ends_the_form_kindly_and_counts_a_saved_letter(client, near):
    newsletter = make_newsletter()
    response = client.post(f"/ask/answered/{near.slug}/", {"token": "one form"})
    assert (response.status_code, response["Location"]) == (303, f"/ask/answered/{near.slug}/")
    assert not response.cookies
    page = client.get(response["Location"]).content.decode()
    assert "You need not send anything" in page
    assert near.tags.get().get_absolute_url() in page
    assert f'name="article" value="{near.slug}"' in page
    assert newsletter.name in page
    assert 'content="noindex"' in page
    assert list(SavedLetters.objects.values_list("article", "count")) == [(near.pk, 1)]


def test_looking_at_that_page_counts_nothing_and_one_form_counts_once(client, near):
    address = f"/ask/answered/{near.slug}/"
    client.get(address)
    client.post(address)
    assert not SavedLetters.objects.exists()
    for token in ("a", "a", "b", "\0" * 9, "x" * 9_000):
        assert client.post(address, {"token": token}).status_code == 303
    assert SavedLetters.objects.get().count == 4


def test_each_check_page_is_a_form_of_its_own(client, near):
    tokens = {
        hidden(client.post("/ask/", ZEBRA, headers=BROWSER).content.decode(), "token") for _ in range(2)
    }
    assert len(tokens) == 2
    assert all(len(token) > 20 for token in tokens)


def test_hammering_saves_no_letters_and_is_thanked_all_the_same(client, near, monkeypatch):
    monkeypatch.setattr(nearby, "SAVED_AN_HOUR", 2)
    for number in range(4):
        assert client.post(f"/ask/answered/{near.slug}/", {"token": str(number)}).status_code == 303
    assert SavedLetters.objects.get().count == 2


def test_a_database_that_cannot_count_stops_nobody(client, near, monkeypatch):
    def away(*args, **more):
        raise OperationalError("away")

    monkeypatch.setattr(nearby, "count_saved", away)
    assert client.post(f"/ask/answered/{near.slug}/", {"token": "a"}).status_code == 303


def test_a_page_of_another_site_saves_nothing(client, near):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    response = client.post(f"/ask/answered/{near.slug}/", {"token": "a"}, headers=foreign)
    assert response.status_code == 403
    assert not SavedLetters.objects.exists()


def test_only_public_answers_can_be_pressed(client):
    draft = make_draft()
    assert client.post(f"/ask/answered/{draft.slug}/", {"token": "a"}).status_code == 404
    assert client.get(f"/ask/answered/{draft.slug}/").status_code == 404


# -- the line that a column asks for -----------------------------------------------------------------------------


@pytest.fixture
def columns():
    make_column("Food", slug="food", position=2)
    make_column("Sports", slug="animals", position=1, context_question="How much do you run?")


def test_a_columns_own_form_asks_its_own_line(client, columns):
    form = client.get("/ask/animals/").context["form"]
    assert str(form["context"].label) == "How much do you run?"
    assert "context" not in client.get("/ask/food/").context["form"].fields


def test_the_form_for_all_columns_names_what_each_asks(client, columns):
    response = client.get("/ask/")
    assert str(response.context["form"]["context"].label) == "One line about you, for the expert"
    assert "Sports asks: How much do you run?" in response.content.decode()


def test_where_no_column_asks_there_is_no_line(client):
    make_column()
    assert 'name="context"' not in client.get("/ask/").content.decode()


def test_the_line_is_stored_for_the_expert_and_kept_in_the_form_on_a_mistake(client, columns):
    page = client.post(
        "/ask/", {**ZEBRA, "text": "", "context": "40 km a week"}, headers=BROWSER
    ).content.decode()
    assert 'value="40 km a week"' in page
    response = client.post("/ask/", {**ZEBRA, "context": "40 km a week"}, headers=BROWSER)
    assert Letter.objects.get().context == "40 km a week"
    letter = Letter.objects.get()
    for address in (response["Location"], letter.get_absolute_url()):
        assert "40 km a week" not in client.get(address, follow=True).content.decode()


def test_a_line_that_is_too_long_is_said_beside_it(client, columns):
    response = client.post("/ask/", {**ZEBRA, "context": "x" * 201}, headers=BROWSER)
    assert list(response.context["form"].errors) == ["context"]
    assert 'id="id_context_error"' in response.content.decode()


def test_the_terms_are_lines_of_their_own_with_their_version(client, columns):
    page = client.get("/ask/").content.decode()
    for line in ("may be published", "may be edited: for length", "not a consultation", "Your address goes"):
        assert line in page
    assert f"Version {CONSENT_VERSION} of these terms" in page
    client.post("/ask/", ZEBRA, headers=BROWSER)
    assert Letter.objects.get().consent_version == CONSENT_VERSION


def test_keeping_on_this_device_is_offered_unticked_and_hidden_where_no_script_runs(client, columns):
    page = client.get("/ask/").content.decode()
    part = page[page.index("data-keep") - 60 : page.index("data-said")]
    assert "hidden data-keep" in part
    assert "checked" not in part
    assert "after 3 days" in part
