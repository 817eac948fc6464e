"""A subscriber's own page: what a link that may be passed on opens, and what needs a fresh one."""

import datetime as dt
import json
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from advice.articles.workflow import NotPermitted
from advice.mail.models import Message
from advice.mail.sending import send_later
from advice.newsletter import bounces, tokens, workflow
from advice.newsletter.models import (
    BounceKind,
    Delivery,
    Issue,
    IssueKind,
    Newsletter,
    Subscriber,
    Subscription,
)
from tests.factories import make_left, make_newsletter, make_published, make_reader, make_tag
from tests.newsletter.links import a_day_later, link, mails
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 5, 4)
EMAIL = "runner@example.org"
NEW = "walker@example.net"
KEPT = {"newsletters": ["cooldown"]}  # what the page's form sends along with each of its buttons


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def cooldown():
    return make_newsletter("The Cooldown", slug="cooldown", position=0)


@pytest.fixture
def splits():
    return make_newsletter("Splits", slug="splits", position=1)


@pytest.fixture
def reader(cooldown):
    return make_reader(cooldown, email=EMAIL)


def own(reader, part=""):
    """The page that every mail leads to."""
    return f"/subscribe/preferences/{tokens.for_preferences(reader)}/{part}"


def owners(reader, part=""):
    """The page that a fresh link leads to."""
    return f"/subscribe/preferences/{tokens.for_owner(reader)}/{part}"


def page(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def now_of(reader):
    return Subscriber.objects.get(pk=reader.pk)


# -- choosing ---------------------------------------------------------------------------------------------------


def test_newsletters_topics_rhythm_and_plain_text_are_chosen(client, reader, splits):
    calf, feet = make_tag("Calf"), make_tag("Feet")
    make_published(tags=[calf, feet])
    sent = {"newsletters": ["splits"], "topics": [feet.slug], "rhythm": "weekly", "text_only": "on"}
    response = Client(enforce_csrf_checks=True).post(own(reader), sent)
    assert (response.status_code, response.cookies) == (303, {})
    row = now_of(reader)
    assert list(row.newsletters.all()) == [splits]
    assert list(row.topics.all()) == [feet]
    assert (row.rhythm, row.text_only) == ("weekly", True)
    text = page(client, response["Location"])
    assert "Saved." in text
    checked = re.findall(
        r'<input type="(?:checkbox|radio)" name="(\w+)"(?: value="([^"]*)")?[^>]* checked', text
    )
    assert checked == [
        ("newsletters", "splits"),
        ("topics", feet.slug),
        ("rhythm", "weekly"),
        ("text_only", ""),
    ]
    client.post(own(reader), {"newsletters": ["splits"]})
    row = now_of(reader)
    assert (row.rhythm, row.text_only, row.topics.count()) == ("", False, 0)


def test_a_topic_that_nobody_uses_any_more_is_kept_by_who_has_it(client, reader, cooldown):
    unused, never = make_tag("Unused"), make_tag("Never")
    workflow.set_preferences(reader, newsletters=[cooldown], topics=[unused])
    text = page(client, own(reader))
    assert "Unused" in text
    assert "Never" not in text
    assert client.post(own(reader), {"newsletters": ["cooldown"], "topics": [never.slug]}).status_code == 422
    assert list(now_of(reader).topics.all()) == [unused]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"newsletters": ["cooldown", "none-such"]}, "Please choose from the newsletters below."),
        ({"topics": ["none-such"]}, "Please choose from the topics below."),
        ({"topics": ["\x00"]}, "Please choose from the topics below."),
        ({"rhythm": "each"}, "Please choose one of these."),
    ],
)
def test_a_wrong_choice_is_told_beside_it_and_the_others_are_kept(client, reader, splits, wrong, said):
    sent = {"newsletters": ["splits"], "text_only": "on", **wrong}
    response = client.post(own(reader), sent)
    text = response.content.decode()
    assert response.status_code == 422
    assert text.count(said) == 2
    for slug in {"splits", "cooldown"} & set(sent["newsletters"]):
        assert f'value="{slug}" checked' in text
    assert 'name="text_only" checked' in text
    row = now_of(reader)
    assert (list(row.newsletters.values_list("slug", flat=True)), row.text_only) == (["cooldown"], False)


def test_the_page_names_nobody(client, reader):
    for text in (page(client, own(reader)), page(client, own(reader) + "?said=mailed")):
        assert "r…@example.org" in text
        assert EMAIL not in text
        assert 'name="email"' not in text


@pytest.mark.parametrize("part", ["", "pause/", "resume/"])
def test_with_nothing_ticked_no_button_acts_but_the_way_out_is_asked_about(client, reader, part):
    response = client.post(own(reader, part), {"span": "14", "text_only": "on"})
    assert "Stop the newsletters?" in page(client, response["Location"])
    row = now_of(reader)
    assert (row.status, row.text_only, row.paused_until) == ("confirmed", False, None)
    assert row.newsletters.count() == 1


def test_the_buttons_of_a_pause_keep_what_is_ticked(client, reader, splits):
    sent = {"newsletters": ["splits"], "rhythm": "daily", "text_only": "on"}
    for part, extra in (("pause/", {"span": "30"}), ("resume/", {}), ("", {"until": "2026-06-03"})):
        workflow.set_preferences(reader, newsletters=Newsletter.objects.all())
        client.post(own(reader, part), {**sent, **extra})
        row = now_of(reader)
        assert (list(row.newsletters.all()), row.rhythm, row.text_only) == ([splits], "daily", True)
        assert row.is_paused == bool(extra)


def test_a_wrong_day_loses_nothing_that_is_ticked(client, reader, splits):
    sent = {"newsletters": ["splits"], "text_only": "on", "until": "2020-01-31"}
    response = client.post(own(reader, "pause/"), sent)
    text = response.content.decode()
    assert response.status_code == 422
    assert 'value="splits" checked' in text
    assert 'name="text_only" checked' in text
    assert 'value="2020-01-31"' in text
    assert list(now_of(reader).newsletters.values_list("slug", flat=True)) == ["cooldown"]


def test_enter_presses_save_and_no_button_of_the_pause(client, reader):
    workflow.pause(reader, until=TODAY + dt.timedelta(days=14))
    form = re.search(r'(?s)<form[^>]* id="choices".*?</form>', page(client, own(reader)))[0]
    assert re.findall(r"<button[^>]*>([^<]*)<", form)[:2] == ["Save", "End the pause now"]
    assert 'form="choices"' not in page(client, own(reader))


def test_it_says_what_makes_itself_and_when_a_chosen_rhythm_comes(client, reader, cooldown, splits):
    Newsletter.objects.filter(pk=splits.pk).update(makes_itself=False, weekday=1)
    text = page(client, own(reader))
    assert text.count("Makes itself from new answers") == 1
    assert "Weekly, on Sundays" in text
    Newsletter.objects.filter(pk=splits.pk).update(makes_itself=True, rhythm="each", weekday=1)
    text = page(client, own(reader))
    assert "Weekly, each on its own day" in text
    assert text.count("Makes itself from new answers") == 2
    assert text.count("if weekly, on") == text.count("if weekly, on Tuesday") == 1


# -- copies that wait -------------------------------------------------------------------------------------------


def digest(newsletter, rhythm, slot="x", since=None):
    made = Issue.objects.create(
        newsletter=newsletter, kind=IssueKind.DIGEST, rhythm=rhythm, slot=slot, status="sending",
        number=Issue.objects.count() + 1, left_at=NOW, until=NOW,
    )  # fmt: skip
    return Delivery.objects.create(issue=made, subscriber=Subscriber.objects.get(email=EMAIL), since=since)


def waiting():
    return set(Delivery.objects.filter(state="pending").values_list("pk", flat=True))


def test_copies_of_a_newsletter_that_was_dropped_are_not_sent(reader, cooldown, splits):
    workflow.set_preferences(reader, newsletters=[cooldown, splits])
    kept, dropped = make_left(cooldown).deliveries.get(), make_left(splits).deliveries.get()
    sent = make_left(splits).deliveries.get()
    Delivery.objects.filter(pk=sent.pk).update(state="sent")
    workflow.set_preferences(reader, newsletters=[cooldown])
    assert waiting() == {kept.pk}
    assert Delivery.objects.filter(pk=sent.pk).exists()
    assert not Delivery.objects.filter(pk=dropped.pk).exists()


def test_in_another_rhythm_what_waits_comes_with_the_next_one(reader, cooldown):
    before = NOW - dt.timedelta(days=3)
    Subscription.objects.update(covered_until=NOW)
    first, _second = digest(cooldown, "weekly", "1", before), digest(cooldown, "weekly", "2", NOW)
    edited = make_left(cooldown).deliveries.get()
    workflow.set_preferences(reader, newsletters=[cooldown], rhythm="weekly")  # as it promises already
    assert first.pk in waiting()
    workflow.set_preferences(reader, newsletters=[cooldown], rhythm="daily")
    assert waiting() == {edited.pk}
    assert Subscription.objects.get().covered_until == before


def test_a_pause_drops_what_waits(reader, cooldown):
    make_left(cooldown)
    workflow.pause(reader, until=TODAY + dt.timedelta(days=14))
    assert waiting() == set()


# -- a pause ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        ({"span": "14"}, "2026-05-18"),
        ({"span": "30"}, "2026-06-03"),
        ({"span": "91"}, "2026-08-03"),
        ({"until": "2026-05-05"}, "2026-05-05"),
        ({"until": "2027-05-04"}, "2027-05-04"),
    ],
)
def test_a_pause_until_a_day_and_its_end(client, reader, clock, sent, until):
    response = client.post(own(reader, "pause/"), {**KEPT, **sent})
    assert now_of(reader).paused_until == dt.date.fromisoformat(until)
    assert "You are taking a pause." in page(client, response["Location"])
    assert "You are taking a pause." in page(client, own(reader))
    assert not Subscriber.objects.mailable().exists()
    clock.move_to(dt.datetime.fromisoformat(f"{until}T12:00:00+00:00"))
    assert Subscriber.objects.mailable().exists()


def test_a_pause_that_is_over_is_not_told_of(client, reader, clock):
    client.post(own(reader, "pause/"), {**KEPT, "span": "14"})
    clock.shift(dt.timedelta(days=14))
    assert "You are taking a pause." not in page(client, own(reader))


def test_a_pause_can_be_ended_at_once(client, reader):
    client.post(own(reader, "pause/"), {**KEPT, "span": "30"})
    response = client.post(own(reader, "resume/"), KEPT)
    assert now_of(reader).paused_until == timezone.localdate()
    assert "You are taking a pause." not in page(client, own(reader))
    assert "The pause is over." in page(client, response["Location"])


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-05-04", "A pause ends on a later day than today."),
        ("2025-12-24", "A pause ends on a later day than today."),
        ("2027-05-05", "A pause lasts a year at most."),
        ("9999-12-31", "A pause lasts a year at most."),
        ("", "Please choose a day."),
        ("soon", "Please enter a day as year-month-day"),
        ("2026-02-30", "Please enter a day as year-month-day"),
        ("\x00", "Please enter a day as year-month-day"),
    ],
)
def test_a_pause_that_cannot_be_is_told(client, reader, until, said):
    response = client.post(own(reader, "pause/"), {**KEPT, "until": until})
    assert response.status_code == 422
    text = response.content.decode()
    assert text.count(said) == 2
    assert until == "\x00" or not until or f'value="{until}"' in text
    assert now_of(reader).paused_until is None


@pytest.mark.parametrize("days", [0, -1, 366])
def test_no_pause_is_out_of_bounds_whoever_asks(reader, days):
    with pytest.raises(NotPermitted):
        workflow.pause(reader, until=TODAY + dt.timedelta(days=days))


# -- the fresh link ---------------------------------------------------------------------------------------------


def test_what_concerns_the_person_needs_a_fresh_link(client, reader):
    for part in ("address/", "erase/"):
        response = client.post(own(reader, part), {"email": NEW})
        assert (response.status_code, response["Location"]) == (303, own(reader) + "?said=old#own")
    assert client.get(own(reader, "export/"))["Location"] == own(reader) + "?said=old#own"
    assert client.get(own(reader, "erase/"))["Location"] == own(reader) + "?said=old#own"
    assert "needs a fresh link" in page(client, own(reader) + "?said=old")
    assert now_of(reader).email == EMAIL
    assert mails() == []


def test_the_fresh_link_is_mailed_once_in_a_quarter_of_an_hour_and_answers_the_same(client, reader, clock):
    answers, address = set(), own(reader)
    for minutes, count in ((0, 1), (1, 1), (13, 1), (2, 2)):
        clock.shift(dt.timedelta(minutes=minutes))
        response = client.post(f"{address}link/")
        answers.add((response.status_code, response["Location"], response.content))
        assert len(mails("own_link")) == count
    assert answers == {(303, address + "?said=mailed#own", b"")}
    mail = mails("own_link")[0]
    assert mail["to"] == EMAIL
    text = page(client, link(mail, "subscribe/preferences"))
    assert "Your new e-mail address" in text
    assert "/export/" in text


def test_the_fresh_link_is_a_common_one_after_a_day(client, reader, clock):
    address = owners(reader)
    clock.shift(dt.timedelta(days=1))
    assert "Your new e-mail address" in page(client, address)
    clock.shift(dt.timedelta(seconds=1))
    assert "Your new e-mail address" not in page(client, address)
    assert client.get(f"{address}export/").status_code == 303
    assert client.post(f"{address}erase/").status_code == 303
    assert Subscriber.objects.exists()


def test_everything_that_is_kept_is_handed_over(client, reader):
    response = client.get(owners(reader, "export/"))
    assert response["Content-Disposition"] == 'attachment; filename="subscription.json"'
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex"
    record = json.loads(response.content)
    assert record["email"] == EMAIL
    assert [row["name"] for row in record["newsletters"]] == ["The Cooldown"]


def test_everything_that_is_kept_is_erased(client, reader, cooldown):
    make_left(cooldown)
    address = owners(reader, "erase/")
    text = page(client, address)
    assert EMAIL in text
    assert Subscriber.objects.exists()
    response = Client(enforce_csrf_checks=True).post(address)
    assert (response.status_code, response["Location"]) == (303, "/subscribe/erased/")
    assert EMAIL not in page(client, response["Location"])
    assert not Delivery.objects.exists()
    for table, stored in everything_stored():
        assert EMAIL not in stored, table
    assert client.post(address).status_code == 410
    assert client.get(own(reader)).status_code == 410


def test_mail_that_waits_for_who_is_erased_is_erased_too(client, reader):
    """It stands there encrypted, so the canary is looked for behind the key."""
    workflow.mail_own_link(reader)
    send_later("new_address", to="Runner+x@example.org", context={"link": "", "kept": ""})
    other = make_reader(*reader.newsletters.all())
    workflow.mail_own_link(other)
    address = owners(reader, "erase/")
    assert [message.content["to"] for message in Message.objects.order_by("pk")] == [
        EMAIL,
        "Runner+x@example.org",
        other.email,
    ]
    client.post(address)
    assert Message.objects.get().content["to"] == other.email
    assert EMAIL not in Message.objects.get().payload


# -- another address --------------------------------------------------------------------------------------------


def ask(client, reader, email=NEW):
    return client.post(owners(reader, "address/"), {"email": email})


def test_the_address_changes_when_the_new_mailbox_says_so(client, reader, cooldown):
    agreed = now_of(reader).confirmed_at
    response = ask(client, reader)
    assert "a link is on its way there" in page(client, response["Location"])
    assert now_of(reader).email == EMAIL
    (asked,) = mails()
    assert (asked["to"], EMAIL in asked["text"]) == (NEW, False)
    address = link(asked, "subscribe/confirm/address")
    for _ in range(3):
        assert NEW in page(client, address)
    assert now_of(reader).email == EMAIL
    for _ in range(2):  # pressing twice is as good as once
        response = Client(enforce_csrf_checks=True).post(address)
        assert (response.status_code, response.cookies) == (303, {})
        assert "Your address is changed" in page(client, response["Location"])
    row = now_of(reader)
    assert (row.email, row.canonical, row.status) == (NEW, NEW, "confirmed")
    assert (row.confirmed_at, list(row.newsletters.all())) == (agreed, [cooldown])
    (told,) = mails("moved")
    assert told["to"] == EMAIL
    assert "w…@example.net" in told["text"]
    assert NEW not in told["text"] + told["html"]


def test_links_in_the_old_mailbox_open_nothing_but_the_way_out(client, reader):
    old = [own(reader), owners(reader), owners(reader, "export/"), owners(reader, "erase/")]
    stop = f"/unsubscribe/{tokens.for_unsubscribing(reader)}/"
    ask(client, reader)
    ask(client, reader, "third@example.net")
    first, second = (link(mail, "subscribe/confirm/address") for mail in mails("new_address"))
    client.post(first)
    for address in old:
        assert client.get(address).status_code == 410
    assert client.post(second).status_code == 410
    assert now_of(reader).email == NEW
    assert EMAIL not in page(client, stop)
    assert NEW not in page(client, stop)
    client.post(stop)
    assert now_of(reader).status == "left"
    assert client.get(first).status_code == 410


def test_after_a_week_the_new_mailbox_is_too_late(client, reader, clock):
    ask(client, reader)
    address = link(mails()[0], "subscribe/confirm/address")
    clock.shift(dt.timedelta(days=7))
    assert client.get(address).status_code == 200
    clock.shift(dt.timedelta(seconds=1))
    assert client.post(address).status_code == 410
    assert now_of(reader).email == EMAIL


def test_no_address_that_is_known_is_told_or_mailed(client, reader, cooldown):
    make_reader(cooldown, email="taken@example.net")
    workflow.leave(make_reader(cooldown, email="left@example.net"))
    workflow.subscribe(email="pending@example.net", newsletters=[cooldown])
    bounced = make_reader(cooldown, email="bounced@example.net")
    workflow.suppress(bounced, because="bounced")
    erased = make_reader(cooldown, email="erased@example.net")
    workflow.suppress(erased, because="complained")
    erased.delete()
    Message.objects.all().delete()
    known = ["Taken+x@example.net", "left@example.net", "pending@example.net", "bounced@example.net"]
    answers = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("advice.newsletter.preferences.MOVES_A_DAY", 9)
        for email in [*known, "erased@example.net", "free@example.net"]:
            response = ask(client, reader, email)
            answers.append((response.status_code, response["Location"], response.content))
    assert len(set(answers)) == 1
    assert [mail["to"] for mail in mails()] == ["free@example.net"]


def test_an_address_that_is_taken_meanwhile_stays_with_who_has_it(client, reader, cooldown):
    ask(client, reader)
    a_day_later()
    taken = make_reader(cooldown, email=NEW)
    assert client.post(link(mails("new_address")[0], "subscribe/confirm/address")).status_code == 410
    assert (now_of(reader).email, now_of(taken).email) == (EMAIL, NEW)


def test_who_has_changed_the_address_leaves_and_comes_back_with_it_at_once(client, reader):
    ask(client, reader)
    client.post(link(mails("new_address")[0], "subscribe/confirm/address"))
    workflow.leave(reader)
    client.post("/subscribe/", {"email": NEW})
    client.post(link(mails("confirm")[0], "subscribe/confirm"))
    assert now_of(reader).status == "confirmed"


def test_another_spelling_of_ones_own_address_is_a_new_one_too(client, reader):
    a_day_later()
    ask(client, reader, "Runner+news@example.org")
    client.post(link(mails()[0], "subscribe/confirm/address"))
    row = now_of(reader)
    assert (row.email, row.canonical) == ("Runner+news@example.org", EMAIL)


def test_nobody_is_pestered_through_the_new_address(client, cooldown, clock):
    readers = [make_reader(cooldown) for _ in range(3)]
    for reader in readers:
        assert ask(client, reader, "vic.tim+a@gmail.com").status_code == 303
        assert ask(client, reader, "VICTIM@googlemail.com").status_code == 303
    assert len(mails()) == 1
    clock.shift(dt.timedelta(days=1))
    ask(client, readers[0], "victim@gmail.com")
    assert len(mails()) == 2


def test_one_reader_asks_five_a_day(client, reader):
    for number in range(5):
        assert ask(client, reader, f"r{number}@example.net").status_code == 303
    response = ask(client, reader, "r5@example.net")
    assert response.status_code == 429
    assert 'value="r5@example.net"' in response.content.decode()
    assert len(mails()) == 5


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "Please enter your e-mail address."),
        ("walker", "does not look like an e-mail address"),
        ("a@" + "ü" * 200 + ".org", "e-mail address"),
        ("a\r\nBcc: b@example.org", "does not look like an e-mail address"),
    ],
)
def test_what_is_no_address_is_told(client, reader, email, said):
    response = ask(client, reader, email)
    assert response.status_code == 422
    assert response.content.decode().count(said) >= 2
    assert mails() == []


def test_what_comes_back_from_the_old_address_does_not_silence_the_new_one(client, reader, cooldown, clock):
    copy = make_left(cooldown).deliveries.get()
    Delivery.objects.filter(pk=copy.pk).update(state="sent", settled_at=NOW)
    clock.shift(dt.timedelta(hours=1))
    workflow.move(reader, email=NEW)
    copy = Delivery.objects.get(pk=copy.pk)
    assert bounces.record(copy, kind=BounceKind.HARD, code="5.1.1", at=NOW + dt.timedelta(hours=2))
    assert bounces.record(copy, kind=BounceKind.COMPLAINT, code="", at=NOW + dt.timedelta(hours=2))
    assert now_of(reader).status == "confirmed"
    later = make_left(cooldown).deliveries.get()
    Delivery.objects.filter(pk=later.pk).update(state="sent", settled_at=NOW + dt.timedelta(hours=3))
    later = Delivery.objects.get(pk=later.pk)
    bounces.record(later, kind=BounceKind.HARD, code="5.1.1", at=NOW + dt.timedelta(hours=4))
    assert now_of(reader).status == "suppressed"


# -- all of these pages -----------------------------------------------------------------------------------------


def private(reader):
    new = f"/subscribe/confirm/address/{tokens.for_new_address(reader, NEW)}/"
    return [own(reader), owners(reader), owners(reader, "erase/"), new]


def test_they_are_kept_by_no_cache_and_no_search_engine(client, reader):
    for address in private(reader):
        response = client.get(address)
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "same-origin"
        assert not response.cookies
        text = response.content.decode()
        assert '<meta name="robots" content="noindex">' in text
        assert 'rel="canonical"' not in text


def test_looking_changes_nothing(client, reader):
    before = list(Subscriber.objects.values())
    for address in [*private(reader), owners(reader, "export/")]:
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    for part in ("pause/", "resume/", "link/"):
        assert client.get(own(reader, part)).status_code == 405
    assert list(Subscriber.objects.values()) == before
    assert mails() == []


def test_links_die_with_leaving(client, reader):
    addresses = [*private(reader), *(own(reader, part) for part in ("pause/", "resume/", "link/"))]
    addresses += [owners(reader, part) for part in ("address/", "export/", "erase/")]
    workflow.leave(reader)
    for address in addresses:
        assert client.post(address, {"span": "14", "email": NEW}).status_code in {405, 410}
        assert client.get(address).status_code in {405, 410}
    assert now_of(reader).status == "left"
    assert mails() == []


def test_no_link_opens_another_door(client, reader):
    mixed = [
        f"/subscribe/preferences/{tokens.for_new_address(reader, NEW)}/",
        f"/subscribe/confirm/address/{tokens.for_owner(reader)}/",
        f"/subscribe/confirm/address/{tokens.for_preferences(reader)}/",
        f"/subscribe/confirm/{tokens.for_owner(reader)}/",
        f"/unsubscribe/{tokens.for_owner(reader)}/",
        f"{own(reader)[:-2]}x/export/",
    ]
    for address in mixed:
        assert client.get(address).status_code == 404
        assert client.post(address).status_code in {404, 405}


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_page_of_another_site_cannot_post(client, reader, headers):
    before = list(Subscriber.objects.values())
    addresses = [*private(reader), *(own(reader, part) for part in ("pause/", "resume/", "link/"))]
    for address in [*addresses, owners(reader, "address/")]:
        assert client.post(address, {"span": "14", "email": NEW}, headers=headers).status_code == 403
    assert list(Subscriber.objects.values()) == before


def test_the_page_asks_the_database_as_often_for_many_as_for_one(client, reader, django_assert_num_queries):
    with django_assert_num_queries(6):
        page(client, own(reader))
    make_published(tags=[make_tag() for _ in range(3)])
    for _ in range(3):
        make_newsletter()
    with django_assert_num_queries(6):
        page(client, own(reader))
    assert Newsletter.objects.count() == 4
