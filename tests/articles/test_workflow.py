import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import MOVES, Answer, AnswerStatus, Article, CorrectionKind, OldSlug, Status
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.mail.models import Message
from tests.factories import make_column, make_draft, make_expert, make_published, make_tag, make_user

pytestmark = pytest.mark.django_db


def fresh(article):
    return Article.objects.get(pk=article.pk)


def verbs(article):
    return [event.verb for event in article.events.order_by("pk")]


def in_review():
    return workflow.review(make_draft(), by=None)


def retracted():
    return workflow.retract(make_published(), reason="It was wrong.", by=None)


AT = {
    Status.DRAFT: make_draft,
    Status.IN_REVIEW: in_review,
    Status.PUBLISHED: make_published,
    Status.RETRACTED: retracted,
}
MAKE = {
    Status.IN_REVIEW: lambda article: workflow.review(article, by=None),
    Status.PUBLISHED: lambda article: workflow.publish(article, by=None),
    Status.DRAFT: lambda article: workflow.unpublish(article, by=None),
    Status.RETRACTED: lambda article: workflow.retract(article, reason="It was wrong.", by=None),
}


@pytest.mark.parametrize("start", Status.values)
@pytest.mark.parametrize("to", Status.values)
def test_an_article_moves_only_along_the_table(start, to):
    article = AT[start]()
    lines = article.events.count()
    if to in MOVES[start]:
        MAKE[to](article)
        assert fresh(article).status == to
        assert article.events.count() == lines + 1
        assert article.events.order_by("pk").last().before == start
    else:
        with pytest.raises(NotPermitted):
            MAKE[to](article)
        assert fresh(article).status == start
        assert article.events.count() == lines


def test_every_status_has_its_line_in_the_table():
    assert set(MOVES) == set(Status.values)


# -- drafting and editing ---------------------------------------------------------------------------------------


def test_a_drafts_slug_says_nothing_of_its_headline():
    article = workflow.draft(by=None, headline="Northfield depot worker's calf")
    assert article.slug.startswith("draft-")
    assert "northfield" not in article.slug


def test_an_edit_saves_the_texts_and_raises_the_version():
    article, column, tag = make_draft(), make_column(), make_tag()
    workflow.edit(
        article,
        by=None,
        version=article.version,
        headline="H",
        dek="D",
        question="*Q*",
        signature="S",
        column=column,
        tags=[tag],
    )
    row = fresh(article)
    assert (row.headline, row.dek, row.question_html, row.signature, row.column) == (
        "H",
        "D",
        "<p><em>Q</em></p>",
        "S",
        column,
    )
    assert list(row.tags.all()) == [tag]
    assert row.version == article.version + 1
    assert verbs(article)[-1] == "edit"


def test_the_second_of_two_edits_of_one_version_is_stale_and_changes_nothing():
    article = make_draft()
    workflow.edit(article, by=None, version=article.version, headline="First")
    with pytest.raises(Stale) as caught:
        workflow.edit(article, by=None, version=article.version, headline="Second", tags=[])
    assert caught.value.current.headline == "First"
    assert fresh(article).headline == "First"
    assert article.tags.count() == 1


def test_a_retracted_article_is_not_edited():
    article = retracted()
    with pytest.raises(NotPermitted):
        workflow.edit(article, by=None, version=article.version, headline="New")


def test_an_edit_takes_no_status():
    article = make_draft()
    with pytest.raises(TypeError):
        workflow.edit(article, by=None, version=article.version, status=Status.PUBLISHED)


def test_a_published_articles_old_address_is_kept():
    article = make_published(headline="Old name")
    workflow.edit(article, by=None, version=article.version, slug="new-name")
    assert fresh(article).slug == "new-name"
    assert OldSlug.objects.get(slug="old-name").article == article
    assert workflow.unused_slug("old name") == "old-name-2"


def test_an_article_may_take_up_its_own_former_address():
    article = make_published(headline="Old name")
    article = workflow.edit(article, by=None, version=article.version, slug="new-name")
    article = workflow.edit(article, by=None, version=article.version, slug="old-name")
    assert article.slug == "old-name"
    assert [old.slug for old in article.old_slugs.all()] == ["new-name"]


def test_no_two_articles_share_an_address():
    make_published(headline="Same")
    assert make_published(headline="Same").slug == "same-2"


# -- assigning and answering ------------------------------------------------------------------------------------


def test_an_expert_who_signs_in_is_told_of_an_assignment():
    article = workflow.draft(by=None, headline="H")
    workflow.assign(article, expert=make_expert(make_user("expert")), by=None)
    assert Message.objects.filter(kind="assigned").count() == 1


@pytest.mark.parametrize("active", [None, False])
def test_an_expert_who_does_not_sign_in_is_not_written_to(active):
    user = None if active is None else make_user("expert", is_active=False)
    workflow.assign(workflow.draft(by=None, headline="H"), expert=make_expert(user), by=None)
    assert not Message.objects.filter(kind="assigned").exists()


def test_one_expert_answers_an_article_once():
    article, expert = workflow.draft(by=None, headline="H"), make_expert()
    workflow.assign(article, expert=expert, by=None)
    with pytest.raises(NotPermitted):
        workflow.assign(article, expert=expert, by=None)


def test_two_experts_answer_in_order():
    article = workflow.draft(by=None, headline="H")
    first, second = (workflow.assign(article, expert=make_expert(), by=None) for _ in range(2))
    assert [first.position, second.position] == [1, 2]


@pytest.mark.parametrize("make", [in_review, make_published, retracted])
def test_only_a_draft_is_assigned(make):
    with pytest.raises(NotPermitted):
        workflow.assign(make(), expert=make_expert(), by=None)


def assigned():
    return workflow.assign(
        workflow.draft(by=None, headline="H"), expert=make_expert(make_user("expert")), by=None
    )


def test_an_answer_is_saved_filed_sent_back_and_filed_again():
    answer = assigned()
    answer = workflow.save_answer(answer, text="one", by=None, version=answer.version)
    assert (answer.status, answer.html) == (AnswerStatus.ASSIGNED, "<p>one</p>")
    answer = workflow.file_answer(answer, text="two", by=None, version=answer.version)
    assert (answer.status, answer.text, answer.note) == (AnswerStatus.FILED, "two", "")
    assert answer.filed_at is not None
    answer = workflow.send_back(answer, note="More, please.", by=None)
    assert (answer.status, answer.filed_at, answer.note) == (AnswerStatus.ASSIGNED, None, "More, please.")
    assert Message.objects.filter(kind="sent_back").count() == 1
    answer = workflow.file_answer(answer, text="three", by=None, version=answer.version)
    assert verbs(answer.article)[-3:] == ["file", "send back", "file"]


@pytest.mark.parametrize("act", [workflow.save_answer, workflow.file_answer])
def test_a_stale_answer_is_not_saved_over_another(act):
    answer = assigned()
    workflow.save_answer(answer, text="theirs", by=None, version=1)
    with pytest.raises(Stale) as caught:
        act(answer, text="mine", by=None, version=1)
    assert caught.value.current.text == "theirs"
    assert Answer.objects.get(pk=answer.pk).text == "theirs"


def test_of_two_who_file_one_wins():
    answer = assigned()
    workflow.file_answer(answer, text="mine", by=None, version=1)
    with pytest.raises(NotPermitted):
        workflow.file_answer(answer, text="theirs", by=None, version=1)
    assert Answer.objects.get(pk=answer.pk).text == "mine"


def test_an_empty_answer_is_not_filed():
    with pytest.raises(NotReady) as caught:
        workflow.file_answer(assigned(), text=" \n", by=None, version=1)
    assert caught.value.problems == ["The answer is empty."]


def test_what_is_not_filed_is_not_sent_back():
    with pytest.raises(NotPermitted):
        workflow.send_back(assigned(), note="More.", by=None)


@pytest.mark.parametrize("make", [make_published, retracted])
def test_what_is_public_is_not_sent_back(make):
    with pytest.raises(NotPermitted):
        workflow.send_back(make().answers.get(), note="More.", by=None)


def test_sending_back_takes_an_article_out_of_review():
    article = in_review()
    workflow.send_back(article.answers.get(), note="More.", by=None)
    assert fresh(article).status == Status.DRAFT
    assert fresh(article).stage == "assigned"


def test_an_assignment_is_taken_back_before_it_is_filed_and_not_after():
    answer = assigned()
    workflow.unassign(answer, by=None)
    assert not Answer.objects.filter(pk=answer.pk).exists()
    with pytest.raises(NotPermitted):
        workflow.unassign(make_draft().answers.get(), by=None)


def test_a_retracted_articles_answer_is_not_edited():
    answer = retracted().answers.get()
    with pytest.raises(NotPermitted):
        workflow.save_answer(answer, text="new", by=None, version=answer.version)


# -- review and publication -------------------------------------------------------------------------------------


def test_review_needs_every_answer_filed():
    with pytest.raises(NotReady):
        workflow.review(assigned().article, by=None)
    with pytest.raises(NotReady):
        workflow.review(workflow.draft(by=None, headline="H"), by=None)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        ({"dek": ""}, "It has no dek."),
        ({"question": ""}, "It has no question."),
        ({"column": None}, "It is in no column."),
        ({"tags": []}, "It has no tag."),
        ({"headline": " "}, "It has no headline."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_published(spoil, problem):
    article = make_draft()
    article = workflow.edit(article, by=None, version=article.version, **spoil)
    with pytest.raises(NotReady) as caught:
        workflow.publish(article, by=None)
    assert caught.value.problems == [problem]
    assert fresh(article).status == Status.DRAFT
    assert "publish" not in verbs(article)


def test_an_article_without_or_with_an_unfiled_answer_is_not_published():
    empty = workflow.draft(by=None, headline="H")
    assert "It has no answer." in workflow.problems(empty)
    assert "Not every answer is filed yet." in workflow.problems(assigned().article)


def test_published_now_has_its_address_and_date():
    before = timezone.now()
    article = make_published(headline="Why do my calves twitch?")
    assert article.slug == "why-do-my-calves-twitch"
    assert before <= article.published_at <= timezone.now()
    assert article.is_published


def test_scheduled_is_public_at_its_time_and_not_before():
    at = timezone.now() + dt.timedelta(hours=2)
    article = make_published(at=at)
    assert (article.published_at, article.stage) == (at, "scheduled")
    assert not Article.objects.published().exists()
    assert Article.objects.published(at - dt.timedelta(seconds=1)).count() == 0
    assert Article.objects.published(at).count() == 1


def test_a_scheduled_article_can_be_given_another_time():
    article = make_published(at=timezone.now() + dt.timedelta(hours=2))
    later = timezone.now() + dt.timedelta(days=2)
    workflow.publish(article, by=None, at=later)
    assert fresh(article).published_at == later


def test_of_two_who_publish_one_wins():
    article = make_draft()
    workflow.publish(article, by=None)
    with pytest.raises(NotPermitted):
        workflow.publish(article, by=None)
    assert verbs(article).count("publish") == 1


def test_an_unpublished_article_keeps_its_first_date_when_it_comes_back():
    article = make_published()
    first = article.published_at
    workflow.unpublish(article, by=None)
    assert not Article.objects.published().exists()
    assert workflow.publish(article, by=None).published_at == first


def test_an_unpublished_article_comes_back_at_the_later_time_that_was_asked_for():
    article = make_published()
    workflow.unpublish(article, by=None)
    first, later = fresh(article).published_at, timezone.now() + dt.timedelta(days=1)
    assert workflow.publish(article, by=None, at=later).published_at == later
    assert not Article.objects.published().exists()
    assert fresh(article).dated_at == first, "the printed date is never rewritten"


def test_an_unpublished_article_keeps_its_first_date_where_the_time_asked_for_is_over():
    article = make_published()
    workflow.unpublish(article, by=None)
    over = timezone.now() - dt.timedelta(days=1)
    assert workflow.publish(article, by=None, at=over).published_at == article.published_at


@pytest.mark.parametrize("at", [None, dt.timedelta(days=1)])
def test_the_address_of_what_was_ever_public_is_kept_for_ever(at):
    article = make_published(headline="Old name")
    workflow.unpublish(article, by=None)
    if at:  # taken back a second time, from the calendar
        workflow.publish(article, by=None, at=timezone.now() + at)
        workflow.unpublish(article, by=None)
    workflow.edit(article, by=None, version=fresh(article).version, slug="new-name")
    workflow.publish(article, by=None)
    assert OldSlug.objects.get(slug="old-name").article == article


def test_what_was_only_scheduled_leaves_no_old_address():
    article = make_published(headline="Old name", at=timezone.now() + dt.timedelta(hours=2))
    workflow.edit(article, by=None, version=article.version, slug="new-name")
    assert not OldSlug.objects.exists()


def test_an_address_that_an_editor_wished_for_stays_though_it_begins_like_a_drafts():
    article = make_draft(headline="Beer and running")
    article = workflow.edit(article, by=None, version=article.version, slug="draft-beer")
    assert workflow.publish(article, by=None).slug == "draft-beer"
    workflow.unpublish(article, by=None)
    assert workflow.publish(article, by=None).slug == "draft-beer"


@pytest.mark.parametrize("make", [make_published, retracted])
def test_what_is_public_is_not_emptied(make):
    article = make()
    with pytest.raises(NotPermitted):
        workflow.empty(article, by=None)
    assert fresh(article).question == "My calf twitches."


def test_a_save_begun_before_an_article_was_emptied_is_stale():
    article = make_draft()
    workflow.empty(article, by=None)
    with pytest.raises(Stale):
        workflow.edit(article, by=None, version=article.version, question=article.question)


def test_an_unscheduled_article_has_no_date():
    article = make_published(at=timezone.now() + dt.timedelta(hours=2))
    assert workflow.unpublish(article, by=None).published_at is None


# -- correcting and retracting ----------------------------------------------------------------------------------


def test_a_correction_is_a_change_of_substance_and_a_clarification_is_not():
    article = make_published()
    workflow.correct(article, kind=CorrectionKind.CLARIFICATION, text="Clear.", by=None)
    assert fresh(article).updated_at is None
    note = workflow.correct(article, kind=CorrectionKind.CORRECTION, text="Right.", by=None)
    assert fresh(article).updated_at == note.made_at
    assert article.corrections.count() == 2


@pytest.mark.parametrize("make", [make_draft, in_review, retracted])
def test_only_what_is_public_is_corrected(make):
    with pytest.raises(NotPermitted):
        workflow.correct(make(), kind=CorrectionKind.CORRECTION, text="Right.", by=None)


def test_a_correction_does_not_retract():
    with pytest.raises(NotPermitted):
        workflow.correct(make_published(), kind=CorrectionKind.RETRACTION, text="Gone.", by=None)


def test_a_scheduled_article_is_neither_corrected_nor_retracted():
    article = make_published(at=timezone.now() + dt.timedelta(hours=2))
    with pytest.raises(NotPermitted):
        workflow.correct(article, kind=CorrectionKind.CORRECTION, text="Right.", by=None)
    with pytest.raises(NotPermitted):
        workflow.retract(article, reason="Wrong.", by=None)


def test_a_retraction_says_why_once():
    article = retracted()
    assert article.corrections.get().kind == CorrectionKind.RETRACTION
    with pytest.raises(NotPermitted):
        workflow.retract(article, reason="Again.", by=None)
    assert article.corrections.count() == 1


def test_what_is_public_cannot_be_emptied():
    article = make_published()
    version = article.version
    with pytest.raises(workflow.NotReady, match="It has no question"):
        workflow.edit(article, by=None, version=version, question=" ", dek="", tags=[])
    article.refresh_from_db()
    assert article.question.strip()
    assert article.dek
    assert article.tags.count() == 1
    assert article.version == version


def test_an_imported_article_that_never_had_a_dek_can_still_be_mended():
    article = make_published()
    Article.objects.filter(pk=article.pk).update(dek="")
    article = workflow.edit(article, by=None, version=article.version, headline="A better headline")
    assert article.headline == "A better headline"


def test_a_public_answer_cannot_be_emptied():
    answer = make_published().answers.get()
    with pytest.raises(workflow.NotReady, match="The answer is empty"):
        workflow.save_answer(answer, text="  \n", by=None, version=answer.version)
    answer.refresh_from_db()
    assert answer.text.strip()


# -- reviewers, askers, announcements ---------------------------------------------------------------------------


def test_a_review_records_who_and_when():
    article, reviewer = make_draft(), make_expert()
    workflow.record_review(article, reviewer=reviewer, on=dt.date(2026, 3, 1), by=None)
    assert (fresh(article).reviewer, fresh(article).reviewed_on) == (reviewer, dt.date(2026, 3, 1))
    assert "reviewed" in verbs(article)


def test_nobody_reviews_their_own_answer():
    article = make_draft()
    with pytest.raises(NotPermitted, match="somebody else"):
        workflow.record_review(
            article, reviewer=article.answers.get().expert, on=timezone.localdate(), by=None
        )
    assert fresh(article).reviewer is None


def test_a_count_of_askers_makes_no_save_stale():
    article = make_draft()
    workflow.count_askers(article, 3)
    assert workflow.edit(article, by=None, version=article.version, headline="Saved").asked_by == 3


def test_what_is_announced_is_on_no_list_once_it_is_out():
    line = {"announced_as": "Do hills help?"}
    draft, later, out = (
        make_draft(),
        make_published(at=timezone.now() + dt.timedelta(days=1)),
        make_published(),
    )
    for article in (draft, later, out):
        workflow.edit(article, by=None, version=fresh(article).version, **line)
    make_draft()
    assert set(Article.objects.announced()) == {draft, later}


def test_an_emptied_article_is_announced_no_more():
    article = make_draft()
    article = workflow.edit(article, by=None, version=article.version, announced_as="Do hills help?")
    workflow.empty(article, by=None)
    assert fresh(article).announced_as == ""


def test_a_review_can_be_taken_back():
    article = make_draft()
    workflow.record_review(article, reviewer=make_expert(), on=dt.date(2026, 3, 1), by=None)
    workflow.record_review(article, reviewer=None, on=None, by=None)
    assert (fresh(article).reviewer, fresh(article).reviewed_on) == (None, None)


def test_what_was_out_and_is_taken_back_is_announced_no_more():
    article = make_draft()
    article = workflow.edit(article, by=None, version=article.version, announced_as="Do hills help?")
    workflow.publish(article, by=None)
    workflow.unpublish(article, by=None)
    assert not Article.objects.announced().exists()
