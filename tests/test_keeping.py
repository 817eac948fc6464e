"""Promise: the privacy page says what is really kept, and for how long."""

import datetime as dt
import importlib
import re
from dataclasses import replace
from html import unescape

import html5lib
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, models

from advice import keeping
from advice.accounts import locking
from advice.accounts.keeping import counted_for
from advice.articles.models import Page
from advice.keeping import Of, in_words
from advice.letters import retention
from advice.letters import workflow as letters
from advice.letters.models import Letter
from advice.mail import models as mail
from advice.mail.models import Message
from advice.membership import workflow as membership
from advice.newsletter import tokens
from advice.operations import demo, due
from advice.search import terms
from advice.throttle import models as throttle
from advice.trace import models as trace
from tests.factories import make_draft, make_letter, make_user
from tests.stored import everything_stored

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)

# What says nothing of a person, field by field, with the reason. A new field is in neither list: somebody decides.
NOTHING_OF_A_PERSON = {
    "articles.Column": (
        "the magazine's own",
        "name slug description disclaimer disclaimer_html is_medical asks_review asks_sources context_question position wording_days update_weeks",
    ),
    "articles.Tag": ("a topic that editors made", "name slug description"),
    "articles.TagAlias": ("another word for it", "slug tag"),
    "articles.Page": ("the magazine's own text", "slug title text html version updated_at"),
    "articles.Snippet": ("the magazine's own text", "name slug text html version"),
    "articles.FormerAddress": ("a public address", "path leads_to since by_hand"),
    "articles.OldSlug": ("a public address", "slug article"),
    "articles.Related": ("computed from what is public", "article neighbour position score"),
    "articles.RelatedChoice": ("which public pieces are near", "article other excluded"),
    "articles.Article_tags": ("the topics of a piece", "article tag"),
    "articles.Article": (
        "where a piece stands and comes from; what is printed of a letter is declared",
        "slug column source_name source_url undated sources hides_former status published_at came_out_at updated_at renderer snippets"
        " version import_id created_at modified_at",
    ),
    "articles.Answer": ("by which rules and how often it was set", "renderer snippets version"),
    "articles.Correction": ("the magazine's own note", "article kind text html is_privacy before"),
    "newsletter.Newsletter": (
        "the magazine's own",
        "name slug promise rhythm column position is_open makes_itself weekday hour at_most sender_name sender_address",
    ),
    "newsletter.Issue": (
        "the magazine's own",
        "newsletter kind status number subject preheader intro intro_html version created_at edited_at picks leaves_at left_at amended_at rhythm slot"
        " since until correction copied_to copied_at finished_at trouble trouble_since is_listed refused_in_a_row"
        " uncertain_in_a_row",
    ),
    "newsletter.IssueItem": (
        "what was printed, and goes when it is withdrawn",
        "issue article position in_full remark headline dek column byline path signature question question_html answers",
    ),
    "membership.Plan": (
        "the magazine's own",
        "name slug price promise description description_html position is_open",
    ),
    "search.IndexedDocument": ("which public piece it is", "key published_at length facets edition"),
    "articles.RelatedRebuild": ("how far a computation is", "after"),
    "search.Synonym": ("words that editors say mean the same", "words also"),
    "articles.Promotion": ("which public piece stands first for which searches", "article queries position"),
    "articles.PromotedQuery": ("the same, as it is looked up", "promotion key"),
    "search.Vector": ("of which public piece and how it was made", "document made_with is_new"),
    "search.Word": ("a word of public pieces, and in how many it stands", "word documents"),
    "letters.RedFlag": ("which version of a rule is at work", "key live"),
    "letters.RedFlagVersion": (
        "words that editors look for, and what is shown then",
        "rule number name column words without heeds_denial text numbers",
    ),
    "letters.Commission": ("which article was begun for a search", "term article"),
    "letters.SavedReply": ("the magazine's own words for many", "kind name text"),
    "operations.Run": ("which daily job had its turn", "job slot at"),
    "auth.Permission": ("the framework's own", "name content_type codename"),
    "auth.Group": ("the framework's own; there are none", "name"),
    "auth.Group_permissions": ("the framework's own; there are none", "group permission"),
    "contenttypes.ContentType": ("the framework's own", "app_label model"),
}
TABLES_WITHOUT_A_MODEL = {
    "operations_cache": "declared by its name: what sign-in counts",
    "django_migrations": "the framework's own",
    "sqlite_sequence": "the database's own",
}
# Where each promise is kept: a test that moves the clock, or does what ends the keeping, and looks what is left.
PROVED = {
    "letter-address": "letters.test_retention.test_the_words_of_an_answered_letter_go_a_year_after_the_answer",
    "letter-words": "letters.test_retention.test_a_letter_that_was_taken_on_and_never_answered_goes_a_year_after_it_came",
    "letter-time": "letters.test_days.test_of_a_day_ago_only_the_day_is_known",
    "letter-urgent": "letters.test_red_flags.test_what_was_found_goes_with_the_words_and_an_export_tells_it",
    "letter-asked": "letters.test_retention.test_what_was_asked_said_and_noted_goes_with_the_words",
    "letter-notes": "letters.test_retention.test_what_was_asked_said_and_noted_goes_with_the_words",
    "letter-update": "letters.test_follow_ups.test_what_was_told_goes_with_the_letters_words",
    "printed-update": "letters.test_follow_ups.test_an_update_that_is_taken_back_is_gone_from_the_article_and_the_database",
    "letter-wished-signature": "letters.test_wishes.test_a_wish_comes_too_late_once_it_is_out_and_goes_with_the_words",
    "letter-context": "letters.test_nearby.test_with_a_letters_words_goes_what_was_told_the_expert_and_what_was_near",
    "near-answers": "letters.test_nearby.test_with_a_letters_words_goes_what_was_told_the_expert_and_what_was_near",
    "letter-alike": "letters.test_demand.test_what_was_found_of_a_letter_goes_when_somebody_decides_about_it_or_it_is_old",
    "letter-unused": "letters.test_retention.test_an_unused_letter_goes_ninety_days_after_the_last_thing_that_happened_to_it",
    "letter-doubts": "letters.test_tray.test_what_spoke_against_a_letter_goes_with_it",
    "letter-record": "test_keeping.test_of_an_answered_letter_only_its_record_is_left",
    "printed-letter": "letters.test_workflow.test_the_words_copied_from_a_withdrawn_letter_are_gone_though_others_ask",
    "former-texts": "articles.test_editions.test_a_privacy_correction_deletes_what_stood_whichever_comes_first",
    "saved-texts": "letters.test_retention.test_what_the_desk_saved_before_it_came_out_goes_with_the_letters_words",
    "unconfirmed": "newsletter.test_subscribing.test_who_did_not_confirm_is_forgotten_after_a_week",
    "subscription": "newsletter.test_subscribing.test_one_press_stops_everything",
    "copies": "newsletter.test_issuing.test_after_a_year_only_the_number_of_copies_is_kept",
    "membership-request": "membership.test_workflow.test_what_came_to_nothing_goes_ninety_days_after_it_was_last_touched",
    "membership": "membership.test_workflow.test_of_a_membership_that_has_ended_nothing_is_kept",
    "outbox": "mail.test_sending.test_what_nobody_decided_about_for_thirty_days_is_forgotten",
    "form-counts": "test_throttle.test_keys_and_counts_of_past_days_are_forgotten",
    "search-terms": "search.test_terms.test_after_ninety_days_nothing_is_left",
    "typed": "articles.test_autosaving.test_what_was_typed_two_weeks_ago_is_forgotten",
    "trace": "trace.test_writing.test_a_line_goes_when_its_time_is_over_and_none_before",
    "session": "test_keeping.test_a_session_that_is_over_is_erased",
    "sign-in-counts": "test_keeping.test_network_addresses_that_sign_in_counted_are_erased",
}
KEPT_WITHOUT_A_TIME = {
    "tray-emptied",
    "address-looks",
    "tallies",
    "saved-letters",
    "left",
    "suppressed",
    "issues",
    "account",
    "second-factor",
    "expert-page",
    "history",
    "rule-record",
}
DAY = dt.timedelta(days=1)


def stored() -> set[str]:
    """Every column of the database that a model of ours or of a package has, but for the numbers of rows."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if not isinstance(field, models.AutoField)
    }


def declared() -> list[str]:
    return [field for thing in keeping.kept() for field in thing.fields]


def harmless() -> list[str]:
    return [
        field for model, (_, names) in NOTHING_OF_A_PERSON.items() for field in keeping.columns(model, names)
    ]


def test_every_column_is_declared_or_known_to_say_nothing_of_a_person():
    assert stored() - set(declared()) - set(harmless()) == set()


def test_nothing_is_declared_that_is_not_stored_or_twice():
    named = [field for field in declared() if field not in TABLES_WITHOUT_A_MODEL]
    assert set(named) - stored() == set()
    assert set(harmless()) - stored() == set()
    assert [field for field in named + harmless() if (named + harmless()).count(field) > 1] == []


@pytest.mark.django_db
def test_every_table_has_a_model_or_is_known():
    # A virtual table and those that it is made of hold the words of public pieces only (search/sqlite.py).
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    modelled = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    words = {table for table in tables if table.startswith("search_")}
    assert tables - modelled - words - set(TABLES_WITHOUT_A_MODEL) == set()


def test_every_promise_has_its_proof():
    assert PROVED.keys() | KEPT_WITHOUT_A_TIME == {thing.key for thing in keeping.kept()}
    for name in PROVED.values():
        module, _, test = name.rpartition(".")
        assert callable(getattr(importlib.import_module(f"tests.{module}"), test)), name


def test_two_of_one_name_are_a_mistake():
    cookie = keeping.cookies()[0]
    keeping.declare(cookie)
    with pytest.raises(ValueError, match="declared twice"):
        keeping.declare(replace(cookie, what="Another"))


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (dt.timedelta(days=30), "30 days"),
        (dt.timedelta(days=1), "1 day"),
        (dt.timedelta(days=365), "12 months"),
        (dt.timedelta(days=730), "24 months"),
        (dt.timedelta(days=364), "364 days"),
        (dt.timedelta(hours=12), "12 hours"),
        (dt.timedelta(hours=36), "36 hours"),
        (dt.timedelta(minutes=15), "15 minutes"),
        (dt.timedelta(seconds=61), "2 minutes"),
    ],
)
def test_a_time_is_said_in_its_largest_whole_unit(time, words):
    assert in_words(time) == words


@pytest.fixture
def privacy(db, client):
    """What readers of the page see, without the markup, as it stands now."""
    Page.objects.create(slug="privacy", title="Privacy", text="We keep:\n\n{what_we_keep}\n\n{cookies}")
    return lambda: unescape(
        re.sub(r"<script.*?</script>|<[^>]+>", " ", client.get("/privacy/").content.decode())
    )


def test_the_page_names_everything_that_is_declared(privacy):
    text = privacy()
    for thing in keeping.kept():
        for words in (thing.of.value, thing.what, thing.why, thing.how_long(), thing.seen_by):
            assert str(words) in text, thing.key
    for cookie in keeping.cookies():
        for words in (cookie.name, cookie.what, cookie.why, cookie.how_long()):
            assert str(words) in text, cookie.name
    assert "{" not in text


@pytest.mark.parametrize(
    ("module", "name", "value", "words"),
    [
        (retention, "ADDRESS", dt.timedelta(days=45), "45 days after we told you of the answer"),
        (retention, "ADDRESS_TO_INVITE", dt.timedelta(days=70), "at most 70 days after it"),
        (retention, "WORDS", dt.timedelta(days=730), "24 months after we told you of the answer"),
        (retention, "UNUSED", dt.timedelta(days=61), "61 days after the last thing that happened to it"),
        (tokens, "CONFIRM_DAYS", 3, "3 days after we last asked"),
        (membership, "FORGET_AFTER", dt.timedelta(days=33), "33 days after you last sent it"),
        (mail, "FORGET_TROUBLED_AFTER", dt.timedelta(days=9), "9 days after we last tried"),
        (terms, "FORGET_AFTER", dt.timedelta(days=33), "33 days after the day of the search"),
        (trace, "KEPT", dt.timedelta(days=900), "900 days; nobody can change"),
        (throttle, "FORGET_AFTER", dt.timedelta(days=4), "4 days after the form was sent"),
    ],
)
def test_what_is_erased_at_another_time_is_promised_at_another_time(
    privacy, monkeypatch, module, name, value, words
):
    assert words not in privacy()
    monkeypatch.setattr(module, name, value)
    assert words in privacy()


def test_a_setting_that_changes_is_promised_otherwise(privacy, settings):
    settings.SESSION_COOKIE_AGE = 60 * 60 * 5
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,20/7h/ip"}
    text = privacy()
    assert "at the latest 5 hours after you last changed something" in text
    assert "Counted for 7 hours" in text


def test_the_table_is_one_for_a_screen_reader_too(client, db):
    Page.objects.create(slug="privacy", title="Privacy", text="{what_we_keep}")
    page = html5lib.parse(client.get("/privacy/").content, namespaceHTMLElements=False)
    tables = page.findall(".//table")
    assert [table.findtext("caption") for table in tables] == [str(of.value) for of in Of]
    for table in tables:
        assert [cell.get("scope") for cell in table.findall("thead/tr/th")] == ["col"] * 3
        assert {cell.get("scope") for cell in table.findall("tbody/tr/th")} == {"row"}


def test_a_new_site_begins_with_a_privacy_page_that_is_made_from_the_register(db, client):
    demo.load_pages()
    text = client.get("/privacy/").content.decode()
    assert text.count('class="kept-table"') == len(Of) + 1
    assert keeping.PLACEHOLDER not in text
    assert keeping.COOKIES not in text


# -- that it is true --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_of_an_answered_letter_only_its_record_is_left():
    with time_machine.travel(NOW, tick=False) as clock:
        letter = make_letter(text="Canaryword in what was sent.", email="canary@example.org")
        letters.publish(make_draft(letter), by=make_user())
        letters.tell_answered()
        Message.objects.all().delete()  # as if it were sent
        clock.shift(retention.WORDS + DAY)
        retention.purge()
    row = Letter.objects.get()
    assert (row.email, row.email_digest, row.current.text, row.reason) == (None, "", "", "")
    assert (row.case_number, row.signature) == (letter.case_number, "Adam")
    assert not [table for table, rows in everything_stored() if "Canaryword" in rows or "canary@" in rows]


@pytest.mark.django_db
def test_a_session_that_is_over_is_erased(client):
    with time_machine.travel(NOW, tick=False) as clock:
        client.force_login(make_user())
        clock.shift(settings.SESSION_COOKIE_AGE - 60)
        due.run_due()
        assert Session.objects.count() == 1
        clock.shift(DAY)
        due.run_due()
        assert not Session.objects.exists()


@pytest.mark.django_db
def test_network_addresses_that_sign_in_counted_are_erased(client):
    def addresses():
        return [table for table, rows in everything_stored() if "203.0.113.77" in rows]

    with time_machine.travel(NOW, tick=False) as clock:
        cache.clear()
        wrong = {"login": "nobody@example.org", "password": "wrong"}
        client.post("/accounts/login/", wrong, REMOTE_ADDR="203.0.113.77")
        assert addresses() == ["operations_cache"]
        due.run_due()
        assert addresses() == ["operations_cache"]
        clock.shift(DAY + counted_for())
        due.run_due()
        assert addresses() == []


@pytest.mark.django_db
def test_every_cookie_that_the_site_sets_is_declared(client):
    user = make_user(password="running in the rain")
    letter = make_letter()
    client.get(f"/letters/{letter.secret}/", follow=True)
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": user.email, "password": "running in the rain"})
    client.get("/desk/")
    assert client.cookies.keys() == {"sessionid", "csrftoken", "letter", "device"}
    assert client.cookies.keys() <= {cookie.name for cookie in keeping.cookies()}
    assert client.cookies["csrftoken"]["max-age"] == settings.CSRF_COOKIE_AGE
    assert client.cookies["device"]["max-age"] == locking.COOKIE_AGE
