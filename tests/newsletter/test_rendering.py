"""Each kind of copy as it leaves: its headers, its bytes, its words, its links, and nobody else's."""

import datetime as dt
import html
import re
from email.headerregistry import Address
from email.utils import parsedate_to_datetime

import html5lib
import pytest
import time_machine

from advice.articles import workflow as articles
from advice.articles.models import Tally
from advice.newsletter import digests, rendering, texts, tokens
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Delivery, Issue
from tests.factories import make_column, make_left, make_newsletter, make_published, make_reader, make_tag
from tests.hostile import HOSTILE
from tests.mail.contrast import contrasts, dark, sizes
from tests.newsletter.mailing import Copy, body_of, seen, send
from tests.reading.printed import make_printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

NOW = dt.datetime(2026, 5, 6, 12, 0, tzinfo=dt.UTC)
SITE = "http://127.0.0.1:8000"
RICH = """Dear Adam,

## What helps

- Rest.
- Salt & water, *not* wine.

1. Walk.
2. Run.

> It passed,
> said Ines.

| Hour | Salt |
|------|-----:|
| one  | 1 g  |

Use `stretch()`, then:

    wait(5)
    walk()

See [the study](https://journal.example/a?b=1&c=2) or [our calves](/tags/calf/), write to <desk@site.example>.[^1]

![A calf, drawn](/media/uploads/calf.webp)

[^1]: Only a little.
"""


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def edited(sink, *, readers=("adam@example.org",), newsletter=None, **fields) -> list[Copy]:
    """An edited issue with one answer in full and one in short, as it left."""
    newsletter = newsletter or make_newsletter("The Cooldown", sender_name="Mara O’Neill")
    column = make_column("Food", disclaimer="Ask *your* doctor.", is_medical=True)
    full = make_printed(
        column=column, headline="Why Salt?", answer=RICH, question="I eat salt.", signature="Adam B."
    )
    short = make_printed(headline="Why & How <Wide>?", dek="A dek & more.")
    for address in readers:
        make_reader(newsletter, email=address)
    make_left(newsletter, Pick(full, in_full=True), Pick(short, remark="Mine & <yours>."), **fields)
    return send(sink, now=NOW + dt.timedelta(minutes=11))


def digest(sink, count: int, **fields) -> Copy:
    newsletter = make_newsletter("The Cooldown", rhythm="daily", hour=12, **fields)
    for number in range(count):
        make_printed(headline=f"Headline {number}", published_at=NOW - dt.timedelta(hours=6 + number))
    make_reader(newsletter, email="adam@example.org")
    assert digests.make_due() == 1
    (copy,) = send(sink)
    return copy


def correction(sink, *, retract: bool = False) -> Copy:
    newsletter = make_newsletter("The Cooldown")
    article = make_published(headline="Why & How?")
    make_reader(newsletter, email="adam@example.org")
    make_left(newsletter, Pick(article, in_full=True))
    later = NOW + dt.timedelta(minutes=11)
    send(sink, now=later)
    with time_machine.travel(later, tick=False):
        if retract:
            articles.retract(article, reason="It was *wrong*, see [why](/about/).", by=None)
        else:
            articles.correct(article, kind="correction", text="It said *calf*, see [why](/about/).", by=None)
        assert digests.make_corrections() == 1
        (copy,) = send(sink)
    return copy


KINDS = {
    "edited": lambda sink: edited(sink, intro=RICH)[0],
    "digest of one": lambda sink: digest(sink, 1),
    "digest of five": lambda sink: digest(sink, 5),
    "digest of nine": lambda sink: digest(sink, 9),
    "correction": correction,
    "withdrawal": lambda sink: correction(sink, retract=True),
}


@pytest.fixture(params=KINDS)
def copy(request, sink) -> Copy:
    return KINDS[request.param](sink)


# -- headers and bytes ----------------------------------------------------------------------------------------------


def test_every_copy_says_from_whom_to_whom_and_how_to_stop(copy):
    mail = copy.mail
    assert mail["From"].addresses[0].addr_spec == "letters@localhost"
    assert mail["To"] == "adam@example.org"
    assert parsedate_to_datetime(mail["Date"]) in {NOW, NOW + dt.timedelta(minutes=11)}
    assert re.fullmatch(r"The Cooldown <newsletter-\d+\.127\.0\.0\.1>", mail["List-Id"])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"\r\nList-Unsubscribe: <http" in copy.raw
    (link,) = re.findall(r"<(.*)>", mail["List-Unsubscribe"])
    assert link.startswith(f"{SITE}/unsubscribe/")
    assert link in copy.links
    assert link in copy.text


def test_every_copy_is_text_first_then_html_in_whole_lines(copy):
    assert copy.mail.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in copy.mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in copy.mail.iter_parts()} <= {"7bit", "8bit"}
    assert max(map(len, copy.raw.split(b"\r\n"))) <= 998
    assert len(copy.raw) < 100_000


def test_names_of_all_languages_and_long_subjects_arrive_whole(sink):
    name, sender = "Čaj & Öl (täglich), „heute“", "Мара О’Нил " * 6
    subject = "Wadenkrämpfe, Füße & 🦵: " + "ein langer Betreff, " * 4
    newsletter = make_newsletter(name, sender_name=sender.strip(), sender_address="mara@site.example")
    (copy,) = edited(sink, newsletter=newsletter, subject=subject.strip())
    assert copy.mail["Subject"].strip() == subject.strip()
    assert copy.mail["From"].addresses == (Address(sender.strip(), "mara", "site.example"),)
    assert copy.mail["List-Id"].endswith(f" <{newsletter.slug}.127.0.0.1>")
    assert max(map(len, copy.raw.split(b"\r\n"))) <= 998
    assert name in copy.text


def test_a_copy_has_the_same_number_however_often_it_is_tried(sink):
    sink.answers["adam@example.org"] = "451 4.3.0 Later"
    edited(sink)
    assert sink.mails == []
    (delivery,) = Delivery.objects.all()
    sink.answers.clear()
    (copy,) = send(sink, now=NOW + dt.timedelta(hours=1))
    assert copy.mail["Message-ID"] == rendering.returns.message_id(delivery.pk)
    assert Delivery.objects.get().attempts == 2


@pytest.mark.parametrize(
    ("address", "printed"),
    [
        ("o'neill&co+news@example.org", "o'neill&co+news@example.org"),
        ("adam@bücher.example", "adam@xn--bcher-kva.example"),
    ],
)
def test_an_odd_address_is_written_rightly_everywhere(sink, address, printed):
    (copy,) = edited(sink, readers=(address,))
    assert copy.to == copy.mail["To"] == printed
    assert f"subscribed with {address}." in copy.text.replace("\n", " ")
    assert f"subscribed with {html.escape(address)}." in copy.html


# -- words ----------------------------------------------------------------------------------------------------------


def words_of(text: str) -> set[str]:
    """Without what only one of the parts has: addresses and the marks that lead to them, numbers of a list."""
    return set(re.findall(r"\w+", re.sub(r"(?m)https?://\S+|\[link \d+\]|^\d+\. ", " ", text)))


def test_text_and_html_say_the_same(copy):
    assert words_of(seen(copy.html)) == words_of(copy.text)


def test_the_text_reads_well_on_its_own(copy):
    lines = copy.text.split("\n")
    assert "\n\n\n" not in copy.text
    assert not re.search(r"&(?:amp|lt|gt|quot|nbsp|#\w+);|</?(?:p|a|li|td|em)\b|\]\(", copy.text)
    assert [line for line in lines if len(line) > 74 and "://" not in line] == []
    assert [line for line in lines if "://" in line and not re.fullmatch(r"\S+|\[link \d+\] \S+", line)] == []
    assert [line for line in lines if line != line.rstrip() and line != "-- "] == []


def test_marks_of_the_text_become_plain_text():
    page = make_printed(answer=RICH)
    text = texts.as_text(texts.mailed(page.answers.get().html, page=page.get_absolute_url()))
    assert (
        text
        == f"""Dear Adam,

What helps
----------

- Rest.
- Salt & water, not wine.

1. Walk.
2. Run.

> It passed, said Ines.

Hour | Salt
one | 1 g

Use stretch(), then:

    wait(5)
    walk()

See the study [link 1] or our calves [link 2], write to
desk@site.example.[1]
[link 1] https://journal.example/a?b=1&c=2
[link 2] {SITE}/tags/calf/

Picture: A calf, drawn [link 3]
[link 3] {SITE}/media/uploads/calf.webp

* * *

1. Only a little."""
    )


def test_nested_marks_become_plain_text():
    page = make_printed(answer="- One\n  - Two\n\n    > Said\n    >\n    > twice.\n- Three\n\n> - A\n> - B")
    assert texts.as_text(page.answers.get().html) == "\n".join(
        ["- One", "  - Two", "", "    > Said", "    >", "    > twice.", "", "- Three", "", "> - A", "> - B"]
    )


def test_an_issue_has_masthead_intro_answers_and_footer(sink):
    (copy,) = edited(
        sink, subject="What the cold does", intro="Good *morning*.", preheader="Hats & <gloves>."
    )
    for part in (
        "The Cooldown", "6 May 2026", "What the cold does", "Good morning.", "Why Salt?", "I eat salt.", "Adam B.",
        "Ask your doctor.", "Why & How <Wide>?", "Mine & <yours>.", "Mara O’Neill (letters@localhost) sent this mail for",
        "Unsubscribe", "Change what you get, or pause it", "View in the browser", "What we keep of you",
    ):  # fmt: skip
        assert part in copy.text.replace("\n", " "), part
    assert "A dek & more." not in copy.text
    body = body_of(copy.html)
    before = "".join(body.find("div").itertext())
    assert before.strip().startswith("Hats & <gloves>.")
    assert len(before) > 200
    assert not re.search(r"\w", before.partition(".")[2])
    assert [part.get("lang") for part in body.iter("div") if part.get("role") == "article"] == ["en"]
    names = [link.get("aria-label") for link in body.iter("a") if link.get("aria-label")]
    assert names == ["Read it on the site: Why Salt?", "Read the answer: Why & How Wide?"]


def test_an_issue_that_makes_itself_is_named_after_what_its_reader_gets(sink):
    copy = digest(sink, 3)
    assert copy.mail["Subject"] == "Headline 0, and 2 more answers"
    assert "Headline 1" in copy.html.partition("<table")[0]


# -- links ----------------------------------------------------------------------------------------------------------


def test_every_link_leads_somewhere_and_none_is_followed(copy):
    assert copy.links
    for link in copy.links:
        assert link.startswith(
            (f"{SITE}/", "https://journal.example/a?b=1&amp;c=2", "mailto:desk@site.example")
        ), link
    assert not re.search(r"<img|<link|<script|<form|\bsrc=|url\(|@import", copy.html)


def test_a_reader_gets_links_of_their_own_and_nobody_elses(sink):
    first, second = edited(sink, readers=("adam@example.org", "eve@example.org"))
    for copy, other in ((first, second), (second, first)):
        own = [link for link in copy.links if "/unsubscribe/" in link or "/preferences/" in link]
        assert len(own) == 2
        assert [link for link in own if link in other.html or link in other.text] == []
        assert other.to not in copy.raw.decode()
    (link,) = [link for link in first.links if "/unsubscribe/" in link]
    leaver = tokens.read_unsubscribing(link.rstrip("/").rpartition("/")[2])
    assert (leaver.subscriber.email, leaver.issue) == ("adam@example.org", Delivery.objects.first().issue_id)


def test_no_placeholder_ever_leaves(copy):
    assert rendering._OWN.encode() not in copy.raw
    assert b"example.invalid" not in copy.raw


def test_a_text_that_holds_words_like_ours_is_left_alone(sink):
    intro = "Write to qzaddresszq or https://qzstoplinkzq/ on qzdatezq, {{ email }} %s."
    (copy,) = edited(sink, intro=intro)
    assert intro in copy.text.replace("\n", " ")
    assert intro in html.unescape(copy.html)


def test_a_very_long_word_or_address_leaves_in_whole_lines(sink):
    address = f"https://journal.example/{'a&b' * 500}"
    (copy,) = edited(sink, intro=f"[Here]({address}), {'ü' * 3_000} and {'w' * 3_000}.")
    assert max(map(len, copy.raw.split(b"\r\n"))) <= 998
    (link,) = [link for link in copy.links if "journal.example/aa" in link.replace("&amp;b", "a")]
    # A browser takes line ends out of an address.
    assert html.unescape(link.replace("\r", "").replace("\n", "")) == address
    assert rendering._OWN.encode() not in copy.raw


# -- readers' choices -----------------------------------------------------------------------------------------------


def test_readers_of_text_only_get_no_html(sink):
    newsletter = make_newsletter()
    make_reader(newsletter, email="eve@example.org", text_only=True)
    adam, eve = edited(sink, newsletter=newsletter)
    assert eve.mail.get_content_type() == "text/plain"
    assert eve.html == ""
    assert "Why Salt?" in eve.text
    assert adam.html


def test_topics_narrow_an_issue_that_makes_itself_and_its_name(sink):
    newsletter, calf, foot = make_newsletter(rhythm="daily", hour=12), make_tag("Calf"), make_tag("Foot")
    make_printed(headline="Of calves", tags=(calf,), published_at=NOW - dt.timedelta(hours=6))
    make_printed(headline="Of feet", tags=(foot,), published_at=NOW - dt.timedelta(hours=7))
    for name, topics in (("calf", [calf]), ("both", [calf, foot]), ("foot", [foot]), ("none", [make_tag()])):
        make_reader(newsletter, email=f"{name}@example.org").topics.set(topics)
    digests.make_due()
    got = {copy.to: copy.mail["Subject"] for copy in send(sink)}
    assert got == {
        "both@example.org": "Of calves, and 1 more answer",
        "calf@example.org": "Of calves",
        "foot@example.org": "Of feet",
    }


def test_an_issue_holds_at_most_as_many_as_its_newsletter_says(sink):
    copy = digest(sink, 4, at_most=2)
    assert copy.mail["Subject"] == "Headline 0, and 1 more answer"
    assert [number for number in range(4) if f"Headline {number}" in copy.text] == [0, 1]


def test_a_mail_says_how_many_more_there_are_for_its_reader_and_where(sink, client):
    copy = digest(sink, 9)
    page = f"{SITE}{Issue.objects.get().get_absolute_url()}"
    assert f"4 more new answers are on the site:\n{page}\n" in copy.text
    assert re.search(rf'<a href="{re.escape(page)}"[^>]*>4 more new answers are on the site</a>', copy.html)
    assert copy.mail["Subject"] == "Headline 0, and 4 more answers"
    shown = client.get(page).content.decode()
    assert [number for number in range(9) if f"Headline {number}" in shown] == list(range(9))


def test_a_mail_that_prints_all_says_nothing_of_more(sink):
    copy = digest(sink, 5)
    assert "on the site" not in copy.text
    assert "on the site" not in copy.html


def test_a_reader_of_some_topics_hears_how_many_more_there_are_of_them(sink, client):
    newsletter, calf = make_newsletter(rhythm="daily", hour=12, at_most=2), make_tag("Calf")
    for number in range(10):
        make_printed(
            headline=f"Headline {number}",
            tags=(calf,) if number >= 7 else (),
            published_at=NOW - dt.timedelta(hours=6 + number),
        )
    make_reader(newsletter, email="adam@example.org").topics.set([calf])
    make_reader(newsletter, email="eve@example.org")
    digests.make_due()
    adam, eve = send(sink)
    assert [number for number in range(10) if f"Headline {number}" in adam.text] == [7, 8]
    assert "1 more new answer is on the site:" in adam.text
    assert "8 more new answers are on the site:" in eve.text
    (page,) = {link for link in adam.links if "/newsletters/" in link}
    shown = client.get(page).content.decode()
    assert all(f"Headline {number}" in shown for number in range(10))


def test_of_more_than_a_mail_holds_it_prints_what_most_called_helpful_then_the_newest(sink):
    newsletter = make_newsletter(rhythm="daily", hour=12, at_most=3)
    answers = [
        make_printed(headline=f"Headline {number}", published_at=NOW - dt.timedelta(hours=6 + number))
        for number in range(6)
    ]
    for number, kind, count in ((4, "helpful", 1), (4, "helpful", 1), (5, "helpful", 1), (3, "unhelpful", 9)):
        Tally.objects.create(
            article=answers[number],
            kind=kind,
            count=count,
            day=NOW.date() - dt.timedelta(days=Tally.objects.count()),
        )
    make_reader(newsletter, email="adam@example.org")
    digests.make_due()
    Tally.objects.update(count=50)  # too late
    (copy,) = send(sink)
    assert copy.mail["Subject"] == "Headline 4, and 2 more answers"
    assert re.findall(r"(?m)^Headline (\d)$", copy.text) == ["4", "5", "0"]


# -- looks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(copy, theme):
    shown = copy.html if theme == "light" else dark(copy.html)
    found = list(contrasts(shown))
    assert len(found) > 10
    assert [row for row in found if row[3] < 4.5] == []
    # Nothing is pure: programs that turn colours round would make a glare of it.
    assert {colour for _, *colours, _ in found for colour in colours} & {"#ffffff", "#000000"} == set()


def test_no_text_is_small(copy):
    assert min(sizes(copy.html)) >= 16


def test_a_mail_is_one_valid_column(copy):
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(copy.html)
    tables = [table for table in tree.iter("table") if "wide" not in (table.get("class") or "")]
    assert all(table.get("role") == "presentation" for table in tables if table.get("width"))
    assert "max-width: 600px" in copy.html


def _storable(text: str) -> str:
    """As a form takes it."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


@pytest.mark.slow
def test_hostile_texts_run_nothing_in_a_mail(sink):
    newsletter = make_newsletter()
    make_reader(newsletter)
    allowed = {
        "href",
        "style",
        "class",
        "rel",
        "title",
        "aria-label",
        "start",
        "role",
        "width",
        "align",
        "cellpadding",
    }
    allowed |= {"cellspacing", "border", "lang"}
    for text in HOSTILE:
        article = make_printed(
            headline=_storable(text)[:100], answer=_storable(text), question=_storable(text)
        )
        issue = make_left(
            newsletter, Pick(article, in_full=True, remark=_storable(text)[:200]), intro=_storable(text)
        )
        made = rendering.preview(issue, to="adam@example.org").html
        for element in body_of(made).iter():
            if isinstance(element.tag, str):
                assert element.tag not in {
                    "script",
                    "style",
                    "img",
                    "iframe",
                    "svg",
                    "form",
                    "object",
                    "link",
                    "meta",
                }, text
                assert set(element.attrib) <= allowed, text
                assert not re.match(r"(?i)\s*(?:javascript|data|vbscript|file):", element.get("href", "")), (
                    text
                )


# -- size -----------------------------------------------------------------------------------------------------------


def test_answers_that_are_too_long_for_a_mail_are_cut_to_their_beginning_from_the_last(sink):
    newsletter = make_newsletter()
    make_reader(newsletter)
    long = [make_printed(headline=f"Long {n}", answer=f"Begin{n}. {'words ' * 7_000}") for n in range(4)]
    make_left(newsletter, *(Pick(article, in_full=True) for article in long))
    (copy,) = send(sink, now=NOW + dt.timedelta(minutes=11))
    assert len(copy.html.encode()) < 100_000
    assert [number for number in range(4) if f"Begin{number}." in copy.html] == [0, 1]
    assert [number for number in range(4) if f"Begin{number}." in copy.text] == [0, 1]
    assert [number for number in range(4) if f"Long {number}" in copy.html] == [0, 1, 2, 3]
    assert copy.html.count(">Read the answer</a>") == 2


def test_a_thousand_copies_are_made_of_one_template(sink, monkeypatch):
    newsletter, made = make_newsletter(), []
    compose = rendering.compose
    monkeypatch.setattr(rendering, "compose", lambda *given: made.append(given) or compose(*given))
    edited(sink, newsletter=newsletter, readers=[f"reader-{number}@example.org" for number in range(5)])
    assert len(sink.mails) == 5
    assert len(made) == 1
