import pytest
from django.db import OperationalError
from django.urls import reverse

from advice.letterbox import views
from advice.letters.models import Letter, LetterStatus
from advice.letters.workflow import CONSENT_VERSION
from advice.mail.models import Message
from tests.factories import make_column
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db
A_MAIL = "a mail with the link comes to the address you gave"

WORDS = {
    "question": "Why does my calf twitch?",
    "text": "It twitches for hours after each run, long or short.",
    "signature": "Adam",
    "email": "adam@example.org",
    "column": "sports",
    "consent": CONSENT_VERSION,
}


@pytest.fixture(autouse=True)
def column():
    make_column("Food & Drink", slug="food", position=2)
    return make_column("The Sports Doc", slug="sports", position=1)


def post(client, *, headers=None, **changed):
    return client.post("/ask/", {**WORDS, **changed}, headers=headers)


def test_the_form_is_public_and_leaves_nothing_with_its_visitor(client):
    for address in ("/ask/", "/ask/sports/"):
        response = client.get(address)
        assert response.status_code == 200
        assert "public" in response["Cache-Control"]
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in response.content.decode()


def test_everybody_gets_the_same_form(client):
    assert client.get("/ask/").content == client.get("/ask/", headers={"Cookie": "a=b"}).content


def test_a_column_can_be_chosen_by_its_address(client):
    assert client.get("/ask/sports/").context["form"]["column"].value() == "sports"
    page = client.get("/ask/food/").content.decode()
    assert 'value="food" required id="id_column_1" checked' in page or 'value="food" checked' in page.replace(
        ' required id="id_column_1"', ""
    )
    assert client.get("/ask/no-such-column/").status_code == 404


@pytest.mark.parametrize(
    ("carried", "field", "value"),
    [
        ("calf cramp", "question", "calf cramp"),
        (" calf \n <b>\0cramp ", "question", "calf <b>cramp"),
        ("x" * 161, "text", "x" * 161),
        ("x" * 9_000, "text", "x" * 2_000),
    ],
)
def test_the_words_of_a_search_begin_a_letter(client, carried, field, value):
    for address in ("/ask/", "/ask/sports/"):
        response = client.get(address, {"q": carried})
        form = response.context["form"]
        assert {name: form[name].value() for name in ("question", "text") if form[name].value()} == {
            field: value
        }
        # They may be as private as a letter.
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in response.content.decode()
        assert not response.cookies
        assert '<link rel="canonical" href="http://127.0.0.1:8000' + address in response.content.decode()
    nothing, plain = client.get("/ask/", {"q": " \0"}), client.get("/ask/")
    assert nothing.content == plain.content
    assert nothing["Cache-Control"] == plain["Cache-Control"]
    assert "public" in plain["Cache-Control"]
    assert "X-Robots-Tag" not in plain


def test_a_letter_is_stored_word_for_word_and_its_writer_is_led_to_a_page_of_thanks(client, column):
    response = post(client)
    letter = Letter.objects.get()
    assert (response.status_code, list(response.cookies)) == (303, ["sent"])
    page = client.get(response["Location"], follow=True)
    assert page.redirect_chain == [(f"/letters/yours/{letter.case_number}/thanks/", 303)]
    link = page.context["link"].removeprefix("http://127.0.0.1:8000/letters/").strip("/")
    assert Letter.objects.by_secret(link) == letter
    version = letter.versions.get()
    assert (version.question, version.text) == (WORDS["question"], WORDS["text"])
    assert (letter.signature, letter.email, letter.column) == ("Adam", "adam@example.org", column)
    assert letter.consent_version == CONSENT_VERSION
    assert Message.objects.get().kind == "received"


def test_lines_and_marks_of_a_letter_are_kept(client):
    text = "One line.\r\n\r\nAnother, with *stars*,\ta tab, “quotes”, <b>, naïve and 🏃‍♀️."
    post(client, text=text)
    assert Letter.objects.get().current.text == text.replace("\r\n", "\n")


def test_the_address_may_be_left_out(client):
    assert post(client, email="").status_code == 303
    assert Letter.objects.get().email is None
    assert not Message.objects.exists()


def test_the_same_form_twice_is_one_letter_and_one_receipt(client):
    first, second = post(client), post(client)
    assert (first.status_code, second.status_code) == (303, 303)
    assert Letter.objects.count() == Message.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("question", "", "in one line what you would like to know"),
        ("question", "x" * 161, "at most 160 characters"),
        ("text", "", "write your letter here"),
        ("text", "Too short.", "a little more"),
        ("text", "x" * 20_001, "longer than the 20,000 characters"),
        ("signature", "", "choose a name to print"),
        ("signature", "x" * 81, "at most 80 characters"),
        ("email", "adam", "does not look like an e-mail address"),
        ("email", "adam@example", "does not look like an e-mail address"),
        ("column", "", "choose a column"),
        ("column", "no-such-column", "choose one of these columns"),
        ("consent", "", "tick this if you agree"),
        ("consent", "1999-01", "terms have changed"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_everything_typed_is_kept(client, field, wrong, said):
    given = {**WORDS, field: wrong}
    if field == "consent" and not wrong:
        del given["consent"]
    response = client.post("/ask/", given)
    page = response.content.decode()
    assert response.status_code == 422
    assert not Letter.objects.exists()
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert said in form.errors[field][0]
    assert (
        page.count(form.errors[field].as_data()[0].messages[0]) >= 2
    )  # in the summary, and beside the field
    assert f'id="{form[field].auto_id}_error"' in page
    assert 'role="alert"' in page
    for name in ("question", "text", "signature", "email"):
        assert form[name].value() == given[name]
        assert str(given[name]) in page


def test_an_error_leads_to_its_field_and_its_field_to_the_error(client):
    page = post(client, text="").content.decode()
    assert 'href="#id_text"' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_text_helptext id_text_error"' in page


NONSENSE = [
    "\x00",
    "a\x00b" * 20,
    "\x1b[31mred" * 9,
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe\xfd" * 20,
    "\u202e\u2066\ufeff" * 20,
    "💥" * 200,
    "%s%n{{7*7}}<script>alert(1)</script>' OR 1=1 --",
    "\r\nBcc: eve@example.org",
    "x" * 300_000,
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("field", [*WORDS, "website", "csrfmiddlewaretoken", "form_token"])
def test_no_nonsense_breaks_the_form(client, field, nonsense):
    assert client.post("/ask/", {**WORDS, field: nonsense}).status_code in {303, 422}
    assert client.post("/ask/food/", {field: nonsense}).status_code == 422
    for letter in Letter.objects.all():
        assert "\x00" not in letter.current.text + letter.current.question + letter.signature + (
            letter.email or ""
        )
        assert client.get(letter.get_absolute_url(), follow=True).status_code == 200


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "raw_unicode_escape", "punycode", "no-such-charset"])
def test_no_charset_smuggles_in_what_cannot_be_stored(client, charset):
    for body in (b"+2AA-" * 9, rb"\ud800 and more words, enough of them"):
        part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        data = b"".join(
            part % (name.encode(), body if name == "text" else value.encode())
            for name, value in WORDS.items()
        )
        kind = f"multipart/form-data; boundary=x; charset={charset}"
        response = client.generic("POST", "/ask/", data + b"--x--\r\n", content_type=kind)
        assert response.status_code in {303, 400, 422}
        urlencoded = f"application/x-www-form-urlencoded; charset={charset}"
        assert client.generic("POST", "/ask/", b"text=" + body, content_type=urlencoded).status_code in {
            400,
            422,
        }


def test_bodies_that_are_no_form_are_refused(client):
    assert client.post("/ask/", b"\x00\xff", content_type="application/octet-stream").status_code == 422
    assert client.post("/ask/", b"{", content_type="application/json").status_code == 422
    assert client.post("/ask/", b"--", content_type="multipart/form-data; boundary=").status_code == 400
    assert (
        client.post(
            "/ask/", {"text": "x" * 2_000_000}, content_type="application/x-www-form-urlencoded"
        ).status_code
        == 400
    )
    assert client.put("/ask/").status_code == 405


def test_what_fills_the_hidden_field_is_kept_apart_and_answered_the_same(client):
    honest, caught = post(client), post(client, question="Another one?", website="http://spam.example/")
    assert caught.status_code == honest.status_code == 303
    assert list(Letter.objects.order_by("pk").values_list("status", flat=True)) == [
        LetterStatus.RECEIVED,
        LetterStatus.SPAM,
    ]
    assert Message.objects.count() == 1
    pages = [client.get(response["Location"], follow=True).content.decode() for response in (honest, caught)]
    for page in pages:
        assert A_MAIL in page
    assert "Received" in client.get(Letter.objects.last().get_absolute_url(), follow=True).content.decode()


def test_the_hidden_field_is_out_of_everybodys_way(client):
    page = client.get("/ask/").content.decode()
    assert '<div class="hp" aria-hidden="true">' in page
    assert 'name="website" value="" tabindex="-1" autocomplete="off"' in page


def test_a_flood_from_one_network_is_refused_and_what_was_typed_is_kept(client, monkeypatch):
    monkeypatch.setattr(views, "LETTERS_AN_HOUR", 3)
    for number in range(3):
        assert post(client, question=f"Question {number}?").status_code == 303
    response = post(client, question="One too many?")
    assert response.status_code == 429
    assert response["Retry-After"] == "3600"
    assert Letter.objects.count() == 3
    assert WORDS["text"] in response.content.decode()
    assert "send it again later" in response.content.decode()
    assert client.post("/ask/", {**WORDS, "question": "Mine?"}, REMOTE_ADDR="198.51.100.7").status_code == 303


def test_wrong_forms_do_not_use_up_the_limit(client, monkeypatch):
    monkeypatch.setattr(views, "LETTERS_AN_HOUR", 1)
    for _ in range(2):
        assert post(client, text="").status_code == 422
    assert post(client).status_code == 303


def test_nobody_is_flooded_with_receipts(client):
    for number in range(4):
        spelling = "victim@gmail.com" if number % 2 else f"Vic.tim+{number}@Gmail.com"
        text = " ".join(f"{word}{number}" for word in ("twitch", "calf", "run", "night", "rest"))
        fields = {**WORDS, "question": f"Question {number}?", "text": text, "email": spelling}
        response = client.post("/ask/", fields, REMOTE_ADDR=f"198.51.100.{number}")
        # The same words to everybody: nobody learns whose address wrote to us before.
        assert A_MAIL in client.get(response["Location"], follow=True).content.decode()
    assert Letter.objects.count() == 4
    assert Message.objects.count() == 1


def test_nobody_is_flooded_by_letters_that_are_sent_and_erased_at_once(client):
    """Whoever posts in somebody's name has the link to the letter, and may press all its buttons."""
    for number in range(12):
        text = " ".join(f"{word}{number}" for word in ("twitch", "calf", "run", "night", "rest"))
        fields = {**WORDS, "question": f"Question {number}?", "text": text, "email": "victim@example.org"}
        response = client.post("/ask/", fields, REMOTE_ADDR=f"198.51.100.{number}")
        page = client.get(response["Location"], follow=True)
        link = page.context["link"].removeprefix("http://127.0.0.1:8000")
        assert client.post(f"{link}erase/")["Location"] == "/letters/erased/"
    assert not Letter.objects.exists()
    # The receipt, had it left before, would be the other one.
    assert list(Message.objects.values_list("kind", flat=True)) == ["erased"]


def test_a_letter_that_could_not_be_stored_has_its_receipt_when_it_is_sent_again(client, monkeypatch):
    receive, tries = views.workflow.receive, []

    def once_away(**given):
        tries.append(given)
        if len(tries) == 1:
            raise OperationalError("database is locked")
        return receive(**given)

    monkeypatch.setattr(views.workflow, "receive", once_away)
    assert [post(client).status_code for _ in range(2)] == [503, 303]
    assert Message.objects.get().kind == "received"
    assert Letter.objects.get().events.get().note == ""


def test_a_letter_that_fails_on_its_way_into_the_database_costs_no_receipt(client, monkeypatch):
    def fails(*args, **kwargs):
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(views.workflow, "mail_writer", fails)
        assert post(client).status_code == 503
    assert not Letter.objects.exists()
    assert post(client).status_code == 303
    assert Message.objects.get().kind == "received"


def test_a_program_that_fills_in_the_trap_costs_the_owner_of_its_address_no_receipt(client):
    post(client, website="http://spam.example", text="Buy our pills, they are cheap and good.")
    post(client)
    assert Message.objects.get().content["to"] == WORDS["email"]


def test_it_works_without_any_cookie_or_header(client):
    client.cookies.clear()
    assert post(client).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_cannot_post(client, headers):
    for address in ("/ask/", "/ask/sports/"):
        assert client.post(address, WORDS, headers=headers).status_code == 403
    assert not Letter.objects.exists()


def test_a_page_of_ours_can(client):
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert post(client, headers=headers).status_code == 303


def test_csrf_checks_do_not_stand_in_the_way():
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/ask/", WORDS).status_code == 303


def test_nothing_of_the_visitor_is_stored(client):
    canaries = {
        "User-Agent": "canary-agent",
        "Referer": "http://testserver/canary-referer/",
        "Accept-Language": "canary-lang",
    }
    client.post("/ask/", WORDS, headers=canaries, REMOTE_ADDR="203.0.113.77")
    client.get(
        Letter.objects.get().get_absolute_url(), follow=True, headers=canaries, REMOTE_ADDR="203.0.113.77"
    )
    for table, stored in everything_stored():
        assert "canary" not in stored, table
        assert "203.0.113.77" not in stored, table


def test_without_columns_there_is_no_form(client):
    from advice.articles.models import Column

    Column.objects.all().delete()
    page = client.get("/ask/").content.decode()
    assert "not open yet" in page
    assert "<textarea" not in page


def test_the_form_asks_few_questions_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get(reverse("letterbox:ask"))
