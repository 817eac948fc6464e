"""What stood before: kept at a change of what is public, shown by a correction, deleted where it may not be shown."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article, CorrectionKind, Edition
from tests.factories import make_draft, make_published

pytestmark = pytest.mark.django_db


def edit(article: Article, **fields) -> Article:
    article.refresh_from_db()
    return workflow.edit(article, by=None, version=article.version, **fields)


def correct(article: Article, **fields):
    return workflow.correct(article, kind=CorrectionKind.CORRECTION, text="Right.", by=None, **fields)


def rewrite_answer(article: Article, text: str) -> None:
    answer = article.answers.get()
    workflow.save_answer(answer, text=text, by=None, version=answer.version)


def test_a_correction_leads_to_the_text_that_stood_before():
    article = make_published(headline="Six hundred milligrams")
    edit(article, headline="Four hundred milligrams")
    note = correct(article)
    assert note.before.headline == "Six hundred milligrams"
    assert note.before.until <= timezone.now()


def test_what_stood_before_is_the_first_of_several_changes_since_the_last_note():
    article = make_published(headline="One")
    edit(article, headline="Two")
    first = correct(article)
    edit(article, headline="Three")
    rewrite_answer(article, "Dear Adam,\n\nIt *does* pass.")
    edit(article, headline="Four")
    second = correct(article)
    assert (first.before.headline, second.before.headline) == ("One", "Two")


def test_a_change_of_an_answer_is_kept_with_its_byline():
    article = make_published()
    byline = article.answers.get().expert.byline
    rewrite_answer(article, "Something else.")
    assert Edition.objects.get().answers == [
        {"byline": byline, "html": "<p>Dear Adam,</p>\n<p>It passes.</p>"}
    ]


def test_a_note_without_a_change_leads_nowhere():
    assert correct(make_published()).before is None


def test_a_save_that_changes_nothing_printed_keeps_nothing():
    article = make_published()
    edit(article, announced_as="A line", slug="another-address")
    assert not Edition.objects.exists()


def test_drafts_and_what_is_scheduled_keep_nothing():
    for article in (make_draft(), make_published(at=timezone.now() + timezone.timedelta(days=1))):
        edit(article, headline="Another")
        rewrite_answer(article, "Another")
    assert not Edition.objects.exists()


def test_an_import_that_changes_what_is_public_keeps_what_stood():
    from advice.articles.importing import import_lines

    line = '{"id": "1", "headline": "%s", "question": "Q", "answers": [{"text": "A", "expert": "E"}], "published_at": "2025-01-01T00:00:00Z"}'
    import_lines([line % "One"])
    import_lines([line % "Two"])
    assert Edition.objects.get().headline == "One"


@pytest.mark.parametrize("note_first", [True, False])
def test_a_privacy_correction_deletes_what_stood_whichever_comes_first(note_first):
    article = make_published(headline="Adam of Leeds")
    edit(article, dek="Another dek")
    earlier = correct(article)
    acts = [lambda: correct(article, is_privacy=True), lambda: edit(article, headline="A runner")]
    for act in acts if note_first else reversed(acts):
        act()
    earlier.refresh_from_db()
    assert earlier.before is None
    assert not Edition.objects.exists()
    edit(article, headline="Another runner")
    later = correct(article)
    assert later.before is None or later.before.headline == "A runner"


def test_after_a_note_about_privacy_no_former_text_is_kept_in_however_many_steps_it_is_cleaned():
    """Question and answer are saved apart at the desk: the second save would hold what the first took away."""
    article = make_published(headline="Adam of Leeds", question="I am Adam of Leeds.")
    rewrite_answer(article, "Dear Adam of Leeds.")
    correct(article, is_privacy=True)
    edit(article, headline="A runner", question="I run.")
    rewrite_answer(article, "Dear runner.")
    edit(article, dek="Another dek")
    assert correct(article).before is None
    assert not Edition.objects.exists()


def test_a_note_need_not_lead_to_what_stood_before():
    article = make_published(headline="One")
    edit(article, headline="Two")
    assert correct(article, hide_former=True).before is None
    assert Edition.objects.exists()


def test_sources_are_part_of_what_stood():
    source = {"title": "Cramp", "publisher": "", "year": 2019, "url": ""}
    article = make_published()
    edit(article, sources=[source])
    edit(article, sources=[])
    assert [edition.sources for edition in Edition.objects.order_by("pk")] == [[], [source]]


def test_for_privacy_earlier_notes_and_addresses_may_go_too():
    article = make_published(headline="Adam of Leeds")
    note = workflow.correct(article, kind=CorrectionKind.CLARIFICATION, text="He is Adam of Leeds.", by=None)
    edit(article, headline="A runner", slug="a-runner")
    correct(article, forget_notes=True, forget_addresses=True)
    assert article.old_slugs.count() == 1, "only a note about privacy takes these away"
    latest = correct(article, is_privacy=True, forget_notes=True, forget_addresses=True)
    note.refresh_from_db()
    assert "Adam" not in note.text + note.html
    assert (note.kind, latest.text) == (CorrectionKind.CLARIFICATION, "Right.")
    assert not article.old_slugs.exists()


PICTURE = "![A calf](/media/{})"


@pytest.fixture
def pictures() -> list[str]:
    return [default_storage.save(f"uploads/{n}.webp", ContentFile(b"pixels")) for n in "abc"]


def there(names: list[str]) -> list[bool]:
    return [default_storage.exists(name) for name in names]


def test_a_picture_that_was_taken_out_for_privacy_is_deleted_unless_it_stands_elsewhere(
    pictures, django_capture_on_commit_callbacks
):
    one, two, three = (PICTURE.format(name) for name in pictures)
    article = make_published(question=f"{one}\n\n{two}\n\n{three}\n\nMy calf.")
    make_draft(question=two)
    with django_capture_on_commit_callbacks(execute=True):
        edit(article, question=f"{three}\n\nMy calf.")
    assert there(pictures) == [True, True, True]
    with django_capture_on_commit_callbacks(execute=True):
        correct(article, is_privacy=True)
    assert there(pictures) == [False, True, True]
    with django_capture_on_commit_callbacks(execute=True):
        edit(article, question="My calf.")
    assert there(pictures) == [False, True, False]


def test_with_a_deleted_article_its_pictures_go(pictures, django_capture_on_commit_callbacks):
    article = make_published()
    rewrite_answer(article, f"{PICTURE.format(pictures[0])}\n\nIt passes.")
    with django_capture_on_commit_callbacks(execute=True):
        workflow.delete(article, by=None)
    assert there(pictures) == [False, True, True]


def test_a_retraction_deletes_what_stood():
    article = make_published(headline="One")
    edit(article, headline="Two")
    correct(article)
    workflow.retract(article, reason="Wrong.", by=None)
    assert not Edition.objects.exists()
    assert [note.before for note in article.corrections.all()] == [None, None]
