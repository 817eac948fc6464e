"""A second language comes later: nothing that readers see may be left out of it, or hold on to one direction."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from advice.accounts.models import Role
from advice.accounts.workflow import invitation_link
from advice.articles import updates
from advice.articles import workflow as articles
from advice.articles.models import Article, Correction, Page, Tag
from advice.desk.adapter import CHANGES, StaffAdapter
from advice.desk.people import _mail_invitation, mail_reset
from advice.letters import follow_ups
from advice.letters import workflow as letters
from advice.letters.models import Letter, LetterVersion
from advice.mail.models import Message
from advice.membership import workflow as membership
from advice.newsletter import issuing, tokens
from advice.newsletter import workflow as newsletter
from advice.newsletter.models import Issue, Newsletter, Subscriber
from advice.newsletter.rendering import compose_issue
from tests.accounts.codes import code, key_on
from tests.factories import (
    make_column,
    make_expert,
    make_invited,
    make_left,
    make_letter,
    make_newsletter,
    make_plan,
    make_request,
    make_tag,
    make_update,
    make_user,
)
from tests.pseudo import leaks, outside, pseudo

ROOT = Path(settings.BASE_DIR)
LETTER = {
    "question": "‹Why does my calf twitch?›",
    "text": "‹It twitches for hours after each run of mine.›",
    "signature": "‹Adam›",
}
ABOUT = {
    "name": "‹Ines Marlow›",
    "title": "‹Physician›",
    "credentials": "‹MD›",
    "bio": "‹She runs.›",
    "interests": "‹A shoe shop.›",
    "checked_where": "‹The register›",
}


@pytest.fixture
def speaking(db, settings) -> Iterator[None]:
    settings.SITE_NAME = "‹Second› ‹Wind›"
    with pseudo():
        yield


@pytest.fixture
def column(speaking):
    return make_column("‹Sports›", slug="sports", description="‹For runners.›", disclaimer="‹No diagnosis.›")


@pytest.fixture
def expert(column):
    made = make_expert(make_user(Role.EXPERT, name="‹Ines›"))
    for name, value in {**ABOUT, "checked_on": timezone.localdate()}.items():
        setattr(made, name, value)
    made.save()
    column.experts.add(made)
    return made


@pytest.fixture
def tag(speaking):
    made = make_tag("‹Calf›")
    made.description = "‹The lower leg.›"
    made.save()
    return made


@pytest.fixture
def printed(column, expert, tag):
    """A few articles, each text of theirs marked, and what makes more."""

    def make(number: int, *, publish: bool = True, **fields) -> Article:
        given = {
            "headline": f"‹Headline {number}›",
            "dek": f"‹Dek {number}.›",
            "signature": "‹Adam›",
            **fields,
        }
        article = articles.draft(by=None, column=column, tags=[tag], question="‹It twitches.›", **given)
        answer = articles.assign(article, expert=expert, by=None)
        text = "‹Dear Adam,›\n\n## ‹First›\n\n‹It passes.›\n\n| ‹A› | ‹B› |\n|---|---|\n| ‹1› | ‹2› |"
        articles.file_answer(answer, text=text, by=None, version=answer.version)
        article = articles.publish(article, by=None) if publish else article
        return Article.objects.get(pk=article.pk)

    return [make(number) for number in range(5)], make


@pytest.fixture
def special(printed, expert):
    """One article of each kind that a page or a list shows otherwise."""
    found, make = printed
    source = {"title": "‹A review›", "publisher": "‹A journal›", "year": 2024, "url": "https://example.org/a"}
    rich, gone, taken = found[:3]
    Article.objects.filter(pk=rich.pk).update(
        sources=[source], asked_by=12, reviewer=expert, reviewed_on=timezone.localdate()
    )
    rich.refresh_from_db()
    articles.edit(rich, by=None, version=rich.version, dek="‹Another dek.›")
    for kind in ("correction", "clarification"):
        articles.correct(rich, kind=kind, text="‹It was wrong.›", by=None)
    updates.add(rich, text="‹It passed.›", signature="‹Adam›", by=make_user(name="‹Mara›"))
    articles.correct(found[4], kind="correction", text="‹It named somebody.›", by=None, is_privacy=True)
    articles.retract(gone, reason="‹It was wrong.›", by=None)
    Article.objects.filter(pk=taken.pk).update(
        source_name="‹A magazine›", source_url="https://example.org/b", undated=True
    )
    taken.answers.update(expert=None)
    Article.objects.filter(pk=found[3].pk).update(source_name="‹A magazine›", undated=True)
    found[3].answers.update(expert=None)
    soon = make(99, publish=False)
    articles.edit(soon, by=None, version=soon.version, announced_as="‹Why do calves twitch?›")
    for number in range(2):
        make_newsletter(f"‹Letter {number}›", promise="‹Sundays.›", rhythm=("each", "weekly")[number])
    return found


def assert_speaks(client, path: str, **data) -> str:
    """The page says nothing that is not marked; gives its HTML."""
    response = client.post(path, data) if data else client.get(path, follow=True)
    while data and response.status_code in {302, 303}:
        response = client.get(response["Location"])
    assert response["Content-Type"].startswith("text/html"), path
    html = response.content.decode()
    assert leaks(html) == [], path
    return html


STARTS = [
    *("/", "/questions/", "/archive/", "/columns/", "/tags/", "/experts/", "/corrections/", "/newsletters/"),
    *(
        "/search/",
        f"/search/?q={quote('‹twitches›')}",
        f"/search/?q={quote('‹nothing like it›')}",
        "/ask/",
        "/ask/sports/",
        "/subscribe/",
    ),
    *("/about/", "/standards/", "/privacy/", "/contact/", "/membership/", "/not/here/"),
]
# Programs read these (test_language_of_machines.py); or they are a door of their own.
NO_PAGES = re.compile(r"^/(?:static|media|feeds|api|desk|accounts|admin|dev)/|\.\w+$")


def walk(client) -> dict[str, list[str]]:
    """Every page that can be reached from the first ones by links, with the words that were left out."""
    found: dict[str, list[str]] = {}
    waiting = list(STARTS)
    while waiting:
        path = waiting.pop()
        if path in found or NO_PAGES.search(urlsplit(path).path):
            continue
        response = client.get(path)
        found[path] = []
        if response.status_code in {301, 302}:
            waiting.append(response["Location"])
        elif response["Content-Type"].startswith("text/html"):
            html = response.content.decode()
            found[path] = leaks(html)
            links = re.findall(r'<a\b[^>]*\shref="([^"#]+)', html)
            waiting += [
                urljoin(path, link).replace("&amp;", "&") for link in links if not urlsplit(link).scheme
            ]
    return found


def test_no_word_of_a_page_that_readers_can_reach_is_left_out(client, special, expert, printed):
    for number in range(5, 22):  # a list of two pages
        printed[1](number)
    Page.objects.create(slug="privacy", title="‹Privacy›", text="‹We.›\n\n{what_we_keep}\n\n{cookies}")
    found = walk(client)
    assert {path: words for path, words in found.items() if words} == {}
    assert {"/questions/?page=2", f"/experts/{expert.slug}/", "/columns/sports/"} <= found.keys()
    assert {special[0].get_absolute_url(), special[1].get_absolute_url()} <= found.keys()


def test_an_empty_site_is_no_less_translated(client, speaking):
    assert {path: words for path, words in walk(client).items() if words} == {}


def test_what_is_refused_is_refused_in_the_readers_language(client, column):
    foreign = {"sec-fetch-site": "cross-site"}
    for path in ("/ask/", "/subscribe/", "/membership/"):
        response = client.post(path, {"email": "a@example.org"}, headers=foreign)
        assert response.status_code == 403
        assert leaks(response.content) == []
    for reason in ("foreign", "forbidden", "busy", "token", "size", "length", "bad"):
        assert leaks(render_to_string("refused.html", {"reason": reason, "site_name": "‹Wind›"})) == [], (
            reason
        )
    for context in ({}, {"passes": True}):
        assert leaks(render_to_string("500.html", context)) == []
    for status in (400, 403, 404):
        assert leaks(render_to_string("bare.html", {"status": status})) == []


def test_the_letterbox(client, column, monkeypatch):
    assert_speaks(client, "/ask/", question="")
    wrong = {**LETTER, "text": "‹Short›", "email": "nobody", "column": "elsewhere", "consent": "an old one"}
    html = assert_speaks(client, "/ask/", **wrong)
    assert "⟦This does not look like an e-mail address." in html
    assert_speaks(client, "/ask/", **{**wrong, "question": "‹x›" * 200, "text": "‹x›" * 9_000})
    sent = {**LETTER, "column": column.slug, "consent": "on", "email": "adam@example.org"}
    assert "⟦Your case number⟧" in assert_speaks(client, "/ask/", **sent)
    assert_speaks(client, "/ask/", **{**sent, "email": "", "text": LETTER["text"] * 2})
    monkeypatch.setattr("advice.letterbox.views.LETTERS_AN_HOUR", 0)
    assert "⟦Many letters came" in assert_speaks(client, "/ask/", **sent)


def test_a_writers_page_in_all_its_states(client, printed, column):
    _, make = printed
    editor = make_user(name="‹Mara›")

    def letter(**fields) -> Letter:
        return make_letter(column, **{**LETTER, **fields})

    def assert_all_speak(one: Letter) -> None:
        for path in ("here/", "change/", "withdraw/", "erase/", "mails/"):
            assert_speaks(client, f"{one.get_absolute_url()}{path}")

    received, declined, withdrawn = (
        letter(),
        letter(text="‹Another one, as long as it must be.›"),
        letter(email=""),
    )
    letters.decline(declined, by=editor, reason="‹It is too special.›")
    letters.withdraw(withdrawn)
    answered, erased = letter(question="‹One›"), letter(question="‹Two›")
    for one in (answered, erased):
        article = make(200 + one.pk, publish=False)
        letters.merge(one, article=article, by=editor)
        assert_all_speak(one)
        letters.publish(article, by=editor)
        assert_all_speak(one)
    LetterVersion.objects.filter(letter=erased).delete()
    for one in (received, declined, withdrawn, answered, erased):
        one.refresh_from_db()
        assert_all_speak(one)
    articles.retract(answered.article, reason="‹Wrong.›", by=editor)
    assert_all_speak(answered)


def test_a_writers_page_after_publication(client, column):
    one = make_invited(make_letter(column, **LETTER))
    article = one.article
    article.headline = "‹Headline›"
    article.save()

    def assert_all_speak(*, said: str = "") -> str:
        for act in ("update/take-back/", "erase/"):
            assert_speaks(client, f"{one.get_absolute_url()}{act}")
        return assert_speaks(client, f"{one.get_absolute_url()}here/{said}")

    assert_all_speak()
    for wrong in ("", "‹x›" * 2_000):
        assert_speaks(client, f"{one.get_absolute_url()}update/", text=wrong, consent="an old one")
    sent = follow_ups.tell(one, text="‹It passed.›")
    assert "⟦Send it changed⟧" in assert_all_speak(said="?said=update")
    follow_ups.decline(sent, version=1, reason="‹It sells.›", by=make_user())
    assert "⟦We do not print it" in assert_all_speak().replace("⟦Thank you for telling us. ", "⟦")
    follow_ups.take_back(one)
    make_update(one, text="‹It passed.›", signature="‹Adam›")
    assert "⟦It stands under the answer" in assert_all_speak(said="?said=taken_back")
    articles.unpublish(article, by=None)
    assert_all_speak()
    follow_ups.take_back(Letter.objects.get(pk=one.pk))
    assert_all_speak()


def test_the_newsletters(client, special):
    assert_speaks(client, "/subscribe/", email="")
    assert_speaks(client, "/subscribe/", email="nobody", newsletters="elsewhere")
    assert_speaks(client, "/subscribe/", email="a" * 250 + "@example.org")
    assert_speaks(client, "/subscribe/", email="eve@example.org", article=special[0].slug)
    subscriber = Subscriber.objects.get()
    confirm = tokens.for_confirmation(subscriber, newsletter.usual(), special[0])
    assert_speaks(client, f"/subscribe/confirm/{confirm}/")
    assert_speaks(client, f"/subscribe/confirm/{confirm}/", press="")
    subscriber.refresh_from_db()
    preferences = f"/subscribe/preferences/{tokens.for_preferences(subscriber)}/"
    stop = f"/unsubscribe/{tokens.for_unsubscribing(subscriber)}/"
    newsletter.set_preferences(subscriber, newsletters=newsletter.usual(), topics=Tag.objects.all())
    owners = f"/subscribe/preferences/{tokens.for_owner(subscriber)}/"
    moved = f"/subscribe/confirm/address/{tokens.for_new_address(subscriber, 'eve+2@example.org')}/"
    for path in (preferences, stop, owners, f"{owners}erase/", "/subscribe/erased/", moved):
        assert_speaks(client, path)
    for said in ("saved", "paused", "resumed", "mailed", "asked", "old"):
        assert_speaks(client, f"{preferences}?said={said}")
    for wrong in ("newsletters", "topics", "rhythm"):
        assert_speaks(client, preferences, **{wrong: "elsewhere"})
    for until in ("", "soon", "2020-01-01", "9999-12-31"):
        assert_speaks(client, f"{preferences}pause/", until=until)
    assert_speaks(client, f"{preferences}pause/", span="14")
    assert_speaks(client, f"{owners}address/", email="nobody")
    assert_speaks(client, moved, press="")
    subscriber.refresh_from_db()
    preferences = f"/subscribe/preferences/{tokens.for_preferences(subscriber)}/"
    assert_speaks(client, stop, press="")
    assert_speaks(client, stop, after="1")
    assert_speaks(client, stop, after="1", because="other")
    assert_speaks(client, preferences)
    answer = client.post(stop, {"List-Unsubscribe": "One-Click"})
    assert outside(answer.content.decode()) == []


def test_asking_to_become_a_member(client, speaking, monkeypatch):
    assert_speaks(client, "/membership/", email="")
    Page.objects.create(slug="membership", title="‹Join›", text="‹We.›")
    words = {"price": "‹£4 a month›", "promise": "‹Pays.›", "description": "‹A letter.›"}
    plan = make_plan("‹Supporter›", **words)
    assert_speaks(client, "/membership/")
    wrong = {"name": "‹x›" * 90, "note": "‹x›" * 900}
    for data in ({"email": "", **wrong}, {"email": "nobody", "plan": "elsewhere"}):
        assert_speaks(client, "/membership/", **data)
    sent = {"plan": plan.slug, "email": "eve@example.org"}
    assert "⟦Thank you. We have your request.⟧" in assert_speaks(client, "/membership/", **sent)
    monkeypatch.setattr("advice.membership.views.REQUESTS_AN_HOUR", 0)
    assert "⟦Many requests came" in assert_speaks(client, "/membership/", **sent)


def test_the_pages_to_sign_in(client, speaking):
    user = make_user(name="‹Mara Quill›", password="running in the rain")
    invited = make_user(name="‹Joss›", is_active=False)
    link = urlsplit(invitation_link(invited)).path
    for path in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        link,
        "/invitation/MQ/x/",
    ):
        assert_speaks(client, path)
    assert_speaks(client, "/accounts/login/", login=user.email, password="wrong")
    assert_speaks(client, "/accounts/login/", login="", password="")
    assert_speaks(client, "/accounts/password/reset/", email=user.email)
    assert_speaks(client, link, password1="x")
    client.force_login(user)
    for path in ("/accounts/logout/", "/accounts/password/change/", "/accounts/reauthenticate/"):
        assert_speaks(client, path)
    assert_speaks(client, "/accounts/password/change/", oldpassword="wrong", password1="x", password2="y")


def test_the_pages_of_the_second_factor(client, special):
    user = make_user(name="‹Mara›", password="running in the rain")
    own, password = "/accounts/sign-in/", {"login": user.email, "password": "running in the rain"}
    client.post("/accounts/login/", password)
    assert_speaks(client, own)
    key = key_on(client.get(f"{own}app/").content.decode())
    assert_speaks(client, f"{own}app/")
    assert_speaks(client, f"{own}app/", code="wrong")
    client.post(f"{own}app/", {"code": code(key)})
    data = {"name": "‹Key›", "credential": {}}
    passkey = Authenticator.objects.create(user=user, type="webauthn", data=data)
    for path in ("", "codes/", "codes/new/", "app/remove/", f"passkeys/{passkey.pk}/remove/"):
        assert_speaks(client, f"{own}{path}")
    assert_speaks(client, "/accounts/reauthenticate/")
    assert_speaks(client, "/accounts/reauthenticate/code/")
    assert_speaks(client, f"{own}passkeys/{passkey.pk}/", name="")
    passkey.delete()
    assert_speaks(client, f"{own}passkeys/")
    client.post("/accounts/logout/")
    client.post("/accounts/login/", password)
    assert_speaks(client, "/accounts/login/second/")
    assert_speaks(client, "/accounts/login/second/", code="wrong")


def test_the_mails(client, special, column):
    editor = make_user(name="‹Mara›")
    one, two = (make_letter(column, **{**LETTER, "question": f"‹{number}›"}) for number in range(2))
    letters.decline(one, by=editor, reason="‹It is too special.›")
    article = Article.objects.get(headline="‹Headline 99›")
    letters.merge(two, article=article, by=editor)
    letters.publish(article, by=editor)
    letters.tell_answered()
    subscriber = newsletter.subscribe(email="eve@example.org", newsletters=newsletter.usual())
    newsletter.confirm(subscriber, newsletters=newsletter.usual())
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        newsletter.subscribe(email="eve@example.org", newsletters=newsletter.usual())
    newsletter.mail_own_link(subscriber)
    newsletter.ask_new_address(subscriber, email="eve@example.net")
    newsletter.move(subscriber, email="eve@example.net")
    _mail_invitation(make_user(name="‹Joss›"), by=editor)
    for by in (editor, None):
        mail_reset(make_user(name="‹Joss›"), by=by)
    for change in CHANGES:
        StaffAdapter().send_notification_mail(change, make_user(name="‹Joss›"))
    plan = make_plan("‹Supporter›", price="‹£4 a month›")
    membership.confirm(make_request(plan), by=editor, message="‹Hello.›")
    membership.decline(make_request(plan), by=editor, reason="‹No.›")
    kinds = set()
    for message in Message.objects.all():
        content = message.content
        kinds.add(message.kind)
        said = outside(content["subject"]) + outside(content["text"]) + leaks(content["html"])
        assert (message.kind, said) == (message.kind, [])
    assert {"received", "declined", "answered", "confirm", "welcome", "already", "invitation"} <= kinds
    assert {"member_confirmed", "member_declined"} <= kinds
    assert {"own_link", "new_address", "moved"} <= kinds


def test_issues_corrections_and_their_archive(client, special):
    letter = Newsletter.objects.first()
    found = list(Article.objects.published().newest_first()[:3])
    picks = (
        issuing.Pick(found[0], in_full=True, remark="‹Mine.›"),
        issuing.Pick(found[1]),
        issuing.Pick(found[2]),
    )
    texts = {
        "subject": "‹Cold›",
        "preheader": "‹Hats›",
        "intro": "‹Good› *‹morning›*.\n\n![‹A hat›](/media/hat.webp)",
    }
    edited = make_left(letter, *picks, **texts)
    digest = Issue(newsletter=letter, kind="digest", number=99)
    items = list(edited.items.select_related("article__column"))
    note = Correction.objects.public().filter(kind="correction").first()
    correction = Issue(newsletter=letter, kind="correction", correction=note, number=98)
    own = {"stop": "https://x.example/", "preferences": "https://x.example/", "email": "‹eve@example.org›"}
    for issue, held in ((edited, items), (digest, items), (digest, items[:1]), (correction, [])):
        composed = compose_issue(issue, held, **own)
        said = outside(composed.subject) + leaks(composed.html)
        said += outside(composed.text)
        assert (issue.kind, said) == (issue.kind, [])
    articles.unpublish(found[2], by=None)
    assert_speaks(client, edited.get_absolute_url())
    assert_speaks(client, letter.get_absolute_url())


# -- that the test can fail -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>⟦Read⟧ all ‹of it›</p>", ["all"]),
        ("<title>⟦Read⟧ · Site</title>", ["Site"]),
        ("<button aria-label='Close'>⟦×⟧</button>", ["Close"]),
        ("<img alt='One cat'>", ["One", "cat"]),
        ("<input placeholder='Name' value='typed'>", ["Name"]),
        ("<input type=submit value=Send>", ["Send"]),
        ("<b data-done='Copied' data-copy='#a'></b>", ["Copied"]),
        ("<meta name=description content='An answer'>", ["An", "answer"]),
        ("<p>⟦You will sign in as <b>a@example.org</b>. Choose⟧ Now</p>", ["Now"]),
        ("<p>⟦Read</p>", ["never closed"]),
        ("<p>12 · 2026, a@example.org https://example.org/x K7QM-2XPA-9R4T</p>", []),
        ("<script>const a = 'word'</script><code>sessionid</code>", []),
    ],
)
def test_a_word_outside_is_found(html, words):
    assert leaks(html) == words


def test_a_page_with_a_word_left_out_is_found(client, column, monkeypatch):
    monkeypatch.setattr("advice.articles.models.Column.get_absolute_url", lambda self: "/columns/sports/")
    column.description = "Nobody marked this."
    column.save()
    assert walk(client)["/columns/"] == ["Nobody", "marked", "this"]


# -- dates and directions ---------------------------------------------------------------------------------------

# These print their dates by hand in every language alike.
# A month alone, under the year that heads its list, is a word of the language and needs no order.
ALONE = {"F", "Y", "M", "l", "D", "j"}
# For machines, and for inputs of a form.
OF_MACHINES = {"c", "Y-m-d", "Y-m", "r", "U"}


def test_dates_stand_in_formats_that_a_language_can_have_its_own_of():
    by_hand = {
        str(path.relative_to(ROOT / "templates"))
        for path in sorted((ROOT / "templates").rglob("*"))
        if path.is_file()
        for form in re.findall(r"""\|(?:date|time):["']([^"']+)["']""", path.read_text())
        if not form.endswith("_FORMAT") and form not in OF_MACHINES | ALONE
    }
    assert by_hand == set()


# What has one direction whatever the language: the markers of cells that an author of Markdown aligned.
ONE_DIRECTION = {"align-right"}
PHYSICAL = re.compile(
    r"(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)|border-(?:top|bottom)-(?:left|right)"
    r"|(?<![-\w])(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)|[-\w ]*\b(?:left|right)\b"
    r"|linear-gradient\(\s*-?[\d.]+\w+"
)


def physical(css: str) -> list[str]:
    found = (
        match.group().strip() for match in PHYSICAL.finditer(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    )
    return [words for words in found if words not in ONE_DIRECTION]


@pytest.mark.parametrize("path", sorted((ROOT / "static/css").glob("*.css")), ids=lambda path: path.name)
def test_styles_know_a_start_and_an_end_and_no_left_or_right(path):
    assert physical(path.read_text()) == []


def test_a_left_or_a_right_is_found():
    css = "a{margin-left:1px;text-align:right}b{left:0;border-top-right-radius:2px}c{float:left}/* left */"
    assert physical(css) == ["margin-left", "text-align:right", "left:", "border-top-right", "float:left"]
    assert physical("a{mask-image:linear-gradient(to left,red,blue)}") == ["to left"]
    assert physical("a{mask-image:linear-gradient(270deg,red,blue)}") == ["linear-gradient(270deg"]
    assert physical(".align-right{text-align:end}") == []
