"""Articles as Markdown, and /llms.txt."""

import datetime as dt
import json
import re

import pytest
from django.utils import timezone
from markdown_it import MarkdownIt

from advice.articles import tallies, workflow
from advice.articles.models import OldSlug, Page, TallyKind
from advice.reading import plain
from tests.factories import make_column, make_expert, make_published, make_tag
from tests.hostile import HOSTILE
from tests.reading.printed import CANARY, make_printed, make_site

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"


def md(article) -> str:
    return f"{article.get_absolute_url()[:-1]}.md"


def read(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_article_is_the_same_as_markdown(client):
    article = make_printed(
        headline="Why *does* it twitch?",
        slug="why-does-it-twitch",
        dek="Mostly [salt].",
        question="It twitches.\r\n\r\nWhy?",
        answer="Dear Adam,\n\nIt **passes**[^1].\n\n[^1]: Mostly.",
        column=make_column("The Sports Doc", disclaimer="General *information* only."),
        experts=(make_expert(credentials="MD"),),
        tags=(make_tag("Calf"),),
        sources=[
            {"title": "On calves", "publisher": "BMJ", "year": 2020, "url": "https://x.example/a>b"},
            {"title": "Word of mouth", "publisher": "", "year": None, "url": ""},
        ],
        published_at=dt.datetime(2026, 11, 2, 7, 0, tzinfo=dt.UTC),
        reviewer=make_expert(credentials="PhD"),
        reviewed_on=dt.date(2026, 11, 1),
        asked_by=3,
    )
    at = dt.datetime(2026, 11, 3, 9, 0, tzinfo=dt.UTC)
    workflow.correct(article, kind="correction", text="It was *salt*.", by=None, at=at)
    name = article.answers.get().expert.name
    assert (
        read(client, "/questions/why-does-it-twitch.md")
        == f"""---
title: "Why *does* it twitch?"
description: "Mostly [salt]."
url: "{SITE}/questions/why-does-it-twitch/"
column: "The Sports Doc"
authors: ["{name}, MD"]
published: "2026-11-02T07:00:00+00:00"
updated: "2026-11-03T09:00:00+00:00"
tags: ["Calf"]
site: "Second Wind"
language: "en"
---

# Why \\*does\\* it twitch?

Mostly \\[salt\\].

**Correction, 3 November 2026**

It was *salt*.

## The letter

> It twitches.
>
> Why?
>
> — Adam

Asked by 3 readers.

## The answer of {name}, MD

Dear Adam,

It **passes**[^1].

[^1]: Mostly.

Reviewed by {article.reviewer.name}, PhD, 1 November 2026

## Sources

1. On calves, BMJ, 2020: <https://x.example/a%3Eb>
2. Word of mouth

---

General *information* only.
"""
    )


def test_it_is_the_page_in_another_form(client):
    article = make_printed()
    response = client.get(md(article), headers={"host": "localhost"})
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Link"] == f'<{SITE}{article.get_absolute_url()}>; rel="canonical"'
    assert "X-Robots-Tag" not in response
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not response.cookies
    assert client.get(md(article), headers={"if-none-match": response["ETag"]}).status_code == 304


def test_undated_article_gives_no_date_and_one_from_elsewhere_its_source(client):
    article = make_printed(
        undated=True, experts=(None,), source_name="The Old Column", source_url="https://old.example/"
    )
    text = read(client, md(article))
    assert "published:" not in text
    assert "authors:" not in text
    assert 'source: "The Old Column"\nsource_url: "https://old.example/"\n' in text
    assert "\n## The answer\n" in text


def test_retracted_article_gives_its_headline_and_its_reason_only(client):
    article = make_printed(
        headline="Bad Advice",
        dek=f"{CANARY} dek",
        question=f"{CANARY} question",
        answer=f"{CANARY} answer",
        signature=CANARY,
        sources=[{"title": CANARY, "publisher": "", "year": None, "url": ""}],
    )
    workflow.correct(article, kind="correction", text=f"It said {CANARY}.", by=None)
    assert read(client, md(article)).count(CANARY) == 7
    note = workflow.retract(article, reason="The study was *withdrawn*.", by=None).corrections.first()
    response = client.get(md(article))
    assert response["X-Robots-Tag"] == "noindex"
    day = f"{note.made_at.day} {note.made_at:%B %Y}"
    assert response.content.decode() == (
        f"# Bad Advice\n\n**Retraction, {day}**\n\nThe study was *withdrawn*.\n"
    )


@pytest.mark.parametrize("is_privacy", [True, False])
def test_what_stood_before_a_change_is_not_in_it(client, is_privacy):
    article = make_printed(question=f"It was {CANARY}.")
    assert CANARY in read(client, md(article))
    workflow.edit(article, by=None, version=article.version, question="It is not.")
    workflow.correct(article, kind="correction", text="Changed.", by=None, is_privacy=is_privacy)
    assert CANARY not in read(client, md(article))


def test_answer_that_is_not_filed_is_not_in_it(client):
    article = make_printed(experts=(make_expert(), make_expert()))
    article.answers.filter(position=2).update(status="assigned", filed_at=None, text=CANARY)
    assert CANARY not in read(client, md(article))


def test_former_address_and_capitals_lead_to_it(client):
    article = make_printed()
    OldSlug.objects.create(slug="former", article=article)
    for slug in ("former", "Former", article.slug.upper()):
        response = client.get(f"/questions/{slug}.md")
        assert (response.status_code, response["Location"]) == (301, md(article))


def test_deleted_article_answers_410_and_what_is_not_public_404(client):
    deleted = make_published(headline=CANARY)
    path = md(deleted)
    assert client.get(path).status_code == 200
    workflow.delete(deleted, by=None)
    gone = client.get(path)
    assert gone.status_code == 410
    assert CANARY not in gone.content.decode()
    draft = make_printed(status="draft", published_at=None)
    later = make_printed(published_at=timezone.now() + dt.timedelta(days=1))
    OldSlug.objects.create(slug="former-draft", article=draft)
    for slug in (draft.slug, later.slug, "former-draft", "never-was"):
        assert client.get(f"/questions/{slug}.md").status_code == 404, slug


@pytest.mark.parametrize("count", [1, 30])
def test_it_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, count):
    article = make_site(count)
    with django_assert_num_queries(3):
        client.get(md(article))


def test_control_characters_stay_out(client):
    article = make_printed(
        headline="A\x1b[31mB", question="C\x0cD\x07 \x9bE", dek="\x01\x7f", signature="\x08"
    )
    text = read(client, md(article))
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text) == []


def test_html_in_a_text_is_text_to_every_reader_of_markdown():
    """Ours takes no HTML; that of others, which this is, takes what is not escaped."""
    parser = MarkdownIt("commonmark", {"html": True})
    alive = [text for text in HOSTILE if _html(parser.parse(text))]
    assert len(alive) > 20
    given = [*HOSTILE, "`a\\` <b>x</b>", "\\\\<b>", "\\<b>", "<!-- x -->", "a ` b\n\n<i>` c", "| ` | <b> ` |"]
    for text in given:
        quoted = plain._quoted(plain.source(text), "<b>Adam</b>")
        for written in (plain.source(text), quoted, f"# {plain.words(text)}"):
            assert _html(parser.parse(written)) == [], text


def _html(tokens) -> list[str]:
    inner = [child for token in tokens for child in token.children or []]
    return [token.content for token in [*tokens, *inner] if token.type in {"html_block", "html_inline"}]


def test_what_is_no_html_stays_as_it_was_written():
    text = "1 < 2, <https://x.example/>, <mailto:a@x.example>, \\<b>, a<b\n\n> quoted\n\n```\nif a < b:\n```"
    assert plain.source(text) == text.replace("a<b", "a\\<b")


def test_llms_leads_to_the_newest_answers_of_each_column(client):
    column = make_column("The [Sports] Doc")
    Page.objects.create(slug="about", title="About {site_name}", text="Us.")
    made = [make_printed(column=column, headline=f"Number {n}", dek="A *dek*.") for n in range(7)]
    make_printed(headline=CANARY, status="draft", published_at=None)
    make_printed(headline=CANARY, published_at=timezone.now() + dt.timedelta(days=1))
    workflow.retract(make_printed(headline=CANARY), reason="Wrong.", by=None)
    make_column("Empty")
    response = client.get("/llms.txt", headers={"host": "localhost"})
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not response.cookies
    text = response.content.decode()
    assert text.startswith("# Second Wind\n\n> Letters from readers")
    assert re.findall("^## .*", text, re.MULTILINE) == [
        *("## The \\[Sports\\] Doc", "## Standards", "## Feeds and API"),
    ]
    listed = [f"- [Number {n}]({SITE}{md(made[n])}): A \\*dek\\*." for n in range(5)]
    assert re.findall("^- .*questions/.*", text, re.MULTILINE) == listed
    assert f"- [About Second Wind]({SITE}/about/)\n" in text
    assert CANARY not in text


def test_llms_names_what_readers_called_helpful(client):
    article = make_printed()
    tallies.count(article, TallyKind.HELPFUL)
    text = read(client, "/llms.txt")
    assert f"## Most helpful this month\n\n- [{article.headline}]({SITE}{md(article)})" in text


def test_every_link_of_llms_leads_to_something(client):
    make_site(3)
    for slug in ("about", "standards", "privacy", "contact"):
        Page.objects.create(slug=slug, title=slug, text="Text.")
    links = re.findall(r"\]\((.*?)\)", read(client, "/llms.txt"))
    assert len(links) == 3 + 4 + 1 + 5
    for link in links:
        path = link.removeprefix(SITE)
        assert path.startswith("/api/v1/") or client.get(path).status_code == 200, link


@pytest.mark.parametrize("count", [1, 30])
def test_llms_asks_as_often_for_thirty_as_for_one(client, django_assert_num_queries, count):
    make_site(count)
    with django_assert_num_queries(4):
        client.get("/llms.txt")


def test_front_matter_survives_any_headline(client):
    headline = 'He said: "no" # - {x} \\ \u2028 \U0001f9b5'
    first = read(client, md(make_printed(headline=headline))).split("\n")[1]
    assert json.loads(first.removeprefix("title: ")) == headline
