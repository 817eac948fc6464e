"""Each accepted save is a revision; for privacy they go, with all that stood before."""

import pytest

from advice.articles import history, workflow
from advice.articles.importing import import_lines
from advice.articles.models import Article, CorrectionKind, Revision
from advice.articles.restoring import restore
from advice.articles.workflow import NotReady, Stale
from tests.factories import make_draft, make_expert, make_published, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db


def edit(article: Article, **fields) -> Article:
    article.refresh_from_db()
    return workflow.edit(article, by=None, version=article.version, **fields)


def rewrite(article: Article, text: str, **context) -> None:
    answer = article.answers.get()
    workflow.save_answer(answer, text=text, by=None, version=answer.version, **context)


def texts(article: Article, **which) -> list[str]:
    """Oldest first."""
    return [revision.text for revision in article.revisions.filter(**which).order_by("pk")]


def questions(article: Article) -> list[str]:
    return texts(article, answer=None)


def where(canary: str) -> list[str]:
    return [table for table, rows in everything_stored() if canary in rows]


def test_each_save_of_the_question_is_kept_with_who_and_why():
    by = make_user()
    article = workflow.draft(by=by, headline="One", question="First.")
    source = {"title": "Cramp", "publisher": "", "year": 2019, "url": ""}
    fields = {"headline": "Two", "dek": "D", "signature": "S", "question": "Second.", "sources": [source]}
    workflow.edit(article, by=by, version=1, why="Clearer", **fields)
    later, first = article.revisions.all()
    assert (first.by, first.why, first.headline, first.text) == (by, "", "One", "First.")
    assert (later.by, later.why, later.answer, later.text) == (by, "Clearer", None, "Second.")
    assert (later.headline, later.dek, later.signature, later.sources) == ("Two", "D", "S", [source])


def test_each_save_of_an_answer_is_kept_and_what_is_filed():
    by, article = make_user(), workflow.draft(by=None, headline="H", question="Q")
    answer = workflow.assign(article, expert=make_expert(), by=by)
    answer = workflow.save_answer(answer, text="Half.", by=by, version=1, why="A start")
    answer = workflow.file_answer(answer, text="Whole.", by=by, version=2)
    kept = answer.revisions.order_by("pk").values_list("text", "why", "by")
    assert list(kept) == [("Half.", "A start", by.pk), ("Whole.", "", by.pk)]
    assert questions(article) == ["Q"]


def test_a_save_that_is_refused_or_changes_no_word_keeps_nothing():
    article = make_published(question="First.")
    with pytest.raises(Stale):
        workflow.edit(article, by=None, version=99, question="Stale.")
    with pytest.raises(NotReady):
        edit(article, question="")
    edit(article, slug="elsewhere")
    rewrite(article, article.answers.get().text)
    assert questions(article) == ["First."]


def test_a_text_of_before_has_its_first_revision_when_it_is_changed():
    line = '{"id": "1", "headline": "H", "question": "Q", "answers": [{"text": "A", "expert": "E"}], "published_at": "2025-01-01T00:00:00Z"}'
    import_lines([line])
    assert not Revision.objects.exists()
    article = Article.objects.get()
    edit(article, question="Q, mended.")
    rewrite(article, "A, mended.")
    assert questions(article) == ["Q", "Q, mended."]
    assert texts(article, answer=article.answers.get()) == ["A", "A, mended."]


def test_a_file_that_is_read_again_adds_to_what_was_saved():
    line = '{"id": "1", "headline": "H", "question": "%s", "answers": [{"text": "%s", "expert": "E"}], "published_at": "2025-01-01T00:00:00Z"}'
    import_lines([line % ("Q1", "A1")])
    article = Article.objects.get()
    rewrite(article, "A2")
    import_lines([line % ("Q2", "A3")])
    import_lines([line % ("Q2", "A3")])
    assert questions(article) == ["Q1", "Q2"]
    assert texts(article, answer=article.answers.get()) == ["A1", "A2", "A3"]


def test_one_that_is_restored_is_the_newest_and_loses_none():
    by, article = make_user(), workflow.draft(by=None, headline="One", question="First.", signature="S")
    edit(article, headline="Two", question="Second.", signature="")
    article.refresh_from_db()
    first = article.revisions.order_by("pk")[0]
    restore(first, by=by, version=article.version, why="Better")
    article.refresh_from_db()
    assert (article.headline, article.question, article.signature) == ("One", "First.", "S")
    assert questions(article) == ["First.", "Second.", "First."]
    assert (article.revisions.first().by, article.revisions.first().why) == (by, "Better")
    with pytest.raises(Stale):
        restore(first, by=by, version=article.version - 1, why="")


def test_what_is_restored_passes_the_checks_of_every_save():
    article = workflow.draft(by=None, headline="One", question="")
    workflow.edit(article, by=None, version=1, question="Whole.", **{"dek": "D"})
    published = make_published()
    Revision.objects.filter(article=article).update(article=published)
    empty = published.revisions.get(text="", headline="One")
    with pytest.raises(NotReady):
        restore(empty, by=make_user(), version=published.version, why="")


def privately(article):
    workflow.correct(article, kind=CorrectionKind.CORRECTION, text="Right.", by=None, is_privacy=True)


def retractedly(article):
    workflow.retract(article, reason="Wrong.", by=None)


@pytest.mark.parametrize("act", [privately, retractedly, lambda article: workflow.delete(article, by=None)])
def test_for_privacy_or_after_a_retraction_no_table_holds_a_former_word(act):
    article = make_published(headline="Canary of Leeds", question="I am the Canary.", dek="Canary")
    edit(article, headline="H", question="I run.", dek="D", why="Canary named herself", slug="a-runner")
    rewrite(article, "Dear Canary.")
    rewrite(article, "Dear runner.")
    article.old_slugs.all().delete()
    assert where("Canary")
    act(article)
    assert where("Canary") == []


def test_after_a_note_about_privacy_only_the_newest_of_each_part_stands():
    article = make_published(question="I am the Canary.")
    privately(article)
    edit(article, question="I am a canary bird.")
    edit(article, question="I run.", why="Nothing of her is left")
    rewrite(article, "Dear runner.")
    assert (questions(article), where("anary")) == (["I run."], [])
    assert texts(article, answer__isnull=False) == ["Dear runner."]


def test_with_the_words_of_a_draft_go_those_that_were_saved_of_it():
    article = workflow.draft(by=None, headline="Canary", question="Canary.")
    edit(article, question="Another canary.")
    workflow.empty(article, by=None)
    assert where("anary") == []


def test_of_what_was_saved_before_it_came_out_only_what_came_out_is_left():
    article = make_draft(question="Nearer to the letter.")
    edit(article, question="As it came out.")
    edit(other := make_draft(), question="A draft still.")
    workflow.publish(article, by=None)
    edit(article, question="As it stands.")
    assert history.forget_working([article.pk, other.pk]) == 1
    assert questions(article) == ["As it came out.", "As it stands."]
    assert len(questions(other)) == 2


def test_a_picture_that_can_be_restored_is_not_deleted(django_capture_on_commit_callbacks):
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from advice.articles import uploads

    name = default_storage.save("uploads/r.webp", ContentFile(b"pixels"))
    article = make_draft(question=f"![A calf](/media/{name})")
    edit(article, question="My calf.")
    uploads.forget_unused([name])
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        workflow.delete(article, by=None)
    assert not default_storage.exists(name)
