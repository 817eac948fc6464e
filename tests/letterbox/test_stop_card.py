"""What somebody reads before a letter is sent that has the words of a red-flag rule."""

import html5lib
import pytest
from django.test import Client

from advice.letters import asking, redflags
from advice.letters.models import Alarm, Enquiry, Letter, RedFlag
from advice.letters.workflow import CONSENT_VERSION
from advice.mail.models import Message
from tests.factories import make_column, make_draft, make_letter, make_user
from tests.letters.test_red_flags import make_rule

pytestmark = pytest.mark.django_db

WORDS = {
    "question": "Why does it hurt?",
    "text": 'A sharp pain, <b>really</b> "sharp".\r\n\r\nSince Monday.',
    "signature": "Adam & Eve",
    "email": "adam@example.org",
    "column": "sports",
    "consent": CONSENT_VERSION,
    "website": "",
    "form_token": "a-token",
}
NUMBER = {
    "locale": "en-GB",
    "label": "A line, United Kingdom",
    "number": "1-2-3",
    "url": "https://line.example/about",
    "checked_on": "2026-03-01",
}


@pytest.fixture(autouse=True)
def column():
    return make_column("The Sports Doc", slug="sports")


def fields_of(response):
    """What the card's form would post again."""
    page = html5lib.HTMLParser(strict=True).parse(response.content.decode())
    space = {"h": "http://www.w3.org/1999/xhtml"}
    form = next(form for form in page.iterfind(".//h:main//h:form", space) if form.get("method") == "post")
    return {one.get("name"): one.get("value") for one in form.iterfind(".//h:input", space)}


def test_the_card_comes_first_and_the_letter_follows_with_one_press(client, settings):
    settings.DUTY_EMAILS = ["duty@site.example"]
    make_rule("sharp pain", text="Please **see** a doctor.")
    card = client.post("/ask/", WORDS)
    page = card.content.decode()
    assert card.status_code == 200
    assert "<strong>see</strong> a doctor" in page
    assert "call your local emergency number" in page
    assert "no-store" in card["Cache-Control"]
    assert not card.cookies
    assert not Letter.objects.exists()
    assert not Message.objects.exists()
    kept = fields_of(card)
    assert {name: kept[name].replace("\n", "\r\n") for name in WORDS} == WORDS
    sent = client.post("/ask/", kept)
    assert sent.status_code == 303
    letter = Letter.objects.get()
    assert letter.current.text == WORDS["text"].replace("\r\n", "\n")
    assert (letter.signature, letter.email) == ("Adam & Eve", "adam@example.org")
    assert Alarm.objects.get().letter == letter
    assert Message.objects.filter(kind="urgent").count() == 1


def test_the_card_is_no_gate_for_a_program_that_says_it_has_seen_it(client):
    rule = make_rule("sharp pain")
    assert client.post("/ask/", {**WORDS, "stop_card": str(rule.live_id)}).status_code == 303
    assert Alarm.objects.count() == 1


def test_a_letter_without_such_words_meets_no_card(client):
    make_rule("dull ache")
    make_rule("sharp pain", live=False)
    make_rule("sharp pain", column=make_column())
    assert client.post("/ask/", WORDS).status_code == 303
    assert not Alarm.objects.exists()


def test_what_is_denied_meets_no_card(client):
    make_rule("chest pain", heeds_denial=True)
    text = "I have no chest pain, only a stitch when I run."
    assert client.post("/ask/", {**WORDS, "text": text}).status_code == 303


def test_changing_the_letter_brings_the_form_with_everything_in_it(client):
    make_rule("sharp pain")
    kept = fields_of(client.post("/ask/sports/", WORDS))
    response = client.post("/ask/sports/", {**kept, "stop_card_act": "change"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "Not sent yet" not in page
    for name in ("question", "text", "signature", "email", "column"):
        assert response.context["form"][name].value() == WORDS[name].replace("\r\n", "\n")
    assert not Letter.objects.exists()
    again = fields_of(response)
    assert again["stop_card"] == kept["stop_card"]
    # Who has read the card is not shown it again for the same words.
    assert client.post("/ask/sports/", {**WORDS, "stop_card": again["stop_card"]}).status_code == 303


def test_another_rule_or_a_new_version_has_a_card_of_its_own(client):
    rule = make_rule("sharp pain")
    seen = fields_of(client.post("/ask/", WORDS))["stop_card"]
    other = make_rule("since monday", text="Another text.")
    response = client.post("/ask/", {**WORDS, "stop_card": seen})
    assert "Another text." in response.content.decode()
    seen = fields_of(response)["stop_card"]
    assert set(seen.split()) == {str(rule.live_id), str(other.live_id)}
    version = redflags.save(rule, by=None, name="N", words="sharp", text="New words.")
    redflags.put_to_work(version, by=make_user())
    assert "New words." in client.post("/ask/", {**WORDS, "stop_card": seen}).content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize("nonsense", ["\x00", "0 " * 10_000, "²", "'\"<>", "-1", "9" * 400])
def test_nonsense_in_the_cards_own_field_is_no_harm(client, nonsense):
    make_rule("sharp pain")
    kept = fields_of(client.post("/ask/", {**WORDS, "stop_card": nonsense}))
    assert client.post("/ask/", kept).status_code == 303


def test_what_else_was_posted_is_carried_on_and_is_no_markup(client):
    make_rule("sharp pain")
    given = {**WORDS, '"><script>': "</form>\x00", "many": ["1", "2"]}
    card = client.post("/ask/", given)
    assert "<script>" not in card.content.decode().split("<main", 1)[1]
    assert card.content.decode().count('name="many"') == 2
    assert fields_of(card)['"><script>'] == "</form>"


def test_numbers_are_shown_with_their_source_those_of_the_browsers_language_first(client):
    other = {**NUMBER, "locale": "en-IE", "label": "A line, Ireland", "number": "4-5-6"}
    make_rule("sharp pain", numbers=[NUMBER, other])
    make_rule("since monday", numbers=[NUMBER])
    for language, first in (("en-GB,en;q=0.5", "1-2-3"), ("en-ie, en-GB;q=0.9", "4-5-6"), ("", "1-2-3")):
        page = client.post("/ask/", WORDS, headers={"Accept-Language": language}).content.decode()
        assert page.count("1-2-3") == page.count("4-5-6") == 1
        assert page.index(first) == min(page.index("1-2-3"), page.index("4-5-6"))
    assert "https://line.example/about" in page
    assert "checked on 1 March 2026" in page
    assert "call your local emergency number" in page


def test_a_database_that_is_away_is_said_and_nothing_is_lost(client, monkeypatch):
    from django.db import OperationalError

    def away(*args):
        raise OperationalError

    monkeypatch.setattr(RedFlag.objects, "live", away)
    response = client.post("/ask/", WORDS)
    assert response.status_code == 503
    assert "Since Monday." in response.content.decode()


def test_the_card_asks_few_questions_of_the_database(client, django_assert_num_queries):
    for _ in range(3):
        make_rule("sharp pain")
    with django_assert_num_queries(3):  # the columns, the rules, what the page has round it
        client.post("/ask/", WORDS)


def test_the_card_needs_no_token_and_takes_no_form_of_another_site(client):
    make_rule("sharp pain")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/ask/", fields_of(strict.post("/ask/", WORDS))).status_code == 303
    assert client.post("/ask/", WORDS, headers={"Origin": "https://evil.example"}).status_code == 403


def test_that_an_editor_is_told_at_once_is_said_only_where_somebody_is(client, settings):
    make_rule("sharp pain")
    for addresses, said in (([], False), (["duty@site.example"], True)):
        settings.DUTY_EMAILS = addresses
        assert ("told at once" in client.post("/ask/", WORDS).content.decode()) is said


@pytest.mark.parametrize(
    ("number", "tel"),
    [
        ("1-2-3", "123"),
        ("+49 (0)30 123", "+4930123"),
        ("(0800) 12 34", "08001234"),
        ("text HOME to 123", None),
    ],
)
def test_a_number_can_be_tapped(client, number, tel):
    make_rule("sharp pain", numbers=[{**NUMBER, "number": number}])
    page = client.post("/ask/", WORDS).content.decode()
    assert number in page
    assert (f'href="tel:{tel}"' in page) is (tel is not None)


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ("de", ["de-DE", "en-GB", "en-IE"]),
        ("de-AT,de;q=0.9", ["de-DE", "en-GB", "en-IE"]),
        ("en-IE,en;q=0.9", ["en-IE", "en-GB", "de-DE"]),
        ("fr", ["en-GB", "de-DE", "en-IE"]),
    ],
)
def test_numbers_stand_by_language_and_then_by_country(client, wanted, order):
    rows = [{**NUMBER, "locale": one, "label": f"Line {one}"} for one in ("en-GB", "de-DE", "en-IE")]
    make_rule("sharp pain", numbers=[{**row, "number": f"1-2-{n}"} for n, row in enumerate(rows)])
    page = client.post("/ask/", WORDS, headers={"Accept-Language": wanted}).content.decode()
    assert sorted(order, key=lambda one: page.index(f"Line {one}")) == order


def own_page(client, letter):
    client.get(letter.get_absolute_url())
    return f"/letters/yours/{letter.case_number}/"


def test_a_reply_with_such_words_meets_the_card_and_goes_its_way(client):
    make_rule("kill myself", text="Please **call** somebody.")
    letter = make_letter()
    own = own_page(client, letter)
    asking.ask_back(letter, text="How are you?", by=make_user())
    card = client.post(f"{own}reply/", {"reply": "I want to kill myself."})
    assert card.status_code == 200
    assert "<strong>call</strong> somebody" in card.content.decode()
    assert not Alarm.objects.exists()
    kept = fields_of(card)
    assert kept["reply"] == "I want to kill myself."
    again = client.post(f"{own}reply/", {**kept, "stop_card_act": "change"})
    assert again.context["reply_form"]["reply"].value() == "I want to kill myself."
    assert f'name="stop_card" value="{kept["stop_card"]}"' in again.content.decode()
    assert not Alarm.objects.exists()
    assert client.post(f"{own}reply/", kept).status_code == 303
    assert Alarm.objects.get().letter == letter
    assert Enquiry.objects.get().reply == "I want to kill myself."


def test_the_card_guards_its_form_on_the_writers_page(client):
    make_rule("kill myself")
    letter = make_letter()
    asking.ask_back(letter, text="How are you?", by=make_user())
    strict = Client(enforce_csrf_checks=True)
    own = own_page(strict, letter)
    token = fields_of(strict.get(own))["csrfmiddlewaretoken"]
    card = strict.post(f"{own}reply/", {"reply": "I want to kill myself.", "csrfmiddlewaretoken": token})
    kept = fields_of(card)
    assert card.content.decode().count("csrfmiddlewaretoken") == 1
    assert strict.post(f"{own}reply/", kept).status_code == 303


def test_a_change_and_a_word_on_the_wording_meet_it_too(client):
    make_rule("sharp pain")
    letter = make_letter()
    own = own_page(client, letter)
    make_draft(letter)
    wording = asking.show_wording(letter, by=make_user(), days=7)
    given = {"wording": str(wording.pk), "verdict": "changed", "note": "It is a sharp pain."}
    kept = fields_of(client.post(f"{own}wording/", given))
    assert {name: kept[name] for name in given} == given
    assert client.post(f"{own}wording/", kept)["Location"] == own
    assert Alarm.objects.count() == 1
    given = {"question": "Why?", "text": "It is a sharp pain now, and it wakes me."}
    card = client.post(f"{own}change/", given)
    assert letter.versions.count() == 1
    form = client.post(f"{own}change/", {**fields_of(card), "stop_card_act": "change"})
    assert (form.status_code, form.context["form"]["text"].value()) == (200, given["text"])
    assert client.post(f"{own}change/", fields_of(card))["Location"] == own
    assert letter.versions.count() == 2


def test_such_words_in_the_line_for_the_expert_meet_the_card(client, column):
    column.context_question = "How much do you run?"
    column.save()
    make_rule("sharp pain")
    clean = {**WORDS, "text": "It twitches for hours.", "context": "A sharp pain, daily"}
    assert "Before you send it" in client.post("/ask/", clean).content.decode()


LEAVE = "Leave, and clear this device"
FIRST = "we have stored nothing of it"
STORED = "The letter you sent before is stored"


def test_of_a_letter_that_is_being_sent_the_card_says_that_nothing_is_stored(client):
    make_rule("sharp pain")
    page = client.post("/ask/", WORDS).content.decode()
    assert FIRST in page
    assert STORED not in page
    assert "mails about it go to the address you gave" in page
    assert "go to the address" not in client.post("/ask/", {**WORDS, "email": ""}).content.decode()
    assert page.count(LEAVE) == 2
    # What only a browser knows is said by its script.
    assert "<span hidden data-of-draft>" in page


@pytest.fixture
def own(client):
    letter = make_letter(email="adam@example.org")
    make_draft(letter)
    asking.ask_back(letter, text="Since when?", by=make_user())
    asking.show_wording(letter, by=make_user(), days=7)
    client.get(letter.get_absolute_url())
    make_rule("sharp pain")
    return letter


def says(letter, act):
    words = "A sharp pain, since Monday, and it is worse."
    return {
        "reply": {"reply": words},
        "change": {"question": "Why?", "text": words},
        "wording": {"wording": letter.wordings.get().pk, "verdict": "changed", "note": words},
    }[act]


@pytest.mark.parametrize("act", ["reply", "change", "wording"])
def test_on_the_writers_own_page_it_says_what_is_stored_and_how_to_close_it(client, own, act):
    at = f"/letters/yours/{own.case_number}/"
    card = client.post(f"{at}{act}/", says(own, act))
    page = card.content.decode()
    assert STORED in page
    assert FIRST not in page
    assert "Mails about it go to the address you gave." in page
    assert "history" not in page
    assert client.get(at).status_code == 200
    left = client.post("/letters/clear/")
    assert (left.status_code, left["Location"]) == (303, "/")
    assert "no-store" in left["Cache-Control"]
    assert client.get(at).status_code == 404


def test_at_the_link_itself_it_says_that_the_browsers_history_may_hold_it(own):
    page = Client().post(f"{own.get_absolute_url()}reply/", says(own, "reply")).content.decode()
    assert "Its link may stand in this browser’s history" in page


def test_who_wants_no_mails_is_not_told_of_any(client, own):
    Letter.objects.update(wants_no_mail=True)
    card = client.post(f"/letters/yours/{own.case_number}/reply/", says(own, "reply"))
    assert "go to the address" not in card.content.decode()


def test_another_site_cannot_close_a_page(client, own):
    response = client.post("/letters/clear/", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert client.get(f"/letters/yours/{own.case_number}/").status_code == 200
    assert client.get("/letters/clear/").status_code == 405


@pytest.mark.parametrize("key", redflags.shipped())
def test_no_shipped_card_says_what_is_stored_or_sent(key):
    """That differs from page to page, so it is said by the page."""
    assert not [
        word for word in ("stored", "has been sent", "this screen") if word in redflags.shipped()[key].text
    ]
