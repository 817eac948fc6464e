import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow
from advice.articles.models import Article, RelatedChoice, Status
from advice.letters import workflow as letters
from advice.mail.models import Message
from tests.desk.differing import differ, together
from tests.factories import (
    make_column,
    make_draft,
    make_expert,
    make_letter,
    make_published,
    make_tag,
    make_user,
)

pytestmark = pytest.mark.django_db


def texts(article, **changes):
    return {
        "headline": article.headline,
        "dek": article.dek,
        "question": article.question,
        "signature": article.signature,
        "column": article.column_id or "",
        "tags": [tag.pk for tag in article.tags.all()],
        "slug": "",
        "version": article.version,
        **changes,
    }


def fresh(article):
    return Article.objects.get(pk=article.pk)


def test_an_article_can_begin_without_a_letter(at_desk, editor):
    response = at_desk.post("/desk/articles/new/", {"headline": "How we choose letters", "column": ""})
    article = Article.objects.get()
    assert response["Location"] == f"/desk/articles/{article.pk}/"
    assert article.events.get().by == editor


def test_saving_keeps_texts_column_tags_and_address(at_desk):
    article, column, tag = make_draft(), make_column(), make_tag()
    data = texts(
        article, headline="New", dek="A\nB", question="*Q*", column=column.pk, tags=[tag.pk], slug="A-Slug"
    )
    assert at_desk.post(f"/desk/articles/{article.pk}/", data).status_code == 302
    row = fresh(article)
    assert (row.headline, row.dek, row.question, row.column, row.slug) == (
        "New",
        "A B",
        "*Q*",
        column,
        "a-slug",
    )
    assert list(row.tags.all()) == [tag]


def test_two_windows_the_second_save_shows_both_texts_and_a_third_is_deliberate(at_desk):
    article = make_draft()
    at_desk.post(f"/desk/articles/{article.pk}/", texts(article, question="Theirs"))
    response = at_desk.post(
        f"/desk/articles/{article.pk}/", texts(article, question="Mine", headline="My headline")
    )
    assert response.status_code == 409
    assert differ(response) == [
        {"label": "Headline", "theirs": article.headline, "ours": "My headline"},
        {"label": "Question", "theirs": "Theirs", "ours": "Mine"},
    ]
    assert response.context["form"]["question"].value() == "Mine"
    assert fresh(article).question == "Theirs"
    again = texts(article, question="Mine", version=response.context["form"]["version"].value())
    assert at_desk.post(f"/desk/articles/{article.pk}/", again).status_code == 302
    assert fresh(article).question == "Mine"


def test_two_people_s_changes_of_a_question_are_merged_from_what_both_began_with(at_desk):
    article = make_draft()
    path = f"/desk/articles/{article.pk}/"
    begun = "My calf hurts. It is hot. What now?"
    at_desk.post(path, texts(article, question=begun, dek="D"))
    began = fresh(article)
    at_desk.post(path, texts(began, question=begun.replace("hot", "warm"), dek="Their dek"))
    response = at_desk.post(
        path, texts(began, question=begun.replace("What now", "What can I do"), headline="Mine")
    )
    assert response.status_code == 409
    both = "My calf hurts. It is warm. What can I do?"
    assert together(response) == {"headline": "Mine", "dek": "Their dek", "question": both}
    data = texts(fresh(article), action="merged", **{f"merged-{k}": v for k, v in together(response).items()})
    assert at_desk.post(path, data).status_code == 302
    row = fresh(article)
    assert (row.headline, row.dek, row.question) == ("Mine", "Their dek", both)


def test_the_preview_beside_the_text_is_the_page_with_what_was_typed(at_desk, editor):
    article, tag, column = make_draft(), make_tag(), make_column()
    data = texts(article, question="Typed *so far*", dek="A dek", column=column.pk, tags=[tag.pk])
    at_desk.post(f"/desk/articles/{article.pk}/autosave/", data)
    page = at_desk.get(f"/desk/articles/{article.pk}/preview/?beside=1").content.decode()
    for part in ("Typed <em>so far</em>", "A dek", column.name, tag.name):
        assert part in page
    assert "so far" not in at_desk.get(f"/desk/articles/{article.pk}/preview/").content.decode()
    assert fresh(article).question != "Typed *so far*"


def test_an_invalid_text_is_shown_again(at_desk):
    article = make_draft()
    response = at_desk.post(f"/desk/articles/{article.pk}/", texts(article, headline="", question="Kept"))
    assert response.status_code == 422
    assert response.context["form"]["question"].value() == "Kept"


def test_a_text_over_50_kb_is_refused_beside_its_field(at_desk):
    article = make_draft()
    response = at_desk.post(f"/desk/articles/{article.pk}/", texts(article, question="é" * 25_001))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"question"}


def test_assigning_mails_the_expert(at_desk):
    article, expert = workflow.draft(by=None, headline="H"), make_expert(make_user("expert"))
    due = timezone.localdate() + dt.timedelta(days=7)
    at_desk.post(
        f"/desk/articles/{article.pk}/assign/", {"assign-expert": expert.pk, "assign-due_on": due.isoformat()}
    )
    answer = article.answers.get()
    assert (answer.expert, answer.due_on) == (expert, due)
    assert Message.objects.get(kind="assigned").content["to"] == expert.user.email


def test_a_due_day_that_has_passed_is_refused(at_desk):
    article = workflow.draft(by=None, headline="H")
    data = {"assign-expert": make_expert().pk, "assign-due_on": "2020-01-01"}
    response = at_desk.post(f"/desk/articles/{article.pk}/assign/", data)
    assert response.status_code == 422
    assert "This day has passed." in response.content.decode()


def test_assigning_twice_is_told(at_desk):
    article = make_draft()
    response = at_desk.post(
        f"/desk/articles/{article.pk}/assign/", {"assign-expert": article.answers.get().expert_id}
    )
    assert response.status_code == 409


def test_publishing_now(at_desk, editor):
    article = make_draft()
    assert at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": ""}).status_code == 302
    assert fresh(article).is_published
    assert article.events.last().by == editor


def test_publishing_at_a_time_is_in_the_sites_zone(at_desk, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    article = make_draft()
    at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": "2099-07-01T07:00"})
    assert fresh(article).published_at == dt.datetime(2099, 7, 1, 5, 0, tzinfo=dt.UTC)
    assert "1 Jul 2099, 07:00" in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("2020-01-01T00:00", "This time has passed."),
        ("2098-03-30T02:30", "This time does not exist"),
        ("2098-10-26T02:30", "This time comes twice"),
        ("nonsense", "Enter a date and a time."),
        ("2098-13-45T99:99", "Enter a date and a time."),
    ],
)
def test_a_time_that_cannot_be_is_said_beside_the_field(at_desk, settings, at, message):
    settings.TIME_ZONE = "Europe/Berlin"
    article = make_draft()
    response = at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": at})
    assert response.status_code == 422
    assert message in response.context["publish_form"].errors["at"][0]
    assert fresh(article).status == Status.DRAFT


def test_what_is_missing_is_listed(at_desk):
    article = workflow.draft(by=None, headline="H")
    response = at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": ""})
    assert response.status_code == 409
    page = response.content.decode()
    for problem in (
        "It has no dek.",
        "It has no question.",
        "It is in no column.",
        "It has no tag.",
        "It has no answer.",
    ):
        assert problem in page


def test_of_two_who_publish_the_second_is_told(at_desk):
    article = make_published()
    response = at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": ""})
    assert response.status_code == 409
    assert "is published by now" in response.content.decode()


def test_a_withdrawn_letters_article_is_not_published(at_desk):
    letter = make_letter()
    article = make_draft(letter)
    letters.withdraw(letter)
    response = at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": ""})
    assert response.status_code == 409
    assert "has withdrawn it" in response.content.decode()
    assert fresh(article).status == Status.DRAFT


def test_review_and_back(at_desk):
    article = make_draft()
    at_desk.post(f"/desk/articles/{article.pk}/review/")
    assert fresh(article).status == Status.IN_REVIEW
    at_desk.post(f"/desk/articles/{article.pk}/unpublish/")
    assert fresh(article).status == Status.DRAFT


def test_correcting_and_retracting(at_desk):
    article = make_published()
    data = {"correct-kind": "correction", "correct-text": "It was 5 km."}
    at_desk.post(f"/desk/articles/{article.pk}/correct/", data)
    assert article.corrections.get().text == "It was 5 km."
    assert "There is no way back" in at_desk.get(f"/desk/articles/{article.pk}/retract/").content.decode()
    assert fresh(article).status == Status.PUBLISHED
    at_desk.post(f"/desk/articles/{article.pk}/retract/", {"reason": "It was wrong."})
    assert fresh(article).status == Status.RETRACTED


def test_each_note_stands_at_the_desk_with_its_text_day_and_author(at_desk, editor):
    article = make_published(headline="Six")
    workflow.edit(article, by=editor, version=article.version, headline="Four")
    at_desk.post(
        f"/desk/articles/{article.pk}/correct/",
        {"correct-kind": "clarification", "correct-text": "*Four*, not six."},
    )
    note = article.corrections.get()
    assert (note.by, note.text, note.before.headline) == (editor, "*Four*, not six.", "Six")
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert "<em>Four</em>, not six." in page
    assert f"/before/{note.pk}/" in page
    assert f'</time> <span class="age">(just now)</span>, {editor.name}' in page
    at_desk.post(f"/desk/articles/{article.pk}/retract/", {"reason": "All *wrong*."})
    retraction = article.corrections.first()
    assert (retraction.kind, retraction.by, note.before_id) == ("retraction", editor, note.before.pk)
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert "All <em>wrong</em>." in page
    assert "/before/" not in page


def test_retracting_too_late_keeps_the_reason(at_desk):
    article = make_draft()
    response = at_desk.post(f"/desk/articles/{article.pk}/retract/", {"reason": "What I had typed"})
    assert response.status_code == 409
    assert "What I had typed" in response.content.decode()


def test_the_preview_is_the_page_and_is_not_indexed(at_desk):
    article = make_draft(question="My *own* calf.")
    response = at_desk.get(f"/desk/articles/{article.pk}/preview/")
    page = response.content.decode()
    assert "<p>My <em>own</em> calf.</p>" in page
    assert "<p>It passes.</p>" in page
    assert 'name="robots" content="noindex' in page
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "private, no-store"


def test_neighbours_are_pinned_excluded_and_forgotten(at_desk, editor):
    article, other = make_published(headline="One"), make_published(headline="Another one")
    path = f"/desk/articles/{article.pk}/related/"
    at_desk.post(path, {"related-other": other.slug})
    assert RelatedChoice.objects.get().excluded is False
    at_desk.post(path, {"related-other": "another ONE", "related-excluded": "on"})
    assert RelatedChoice.objects.get().excluded is True
    assert "never shown" in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    at_desk.post(path, {"forget": other.pk})
    assert not RelatedChoice.objects.exists()
    events = article.events.filter(verb__in=["pin", "exclude", "unpin"])
    assert [(event.verb, event.note, event.by) for event in events] == [
        ("pin", "Another one", editor),
        ("exclude", "Another one", editor),
        ("unpin", "Another one", editor),
    ]


@pytest.mark.parametrize("name", ["headline", "dek", "question", "column", "tags"])
def test_what_is_public_stays_whole(at_desk, name):
    article = make_published()
    response = at_desk.post(f"/desk/articles/{article.pk}/", texts(article, **{name: ""}))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {name}
    assert fresh(article).version == article.version


@pytest.mark.parametrize("at", [None, timezone.now() + dt.timedelta(days=3)])
def test_beside_what_is_public_or_will_be_only_publishers_choose(client, at):
    article, other = make_published(at=at), make_published()
    RelatedChoice.objects.create(article=article, other=other)
    client.force_login(make_user(may_publish=False))
    path = f"/desk/articles/{article.pk}/related/"
    for data in ({"related-other": other.slug, "related-excluded": "on"}, {"forget": other.pk}):
        assert client.post(path, data).status_code == 409
    assert RelatedChoice.objects.get().excluded is False
    assert f'action="{path}"' not in client.get(f"/desk/articles/{article.pk}/").content.decode()


def test_beside_a_draft_every_editor_chooses(client):
    article, other = make_draft(), make_published()
    client.force_login(make_user(may_publish=False))
    response = client.post(f"/desk/articles/{article.pk}/related/", {"related-other": other.slug})
    assert response.status_code == 302
    assert RelatedChoice.objects.get().other == other


@pytest.mark.parametrize("forgotten", ["0", "9" * 18, "9" * 5_000, "x"])
def test_a_choice_that_is_not_there_is_not_forgotten(at_desk, forgotten):
    article = make_published()
    response = at_desk.post(f"/desk/articles/{article.pk}/related/", {"forget": forgotten})
    assert response.status_code in {404, 422}


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59-14:00", "9999-12-31T23:59", "0001-01-01T00:00+14:00", "2201-01-01T00:00"]
)
def test_a_time_at_the_end_of_the_calendar_is_refused_beside_the_field(at_desk, at):
    article = make_draft()
    response = at_desk.post(f"/desk/articles/{article.pk}/publish/", {"publish-at": at})
    assert response.status_code == 422
    assert "Choose a year between 1900 and 2200." in response.content.decode()
    assert fresh(article).status == Status.DRAFT


@pytest.mark.parametrize("words", ["itself", "nothing like it", "calf"])
def test_a_neighbour_must_be_one_published_article(at_desk, words):
    article = make_published(headline="Itself")
    make_published(headline="Calf one")
    make_published(headline="Calf two")
    make_draft(headline="Nothing like it")
    response = at_desk.post(f"/desk/articles/{article.pk}/related/", {"related-other": words})
    assert response.status_code == 422
    assert not RelatedChoice.objects.exists()


def test_the_history_says_who_did_what(at_desk, editor):
    article = make_draft()
    at_desk.post(f"/desk/articles/{article.pk}/", texts(article, headline="New"))
    events = at_desk.get(f"/desk/articles/{article.pk}/").context["events"]
    assert [event.verb for event in events] == ["edit", "file", "assign", "draft"]
    assert events[0].by == editor
