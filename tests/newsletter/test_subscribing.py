"""Promises 8 and 9: nobody is subscribed without their own press, nobody is pestered, everybody gets out at once."""

import datetime as dt
import itertools
import re
import threading

import pytest
import time_machine
from django.db import connection
from django.test import Client

from advice.mail.models import Message
from advice.newsletter import consent, records, tokens, workflow
from advice.newsletter.models import Newsletter, Subscriber, SubscriberStatus, Subscription, canonical, loose
from advice.newsletter.views import ASKED_AN_HOUR
from tests.factories import make_column, make_newsletter, make_published
from tests.newsletter.links import link, mails
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
EMAIL = "reader@example.org"


@pytest.fixture(autouse=True)
def cooldown():
    return make_newsletter("The Cooldown", slug="cooldown", position=0)


@pytest.fixture
def splits():
    return make_newsletter("Splits", slug="splits", position=1)


def post(client, email=EMAIL, **fields):
    return client.post("/subscribe/", {"email": email, **fields})


def confirmed(client, email=EMAIL, **fields):
    post(client, email, **fields)
    client.post(link(mails("confirm")[-1], "subscribe/confirm"))
    return Subscriber.objects.get(canonical=canonical(email))


def state(subscriber=None):
    subscriber = Subscriber.objects.get(pk=subscriber.pk) if subscriber else Subscriber.objects.get()
    return subscriber.status, sorted(subscriber.newsletters.values_list("slug", flat=True))


# -- asking -----------------------------------------------------------------------------------------------------


def test_asking_subscribes_nobody_and_mails_one_link(client):
    response = post(client, newsletters=["cooldown"])
    assert (response.status_code, response["Location"], response.cookies) == (303, "/subscribe/sent/", {})
    assert state() == (SubscriberStatus.PENDING, [])
    (mail,) = mails()
    assert mail["to"] == EMAIL
    assert "The Cooldown" in mail["text"]
    assert "subscribe/confirm" in mail["html"]
    assert Subscriber.objects.get().consent_version == consent.VERSION


def test_the_pages_are_public_and_leave_nothing_with_their_visitor(client):
    for address in ("/subscribe/", "/subscribe/sent/", "/newsletters/"):
        response = client.get(address)
        assert response.status_code == 200
        assert "public" in response["Cache-Control"]
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in response.content.decode()


def test_nothing_is_ticked_beforehand_and_no_id_stands_twice(client, splits):
    for address in ("/subscribe/", "/newsletters/"):
        page = client.get(address).content.decode()
        assert page.count('type="checkbox"') == 2
        assert "checked" not in page
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))


def test_newsletters_that_take_nobody_are_not_offered(client):
    make_newsletter("Closed", slug="closed", is_open=False)
    assert "Closed" not in client.get("/newsletters/").content.decode()
    assert post(client, newsletters=["closed"]).status_code == 422


def answer_to(email, *, network="127.0.0.1", **fields):
    """All that a visitor is told, to the last header and cookie."""
    response = Client(REMOTE_ADDR=network).post("/subscribe/", {"email": email, **fields})
    return response.status_code, dict(response.headers), response.content, str(response.cookies)


def make_known(client):
    """One address for each thing that we may know of one."""
    confirmed(client, "known@example.org")
    post(client, "asked@example.org")
    post(client, "dot.ted@example.org")
    workflow.suppress(confirmed(client, "bounced@example.org"), because="bounced")
    workflow.leave(confirmed(client, "left@example.org"))
    for name in ("erased", "erased.and.suppressed"):
        subscriber = confirmed(client, f"{name}@example.org")
        if "suppressed" in name:
            workflow.suppress(subscriber, because="asked")
        records.erase(subscriber)
    return [
        "known@example.org",
        "asked@example.org",
        "dotted@example.org",
        "bounced@example.org",
        "left@example.org",
        "erased@example.org",
        "erased.and.suppressed@example.org",
    ]


@pytest.mark.parametrize("days", [0, 2])
def test_whatever_we_know_of_an_address_the_answer_is_the_same(client, days):
    with time_machine.travel(NOW, tick=False) as clock:
        addresses = make_known(client)
        clock.shift(dt.timedelta(days=days))
        elsewhere = {"network": "192.0.2.7"}
        answers = [answer_to("unknown@example.org", **elsewhere)]
        answers += [answer_to(address, **elsewhere) for address in addresses * 2]
        answers.append(answer_to("known@example.org", website="http://spam.example/", **elsewhere))
    assert answers[0][0] == 303
    assert answers[0][1]["Location"] == "/subscribe/sent/"
    assert [answer for answer in answers if answer != answers[0]] == []


def test_the_limit_of_a_network_says_nothing_of_an_address(client):
    addresses = ["unknown@example.org", *make_known(client)]
    for _ in range(ASKED_AN_HOUR):
        post(client, "somebody@example.org")
    pages = {answer_to(email)[2].replace(email.encode(), b"") for email in addresses}
    assert {answer_to(email)[0] for email in addresses} == {429}
    assert len(pages) == 1


def test_with_nothing_ticked_it_is_the_columns_own_newsletter_or_the_first(client, splits):
    column = make_column("The Sports Doc")
    with_own, without = make_published(column=column), make_published()
    make_newsletter("Doc", slug="doc", column=column, position=9)
    for number, (article, wanted) in enumerate(
        [(with_own, "doc"), (without, "cooldown"), (None, "cooldown")]
    ):
        post(client, f"r{number}@example.org", article=article.slug if article else "")
        client.post(link(mails("confirm")[-1], "subscribe/confirm"))
        subscriber = Subscriber.objects.get(email=f"r{number}@example.org")
        assert state(subscriber) == (SubscriberStatus.CONFIRMED, [wanted])
        assert subscriber.article == article


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": ""}, "Please enter your e-mail address."),
        ({"email": "reader"}, "does not look like an e-mail address"),
        ({"email": "reader@example"}, "does not look like an e-mail address"),
        ({"email": "ä@müller.example"}, "Before the @ we can take plain letters only"),
        ({"email": "ä@müller"}, "does not look like an e-mail address"),
        ({"email": "a" * 300 + "@example.org"}, "longer than any mail server takes"),
        ({"email": EMAIL, "newsletters": ["no-such-one", "splits"]}, "choose from the newsletters below"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, splits, fields, said):
    response = client.post("/subscribe/", {"newsletters": ["splits"], "article": "some-slug", **fields})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(said) == 2
    assert f'value="{fields["email"]}"' in page
    assert 'value="splits" checked' in page
    assert 'name="article" value="some-slug"' in page
    assert not Subscriber.objects.exists()


NONSENSE = ["\x00", "a\x00@b.org", b"\xff\xfe@x.org", "a@\ud800.com".encode("utf-8", "surrogatepass"), "x" * 400_000,
            "a@" + "x" * 300 + ".org", "a@" + "ü" * 60 + ".org", "a\r\nBcc: b@x.org", "💥@💥.org", "a@" + "﷽" * 40 + ".org"]  # fmt: skip


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("field", ["email", "newsletters", "article", "website"])
def test_no_nonsense_breaks_the_form(client, field, nonsense):
    assert client.post("/subscribe/", {"email": EMAIL, field: nonsense}).status_code in {303, 422}


def test_without_newsletters_there_is_nothing_to_ask_for(client):
    Newsletter.objects.all().delete()
    assert "There is no newsletter yet" in client.get("/subscribe/").content.decode()
    assert post(client).status_code == 503
    assert not Message.objects.exists()


def test_what_fills_the_hidden_field_is_not_mailed(client):
    post(client, website="http://spam.example/")
    assert not Message.objects.exists()
    assert not Subscriber.objects.exists()


# -- nobody is pestered -----------------------------------------------------------------------------------------


SAME_MAILBOX = [
    # In every spelling of RFC 5321, Unicode and IDN.
    ["ada@example.org", "ADA@EXAMPLE.org", "ada+a@example.org", "ada+b+c@example.org", '"ada"@example.org', '"a\\da"@example.org',
     "ada@example.org.", "ada@ｅｘａｍｐｌｅ.org", "ada@example。org", "ada@exam\u00adple.org", "\uff41da@example.org"],
    ["ada@bücher.example", "ada@xn--bcher-kva.example", "ADA@XN--BCHER-KVA.example", "ada@bu\u0308cher.example", "ada@BÜCHER.example。"],
    ["ada@gmail.com", "a.d.a@googlemail.com", "a.da+x@GMail.com", '"ad.a"@ｇmail.com'],
]  # fmt: skip
MAYBE_SAME_MAILBOX = [
    ["ada.lovelace@example.org", "adalovelace@example.org", "a.d.a.lovelace+x@example.org", '"ada..lovelace"@example.org'],
    ["ada-l@proton.me", "ada_l@protonmail.com", "a.dal@pm.me"],
    ["ada-shop@yahoo.co.uk", "ada@yahoo.co.uk", "ada-news@yahoo.co.uk"],
    ["ada.l@ya.ru", "ada-l@yandex.com"],
    ["ada@me.com", "ada@icloud.com", "ada@mac.com"],
    ["ada@fastmail.com", "x1@ada.fastmail.com", "x2@Ada.fastmail.com"],
]  # fmt: skip


@pytest.mark.parametrize("addresses", SAME_MAILBOX, ids=[group[0] for group in SAME_MAILBOX])
def test_spellings_of_one_mailbox_are_one_subscriber(addresses):
    assert {canonical(email) for email in addresses} == {canonical(addresses[0])}


@pytest.mark.parametrize("addresses", MAYBE_SAME_MAILBOX, ids=[group[0] for group in MAYBE_SAME_MAILBOX])
def test_what_may_be_one_mailbox_shares_the_days_mail(client, addresses):
    assert {loose(email) for email in addresses} == {loose(addresses[0])}
    for email in addresses:
        assert post(client, email).status_code == 303
    assert [mail["to"] for mail in mails()] == addresses[:1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ada@example.com"),
        ("anna-lena@example.org", "anna-maria@example.org"),
        ("ada_l@example.org", "adal@example.org"),
        ("ada@mail.example.org", "ada@example.org"),
        ("ada@x.fastmail.com", "bob@y.fastmail.com"),
        ("+one@example.org", "+two@example.org"),
    ],
)
def test_what_is_not_the_same_shares_nothing(client, one, other):
    post(client, one)
    post(client, other)
    assert [mail["to"] for mail in mails()] == [one, other]


def test_two_people_who_differ_by_a_dot_share_a_days_mail_and_stay_two(client):
    with time_machine.travel(NOW, tick=False) as clock:
        post(client, "jo.ann@example.org")
        post(client, "joann@example.org")
        assert Subscriber.objects.count() == 1  # nothing is kept of who was not asked
        clock.shift(dt.timedelta(days=1))
        first = confirmed(client, "jo.ann@example.org")
        second = confirmed(client, "joann@example.org")
    assert first.pk != second.pk
    assert state(first) == state(second) == (SubscriberStatus.CONFIRMED, ["cooldown"])


def test_midnight_is_no_second_chance(client):
    with time_machine.travel(dt.datetime(2026, 5, 4, 23, 59, 59, tzinfo=dt.UTC), tick=False) as clock:
        post(client, "jo.ann@example.org")
        clock.shift(dt.timedelta(seconds=2))
        for email in ("joann@example.org", "jo.ann@example.org", "j.oann@example.org"):
            post(client, email)
        clock.shift(dt.timedelta(hours=23, minutes=59))
        post(client, "joann@example.org")
        assert len(mails()) == 1


def test_leaving_and_asking_in_turn_brings_one_mail_more(client):
    """The link to leave works for ever, and whoever was passed a mail has it. The confirming one they do not have."""
    confirmed(client)
    address = link(mails("welcome")[0], "unsubscribe")
    for _ in range(5):
        client.post(address, {"List-Unsubscribe": "One-Click"})
        post(client)
    assert len(mails("confirm")) == 2


def test_a_link_that_was_answered_releases_no_later_mail(client):
    """Whoever was passed it could otherwise press it and ask in turn, under all spellings of the mailbox."""
    with time_machine.travel(NOW, tick=False) as clock:
        confirmed(client, "vic.tim@example.org")
        first = link(mails("confirm")[0], "subscribe/confirm")
        for email in ("victim@example.org", "v.ictim@example.org", "vi.ctim@example.org"):
            clock.shift(dt.timedelta(minutes=5))
            client.post(first)
            post(client, email)
    assert [mail["to"] for mail in mails("confirm")] == ["vic.tim@example.org", "victim@example.org"]


def test_to_be_erased_and_asked_in_turn_fills_no_mailbox(client):
    for _ in range(3):
        post(client)
        Subscriber.objects.all().delete()
    assert len(mails("confirm")) == 1


def test_a_machine_by_its_number_is_no_address(client):
    for email in ("ada@[192.0.2.1]", "ada@[2001:db8::1]", "ada@[2001:0db8::1]"):
        response = post(client, email)
        assert response.status_code == 422
        assert "does not look like an e-mail address" in response.content.decode()


def test_asked_again_the_link_is_sent_again_but_once_a_day(client):
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            post(client)
        assert len(mails()) == 1
        clock.shift(dt.timedelta(hours=23, minutes=59))
        post(client)
        assert len(mails()) == 1
        clock.shift(dt.timedelta(minutes=2))
        post(client)
        post(client)
        assert len(mails()) == 2
        for mail in mails():
            assert client.get(link(mail, "subscribe/confirm")).status_code == 200


def test_a_subscriber_who_asks_again_is_told_so_once_a_day(client):
    with time_machine.travel(NOW, tick=False) as clock:
        subscriber = confirmed(client)
        for count in (1, 2):
            for _ in range(3):
                post(client, newsletters=[])
            assert len(mails("already")) == count
            clock.shift(dt.timedelta(days=1, minutes=1))
        mail = mails("already")[0]
        assert "subscribe/preferences" in link(mail, "subscribe/preferences")
        assert state(subscriber) == (SubscriberStatus.CONFIRMED, ["cooldown"])


def test_a_subscriber_who_ticks_another_newsletter_is_asked_about_that_one(client, splits):
    subscriber = confirmed(client)
    answers = [post(client, newsletters=["cooldown", "splits"]) for _ in range(3)]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(303, "/subscribe/sent/")}
    assert (len(mails("confirm")), mails("already")) == (2, [])
    mail = mails("confirm")[-1]
    assert "Splits" in mail["text"]
    assert "The Cooldown" not in mail["text"]
    assert "we forget the address" not in mail["text"] + mail["html"]
    address = link(mail, "subscribe/confirm")
    assert "your newsletters stay as they are" in client.get(address).content.decode()
    assert state(subscriber) == (SubscriberStatus.CONFIRMED, ["cooldown"])
    client.post(address)
    assert state(subscriber) == (SubscriberStatus.CONFIRMED, ["cooldown", "splits"])
    assert len(mails("welcome")) == 1


def test_a_suppressed_address_is_never_mailed(client):
    with time_machine.travel(NOW, tick=False) as clock:
        subscriber = confirmed(client)
        Subscriber.objects.update(status=SubscriberStatus.SUPPRESSED)
        before = len(mails())
        for _ in range(3):
            clock.shift(dt.timedelta(days=2))
            post(client)
        assert len(mails()) == before
        assert client.post(link(mails("confirm")[0], "subscribe/confirm")).status_code in {410}
        assert state(subscriber)[0] == SubscriberStatus.SUPPRESSED


def test_too_many_of_one_network_are_refused(client):
    for number in range(ASKED_AN_HOUR):
        assert post(client, f"r{number}@example.org").status_code == 303
    response = post(client, "one-more@example.org")
    assert response.status_code == 429
    assert response["Retry-After"] == "3600"
    assert 'value="one-more@example.org"' in response.content.decode()
    assert Subscriber.objects.count() == ASKED_AN_HOUR


@pytest.mark.django_db(transaction=True)
def test_the_same_address_at_once_is_one_subscriber_and_one_mail(cooldown):
    ready = threading.Barrier(4)

    def ask(email):
        ready.wait()
        try:
            Client().post("/subscribe/", {"email": email})
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[f"vic.tim+{number}@gmail.com"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Subscriber.objects.count(), len(mails())) == (1, 1)


# -- confirming -------------------------------------------------------------------------------------------------


def test_the_link_asks_and_its_button_acts(client, splits):
    post(client, newsletters=["cooldown", "splits"])
    address = link(mails()[0], "subscribe/confirm")
    page = client.get(address).content.decode()
    assert "Yes, subscribe me" in page
    assert "The Cooldown" in page
    assert state() == (SubscriberStatus.PENDING, [])
    response = Client(enforce_csrf_checks=True).post(address)
    assert (response.status_code, response.cookies) == (303, {})
    assert state() == (SubscriberStatus.CONFIRMED, ["cooldown", "splits"])
    assert "You are subscribed" in client.get(response["Location"]).content.decode()


def test_pressing_twice_shows_the_same_page_and_welcomes_once(client):
    subscriber = confirmed(client)
    at = subscriber.confirmed_at
    address = link(mails("confirm")[0], "subscribe/confirm")
    response = client.post(address, follow=True)
    assert "You are subscribed" in response.content.decode()
    assert len(mails("welcome")) == 1
    assert Subscriber.objects.get().confirmed_at == at
    assert Subscription.objects.count() == 1


def test_the_welcome_mail_carries_the_ways_out(client):
    confirmed(client)
    (mail,) = mails("welcome")
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<http://127.0.0.1:8000/unsubscribe/\S+/>", mail["headers"]["List-Unsubscribe"])
    assert client.get(link(mail, "subscribe/preferences")).status_code == 200
    assert client.get(link(mail, "unsubscribe")).status_code == 200


def test_it_leads_back_to_the_article(client):
    article = make_published()
    post(client, article=article.slug)
    response = client.post(link(mails()[0], "subscribe/confirm"), follow=True)
    assert f'href="{article.get_absolute_url()}"' in response.content.decode()


def test_after_a_week_the_link_offers_to_ask_again(client):
    with time_machine.travel(NOW, tick=False) as clock:
        post(client)
        address = link(mails()[0], "subscribe/confirm")
        clock.shift(dt.timedelta(days=6, hours=23))
        assert client.get(address).status_code == 200
        clock.shift(dt.timedelta(hours=2))
        for response in (client.get(address), client.post(address)):
            assert response.status_code == 410
            assert "no longer works" in response.content.decode()
            assert 'action="/subscribe/"' in response.content.decode()
        assert state() == (SubscriberStatus.PENDING, [])


def test_a_link_sent_to_another_spelling_dies(client):
    with time_machine.travel(NOW, tick=False) as clock:
        post(client, "reader+one@example.org")
        first = link(mails()[0], "subscribe/confirm")
        clock.shift(dt.timedelta(days=2))
        post(client, "reader+two@example.org")
        assert client.post(first).status_code == 410
        assert client.post(link(mails()[1], "subscribe/confirm")).status_code == 303
        assert Subscriber.objects.get().email == "reader+two@example.org"


def test_an_old_link_does_not_bring_back_who_has_left(client):
    subscriber = confirmed(client)
    workflow.leave(subscriber)
    assert client.post(link(mails("confirm")[0], "subscribe/confirm")).status_code == 410
    assert state() == (SubscriberStatus.LEFT, [])


def test_who_has_left_comes_back_at_once(client):
    with time_machine.travel(NOW, tick=False):
        for count in (1, 2, 3):
            confirmed(client)
            assert (len(mails("confirm")), len(mails("welcome"))) == (count, count)
            assert state() == (SubscriberStatus.CONFIRMED, ["cooldown"])
            assert Subscriber.objects.get().left_at is None
            client.post(link(mails("welcome")[-1], "unsubscribe"))
            assert state() == (SubscriberStatus.LEFT, [])


def test_who_had_everything_erased_comes_back_at_once(client):
    subscriber = confirmed(client)
    client.post(f"/subscribe/preferences/{tokens.for_owner(subscriber)}/erase/")
    confirmed(client)
    assert state() == (SubscriberStatus.CONFIRMED, ["cooldown"])


def test_who_did_not_confirm_is_forgotten_after_a_week(client):
    with time_machine.travel(NOW, tick=False) as clock:
        confirmed(client, "stays@example.org")
        post(client)
        clock.shift(dt.timedelta(days=7))
        assert workflow.forget_unconfirmed() == 0
        clock.shift(dt.timedelta(seconds=1))
        assert workflow.forget_unconfirmed() == 1
        assert [subscriber.email for subscriber in Subscriber.objects.all()] == ["stays@example.org"]


# -- choosing and leaving ---------------------------------------------------------------------------------------


def test_newsletters_are_chosen_on_ones_own_page(client, splits):
    subscriber = confirmed(client)
    address = link(mails("welcome")[0], "subscribe/preferences")
    page = client.get(address).content.decode()
    assert "r…@example.org" in page
    assert EMAIL not in page
    assert 'value="cooldown" checked' in page
    assert 'value="splits" checked' not in page
    response = Client(enforce_csrf_checks=True).post(address, {"newsletters": ["splits"]})
    assert response.status_code == 303
    assert state(subscriber) == (SubscriberStatus.CONFIRMED, ["splits"])
    assert "Saved." in client.get(response["Location"]).content.decode()


def test_a_newsletter_that_closed_is_kept_by_who_has_it(client, cooldown, splits):
    subscriber = confirmed(client)
    Newsletter.objects.filter(pk=cooldown.pk).update(is_open=False)
    client.post(link(mails("welcome")[0], "subscribe/preferences"), {"newsletters": ["cooldown", "splits"]})
    assert state(subscriber) == (SubscriberStatus.CONFIRMED, ["cooldown", "splits"])


def test_wrong_choices_change_nothing(client):
    subscriber = confirmed(client)
    response = client.post(
        link(mails("welcome")[0], "subscribe/preferences"), {"newsletters": ["no-such-one", "\x00"]}
    )
    assert response.status_code == 422
    assert state(subscriber) == (SubscriberStatus.CONFIRMED, ["cooldown"])


def test_the_page_of_choices_dies_with_leaving(client):
    subscriber = confirmed(client)
    address = link(mails("welcome")[0], "subscribe/preferences")
    workflow.leave(subscriber)
    assert client.get(address).status_code == 410
    assert client.post(address, {"newsletters": ["cooldown"]}).status_code == 410
    assert state() == (SubscriberStatus.LEFT, [])


def test_one_press_stops_everything(client):
    confirmed(client)
    address = link(mails("welcome")[0], "unsubscribe")
    assert "One press" in client.get(address).content.decode()
    response = Client(enforce_csrf_checks=True).post(address)
    assert (response.status_code, response.cookies) == (303, {})
    assert state() == (SubscriberStatus.LEFT, [])
    assert "You are unsubscribed" in client.get(address).content.decode()
    assert client.post(address).status_code == 303


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://mail.example"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}]
)
def test_a_mail_program_stops_everything_with_one_request(client, headers):
    confirmed(client)
    address = re.search(r"8000(/\S+)>", mails("welcome")[0]["headers"]["List-Unsubscribe"])[1]
    foreign = Client(enforce_csrf_checks=True)
    body = {"List-Unsubscribe": "One-Click"}
    response = foreign.generic(
        "POST",
        address,
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    )
    assert (response.status_code, response.cookies) == (200, {})
    assert state() == (SubscriberStatus.LEFT, [])
    assert foreign.post(address, body, headers=headers).status_code == 200


def test_the_way_out_works_for_ever(client):
    with time_machine.travel(NOW, tick=False) as clock:
        workflow.leave(confirmed(client))
        old = link(mails("welcome")[0], "unsubscribe")
        clock.shift(dt.timedelta(days=900))
        post(client)
        client.post(link(mails("confirm")[-1], "subscribe/confirm"))
        assert state()[0] == SubscriberStatus.CONFIRMED
        client.post(old, {"List-Unsubscribe": "One-Click"})
        assert state() == (SubscriberStatus.LEFT, [])


def test_the_way_out_is_the_same_page_for_who_was_erased(client):
    subscriber = confirmed(client)
    address = link(mails("welcome")[0], "unsubscribe")
    subscriber.delete()
    assert "You are unsubscribed" in client.get(address).content.decode()
    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_a_suppressed_subscriber_who_leaves_stays_suppressed(client):
    subscriber = confirmed(client)
    Subscriber.objects.update(status=SubscriberStatus.SUPPRESSED)
    workflow.leave(subscriber)
    assert state() == (SubscriberStatus.SUPPRESSED, [])


# -- all mailed links -------------------------------------------------------------------------------------------


def addresses(client):
    confirmed(client, "first@example.org")
    post(client)
    return [
        link(mails("confirm")[-1], "subscribe/confirm"),
        link(mails("welcome")[0], "subscribe/preferences"),
        link(mails("welcome")[0], "unsubscribe"),
    ]


def test_looking_at_a_mailed_link_changes_nothing(client):
    links = addresses(client)
    before = [list(model.objects.order_by("pk").values()) for model in (Subscriber, Subscription, Message)]
    for address in links:
        for _ in range(5):
            assert client.get(address).status_code == 200
            assert client.head(address).status_code == 200
            client.get(address, headers={"Sec-Purpose": "prefetch"})
            client.get(address, {"List-Unsubscribe": "One-Click"})
            client.options(address)
    assert [
        list(model.objects.order_by("pk").values()) for model in (Subscriber, Subscription, Message)
    ] == before


def test_mailed_links_are_kept_by_no_cache_and_no_search_engine(client):
    for address in addresses(client):
        response = client.get(address)
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "same-origin"
        assert not response.cookies
        assert '<meta name="robots" content="noindex">' in response.content.decode()
        assert 'rel="canonical"' not in response.content.decode()


def test_a_wrong_link_opens_nothing(client):
    links = addresses(client)
    for address in links:
        head, token, _ = address.rsplit("/", 2)
        for wrong in ("x", "a:b:c", token[:-1], token + "x", token.swapcase(), "%00", "%ff"):
            assert client.get(f"{head}/{wrong}/").status_code == 404
            assert client.post(f"{head}/{wrong}/").status_code == 404
            one_click = client.post(f"{head}/{wrong}/", {"List-Unsubscribe": "One-Click"})
            assert one_click.status_code == (404 if "/unsubscribe" in head else 400)
    heads = [address.rsplit("/", 2) for address in links]
    for (head, _, _), (_, token, _) in itertools.permutations(
        heads, 2
    ):  # one door's key does not open another
        assert client.post(f"{head}/{token}/").status_code == 404


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_of_another_site_cannot_post(client, headers):
    links = addresses(client)
    before = list(Subscriber.objects.order_by("pk").values())
    for address in ("/subscribe/", *links):
        assert client.post(address, {"email": "other@example.org"}, headers=headers).status_code == 403
    assert list(Subscriber.objects.order_by("pk").values()) == before


def test_nothing_of_the_visitor_is_stored(client):
    canaries = {
        "User-Agent": "canary-agent",
        "Referer": "http://testserver/canary/",
        "Accept-Language": "canary-lang",
    }
    extra = {"headers": canaries, "REMOTE_ADDR": "203.0.113.77"}
    client.post("/subscribe/", {"email": EMAIL}, **extra)
    client.post(link(mails()[0], "subscribe/confirm"), **extra)
    client.post(link(mails("welcome")[0], "unsubscribe"), **extra)
    for table, stored in everything_stored():
        assert "canary" not in stored, table
        assert "203.0.113.77" not in stored, table


def test_tokens_are_of_one_kind_each(client):
    subscriber = confirmed(client)
    made = [tokens.for_preferences(subscriber), tokens.for_unsubscribing(subscriber)]
    with pytest.raises(tokens.Unknown):
        tokens.read_preferences(made[1])
    with pytest.raises(tokens.Unknown):
        tokens.read_unsubscribing(made[0])
