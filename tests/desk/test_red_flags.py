"""Red-flag rules and urgent letters at the desk."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from advice.accounts.models import Role
from advice.letters import asking, redflags
from advice.letters import workflow as letters
from advice.letters.models import Alarm, LetterFlag, RedFlag, RedFlagVersion
from tests.factories import make_column, make_letter, make_user
from tests.letters.test_red_flags import make_rule

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
RULE = {
    "name": "Sharp pain",
    "column": "",
    "words": "sharp pain, stabbing\r\n\r\nshin , calf",
    "without": "sharp pain in the purse",
    "heeds_denial": "on",
    "text": "Please **see** a doctor.",
    "version": "",
}
NUMBER = {
    "numbers-0-locale": "en-GB",
    "numbers-0-label": "A line, United Kingdom",
    "numbers-0-number": "1-2-3",
    "numbers-0-url": "https://line.example/about",
    "numbers-0-checked_on": "2026-03-01",
}


def urgent_letter(**fields):
    return make_letter(**{"text": "A sharp pain in the shin, since Monday.", **fields})


def test_a_rule_is_written_and_waits_to_be_put_to_work(at_desk, editor):
    column = make_column()
    response = at_desk.post("/desk/red-flags/new/", {**RULE, **NUMBER, "column": column.pk})
    rule = RedFlag.objects.get()
    version = rule.newest
    assert response["Location"] == f"/desk/red-flags/{rule.pk}/"
    assert rule.live is None
    assert (version.number, version.name, version.column, version.saved_by) == (
        1,
        "Sharp pain",
        column,
        editor,
    )
    assert version.words == "sharp pain, stabbing\nshin , calf"
    assert version.heeds_denial
    assert version.numbers == [{name.removeprefix("numbers-0-"): value for name, value in NUMBER.items()}]
    page = at_desk.get(response["Location"]).content.decode()
    assert "<strong>see</strong>" in page
    assert "https://line.example/about" in page
    assert not urgent_letter(column=column).flags.exists()


def test_saving_makes_a_version_and_putting_it_to_work_is_another_act(at_desk, editor):
    rule = make_rule("sharp pain")
    at_desk.post(f"/desk/red-flags/{rule.pk}/", {**RULE, "words": "stabbing", "version": "1"})
    rule = RedFlag.objects.get()
    assert (rule.live.number, rule.newest.number) == (1, 2)
    assert "version 2 waits" in at_desk.get("/desk/red-flags/").content.decode()
    at_desk.post(f"/desk/red-flags/{rule.pk}/put-to-work/", {"version": "2"})
    rule = RedFlag.objects.get()
    assert (rule.live.words, rule.checked_on, rule.checked_by) == ("stabbing", timezone.localdate(), editor)
    at_desk.post(f"/desk/red-flags/{rule.pk}/switch-off/")
    assert RedFlag.objects.get().live is None
    assert RedFlagVersion.objects.count() == 2


def test_one_who_saves_over_another_is_told_and_keeps_what_was_typed(at_desk):
    rule = make_rule("sharp pain")
    redflags.save(rule, by=make_user(), name="Theirs", words="theirs", text="T")
    response = at_desk.post(f"/desk/red-flags/{rule.pk}/", {**RULE, "words": "mine", "version": "1"})
    assert response.status_code == 409
    assert rule.versions.count() == 2
    assert response.context["form"]["words"].value() == "mine"
    assert response.context["form"]["version"].value() == "2"
    assert at_desk.post(f"/desk/red-flags/{rule.pk}/", {**RULE, "version": "2"}).status_code == 302


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("name", "", "required"),
        ("words", "", "required"),
        ("words", "pain\n…, ,", "a word at least"),
        ("words", ", ".join(f"word{number}" for number in range(401)), "more than 400"),
        ("words", "a b c d e f g h i j k", "10 words at most"),
        ("without", "a b c d e f g h i j k", "10 words at most"),
        ("text", "", "required"),
        ("text", "Call 116 123 now.", "There is a number in the text"),
        ("text", "Call (0800) 55-5.", "There is a number in the text"),
        ("text", "[](x)", "can be shown"),
        ("numbers-0-number", "", "the number itself is missing"),
        ("numbers-0-number", "none", "the number itself is missing"),
        ("numbers-0-number", "1" * 41, "too long"),
        ("numbers-0-label", "", "say who answers"),
        ("numbers-0-locale", "", "a language and a country"),
        ("numbers-0-locale", "English", "a language and a country"),
        ("numbers-0-url", "", "needs its source"),
        ("numbers-0-url", "javascript:alert(1)", "needs its source"),
        ("numbers-0-url", "https://", "needs its source"),
        ("numbers-0-url", "http://[", "needs its source"),
        ("numbers-0-checked_on", "", "needs the date"),
        ("numbers-0-checked_on", "yesterday", "needs the date"),
        ("numbers-0-checked_on", "2999-01-01", "a day to come"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_and_nothing_is_saved(at_desk, field, wrong, said):
    response = at_desk.post("/desk/red-flags/new/", {**RULE, **NUMBER, field: wrong})
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert list(errors) == [field.partition("-")[0]]
    assert said in str(errors)
    assert said in response.content.decode()
    assert not RedFlag.objects.exists()


def test_a_card_may_name_an_age_and_link_a_page(at_desk):
    text = "If you are under 18 or over 65: [who helps](https://help.example/2026/1234)."
    assert at_desk.post("/desk/red-flags/new/", {**RULE, "text": text}).status_code == 302


def test_a_rule_is_tried_on_old_letters_with_their_words_marked(at_desk):
    rule = make_rule("sharp pain")
    found, lost = urgent_letter(), make_letter(text="A sharp pain, and so I stopped running.")
    other = make_letter(text="A stabbing in the shin & more.")
    redflags.save(rule, by=None, name="N", words="sharp pain, stabbing\nshin", text="T")
    flags = LetterFlag.objects.count()
    page = at_desk.get(f"/desk/red-flags/{rule.pk}/try/").content.decode()
    assert "Looked at 3 letters; 3 with the words." in page
    assert "<mark>sharp pain</mark> in the <mark>shin</mark>" in page
    assert "<mark>stabbing</mark> in the <mark>shin</mark> &amp; more." in page
    assert page.count("not found by what is at work") == 1
    assert page.count("this one does not") == 1
    for letter in (found, lost, other):
        assert reverse("desk:letter", args=[letter.pk]) in page
    assert LetterFlag.objects.count() == flags
    old = at_desk.get(f"/desk/red-flags/{rule.pk}/try/?version=1").content.decode()
    assert "2 with the words" in old
    assert at_desk.get(f"/desk/red-flags/{rule.pk}/try/?version=9").status_code == 404
    assert at_desk.get(f"/desk/red-flags/{rule.pk}/try/?version=²&before=x").status_code == 200


def test_older_letters_come_in_batches(at_desk, monkeypatch):
    rule = make_rule("sharp pain")
    oldest = urgent_letter()
    for _ in range(2):
        make_letter()
    monkeypatch.setattr(redflags.try_on, "__kwdefaults__", {"before": None, "limit": 2})
    first = at_desk.get(f"/desk/red-flags/{rule.pk}/try/")
    assert "0 with the words" in first.content.decode()
    older = f"?version=1&before={first.context['trial'].before}"
    assert older.replace("&", "&amp;") in first.content.decode()
    second = at_desk.get(f"/desk/red-flags/{rule.pk}/try/{older}")
    assert [one.letter for one in second.context["trial"].tried] == [oldest]


def test_a_rule_not_checked_for_a_year_is_flagged_until_somebody_does(at_desk, editor):
    with time_machine.travel(NOW) as clock:
        rule = make_rule("sharp pain")
        at_desk.force_login(editor)
        assert "not checked for a year" not in at_desk.get("/desk/red-flags/").content.decode()
        clock.shift(dt.timedelta(days=365))
        at_desk.force_login(editor)
        for path in ("/desk/red-flags/", f"/desk/red-flags/{rule.pk}/"):
            assert "not checked for a year" in at_desk.get(path).content.decode()
        at_desk.post(f"/desk/red-flags/{rule.pk}/check/")
        assert "not checked for a year" not in at_desk.get("/desk/red-flags/").content.decode()
        assert RedFlag.objects.get().checked_by == editor


def test_the_rules_of_the_program_are_added_once_and_say_that_nobody_checked_them(at_desk):
    count = len(redflags.shipped())
    assert f"Add the {count} new rules" in at_desk.get("/desk/red-flags/").content.decode()
    at_desk.post("/desk/red-flags/add/")
    assert RedFlag.objects.live().count() == count
    page = at_desk.get("/desk/red-flags/").content.decode()
    assert "that come with the program" not in page
    unchecked = "written by us, with the program; no clinician has checked it"
    assert page.count(unchecked) == count
    rule = RedFlag.objects.first()
    assert unchecked in at_desk.get(f"/desk/red-flags/{rule.pk}/").content.decode()
    at_desk.post(f"/desk/red-flags/{rule.pk}/check/")
    assert unchecked not in at_desk.get(f"/desk/red-flags/{rule.pk}/").content.decode()
    assert at_desk.get("/desk/red-flags/").content.decode().count(unchecked) == count - 1
    at_desk.post("/desk/red-flags/add/")
    assert RedFlag.objects.count() == count


def test_that_nobody_would_be_mailed_is_said(at_desk, settings):
    for addresses, said in (([], True), (["duty@site.example"], False)):
        settings.DUTY_EMAILS = addresses
        for path in ("/desk/red-flags/", "/desk/"):
            assert ("DUTY_EMAILS" in at_desk.get(path).content.decode()) is said


def test_an_editor_who_may_not_publish_writes_and_tries_and_puts_nothing_to_work(client):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    client.post("/desk/red-flags/new/", RULE)
    rule = RedFlag.objects.get()
    assert client.post(f"/desk/red-flags/{rule.pk}/put-to-work/", {"version": "1"}).status_code == 409
    client.post("/desk/red-flags/add/")
    assert RedFlag.objects.get().live is None
    redflags.put_to_work(rule.newest, by=make_user())
    assert client.post(f"/desk/red-flags/{rule.pk}/switch-off/").status_code == 409
    assert RedFlag.objects.get().live


# -- urgent letters ------------------------------------------------------------------------------------------------


def test_urgent_letters_stand_first_those_nobody_has_seen_before_the_others(at_desk, editor):
    make_rule("sharp pain")
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=12)):
        plain, seen, first, second = make_letter(), urgent_letter(), urgent_letter(), urgent_letter()
    redflags.seen(seen, by=editor)
    queue = at_desk.get("/desk/").context["queue"]
    assert [row.pk for row in queue.rows] == [first.pk, second.pk, seen.pk, plain.pk]
    assert [row.warning for row in queue.rows] == [
        "Urgent for 12 minutes",
        "Urgent for 12 minutes",
        "Urgent, seen",
        "",
    ]
    assert (queue.urgent, queue.first_urgent) == (2, first.pk)


def test_a_letter_that_was_declined_unseen_is_still_called(at_desk, editor):
    make_rule("sharp pain")
    letter = urgent_letter()
    letters.decline(letter, by=editor, reason="Not for us.")
    for path in ("/desk/", "/desk/articles/"):
        page = at_desk.get(path).content.decode()
        assert "1 urgent letter nobody has seen" in page
        assert f'href="/desk/letters/{letter.pk}/"' in page
    assert at_desk.get("/desk/?show=declined").context["queue"].rows[0].warning == "Urgent for 0 minutes"


def test_the_letters_page_says_why_and_since_when_and_one_press_stops_the_clock(at_desk, editor):
    make_rule("sharp pain", name="The rule")
    make_rule("shin", name="Another", heeds_denial=True)
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=12)):
        letter = urgent_letter()
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "came 12 minutes ago, and nobody has seen it" in page
    assert "<mark>sharp pain</mark>" in page
    assert "The rule</a>, version 1" in page
    assert "Another</a>, version 1" in page
    at_desk.post(f"/desk/letters/{letter.pk}/seen/")
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "Urgent, seen after 12 minutes · Mara Quill" in page
    assert "I have seen it" not in page
    assert "<b>seen</b>, Mara Quill" in page
    assert Alarm.objects.get().seen_by == editor
    again = at_desk.post(f"/desk/letters/{letter.pk}/seen/", follow=True)
    assert "noted as seen already" in again.content.decode()
    assert letter.events.filter(verb="seen").count() == 1


def test_a_page_that_stays_open_is_told_what_came_and_how_long_it_waits(at_desk, django_assert_num_queries):
    assert "nobody has seen" not in at_desk.get("/desk/alarm/").content.decode()
    make_rule("sharp pain")
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=12)):
        first = urgent_letter()
    second = urgent_letter()
    with django_assert_num_queries(3):  # the session, its user, the alarms
        page = at_desk.get("/desk/alarm/").content.decode()
    assert "2 urgent letters nobody has seen" in page
    assert f'<data hidden value="{first.pk}">Urgent for 12 minutes</data>' in page
    assert f'<data hidden value="{second.pk}">Urgent for 0 minutes</data>' in page
    home = at_desk.get("/desk/").content.decode()
    assert 'data-alarm="/desk/alarm/"' in home
    assert f'data-clock="{first.pk}">Urgent for 12 minutes<' in home


def test_what_a_writer_said_later_is_shown_with_where_it_stands(at_desk, editor):
    make_rule("sharp pain", name="The rule")
    letter = make_letter(context="A sharp pain in May")
    asking.ask_back(letter, text="How is it?", by=editor)
    asking.reply(letter, text="Now it is a sharp pain, too.")
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "in a reply" in page
    assert "Now it is a <mark>sharp pain</mark>, too." in page
    assert "in the line for the expert" in page


def test_words_that_are_denied_are_noted_without_haste(at_desk):
    make_rule("sharp pain", heeds_denial=True)
    letter = urgent_letter(text="I have no sharp pain at all, only a twitch.")
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "Words of a rule, said not to be so" in page
    assert "I have seen it" not in page
    assert at_desk.get("/desk/").context["queue"].urgent == 0


def test_a_change_by_the_writer_is_shown_with_the_words_of_the_change(at_desk):
    make_rule("sharp pain")
    letter = make_letter()
    letters.change(letter, question="Q", text="Now it is a sharp pain.")
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "since the writer changed it" in page
    assert "Now it is a <mark>sharp pain</mark>." in page


def test_what_a_letter_says_is_no_markup_at_the_desk(at_desk):
    rule = make_rule("sharp pain")
    letter = urgent_letter(text="<script>x</script> sharp pain <b>here</b>, since Monday.")
    for path in (f"/desk/letters/{letter.pk}/", f"/desk/red-flags/{rule.pk}/try/"):
        page = at_desk.get(path).content.decode()
        assert "&lt;script&gt;x&lt;/script&gt; <mark>sharp pain</mark> &lt;b&gt;" in page
