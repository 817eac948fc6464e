import datetime as dt

import pytest
import time_machine

from advice.articles import autosaving, workflow
from advice.articles.models import ArticleEvent, Autosave
from advice.operations import due
from tests.factories import make_draft, make_published, make_user

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def keep(part, user, text="Canaryword", **more):
    return autosaving.keep(part, by=user, **{"version": part.version, "fields": {"text": [text]}, **more})


def test_an_autosave_is_one_row_for_a_person_and_a_piece_and_never_the_piece_itself():
    article, mara, noor = make_draft(), make_user("editor"), make_user("editor")
    answer, events = article.answers.get(), ArticleEvent.objects.count()
    for text in ("One", "Two"):
        keep(answer, mara, text)
        keep(article, mara, text)
    keep(answer, noor, "Three")
    assert sorted(kept.fields["text"][0] for kept in Autosave.objects.all()) == ["Three", "Two", "Two"]
    before = answer.text, answer.version, article.version
    answer.refresh_from_db()
    article.refresh_from_db()
    assert (answer.text, answer.version, article.version) == before
    assert ArticleEvent.objects.count() == events


def test_what_was_typed_two_weeks_ago_is_forgotten():
    with time_machine.travel(NOW, tick=False) as clock:
        keep(make_draft(), make_user("editor"))
        clock.shift(autosaving.FORGET_AFTER - dt.timedelta(hours=1))
        due.run_due()
        assert Autosave.objects.count() == 1
        clock.shift(dt.timedelta(days=1, hours=1))
        due.run_due()
        assert not Autosave.objects.exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda it, by: workflow.correct(it, kind="correction", text="N.", by=by, is_privacy=True),
        lambda it, by: workflow.retract(it, reason="Wrong.", by=by),
        lambda it, by: workflow.delete(it, by=by),
    ],
)
def test_where_words_are_taken_away_what_was_being_typed_goes_too(act):
    article, editor = make_published(), make_user("editor")
    keep(article, editor)
    keep(article.answers.get(), editor)
    act(article, editor)
    assert not Autosave.objects.exists()


def test_a_form_from_before_a_privacy_correction_brings_no_words_back():
    article, editor = make_published(), make_user("editor")
    opened = article.version
    workflow.correct(article, kind="correction", text="N.", by=editor, is_privacy=True)
    with pytest.raises(autosaving.Refused):
        keep(article, editor, version=opened)
    article.refresh_from_db()
    keep(article, editor)


def test_of_an_emptied_article_the_letters_words_go_and_the_answer_stays():
    article, editor = make_draft(), make_user("editor")
    keep(article, editor)
    keep(article.answers.get(), editor)
    workflow.empty(article, by=editor)
    assert [kept.answer_id for kept in Autosave.objects.all()] == [article.answers.get().pk]
    with pytest.raises(autosaving.Refused):
        keep(article, editor)
