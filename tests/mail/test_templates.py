import datetime as dt
import html
import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.utils.safestring import mark_safe

from advice.accounts.models import Role
from advice.articles.models import Article, Correction
from advice.mail.sending import send_later
from advice.newsletter.models import Issue, IssueItem
from advice.newsletter.rendering import printed
from advice.site import absolute
from tests.factories import make_column, make_expert, make_letter, make_newsletter, make_plan, make_user

pytestmark = pytest.mark.django_db

FOLDER = Path(project.BASE_DIR) / "templates" / "mail"
KINDS = sorted(path.stem for path in FOLDER.glob("*.subject"))
# Mails to many, whose links stand behind words: test_rendering.py reads those as they leave.
ISSUES = {"issue", "correction"}
SINGLE = [kind for kind in KINDS if kind not in ISSUES]
NAME = "Bread & <Butter>"
SECRETS = ["Headlinecanary", "Questioncanary", "Lettercanary", "Notecanary", "Answercanary"]


def contexts(kind):
    by, user = make_user(name="Mara O’Neill"), make_user(Role.EXPERT, name="Ines & Co")
    column = make_column("Food & Drink")
    article = Article(pk=7, headline="Headlinecanary", question="Questioncanary", slug="calf", column=column)
    answer = article.answers.model(article=article, expert=make_expert(user), due_on=dt.date(2026, 5, 6))
    answer.note, answer.text = "Notecanary", "Answercanary"
    letter = make_letter(
        column, text="Lettercanary, at some length.", question="Lettercanary?", signature="Lettercanary"
    )
    letter.reason = "It isn’t for us.\n\nAsk <your> doctor & friends."
    link = absolute("/somewhere/?a=1&b=2")
    newsletters = [make_newsletter("The Cooldown", promise="Salt & pepper"), make_newsletter("Splits")]
    plan = make_plan("Salt & <b>")
    best = [
        Article(headline="Stitches & <such>", dek="A <short> one.", slug="stitches"),
        Article(headline="Two"),
    ]
    if kind == "answered":
        article.headline = "What Is a Stitch & Why?"
    reader_links = {
        "stop_link": absolute("/unsubscribe/x/"),
        "preferences_link": link,
        "email": "adam@example.org",
    }
    correction = Correction(article=article, text="It said *calf*.", html="<p>It said <em>calf</em>.</p>")
    issue = Issue(
        subject="Five & more", preheader="And <one>", newsletter=newsletters[0], intro="Good morning."
    )
    item = IssueItem(
        headline="What Is a Stitch & Why?", dek="A <dek>.", byline="Ines & Co", path="/questions/stitch/"
    )
    return {
        "issue": {
            "issue": issue,
            "newsletter": newsletters[0],
            "items": [printed(item)],
            "intro": mark_safe("<p>Good morning.</p>"),
            "view_link": link,
            **reader_links,
        },
        "correction": {
            "issue": Issue(subject="Corrected: Stitch", newsletter=newsletters[0], correction=correction),
            "newsletter": newsletters[0],
            "article_link": link,
            **reader_links,
        },
        **{
            kind: {"letter": letter, "stop_link": absolute("/letters/x/mails/")}
            for kind in ("received", "declined", "asked", "asked_again", "follow_up", "wording")
        },
        "answered": {"letter": letter, "article": article, "stop_link": absolute("/letters/x/mails/")},
        "erased": {"case_number": letter.case_number, "is_whole": False},
        "kept": {"case_number": letter.case_number},
        **{"assigned": {"answer": answer, "by": by}, "sent_back": {"answer": answer, "by": by}},
        "reminder": {"answer": answer},
        "to_review": {"reviewer": answer.expert, "column": column, "by": by},
        "changes_asked": {"reviewer": answer.expert, "column": column, "editor": by},
        "duty_digest": {"count": 3, "oldest": dt.datetime(2026, 5, 4, tzinfo=dt.UTC)},
        "issue_trouble": {"newsletter": newsletters[0], "reason": "An answer in it was “withdrawn” & <so>."},
        "invitation": {"user": user, "by": by, "days": 3},
        "member_confirmed": {"plan": plan, "message": letter.reason},
        "member_declined": {"plan": plan, "reason": letter.reason},
        "password_reset": {"user": user, "password_reset_url": link},
        "sign_in_changed": {"user": user, "what": "A passkey was added."},
        "second_factor_reset": {"user": user, "by": by},
        "confirm": {"newsletters": newsletters},
        **{
            kind: {"newsletters": newsletters, "stop_link": absolute("/unsubscribe/x/")}
            for kind in ("welcome", "already", "own_link")
        },
        "new_address": {"kept": "7 days"},
        "moved": {"email": "n…@example.org"},
        "urgent": {"since": dt.datetime(2026, 5, 4, 7, 30, tzinfo=dt.UTC)},
        "urgent_tray": {"since": dt.datetime(2026, 5, 4, 7, 30, tzinfo=dt.UTC), "count": 3},
    }[kind] | {"link": link, "articles": best}


def content(kind, settings):
    settings.SITE_NAME = NAME
    return send_later(kind, to="adam@example.org", context=contexts(kind)).content


def words(markup):
    """What a reader of the HTML part sees, and where its links lead."""
    body = re.sub(r"(?s)<style.*?</style>|<head.*?</head>", "", markup)
    links = " ".join(re.findall(r'href="([^"]*)"', body))
    return re.findall(r"\w+", html.unescape(f"{re.sub(r'<[^>]+>', ' ', body)} {links}"))


def test_every_kind_has_its_three_templates():
    names = {path.name for path in FOLDER.iterdir() if path.is_file()}
    assert names == {"base.html", "base.txt"} | {
        f"{k}.{s}" for k in KINDS for s in ("subject", "txt", "html")
    }
    assert KINDS == [
        "already", "answered", "asked", "asked_again", "assigned", "changes_asked", "confirm", "correction", "declined", "duty_digest", "erased",
        "follow_up", "invitation", "issue",
        "issue_trouble", "kept", "member_confirmed", "member_declined", "moved", "new_address", "own_link", "password_reset", "received",
        "reminder", "second_factor_reset", "sent_back", "sign_in_changed", "to_review", "urgent", "urgent_tray", "welcome", "wording",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", SINGLE)
def test_text_and_html_say_the_same(kind, settings):
    mail = content(kind, settings)
    assert set(words(mail["html"])) == set(re.findall(r"\w+", mail["text"]))


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_html_part_is_escaped(kind, settings):
    mail = content(kind, settings)
    for part in (mail["text"], mail["subject"]):
        assert not re.search(r"&(?:amp|lt|gt|quot|#\w+);", part)
    assert NAME in mail["text"]
    assert "Bread &amp; &lt;Butter&gt;" in mail["html"]
    assert "<Butter>" not in mail["html"]


@pytest.mark.parametrize("kind", SINGLE)
def test_a_mail_says_who_sends_it_why_and_how_to_stop(kind, settings):
    text = content(kind, settings)["text"]
    foot = text.partition("\n-- \n")[2].splitlines()
    assert len(foot) == 3
    assert foot[0].startswith("You get this mail ")
    assert len(foot[1]) > 20
    assert foot[2] == f"{NAME} sent this mail. http://127.0.0.1:8000/"


@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_holds_words_of_a_letter_or_a_draft(kind, settings):
    mail = content(kind, settings)
    for part in ("subject", "text", "html"):
        assert not [secret for secret in SECRETS if secret in mail[part]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_html_part_fetches_nothing_and_is_ready_for_the_dark(kind, settings):
    markup = content(kind, settings)["html"]
    assert not re.search(r"<img|<link|<script|src=|@import|url\(", markup)
    assert '<meta name="color-scheme" content="light dark">' in markup
    assert "prefers-color-scheme" in markup.partition("</head>")[0]
    assert re.search(r"<h1 [^>]*style=", markup)
    assert len(markup) < 20_000


@pytest.mark.parametrize("kind", ["declined", "member_declined", "member_confirmed"])
def test_what_an_editor_wrote_stands_in_both_parts(kind, settings):
    mail = content(kind, settings)
    assert "Ask <your> doctor & friends." in mail["text"]
    assert "Ask &lt;your&gt; doctor &amp; friends." in mail["html"]


@pytest.mark.parametrize("kind", ["assigned", "sent_back"])
def test_an_expert_is_told_who_asks_for_which_column_and_when_it_is_due(kind, settings):
    text = content(kind, settings)["text"]
    for part in ("Mara O’Neill", "Food & Drink", "6 May 2026"):
        assert part in text
