"""Promise 2: private stays private. Canaries are planted where they must not get out, and everything is searched."""

import datetime as dt
import json
import logging
import re
from html import unescape
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.utils import timezone

from advice.accounts.models import Role, User
from advice.articles import workflow as articles
from advice.articles.models import Column, Expert, Tag
from advice.letters import follow_ups
from advice.letters import workflow as letters
from advice.letters.models import Note
from advice.mail.models import Message
from advice.membership import workflow as membership
from advice.newsletter.models import Newsletter
from tests.factories import make_plan
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db

EMAIL = "zanzibar-canary@example.org"
REMOVED = "Quixotemill"  # a word of the letter that the editor took out
DRAFT = "Draftcanary"
SCHEDULED = "Laterbird"
DECLINED = "Declinedfinch"
REASON = "Reasonwren"
NOTE = "Notesparrow"
RETRACTED = "Withdrawnowl"
WITHDRAWN = "Regretheron"
UNPUBLISHED = "Takenbackrook"
MERGED = "Mergedplover"
WAITING = "Waitingstork"  # told of since the answer, and read by no editor yet
CUT = "Cutgoose"  # a word of it that the editor took out before it was printed
DESK_NOTE = "Notedtit"  # what editors note for one another
MEMBER = "Memberjay"
MEMBER_EMAIL = "memberjay@example.org"
CANARIES = [
    *(EMAIL, "zanzibar", REMOVED, DRAFT, SCHEDULED, DECLINED, REASON, NOTE, RETRACTED),
    *(WITHDRAWN, UNPUBLISHED, MERGED, WAITING, CUT, MEMBER, DESK_NOTE),
]


def letter(column, text, *, email=EMAIL, signature="Adam", question="Why does it twitch?"):
    return letters.receive(question=question, text=text, signature=signature, column=column, email=email)[0]


def accept(one, editor, column, tag, *, headline, question):
    return letters.accept(
        one,
        by=editor,
        headline=headline,
        question=question,
        signature="Adam",
        column=column,
        dek="A dek.",
        tags=[tag],
    )


def answered(article, expert, editor, text="Dear Adam,\n\nIt passes."):
    answer = articles.assign(article, expert=expert, by=editor)
    articles.file_answer(answer, text=text, by=expert.user, version=answer.version)
    return article


@pytest.fixture
def planted():
    """A site with one published article, and canaries in everything that is not to be seen."""
    column = Column.objects.create(
        name="The Sports Doc", slug="the-sports-doc", disclaimer="General information."
    )
    tag = Tag.objects.create(name="Calf", slug="calf")
    Newsletter.objects.create(name="The Cooldown", slug="the-cooldown", promise="Sundays")
    editor = User.objects.create_user(
        "editor@site.example", "pw-editor-1", name="Mara", role=Role.EDITOR, may_publish=True
    )
    doctor = User.objects.create_user("doc@site.example", "pw-expert-1", name="Ines", role=Role.EXPERT)
    other = User.objects.create_user("other@site.example", "pw-expert-2", name="Joss", role=Role.EXPERT)
    expert = Expert.objects.create(name="Ines Marlow", slug="ines-marlow", user=doctor)
    Expert.objects.create(name="Joss Adeyemi", slug="joss-adeyemi", user=other)

    one = letter(column, f"My calf twitches. I work at {REMOVED} and write from {EMAIL}.")
    published = accept(
        one, editor, column, tag, headline="Why Does My Calf Twitch?", question="My calf twitches."
    )
    answered(published, expert, editor)
    published = articles.publish(published, by=editor)

    two = letter(column, f"{DRAFT} text of a letter", question=f"{DRAFT} question")
    draft = accept(two, editor, column, tag, headline=f"{DRAFT} headline", question=f"{DRAFT} question")
    answer = articles.assign(draft, expert=expert, by=editor)
    answer = articles.file_answer(answer, text=f"{DRAFT} answer", by=doctor, version=answer.version)
    articles.send_back(answer, note=NOTE, by=editor)

    three = letter(column, f"{SCHEDULED} letter about the calf", question="A third")
    later = accept(
        three, editor, column, tag, headline=f"{SCHEDULED} headline calf", question=f"{SCHEDULED} calf"
    )
    answered(later, expert, editor, f"{SCHEDULED} answer")
    later = articles.publish(later, by=editor, at=timezone.now() + dt.timedelta(days=1))

    four = letter(column, f"{DECLINED} letter", question="A fourth")
    letters.decline(four, by=editor, reason=f"{REASON} is why.")

    five = letter(column, f"{RETRACTED} letter", question="A fifth")
    gone = accept(five, editor, column, tag, headline="Bad Advice", question=f"{RETRACTED} question")
    answered(gone, expert, editor, f"{RETRACTED} answer")
    gone = articles.publish(gone, by=editor)
    gone = articles.retract(gone, reason="It was wrong.", by=editor)

    six = letter(column, f"{WITHDRAWN} letter", question=f"{WITHDRAWN} question")
    regretted = accept(
        six, editor, column, tag, headline=f"{WITHDRAWN} headline", question=f"{WITHDRAWN} question"
    )
    answered(regretted, expert, editor, "Dear Adam,\n\nThis one never comes.")
    regretted = articles.publish(regretted, by=editor, at=timezone.now() + dt.timedelta(days=1))
    regretted_slug = regretted.slug
    letters.withdraw(six)
    regretted.refresh_from_db()

    seven = letter(column, f"{UNPUBLISHED} letter", question="A seventh")
    back = accept(
        seven, editor, column, tag, headline=f"{UNPUBLISHED} headline", question=f"{UNPUBLISHED} question"
    )
    answered(back, expert, editor, f"{UNPUBLISHED} answer")
    back = articles.unpublish(articles.publish(back, by=editor), by=editor)

    eight = letter(column, f"{MERGED} letter", question=f"{MERGED} question", signature=f"{MERGED} Eve")
    letters.merge(eight, article=published, by=editor)

    Note.objects.create(letter=one, by=editor, text=f"{DESK_NOTE} beside the letter")
    Note.objects.create(article=published, by=editor, text=f"{DESK_NOTE} beside the article")

    asked = {"email": MEMBER_EMAIL, "name": f"{MEMBER} Eve", "note": f"{MEMBER} note"}
    plan = make_plan()
    membership.confirm(membership.request_membership(plan=plan, **asked), by=editor)
    membership.request_membership(plan=plan, **asked)

    letters.tell_answered()
    follow_ups.invite_due(now=timezone.now() + dt.timedelta(weeks=6))
    follow_ups.tell(eight, text=f"{WAITING} says it passed.")
    told = follow_ups.tell(one, text=f"{CUT} says it passed at {REMOVED}.")
    follow_ups.approve(told, version=1, text="It passed in a week.", signature="Adam", by=editor)
    return {
        "withdrawn": regretted,
        "withdrawn_slug": regretted_slug,
        "unpublished": back,
        "published": published,
        "draft": draft,
        "scheduled": later,
        "retracted": gone,
        "letters": [one, two, three, four, five, six, seven, eight],
    }


def crawl(client, starts):
    """Every same-site address that can be reached by links, with its body."""
    seen, queue = {}, list(starts)
    while queue:
        address = queue.pop()
        if address in seen or len(seen) > 400:
            continue
        response = client.get(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        text = body.decode(errors="replace") + str(sorted(response.headers.items()))
        seen[address] = (response.status_code, text)
        if 300 <= response.status_code < 400:
            queue.append(urljoin(address, response["Location"]))
        for link in re.findall(
            r'(?:href|src|action)="([^"]+)"|<loc>([^<]+)</loc>|<id>(http[^<]+)</id>', text
        ):
            parts = urlsplit(urljoin("http://testserver" + address, unescape(next(filter(None, link)))))
            if parts.hostname in {"testserver", "127.0.0.1"} and not parts.path.startswith(
                ("/static/", "/accounts/")
            ):
                queue.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return seen


STARTS = [
    "/", "/questions/", "/columns/", "/tags/", "/experts/", "/ask/", "/subscribe/", "/newsletters/", "/corrections/", "/membership/",
    "/membership/sent/", "/feeds/latest.rss", "/feeds/latest.json", "/feeds/corrections.atom", "/llms.txt", "/sitemap-articles-1.xml",
    "/search/?q=calf", "/feeds/latest.atom", "/sitemap.xml", "/robots.txt", "/no-such-page/", "/healthz", "/readyz",
]  # fmt: skip


def results_of(text):
    """A search page says back what was typed, in its title, box and links. These are what it found."""
    return re.findall(r"<article.*?</article>|<mark>.*?</mark>", text, flags=re.DOTALL)


def test_no_public_address_gives_a_canary_away(client, planted, caplog):
    caplog.set_level(logging.DEBUG, logger="advice")
    starts = [
        *STARTS,
        planted["published"].get_absolute_url(),
        f"/questions/{planted['draft'].slug}/",
        f"/questions/{planted['scheduled'].slug}/",
        f"/questions/{planted['retracted'].slug}/",
        f"/questions/{planted['withdrawn'].slug}/",
        *(
            f"/questions/{planted[name].slug}.md"
            for name in ("published", "draft", "scheduled", "retracted", "withdrawn", "unpublished")
        ),
        f"/search/?q={quote('never comes')}",
        *(f"/search/?q={quote(canary)}" for canary in CANARIES if canary != EMAIL),
    ]
    pages = crawl(client, starts)
    assert len(pages) > 15
    assert pages[planted["published"].get_absolute_url()][0] == 200
    assert "It passed in a week." in pages[planted["published"].get_absolute_url()][1]
    assert results_of(pages["/search/?q=calf"][1])
    for address, (_, text) in pages.items():
        asked = urlsplit(address).query
        for canary in CANARIES:
            if canary in asked:
                assert not results_of(text), f"{canary} is found at {address}"
            else:
                assert canary.lower() not in text.lower(), f"{canary} is shown at {address}"


@pytest.mark.parametrize("name", ["draft", "scheduled", "withdrawn", "unpublished"])
def test_what_is_not_public_has_no_page(client, planted, name):
    assert client.get(f"/questions/{planted[name].slug}/").status_code == 404


def test_an_article_whose_letter_was_withdrawn_holds_none_of_its_words_and_lost_its_address(client, planted):
    article = planted["withdrawn"]
    held = " ".join((article.headline, article.dek, article.question, article.question_html, article.slug))
    assert WITHDRAWN.lower() not in held.lower()
    assert client.get(f"/questions/{planted['withdrawn_slug']}/").status_code == 404


def test_a_drafts_address_does_not_say_its_headline(planted):
    assert DRAFT.lower() not in planted["draft"].slug


def test_no_log_line_holds_a_letters_words(client, planted, caplog):
    caplog.set_level(logging.DEBUG)
    one = planted["letters"][0]
    client.get(one.get_absolute_url(), follow=True)
    client.get("/letters/wrong:secret/")
    client.post("/ask/", {"question": "x", "text": f"{REMOVED} {EMAIL}", "email": EMAIL})
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("django.db")]
    assert not [line for line in ours for canary in CANARIES if canary in line]


def test_the_database_does_not_hold_the_address_in_plain_words(planted):
    for table, stored in everything_stored():
        if table == "letters_letterversion":
            continue  # this writer typed it into the letter itself; the words stay readable to the desk
        assert EMAIL not in stored, table
        assert MEMBER_EMAIL not in stored, table


def test_nothing_private_is_cached(client, planted):
    client.get(planted["letters"][0].get_absolute_url(), follow=True)
    kept = json.dumps(list(map(str, getattr(cache, "_cache", {}).items())))
    assert EMAIL not in kept
    assert REMOVED not in kept


def test_no_mail_holds_a_letters_words_and_only_the_writers_own_mails_name_the_writer(planted):
    assert Message.objects.count() >= 5
    for message in Message.objects.all():
        content = message.content
        text = json.dumps({**content, "to": ""})
        for canary in (
            REMOVED,
            DRAFT,
            SCHEDULED,
            DECLINED,
            RETRACTED,
            UNPUBLISHED,
            MERGED,
            WITHDRAWN,
            MEMBER,
            NOTE if "site.example" not in content["to"] else REMOVED,
        ):
            assert canary not in text, f"{canary} in {message.kind}"
        if content["to"] != EMAIL:
            assert EMAIL not in text, message.kind


def test_an_expert_sees_the_edited_question_and_never_the_letter_or_its_writer(client, planted):
    client.force_login(User.objects.get(email="doc@site.example"))
    pages = crawl(client, ["/desk/"])
    seen = " ".join(text for _, text in pages.values())
    assert f"{DRAFT} question" in seen
    for canary in (EMAIL, REMOVED, DECLINED, REASON, WITHDRAWN, MERGED, MEMBER):
        assert canary not in seen
    for one in planted["letters"]:
        assert one.case_number not in seen
        assert client.get(f"/desk/letters/{one.pk}/").status_code == 404


def test_another_expert_sees_nothing_of_it(client, planted):
    client.force_login(User.objects.get(email="other@site.example"))
    seen = " ".join(text for _, text in crawl(client, ["/desk/"]).values())
    assert not [canary for canary in CANARIES if canary in seen]
    assert client.get(f"/desk/articles/{planted['draft'].pk}/").status_code == 404
    assert client.get(f"/desk/articles/{planted['draft'].pk}/preview/").status_code == 404
