"""What speaks against a letter, as the form finds it."""

import datetime as dt

import pytest
import time_machine

from advice.letterbox import spam
from advice.letters.models import Doubt, Letter, LetterStatus
from advice.letters.workflow import CONSENT_VERSION
from advice.mail.models import Message
from advice.throttle.models import Count
from tests.factories import make_column

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 8, 30, tzinfo=dt.UTC)
WORDS = {
    "question": "Why does my calf twitch?",
    "text": "It twitches for hours after each run, long or short, and my doctor has found nothing so far.",
    "signature": "Adam",
    "email": "",
    "column": "sports",
    "consent": CONSENT_VERSION,
}
# Different letters, so that only what a test changes speaks against them.
LETTERS = [
    f"My {a} hurts when I {b} and it has done so for {c} weeks."
    for a, b, c in zip(
        [
            "knee",
            "back",
            "neck",
            "ankle",
            "shoulder",
            "elbow",
            "wrist",
            "hip",
            "foot",
            "hand",
            "thumb",
            "jaw",
            "heel",
            "thigh",
            "arm",
            "shin",
            "rib",
            "toe",
            "ear",
            "eye",
        ],
        [
            "run",
            "walk",
            "sit",
            "swim",
            "row",
            "climb",
            "type",
            "stand",
            "jump",
            "knit",
            "write",
            "chew",
            "hike",
            "squat",
            "throw",
            "kick",
            "cough",
            "dance",
            "fly",
            "read",
        ],
        [
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "twelve",
            "many",
            "few",
            "some",
            "several",
            "thirty",
            "forty",
            "fifty",
            "sixty",
            "x",
            "y",
        ],
        strict=True,
    )
]


@pytest.fixture(autouse=True)
def column():
    return make_column("The Sports Doc", slug="sports")


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def post(client, address="192.0.2.1", **changed):
    response = client.post("/ask/", {**WORDS, **changed}, REMOTE_ADDR=address)
    assert response.status_code == 303
    return Letter.objects.order_by("pk").last()


def begun(client, *, minutes):
    """What the script gets as somebody begins to write, so long ago."""
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes), tick=False):
        return client.get("/ask/stamp/").content.decode()


def points(client, rf, **changed):
    from advice.letterbox.forms import LetterForm

    address = changed.pop("address", "192.0.2.1")
    form = LetterForm({**WORDS, "shown": begun(client, minutes=4), **changed})
    assert form.is_valid()
    return spam.points(rf.post("/ask/", REMOTE_ADDR=address), form)


def test_nothing_speaks_against_an_honest_letter(client, rf, clock):
    assert points(client, rf) == {}


def test_the_page_is_the_same_for_everybody_within_the_hour(client, clock):
    first = client.get("/ask/")
    clock.shift(29 * 60)
    assert client.get("/ask/").content == first.content
    assert "public" in first["Cache-Control"]


def test_the_stamp_of_the_script_is_never_kept_by_a_cache(client):
    response = client.get("/ask/stamp/")
    assert (response.status_code, response.cookies) == (200, {})
    assert "no-store" in response["Cache-Control"]


def test_who_is_faster_than_anybody_can_write_has_points_but_is_not_put_aside(client, rf, clock):
    begun = client.get("/ask/stamp/").content.decode()
    clock.shift(4)
    assert points(client, rf, shown=begun) == {"fast": 3}
    clock.shift(1)
    assert points(client, rf, shown=begun, text=LETTERS[0]) == {}
    assert (
        post(client, shown=client.get("/ask/stamp/").content.decode(), text=LETTERS[1]).status == "received"
    )


def test_a_page_out_of_a_cache_says_nothing_of_the_time_somebody_took(client, rf, clock):
    shown = spam.page_stamp()
    assert points(client, rf, shown=shown) == {"plain": 1}
    clock.shift(29 * 24 * 60 * 60)
    assert points(client, rf, shown=shown) == {"plain": 1}


def test_what_one_opened_form_gave_is_good_for_two_letters(client, rf, clock):
    shown = begun(client, minutes=4)
    found = [points(client, rf, shown=shown, text=text) for text in LETTERS[:6]]
    assert found == [{}, {}, {"reused": 2}, {"reused": 2}, {"reused": 2}, {"reused": 5}]


def test_two_forms_that_are_opened_in_the_same_second_are_two(client, rf, clock):
    shown = [begun(client, minutes=4) for _ in LETTERS[:4]]
    assert len(set(shown)) == 4
    assert [points(client, rf, shown=one, text=text) for one, text in zip(shown, LETTERS, strict=False)] == [
        {}
    ] * 4


@pytest.mark.parametrize("made_up", ["", "x", "h1", "s1772440200:abc", "\x00", "9" * 300])
def test_a_missing_or_made_up_stamp_weighs_little(client, rf, clock, made_up):
    assert points(client, rf, shown=made_up) == {"unseen": 1}


def test_an_ancient_form_or_one_of_the_future_weighs_little(client, rf, clock):
    shown = spam.page_stamp()
    clock.shift(31 * 24 * 60 * 60)
    assert points(client, rf, shown=shown) == {"unseen": 1}
    clock.move_to(NOW - dt.timedelta(hours=2))
    assert points(client, rf, shown=shown) == {"unseen": 1}


def test_a_form_that_comes_back_with_an_error_keeps_when_it_was_begun(client, clock):
    begun = client.get("/ask/stamp/").content.decode()
    page = client.post("/ask/", {**WORDS, "text": "", "shown": begun}).content.decode()
    assert f'name="shown" value="{begun}">' in page


def test_the_same_words_again_and_again_land_in_the_tray(client, rf, clock):
    found = [
        points(client, rf, address=f"198.51.{number}.1", text=f"{WORDS['text']} Number {number}.")
        for number in range(4)
    ]
    assert [one.get("repeated", 0) for one in found] == [0, 2, 5, 5]


def test_the_same_words_are_known_after_midnight(client, rf, clock):
    clock.move_to(NOW.replace(hour=23, minute=59))
    addresses = [f"198.51.{number}.1" for number in range(4)]
    found = [points(client, rf, address=address) for address in addresses[:2]]
    clock.shift(2 * 60)
    found += [points(client, rf, address=address) for address in addresses[2:]]
    assert [one.get("repeated", 0) for one in found] == [0, 2, 5, 5]


def test_a_victim_gets_one_receipt_though_midnight_lies_between(client, clock):
    clock.move_to(NOW.replace(hour=23, minute=59))
    post(client, email="victim@example.org")
    clock.shift(2 * 60)
    post(client, text=LETTERS[0], email="victim@example.org")
    assert Message.objects.filter(kind="received").count() == 1
    clock.shift(24 * 60 * 60)
    post(client, text=LETTERS[1], email="victim@example.org")
    assert Message.objects.filter(kind="received").count() == 2


def test_who_mends_a_mistake_and_sends_again_is_not_put_aside(client, clock):
    post(client)
    assert post(client, text=WORDS["text"].replace("hours", "days")).status == LetterStatus.RECEIVED


def test_words_are_forgotten_with_the_day_and_stand_nowhere(client, rf, clock):
    points(client, rf)
    assert all(len(row.digest) == 64 for row in Count.objects.all())
    clock.shift(24 * 60 * 60)
    assert points(client, rf) == {}


def test_an_office_behind_one_address_is_neither_locked_out_nor_put_aside(client, clock):
    for text in LETTERS:
        assert post(client, question=text, text=text).status == LetterStatus.RECEIVED


def test_a_network_that_writes_far_more_than_an_office_fills_the_tray(client, rf, clock, monkeypatch):
    monkeypatch.setattr(spam, "FROM_ONE_NETWORK", ((3, 1), (5, 4)))
    found = [points(client, rf, text=text) for text in LETTERS[:5]]
    assert [one.get("busy", 0) for one in found] == [0, 0, 1, 1, 4]
    # With what programs do, or with a link: not by what others send alone.
    assert post(client, text=LETTERS[6], shown=begun(client, minutes=4)).status == LetterStatus.RECEIVED
    assert post(client, text=LETTERS[7]).status == LetterStatus.SPAM
    linked = f"{LETTERS[8]} See www.example.com/plan."
    assert post(client, text=linked, shown=begun(client, minutes=4)).status == LetterStatus.SPAM


def test_all_that_others_do_together_does_not_fill_the_tray(client, rf, clock, monkeypatch):
    for name in ("FROM_ONE_NETWORK", "FROM_NEIGHBOURS", "WITH_ONE_ADDRESS"):
        monkeypatch.setattr(spam, name, ((1, 3),))
    found = points(client, rf, email="adam@example.org")
    assert found == {"busy": 3, "neighbours": 1}


def test_networks_side_by_side_are_counted_together(client, rf, clock, monkeypatch):
    monkeypatch.setattr(spam, "FROM_NEIGHBOURS", ((3, 3),))
    found = [
        points(client, rf, text=text, address=f"2001:db8:1:{number:x}::1")
        for number, text in enumerate(LETTERS[:4])
    ]
    assert [one.get("neighbours", 0) for one in found] == [0, 0, 3, 3]
    assert "neighbours" not in points(client, rf, text=LETTERS[5], address="2001:db8:2::1")


def test_many_letters_with_one_address_weigh_something_however_it_is_spelt(client, rf, clock):
    found = [
        points(
            client,
            rf,
            text=text,
            question=text,
            email=f"v.ictim+{number}@gmail.com",
            address=f"198.51.{number}.1",
        )
        for number, text in enumerate(LETTERS[:15])
    ]
    weights = [one.get("address", 0) for one in found]
    assert weights == [0] * 5 + [2] * 9 + [3]


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_letters_in_somebodys_name_do_not_put_their_own_aside(client, clock, script):
    for number, text in enumerate(LETTERS[:18]):
        post(client, text=text, question=text, email="victim@example.org", address=f"198.51.{number}.1")
    shown = begun(client, minutes=4) if script else spam.page_stamp()
    own = post(client, email="victim@example.org", shown=shown, address="203.0.113.9")
    assert own.status == LetterStatus.RECEIVED


def test_a_simple_bot_lands_in_the_tray_and_sees_what_everybody_sees(client, clock):
    honest = client.post("/ask/", {**WORDS, "email": "adam@example.org"})
    bot = client.post(
        "/ask/", {**WORDS, "question": "Hello", "website": "http://x.example/", "email": "eve@example.org"}
    )
    assert Letter.objects.last().status == LetterStatus.SPAM
    assert Doubt.objects.get().points["trap"] == 5
    assert bot.status_code == honest.status_code == 303
    pages = [client.get(one["Location"], follow=True).content.decode() for one in (honest, bot)]
    for page in pages:
        assert "a mail with the link comes to the address you gave" in page


def test_of_a_hundred_posts_of_a_bot_that_spares_the_trap_all_but_one_land_in_the_tray(client, clock):
    for number in range(100):
        begun = client.get("/ask/stamp/").content.decode()
        post(client, shown=begun, text=f"{WORDS['text']} {number}", address=f"198.51.100.{number}")
    assert Letter.objects.exclude(status=LetterStatus.SPAM).count() <= 1


def test_without_javascript_a_letter_goes_through(client):
    assert post(client, shown=spam.page_stamp()).status == LetterStatus.RECEIVED
