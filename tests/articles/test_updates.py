"""What is printed under an answer of what happened since, and where it goes from."""

import json

import pytest

from advice.articles import updates, workflow
from advice.articles.models import ArticleEvent, Update
from advice.articles.workflow import NotPermitted
from tests.factories import make_draft, make_published, make_user

pytestmark = pytest.mark.django_db

HOSTILE = "# Loud\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://evil.example/p.gif)"


def add(article, text="It *passed*.", signature="Adam"):
    return updates.add(article, text=text, signature=signature, by=make_user())


def everywhere(client, article):
    """Each public form that an article has, as it is read now."""
    path = article.get_absolute_url()
    return {
        "page": client.get(path).content.decode(),
        "markdown": client.get(path.rstrip("/") + ".md").content.decode(),
        "api": client.get(f"/api/v1/questions/{article.slug}").content.decode(),
        **{kind: client.get(f"/feeds/latest.{kind}").content.decode() for kind in ("atom", "rss", "json")},
    }


def test_it_stands_under_the_answer_dated_and_signed(client):
    article = make_published()
    assert "What happened since" not in "".join(everywhere(client, article).values())
    update = add(article, signature="Adam & <Eve>")
    page = client.get(article.get_absolute_url()).content.decode()
    assert page.index("It passes.") < page.index("What happened since") < page.index('class="tags"')
    assert "<p>It <em>passed</em>.</p>" in page
    assert f'<time datetime="{update.made_at.astimezone().isoformat()[:10]}' in page
    assert '<p class="sign">Adam &amp; &lt;Eve&gt;</p>' in page


def test_every_form_of_the_article_has_it(client):
    article = make_published()
    add(article)
    forms = everywhere(client, article)
    assert [name for name, text in forms.items() if "passed" not in text] == []
    printed = json.loads(forms["api"])["updates"]
    assert [(one["html"].strip(), one["signature"]) for one in printed] == [
        ("<p>It <em>passed</em>.</p>", "Adam")
    ]
    assert "> It *passed*.\n>\n> — Adam" in forms["markdown"]


def test_the_feed_asks_once_more_however_many_articles_have_updates(client, django_assert_num_queries):
    for _ in range(3):
        add(make_published())
    with django_assert_num_queries(6):
        client.get("/feeds/latest.atom")


def test_caches_and_the_sitemap_learn_of_it(client):
    article = make_published()
    path = article.get_absolute_url()
    addresses = [path, f"/api/v1/questions/{article.slug}", "/feeds/latest.atom"]
    before = {address: client.get(address)["ETag"] for address in addresses}
    update = add(article)
    for address, etag in before.items():
        assert client.get(address, headers={"if-none-match": etag}).status_code == 200, address
    article.refresh_from_db()
    assert article.updated_at == update.made_at
    day = update.made_at.isoformat()[:10]
    assert f"<lastmod>{day}" in client.get("/sitemap-articles-1.xml").content.decode()
    before = {address: client.get(address)["ETag"] for address in addresses}
    updates.take_off(update, by=None)
    for address, etag in before.items():
        assert client.get(address, headers={"if-none-match": etag}).status_code == 200, address


def test_an_editor_who_has_the_article_open_is_not_made_stale_by_it():
    article = make_published()
    updates.take_off(add(article), by=None)
    add(article)
    workflow.edit(article, by=make_user(), version=article.version, dek="Another.")
    verbs = list(ArticleEvent.objects.filter(article=article).values_list("verb", flat=True))
    assert verbs[-4:] == ["update", "take update off", "update", "edit"]


def test_hostile_text_is_as_harmless_as_in_a_question(client):
    article = make_published()
    add(article, text=HOSTILE, signature="<script>alert(2)</script>")
    for name, text in everywhere(client, article).items():
        if name == "api":  # a signature is plain text there, as an article's own is
            text = json.loads(text)["updates"][0]["html"]
        if name == "markdown":
            assert text.count("<script>alert") == text.count("\\<script>alert") == 2
            continue
        assert "<script>alert" not in text, name
        assert 'href="javascript' not in text, name
        assert "<img" not in text.replace("<img class", ""), name
    assert '<h3 id="on-loud">Loud</h3>' in client.get(article.get_absolute_url()).content.decode()


def privacy(article):
    workflow.correct(article, kind="clarification", text="A name was taken out.", by=None, is_privacy=True)


def retract(article):
    workflow.retract(article, reason="It was wrong.", by=None)


def delete(article):
    workflow.delete(article, by=None)


@pytest.mark.parametrize("act", [privacy, retract, delete])
def test_what_is_taken_away_takes_the_updates_along(client, act):
    article = make_published()
    add(article, text="Canaryupdate.")
    act(article)
    assert not Update.objects.exists()
    assert "Canaryupdate" not in "".join(everywhere(client, article).values())


def test_another_correction_leaves_it():
    article = make_published()
    add(article)
    workflow.correct(article, kind="correction", text="It was wrong.", by=None)
    assert Update.objects.count() == 1


def test_it_stands_under_what_is_published_only():
    for article in (make_draft(), workflow.retract(make_published(), reason="Wrong.", by=None)):
        with pytest.raises(NotPermitted):
            add(article)


def test_search_does_not_find_it(client):
    article = make_published()
    add(article, text="Marmalade helped.")
    assert article.headline not in client.get("/search/?q=marmalade").content.decode()
