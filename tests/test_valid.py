"""Every page that strangers can come to is HTML without an error, in each of its states, with ids that stand once.

The lists, articles and pages of trust are read so in tests/reading/test_public.py.
"""

import re

import html5lib
import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from advice.accounts.models import Role
from advice.accounts.workflow import invitation_link
from advice.articles import addresses, workflow
from advice.articles.models import Article, Page, Tag
from advice.letters import asking
from advice.letters import workflow as letters
from advice.newsletter import tokens
from advice.newsletter import workflow as newsletter
from advice.newsletter.models import Subscriber
from tests.accounts.codes import code, key_on
from tests.factories import (
    make_column,
    make_draft,
    make_letter,
    make_newsletter,
    make_plan,
    make_published,
    make_user,
)
from tests.reading.printed import make_printed, make_site, relate

pytestmark = pytest.mark.django_db

HARD = "<b>“Twitch” & 'shake'</b> \"]]>\n\n- one\n\n<script>"
LETTER = {
    "question": HARD[:60],
    "text": HARD * 3,
    "signature": HARD[:30],
    "email": "adam@example.org",
    "consent": "on",
}


def assert_valid(response: HttpResponse | str, status: int = 200) -> str:
    page = response if isinstance(response, str) else response.content.decode()
    if not isinstance(response, str):
        assert response.status_code == status, response
    html5lib.HTMLParser(strict=True).parse(page)
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    return page


def assert_all_valid(client, *addresses: str) -> None:
    for address in addresses:
        assert_valid(client.get(address))


@pytest.fixture
def column():
    return make_column('“A” & <b> "B"', slug="training", description=HARD, disclaimer=HARD)


@pytest.fixture
def article(column) -> Article:
    made = make_published(column=column, headline=HARD[:60], question=HARD, dek=HARD, signature=HARD[:30])
    relate(made, make_printed(), make_printed())
    return made


def test_the_form_for_letters(client, column, monkeypatch):
    assert_all_valid(client, "/ask/", "/ask/training/")
    for path in ("/ask/", "/ask/training/"):
        for wrong in (
            {"question": ""},
            {**LETTER, "email": "nobody", "column": "elsewhere"},
            {**LETTER, "consent": "x"},
        ):
            assert_valid(client.post(path, wrong), 422)
    assert_valid(client.post("/ask/", {**LETTER, "question": "x" * 400, "text": "x" * 30_000}), 422)
    monkeypatch.setattr("advice.letterbox.views.LETTERS_AN_HOUR", 0)
    assert_valid(client.post("/ask/", {**LETTER, "column": column.slug}), 429)


def test_the_form_for_letters_before_there_is_a_column(client):
    assert_all_valid(client, "/ask/")


def test_the_pages_of_a_letter(client, column):
    received, answered, declined, withdrawn = (make_letter(column, **fields) for fields in (
        {"question": HARD[:60], "text": HARD}, {}, {"email": ""}, {},
    ))  # fmt: skip
    make_published(answered)
    letters.decline(declined, by=make_user(), reason=HARD)
    letters.withdraw(withdrawn)
    for one in (received, answered, declined, withdrawn):
        address = one.get_absolute_url()
        acts = ("here", "change", "withdraw", "erase", "mails")
        assert_all_valid(client, *(f"{address}{act}/" for act in acts))
        client.get(address)
        thanks = reverse("letterbox:own_thanks", args=[one.case_number])
        assert_all_valid(client, thanks)
        assert_valid(client.post(thanks))
    assert_all_valid(client, "/letters/erased/")
    assert_valid(client.get("/letters/yours/x/"), 404)


def test_what_a_letters_writer_is_asked(client, column):
    by, letter = make_user(), make_letter(column, text=HARD)
    make_draft(letter, by=by, question=HARD)
    asking.ask_back(letter, by=by, text=HARD)
    asking.reply(letter, text=HARD)
    asking.ask_back(letter, by=by, text=HARD)
    asking.show_wording(letter, by=by, days=7)
    base = letter.get_absolute_url()
    assert_valid(client.get(f"{base}here/?said=sign"))
    assert_valid(client.post(f"{base}reply/", {}), 422)
    assert_valid(client.post(f"{base}sign/", {}), 422)
    assert_valid(client.post(f"{base}change/", {}), 422)
    assert_valid(client.post(f"{base}wording/", {"wording": "0", "verdict": "fine", "note": HARD}), 409)


def test_subscribing_and_stopping(client, article, monkeypatch):
    assert_all_valid(client, "/subscribe/", "/subscribe/sent/", "/newsletters/")
    assert_valid(client.post("/subscribe/", {"email": "a@example.org"}), 503)
    for number in range(2):
        make_newsletter(f"<b>{number}</b> & more", promise=HARD, column=article.column if number else None)
    assert_all_valid(client, "/subscribe/", "/newsletters/")
    wrong = ({"email": ""}, {"email": '"><b>'}, {"email": "a@example.org", "newsletters": "elsewhere"})
    for data in wrong:
        assert_valid(client.post("/subscribe/", data), 422)
    monkeypatch.setattr("advice.newsletter.views.ASKED_AN_HOUR", 0)
    assert_valid(client.post("/subscribe/", {"email": "a@example.org"}), 429)


def test_asking_to_become_a_member(client, monkeypatch):
    Page.objects.create(slug="membership", title=HARD[:60], text=HARD)
    assert_all_valid(client, "/membership/", "/membership/sent/")
    assert_valid(client.post("/membership/", {"email": "a@example.org"}), 503)
    plans = [make_plan(f"<b>{n}</b> & more", price='"<£4>', promise=HARD, description=HARD) for n in range(2)]
    assert_all_valid(client, "/membership/")
    wrong = {"plan": '"><b>', "email": '"><b>', "name": HARD * 9, "note": HARD * 99}
    for data in ({}, wrong):
        assert_valid(client.post("/membership/", data), 422)
    monkeypatch.setattr("advice.membership.views.REQUESTS_AN_HOUR", 0)
    assert_valid(client.post("/membership/", {"plan": plans[0].slug, "email": "a@example.org"}), 429)


def test_the_pages_behind_a_newsletters_links(client, article):
    make_newsletter("<b>One</b> & more", promise=HARD)
    subscriber = newsletter.subscribe(email="eve@example.org", newsletters=newsletter.usual())
    subscriber = subscriber or Subscriber.objects.get()
    confirm = f"/subscribe/confirm/{tokens.for_confirmation(subscriber, newsletter.usual(), article)}/"
    assert_all_valid(client, confirm)
    assert_valid(client.post(confirm, follow=True))
    subscriber.refresh_from_db()
    preferences = f"/subscribe/preferences/{tokens.for_preferences(subscriber)}/"
    stop = f"/unsubscribe/{tokens.for_unsubscribing(subscriber)}/"
    assert_all_valid(client, confirm, preferences, f"{preferences}?said=saved", stop)
    newsletter.set_preferences(subscriber, newsletters=newsletter.usual(), topics=Tag.objects.all())
    for wrong in ("newsletters", "topics", "rhythm"):
        assert_valid(client.post(preferences, {wrong: "elsewhere"}), 422)
    for said in ("paused", "resumed", "mailed", "asked", "old"):
        assert_valid(client.get(preferences, {"said": said}))
    assert_valid(client.post(f"{preferences}pause/", {"until": '"><b>'}), 422)
    assert_valid(client.post(f"{preferences}pause/", {"span": "14"}, follow=True))
    owners = f"/subscribe/preferences/{tokens.for_owner(subscriber)}/"
    moved = f"/subscribe/confirm/address/{tokens.for_new_address(subscriber, 'eve+2@example.org')}/"
    assert_all_valid(client, owners, f"{owners}erase/", "/subscribe/erased/", moved)
    assert_valid(client.post(f"{owners}address/", {"email": '"><b>'}), 422)
    assert_valid(client.post(moved, follow=True))
    subscriber.refresh_from_db()
    preferences = f"/subscribe/preferences/{tokens.for_preferences(subscriber)}/"
    assert_valid(client.post(stop, follow=True))
    assert_valid(client.post(stop, {"after": "1"}), 422)
    assert_valid(client.post(stop, {"after": "1", "because": "other"}, follow=True))
    assert_valid(client.get(preferences), 410)


def test_what_readers_press(client, article, monkeypatch):
    draft = make_draft()
    workflow.edit(draft, by=None, version=draft.version, announced_as=HARD[:60])
    helpful, asked = f"{article.get_absolute_url()}helpful/", f"/working-on/{draft.pk}/"
    assert_all_valid(client, *(helpful + said for said in ("", "?said=yes", "?said=no", "?said=x")))
    assert_all_valid(client, "/working-on/", asked, f"{asked}?said=too")
    assert_valid(client.post(helpful, {"said": "perhaps"}), 422)
    for limit in ("PRESSES_OF_ONE_A_DAY", "PRESSES_AN_HOUR"):
        monkeypatch.setattr(f"advice.reading.votes.{limit}", 0)
        assert_valid(client.post(helpful, {"said": "yes"}), 429)
        assert_valid(client.post(asked), 429)


def test_an_article_and_what_stood_there_before(client, article):
    workflow.edit(article, by=None, version=article.version, dek="Another.")
    note = workflow.correct(article, kind="correction", text=HARD, by=None)
    assert_all_valid(client, article.get_absolute_url(), "/corrections/")
    assert_valid(client.get(f"{article.get_absolute_url()}before/{note.pk}/"))


def test_what_is_not_here_any_more(client, article):
    addresses.gone("/tags/last/")
    assert_valid(client.get("/tags/last/"), 410)
    page = assert_valid(client.get("/questions/twitch-and-shake/"), 404)
    assert "Perhaps you meant" in page
    assert "Perhaps you meant" not in assert_valid(client.get("/zzzz-qqqq/"), 404)


def test_what_is_refused(client, column):
    foreign = {"sec-fetch-site": "cross-site"}
    for path in ("/ask/", "/subscribe/", "/membership/"):
        assert_valid(client.post(path, {"email": "a@example.org"}, headers=foreign), 403)
    for reason in ("foreign", "forbidden", "busy", "token", "size", "length", "bad"):
        assert_valid(render_to_string("refused.html", {"reason": reason, "site_name": "Wind"}))
    for context in ({}, {"passes": True}):
        assert_valid(render_to_string("500.html", context))
    for status in (400, 403, 404):
        assert_valid(render_to_string("bare.html", {"status": status}))


def test_the_pages_to_sign_in(client):
    user = make_user(Role.EDITOR, name="<b>Mara</b> & “Q”", password="running in the rain")
    invited = make_user(name="<b>Joss</b>", is_active=False)
    link = invitation_link(invited).partition("8000")[2]
    assert link.startswith("/")
    assert_all_valid(client, "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", link)
    assert_valid(client.get(link[:-3] + "xx/"), 404)
    assert_valid(client.post("/accounts/login/", {"login": user.email, "password": "wrong"}))
    assert_valid(client.post("/accounts/login/", {"login": '"><b>', "password": ""}))
    assert_valid(client.post("/accounts/password/reset/", {"email": user.email}, follow=True))
    assert_valid(client.post(link, {"password1": "x"}), 422)
    client.force_login(user)
    assert_all_valid(client, "/accounts/logout/", "/accounts/password/change/", "/accounts/reauthenticate/")


def test_the_pages_of_the_second_factor(client):
    user = make_user(name=HARD[:40], password="running in the rain")
    own, password = "/accounts/sign-in/", {"login": user.email, "password": "running in the rain"}
    client.post("/accounts/login/", password)
    passkey = Authenticator.objects.create(user=user, type="webauthn", data={"name": HARD, "credential": {}})
    page = assert_valid(client.get(f"{own}app/"))
    assert_valid(client.post(f"{own}app/", {"code": "wrong"}), 422)
    client.post(f"{own}app/", {"code": code(key_on(page))})
    assert_all_valid(client, own, f"{own}?next=/desk/people/", f"{own}codes/", f"{own}codes/new/")
    assert_all_valid(client, f"{own}app/remove/", f"{own}passkeys/{passkey.pk}/")
    assert_all_valid(client, f"{own}passkeys/{passkey.pk}/remove/", "/accounts/reauthenticate/code/")
    assert_valid(client.post(f"{own}passkeys/{passkey.pk}/", {"name": ""}), 422)
    passkey.delete()
    assert_valid(client.get(f"{own}passkeys/"))
    assert_valid(client.post(f"{own}passkeys/", {"name": "", "credential": "{}"}), 422)
    client.post("/accounts/logout/")
    assert_valid(client.post("/accounts/login/", password, follow=True))
    assert_valid(client.post("/accounts/login/second/", {"code": "wrong"}), 422)
    assert_valid(render_to_string("account/second_factor_first.html", {}))
    assert_valid(render_to_string("429.html", {}))


def test_the_page_of_the_api_and_the_search(client):
    make_site(12)
    assert_all_valid(client, "/api/", "/search/", "/search/?q=twitch", "/search/?q=%3Cb%3E%22&page=9")
