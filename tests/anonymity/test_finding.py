import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice.anonymity import Find, Sort, find, replace
from tests.anonymity.reckoning import read
from tests.hostile import HOSTILE
from tests.spending import spent


def found(text, sort=None, **known):
    return [each.text for each in find(text, **known) if sort is None or each.sort == sort]


@pytest.mark.parametrize(
    "address",
    [
        "jane.doe+runs@mail.example.co.uk",
        "jane at gmail dot com",
        "jane[at]example[dot]org",
        "jane (at) example (dot) org",
        "jane.doe at gmail.com",
        "JANE@EXAMPLE.ORG",
        "jane @ example . org",
        "jane dot doe at example dot co dot uk",
        "jane\\_doe@example.org",
    ],
)
def test_email_address_is_found_however_it_is_dressed(address):
    assert found(f"Please write to {address}, thanks.") == [address]


@pytest.mark.parametrize(
    "number",
    [
        "(570) 555-0142",
        "570-555-0142",
        "570.555.0142",
        "+1 570 555 0142",
        "1-800-555-0199",
        "01632 960 417",
        "01632 960417",
        "07700 900341",
        "+44 (0)20 7946 0958",
        "+44 7700 900 341",
        "00 33 3 88 55 50 12",
        "03 88 55 50 12",
        "0412 555 019",
        "+91 98900 55512",
        "020 7946 0958 ext. 204",
        "oh one six three two nine six oh four one seven",
    ],
)
def test_phone_number_is_found_in_the_forms_of_many_countries(number):
    assert found(f"My line is {number} after six.", Sort.PHONE) == [number]


@pytest.mark.parametrize(
    "harmless",
    [
        "I take 500 mg twice and 20 mg at night.",
        "My 5k is 24:31 and the half took 1:52:03.",
        "Heart rate 148-155, max 187, resting 44.",
        "It was 2019-2021, then 2022 and 2023.",
        "It is ISBN 978-0-306-40615-7.",
        "The bike was £1,900 and the fine $12,500.00.",
        "I walk 10000 steps and 8,000 to 12,000 lux.",
        "Three sets of 8 x 400 m at 1:30, 3 x 10 reps at 60-70 kg.",
        "I sleep from 22:30 to 5:45, 2000-2500 calories a day.",
        "On Saturday, in March, last spring, in May 2019 or in the 1980s.",
        "I may march on; it will be summer, and I hope to mark it.",
        "My GP did an MRI and the NHS paid. Vitamin B12 and D3 were low.",
        "I ran the Boston Marathon in Nike Pegasus with a Garmin, on Ibuprofen.",
        "I live in Manchester, was born in Ghana, speak English and read The Body Keeps the Score.",
        "I’m 43 and tired. I finished 3rd of 12, on the 2nd floor, at the 10th mile.",
    ],
)
def test_what_letters_are_full_of_is_no_alarm(harmless):
    assert found(harmless) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=c#d",
        "www.example.co.uk",
        "example.co.uk/shop",
        "kelseyruns.blogspot.com",
        "http://example.org",
        "mypage dot com",
    ],
)
def test_web_address_is_found_without_its_full_stop(address):
    assert found(f"It stands at {address}.", Sort.URL) == [address]


def test_target_of_a_link_is_looked_at_as_its_text_is():
    text = "See [my page](https://janeruns.example/about) and ![me](/media/me.webp)."
    assert found(text) == ["https://janeruns.example/about"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I am @jane_runs there.", "@jane_runs"),
        ("Look for u/jane-runs on it.", "u/jane-runs"),
        ("My Discord is janeruns#1234.", "janeruns#1234"),
        ("I’m on Instagram as jane.runs.slow, sadly.", "jane.runs.slow"),
        ("My Strava is JaneRunsSlow.", "JaneRunsSlow"),
        ("Find sadrunner88 on Reddit.", "sadrunner88"),
        ("insta: sweatyjanie", "sweatyjanie"),
    ],
)
def test_name_on_the_net_is_found(text, name):
    assert found(text, Sort.HANDLE) == [name]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I live at SW1A 1AA now.", "SW1A 1AA"),
        ("It is ls6 3hn, thanks.", "ls6 3hn"),
        ("We are in Salem, OR 97301.", "OR 97301"),
        ("The zip is 97301.", "97301"),
        ("Send it to 97301-4410 please.", "97301-4410"),
        ("Write to H2J 2W8 then.", "H2J 2W8"),
        ("Mail goes to 18059 Rostock still.", "18059"),
        ("We moved to NSW 2481 then.", "NSW 2481"),
        ("It is D02 X285 here.", "D02 X285"),
        ("My PIN is 411 038 here.", "411 038"),
        ("Sponges can be sent to 31-042 any time.", "31-042"),
        ("I’m in 3056 if you know it.", "3056"),
    ],
)
def test_postcode_is_found_in_the_forms_of_many_countries(text, code):
    assert found(text, Sort.POSTCODE) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "I was living in 1984 as if it were 1884.",
        "We sent it to 5000 people.",
        "I’m at 10,000 steps a day, and based at 4800 metres.",
    ],
)
def test_numbers_that_are_no_places_are_no_postcodes(text):
    assert found(text, Sort.POSTCODE) == []


@pytest.mark.parametrize(
    "day",
    [
        "12 March 2024",
        "March 12th",
        "12/03/2024",
        "2024-03-12",
        "the 12th of March",
        "12.03.2024",
        "Saturday 26 April",
        "Sept. 16th",
        "4th Dec",
        "the fourteenth of February",
    ],
)
def test_exact_day_is_found(day):
    assert found(f"It has been so since {day} or earlier.", Sort.DATE) == [day]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Then Okonkwo called me a liar.", "Okonkwo"),
        ("I saw Dr Patel about it.", "Dr Patel"),
        ("But Mr. O’Neill was cross.", "Mr. O’Neill"),
        ("Here Jean-Luc’s mother cried.", "Jean-Luc"),
        ("A book by J. K. Marsh helped.", "J. K. Marsh"),
        ("my sister anna says no", "sister anna"),
        ("Will told me to stop.", "Will"),
        ("Siobhán Ní Riain came over.", "Siobhán Ní Riain"),
        ("i think coach brennan is right", "coach brennan"),
        ("SO AUNT LUCY SHOUTED AT ME AGAIN AND AGAIN.", "AUNT LUCY"),
        ("My boss, Priya, laughed.", "Priya"),
    ],
)
def test_name_is_found(text, name):
    assert found(text, Sort.PERSON) == [name]


def test_word_that_is_a_name_as_well_is_left_alone_without_a_sign():
    assert found("Will it hurt? May I hope? Mark my words, grace is a gift in May, and summer is art.") == []


def test_employer_place_and_age_are_found_where_they_stand_together():
    text = "I’m 43 and teach physics at St Brendan’s College in Ballymore. I’m tired."
    assert found(text, Sort.WORKPLACE) == ["43", "St Brendan’s College", "Ballymore"]


def test_writers_own_name_and_address_are_found_in_any_dress():
    private = ["Thessaly Quade", "thess.quade@oakmill.example"]
    text = "thessaly here. QUADE’S luck! I write as quade_99, at oakmill, and Thess to friends."
    assert found(text, private=private) == ["thessaly", "QUADE", "quade_99", "oakmill", "Thess"]


def test_common_words_of_an_address_and_its_provider_are_no_alarm():
    text = "She runs slow. I use gmail for mail, and my legs hurt."
    assert found(text, private=["slow.runs.legs@gmail.com"]) == []


def test_what_the_site_may_print_is_no_find():
    text = (
        "Dear Dr. Marlow, Adam here. See https://www.nih.example/calf or runners.example/x. Marlow said so."
    )
    allowed = ["Dr. Ines Marlow", "Adam", "nih.example", "https://runners.example"]
    assert found(text, private=["Adam Brack"], allowed=allowed) == []
    assert len(found(text, private=["Adam Brack"])) == 5


def test_a_name_that_may_stand_does_not_hide_the_writers_own():
    private, allowed = (
        ["Joss Miller", "joss.miller@example.org"],
        ["Dr. Joss Adeyemi", "Slow Miller in Leeds"],
    )
    known = {"private": private, "allowed": allowed}
    assert found("My wife always says: Joss, slow down.", **known) == ["Joss"]
    assert found("Is Miller slow?", **known) == ["Miller"]
    assert found("I asked Joss Adeyemi.\n\nSlow Miller in Leeds", **known) == []


@pytest.mark.parametrize(
    ("typed", "sort"),
    [
        ("0114 496\n0123", Sort.PHONE),
        ("07700\n900123", Sort.PHONE),
        ("07700\r\n900123", Sort.PHONE),
        ("07700  \n> 900123", Sort.PHONE),
        ("07700 **900**123", Sort.PHONE),
        ("07700&nbsp;900123", Sort.PHONE),
        ("07700 &#57;00123", Sort.PHONE),
        ("０７７００ ９００１２３", Sort.PHONE),
        ("07700 900\u200b123", Sort.PHONE),
        ("07700\u2009900123", Sort.PHONE),
        ("**jane.smith**@example.org", Sort.EMAIL),
        ("jane.smith@_example.org_", Sort.EMAIL),
        ("jane.smith&#64;example.org", Sort.EMAIL),
        ("S10&nbsp;2TN", Sort.POSTCODE),
        ("S10\n2TN", Sort.POSTCODE),
        ("12\nMarch 2024", Sort.DATE),
    ],
)
def test_a_text_is_read_as_it_is_printed_and_replaced_as_it_was_typed(typed, sort):
    text = f"Write to me, it is {typed} as ever."
    [one] = find(text)
    assert (one.sort, one.text) == (sort, typed)
    assert replace(text, [one]) == f"Write to me, it is {one.suggestion} as ever."


def test_numbers_on_lines_of_their_own_are_not_one():
    text = "Call us:\n01632 960417\n01632 960418\n\nRuns:\n\n- 0 12\n- 34 56\n- 78 90\n\n07700\n\n900123"
    assert found(text, Sort.PHONE) == ["01632 960417", "01632 960418"]


def test_stars_and_lines_that_set_nothing_off_stay():
    assert found("I do 8 * 400 and 3 * 10, *not* more. It is @jane_runs_slow.") == ["@jane_runs_slow"]


_PROFILES = [
    "https://www.facebook.com/jane.smith.whitby",
    "https://instagram.com/x1",
    "https://uk.linkedin.com/in/someone",
    "https://x.com/someone",
    "https://twitter.com/someone",
    "https://www.tiktok.com/@someone",
    "https://www.strava.com/athletes/12345",
    "https://www.threads.net/@someone",
    "https://www.youtube.com/@someone",
    "https://youtube.com/channel/UC123",
]


@pytest.mark.parametrize("address", _PROFILES)
def test_a_profile_is_found_though_it_is_linked_on_purpose_and_its_host_may_stand(address):
    text, host = f"See [it]({address}).", address.split("/")[2].removeprefix("www.")
    linked = [(9, 9 + len(address))]
    assert found(text, Sort.URL, linked=linked, allowed=[host]) == [address]
    assert found(text, Sort.URL, linked=linked, allowed=[address]) == []


@pytest.mark.parametrize(
    "address",
    ["https://www.nhs.uk/calf", "https://www.netflix.com/title/1", "https://youtube.com/watch?v=a1"],
)
def test_what_is_linked_on_purpose_is_no_find_unless_it_tells_of_the_writer(address):
    text = f"See [it]({address})."
    assert found(text, linked=[(9, 9 + len(address))]) == []
    assert found(text) == [address]
    for page in ("quade-story", "annaquade62"):
        own = f"{address}/{page}"
        text = f"See [it]({own})."
        assert found(text, Sort.OWN, linked=[(9, 9 + len(own))], private=["Anna Quade"]) == [own]


def test_each_find_is_replaced_by_its_neutral_word():
    text = "My sister Anna rang 01632 960 417 on 12 March."
    finds = find(text)
    assert replace(text, finds) == "My sister rang a number on that day."
    assert replace(text, finds[:1]) == "My sister rang 01632 960 417 on 12 March."
    assert replace(text, []) == text


def test_find_of_another_text_replaces_nothing():
    with pytest.raises(ValueError, match="another text"):
        replace("Other words.", find("Ask Anna."))


def test_label_of_each_sort_is_for_people():
    assert [str(sort.label) for sort in Sort if not sort.label] == []
    assert Sort("own") is Sort.OWN


def _is_in_order(text: str, finds: list[Find]) -> bool:
    ends = [0, *(each.end for each in finds)]
    return all(
        text[each.start : each.end] == each.text and each.text and each.suggestion and before <= each.start
        for before, each in zip(ends, finds, strict=False)
    )


_BITS = st.sampled_from(
    ["Dr.", "Mr", "J.", "K.", "Anna", "ann@", "@", "at", "dot", "com", ".", ",", "\n", "12", "March", "01632", "-", "+", "(", ")", "/", "www.", "http://", "St", "&", "Sons", "School", "in", "at", "I'm", "43", "my", "sister", "_", "#", "u/", "é", "́", "’", "'", "[x](", ")", "\u200b", "**", "*", "`", "~~", "&nbsp;", "&#48;", "９", "\\", "\n> ", "07700", "900123"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(), st.lists(_BITS, max_size=40).map(" ".join), st.lists(_BITS, max_size=40).map("".join)
    ),
    st.text(max_size=30),
)
@settings(max_examples=300, deadline=None)
def test_any_text_gives_finds_in_order_that_fit_it(text, private):
    finds = find(text, private=[private, f"{private}@x.example"], allowed=[private[:3]])
    assert _is_in_order(text, finds)
    replace(text, finds)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_no_harm(text):
    assert _is_in_order(text, find(text, private=[text[:50]]))


_SIZE = 20_000
_LONG = {
    "letters": "\n\n".join(sample.text for sample in read())[:_SIZE],
    "one word": "a" * _SIZE,
    "figures": "1" * _SIZE,
    "figures apart": "1 " * (_SIZE // 2),
    "ats": "@" * _SIZE,
    "dots": "." * _SIZE,
    "hosts": "a." * (_SIZE // 2),
    "hyphens": "a-" * (_SIZE // 2),
    "underscores": "_a" * (_SIZE // 2),
    "capitals": "Aa " * (_SIZE // 3),
    "shouted": "AB " * (_SIZE // 3),
    "initials": "A. " * (_SIZE // 3),
    "at dot": "a at a dot " * (_SIZE // 11),
    "of the": "Qa of the " * (_SIZE // 10),
    "accents": "e\u0301" * (_SIZE // 2),
    "breaks": "\n" * _SIZE,
    "spaces": " " * _SIZE,
    "worked": "worked in " * (_SIZE // 10),
    "months": "May 1 " * (_SIZE // 6),
    "brackets": "(0) " * (_SIZE // 4),
    "instagram": "instagram as " * (_SIZE // 13),
    "stars": "*a" * (_SIZE // 2),
    "stars apart": "*a *" * (_SIZE // 4),
    "entities": "&#48;" * (_SIZE // 5),
    "broken figures": "12\n" * (_SIZE // 3),
    "wide figures": "９" * _SIZE,
    "flats": "flat 1 2 Aa " * (_SIZE // 12),
}


def _spent(text):
    return spent(lambda: find(text, private=["Anna Quade", "anna@quade.example"]))


@pytest.mark.parametrize("kind", _LONG)
def test_a_text_four_times_as_long_takes_some_four_times_as_long(kind):
    """Not sixteen times, as where each word is looked at with each other one; both are timed here, on one machine."""
    find(_LONG["letters"][:500])  # reads the lists
    text = _LONG[kind]
    assert _spent(text) <= 9 * _spent(text[: len(text) // 4]) + 0.02
