"""What a text names is drawn in it, and printed anew when it changes; what the text says stays as it was typed."""

import pytest

from advice.articles import indexing, searching, snippets, workflow
from advice.articles.models import Answer, Article, Edition, Revision, Snippet
from advice.articles.models.snippets import MOST, draw, markdown_of
from advice.articles.workflow import NotPermitted
from advice.operations.due import run_due
from advice.reading import changes
from advice.trace.models import Act
from tests.factories import make_column, make_draft, make_published, make_user
from tests.hostile import HOSTILE
from tests.test_markup import live

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db):
    return make_user()


@pytest.fixture
def box(by):
    return snippets.make(by=by, name="Stretch box", slug="stretch-box", text="Stretch *calves* daily.")


def written(by, text: str, **fields) -> Article:
    """A published article whose answer says `text`."""
    article = make_published(**fields)
    answer = article.answers.get()
    workflow.save_answer(answer, text=text, by=by, version=answer.version)
    return article


DRAWN = "<p>Stretch <em>calves</em> daily.</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("{{stretch-box}}", DRAWN),
        ("Before.\n\n{{stretch-box}}\n\nAfter.", f"<p>Before.</p>\n{DRAWN}\n<p>After.</p>"),
        ("> {{stretch-box}}", f"<blockquote>\n{DRAWN}\n</blockquote>"),
        ("  {{stretch-box}}  ", DRAWN),
        ("See {{stretch-box}} here.", "<p>See {{stretch-box}} here.</p>"),
        ("{{stretch-box}} {{stretch-box}}", "<p>{{stretch-box}} {{stretch-box}}</p>"),
        ("{{nothing}}", "<p>{{nothing}}</p>"),
        ("{{Stretch-Box}}", "<p>{{Stretch-Box}}</p>"),
        ("{{ stretch-box }}", "<p>{{ stretch-box }}</p>"),
        ("`{{stretch-box}}`", "<p><code>{{stretch-box}}</code></p>"),
        ("```\n{{stretch-box}}\n```", "<pre><code>{{stretch-box}}\n</code></pre>"),
        ("<p>{{stretch-box}}</p>", "<p>&lt;p&gt;{{stretch-box}}&lt;/p&gt;</p>"),
        ("*{{stretch-box}}*", "<p><em>{{stretch-box}}</em></p>"),
        (r"\{{stretch-box}}", "<p>{{stretch-box}}</p>"),
    ],
)
def test_only_a_paragraph_of_its_own_is_drawn(box, text, html):
    assert draw(text).html == (DRAWN if text.startswith("\\") else html)


def test_none_is_drawn_in_another_and_no_text_holds_more_than_a_few(box):
    Snippet.objects.create(name="Loop", slug="loop", text="{{loop}}\n\n{{stretch-box}}")
    assert draw("{{loop}}").html == "<p>{{loop}}</p>\n<p>{{stretch-box}}</p>"
    assert draw("{{stretch-box}}\n\n" * 50).html.count("calves") == MOST


@pytest.mark.parametrize("words", HOSTILE)
def test_what_a_snippet_holds_stays_inert(words):
    words = words.encode("utf-8", "replace").decode().replace("\0", "")  # as a database takes them
    Snippet.objects.create(name="Bad", slug="bad", text=words)
    assert live(draw("Before.\n\n{{bad}}\n\nAfter.").html) == []
    assert live(draw(f"{words}\n\n{{{{bad}}}}").html) == []


def test_a_change_is_printed_anew_in_page_search_feed_api_and_markdown_and_no_date_changes(
    by, box, client, django_capture_on_commit_callbacks
):
    article = written(by, "Dear Adam,\n\n{{stretch-box}}", question="Why?\n\n{{stretch-box}}")
    before = Article.objects.get(pk=article.pk)
    revisions, seen = Revision.objects.count(), changes.last()
    with django_capture_on_commit_callbacks(execute=True):
        snippets.edit(box, by=by, name=box.name, text="Rest the **soleus**.")
    after = Article.objects.get(pk=article.pk)
    assert (after.updated_at, after.published_at, after.version) == (
        before.updated_at,
        before.published_at,
        before.version,
    )
    assert after.question_html == "<p>Why?</p>\n<p>Rest the <strong>soleus</strong>.</p>"
    assert after.question == "Why?\n\n{{stretch-box}}"
    assert Revision.objects.count() == revisions
    path = article.get_absolute_url()
    shown = [path, path.rstrip("/") + ".md", f"/api/v1/questions/{article.slug}", "/feeds/latest.atom"]
    for address in shown:
        page = client.get(address).content.decode()
        assert page.count("soleus") >= 2, address
        assert "calves" not in page, address
        assert "{{" not in page, address
    assert [found.article for found in searching.search("soleus").items] == [article]
    assert changes.last() > seen


def test_what_is_due_is_found_by_query_a_few_at_a_time_and_done_once(by, box):
    for _ in range(3):
        written(by, "{{stretch-box}}")
    snippets.edit(box, by=by, name=box.name, text="Rest.")  # what waits for the commit is lost
    assert Answer.objects.filter(html__contains="Rest.").count() == 0
    assert snippets.redraw_due(limit=2) == 2
    assert snippets.redraw_due(stop=lambda: True) == 0
    assert run_due()["articles with a changed snippet"] == 1
    assert Answer.objects.filter(html="<p>Rest.</p>").count() == 3
    assert snippets.redraw_due() == 0
    assert "articles with a changed snippet" not in run_due()


def test_what_names_a_snippet_before_it_is_made_gets_it_and_drafts_too(
    by, django_capture_on_commit_callbacks
):
    public, draft = written(by, "{{later}}"), make_draft(question="{{later}}\n\n`{{later}}`")
    with django_capture_on_commit_callbacks(execute=True):
        later = snippets.make(by=by, name="Later", slug="later", text="Rest.")
    draft.refresh_from_db()
    assert draft.question_html == "<p>Rest.</p>\n<p><code>{{later}}</code></p>"
    assert public.answers.get().html == "<p>Rest.</p>"
    assert snippets.uses() == {"later": 2}
    assert set(snippets.standing_in(later)) == {public, draft}


def test_a_disclaimer_shows_the_change_at_once(by, box):
    column = make_column(disclaimer="{{stretch-box}}\n\nNo diagnosis.")
    snippets.edit(box, by=by, name=box.name, text="Rest.")
    column.refresh_from_db()
    assert column.disclaimer_html == "<p>Rest.</p>\n<p>No diagnosis.</p>"
    assert snippets.columns_with(box) == [column]


def test_only_what_stands_nowhere_is_deleted(by, box):
    column = make_column(disclaimer="{{stretch-box}}")
    article = written(by, "{{stretch-box}}")
    for _ in range(2):
        with pytest.raises(NotPermitted):
            snippets.delete(box, by=by)
        column.disclaimer = ""
        column.save()
    answer = article.answers.get()
    workflow.save_answer(answer, text="None.", by=by, version=answer.version)
    assert Answer.objects.get(pk=answer.pk).snippets == ""
    snippets.delete(box, by=by)
    assert not Snippet.objects.exists()


def test_a_former_text_stays_as_it_was_printed_and_the_index_of_a_draft_stays_empty(by, box):
    article = written(by, "{{stretch-box}}")
    answer = article.answers.get()
    workflow.save_answer(answer, text="{{stretch-box}}\n\nMore.", by=by, version=answer.version)
    workflow.unpublish(Article.objects.get(pk=article.pk), by=by)
    snippets.edit(box, by=by, name=box.name, text="Rest the soleus.")
    snippets.redraw_due()
    assert "calves" in Edition.objects.first().answers[0]["html"]
    assert searching.search("soleus").items == []
    assert indexing.rebuild() == 0


def test_markdown_holds_the_snippets_markdown_where_it_is_drawn(box):
    assert markdown_of("A\n\n{{stretch-box}}\n\nB {{stretch-box}}") == (
        "A\n\nStretch *calves* daily.\n\nB {{stretch-box}}"
    )
    assert markdown_of("{{nothing}}") == "{{nothing}}"


def test_it_is_said_what_a_text_names_and_does_not_get(box):
    assert snippets.not_drawn("{{stretch-box}}\n\n{{nothing}}\n\n{{ 7*7 }}") == ["{{nothing}}"]
    assert snippets.not_drawn("See {{stretch-box}}.") == ["{{stretch-box}}"]


def test_each_act_leaves_its_line(by, box):
    pk = box.pk
    snippets.edit(box, by=by, name="Box", text="Rest.")
    snippets.delete(box, by=by)
    lines = [str(act) for act in Act.objects.filter(kind="snippet").order_by("pk")]
    assert lines == [f"{verb} snippet {pk}" for verb in ("make", "edit", "delete")]


@pytest.mark.parametrize("count", [1, 3])
def test_to_count_the_uses_takes_three_queries_for_any_number(by, django_assert_num_queries, count):
    for number in range(count):
        snippets.make(by=by, name=f"N {number}", slug=f"n-{number}", text="Rest.")
        written(by, "{{n-" + str(number) + "}}")
    with django_assert_num_queries(3):
        assert sum(snippets.uses().values()) == count
