"""What stood before a correction: shown where a note names it, gone for good after a privacy note or a retraction."""

import datetime as dt
import re

import html5lib
import pytest
import time_machine
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article, Correction, OldSlug
from tests.factories import make_draft, make_published, make_tag, make_user
from tests.reading.printed import CANARY
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db


def make_corrected(**fields) -> tuple[Article, Correction]:
    """An article whose every text held the canary until it was corrected."""
    article = make_published(
        question=f"{CANARY} question?\n\n## {CANARY} heading", dek=f"{CANARY} dek", **fields
    )
    answer = article.answers.get()
    changed = {"question": "Another question?", "dek": "Another dek."}
    article = workflow.edit(article, by=None, version=article.version, **changed)
    workflow.save_answer(answer, text="Dear Adam,\n\nSix weeks.", by=None, version=answer.version)
    note = workflow.correct(article, kind="correction", text="It is **six** weeks.", by=None)
    return Article.objects.get(pk=article.pk), note


def address(article: Article, note: Correction) -> str:
    return f"{article.get_absolute_url()}before/{note.pk}/"


def test_shows_the_former_text_marked_as_such_with_its_dates_and_the_way_to_the_new_one(client):
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        article, note = make_corrected()
        assert CANARY not in client.get(article.get_absolute_url()).content.decode()
    with time_machine.travel("2026-04-01T12:00:00Z", tick=False):
        page = client.get(address(article, note)).content.decode()
    parts = [
        "This is a former text.",
        "It stood here until",
        '<time datetime="2026-03-02T12:00:00+00:00">2 March 2026</time>',
        f'href="{article.get_absolute_url()}">Read the article as it is now',
        "<b>Correction</b>",
        "It is <strong>six</strong> weeks.",
        f"<h1>{article.headline}</h1>",
        f"{CANARY} dek",
        ">Q</span>",
        f"{CANARY} question?",
        f'<h3 id="on-{CANARY}-heading">',
        '<p class="sign">Adam</p>',
        ">A</span>",
        "It passes.",
    ]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "Another" not in page
    assert "Was this helpful?" not in page


def test_is_kept_out_of_search_engines_and_names_the_article_as_the_true_page(client):
    article, note = make_corrected()
    response = client.get(address(article, note))
    page = response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    assert page.count('rel="canonical"') == 1
    assert f'<link rel="canonical" href="http://127.0.0.1:8000{article.get_absolute_url()}">' in page
    assert (response.cookies, "public" in response["Cache-Control"]) == ({}, True)


def test_is_shown_for_its_own_article_and_for_a_note_that_names_a_text_only(client):
    article, note = make_corrected()
    other = make_published()
    bare = workflow.correct(other, kind="clarification", text="In miles.", by=None)
    assert client.get(address(article, note)).status_code == 200
    for wrong in (address(other, note), address(other, bare), address(article, bare)):
        assert client.get(wrong).status_code == 404
    assert client.get(f"{article.get_absolute_url()}before/{'9' * 40}/").status_code == 404
    assert client.get(f"/questions/no-such/before/{note.pk}/").status_code == 404


def test_former_address_leads_to_the_present_one(client):
    article, note = make_corrected()
    OldSlug.objects.create(slug="as-it-was", article=article)
    response = client.get(f"/questions/as-it-was/before/{note.pk}/")
    assert (response.status_code, response["Location"]) == (301, address(article, note))


@pytest.mark.parametrize("status", ["draft", "in_review", "retracted"])
def test_is_hidden_where_the_article_is_not_published(client, status):
    article, note = make_corrected()
    Article.objects.filter(pk=article.pk).update(status=status)
    assert client.get(address(article, note)).status_code == 404


def test_is_hidden_where_the_article_is_scheduled(client):
    article, note = make_corrected()
    Article.objects.filter(pk=article.pk).update(published_at=timezone.now() + dt.timedelta(days=1))
    assert client.get(address(article, note)).status_code == 404


def corrected_for_privacy(article: Article) -> None:
    workflow.correct(article, kind="correction", text="A detail was removed.", by=None, is_privacy=True)


def retracted(article: Article) -> None:
    workflow.retract(article, reason="The study was withdrawn.", by=None)


@pytest.mark.parametrize("act", [corrected_for_privacy, retracted])
def test_after_a_privacy_note_or_a_retraction_the_former_text_is_nowhere(client, act):
    tag = make_tag()
    article, note = make_corrected(tags=[tag])
    assert CANARY in client.get(address(article, note)).content.decode()

    act(article)

    assert client.get(address(article, note)).status_code == 404
    places = [article.get_absolute_url(), "/", "/questions/", "/corrections/", "/feeds/latest.atom"]
    places += [tag.get_absolute_url(), "/search/?q=weeks", "/sitemap.xml", "/working-on/"]
    assert [place for place in places if CANARY in client.get(place).content.decode()] == []
    assert article.get_absolute_url() not in client.get(f"/search/?q={CANARY}").content.decode()
    assert "stood before" not in client.get(article.get_absolute_url()).content.decode()
    assert "stood before" not in client.get("/corrections/").content.decode()
    assert {table for table, rows in everything_stored() if CANARY in rows} == set()


def test_preview_of_what_was_taken_back_links_to_no_page_that_is_not_there(client):
    article, note = make_corrected()
    editor = make_user()
    client.force_login(editor)
    preview = f"/desk/articles/{article.pk}/preview/"
    assert address(article, note) in client.get(preview).content.decode()
    workflow.unpublish(article, by=editor)
    assert "stood before" not in client.get(preview).content.decode()


def test_is_valid_html_with_ids_of_its_own(client):
    article, note = make_corrected()
    page = client.get(address(article, note)).content.decode()
    html5lib.HTMLParser(strict=True).parse(page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_makes_three_queries(client, django_assert_num_queries):
    article, note = make_corrected()
    client.get(address(article, note))
    with django_assert_num_queries(3):
        client.get(address(article, note))


def test_a_draft_has_none(client):
    assert client.get(f"{make_draft().get_absolute_url()}before/1/").status_code == 404
