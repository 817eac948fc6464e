"""What is printed about an article beside its texts: sources, reviewer, announcement, notes; and deleting it."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.accounts.models import Role
from advice.articles import tallies, workflow
from advice.articles.models import Article, FormerAddress, TallyKind
from tests.desk.test_articles import fresh, texts
from tests.factories import make_draft, make_expert, make_published, make_user

pytestmark = pytest.mark.django_db

SOURCE = {"title": "Cramp", "publisher": "A Press", "year": 2019, "url": "https://a.example/"}


def rows(*sources) -> dict[str, str]:
    return {
        f"sources-{number}-{part}": source.get(part, "")
        for number, source in enumerate(sources)
        for part in ("title", "publisher", "year", "url")
    }


def test_sources_are_saved_tidied_without_the_empty_rows(at_desk):
    article = make_draft()
    data = texts(article, **rows({}, SOURCE, {"title": " Two\n lines "}))
    assert at_desk.post(f"/desk/articles/{article.pk}/", data).status_code == 302
    two = {"title": "Two lines", "publisher": "", "year": None, "url": ""}
    assert fresh(article).sources == [SOURCE, two]
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert 'name="sources-1-title" value="Two lines"' in page
    assert 'name="sources-3-title" value=""' in page


def test_what_is_wrong_with_a_source_is_said_and_all_that_was_typed_stays(at_desk):
    article = make_draft()
    data = texts(article, **rows(SOURCE, {"title": "Bad", "url": "javascript:alert(1)", "year": "never"}))
    response = at_desk.post(f"/desk/articles/{article.pk}/", data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Source 2: The link is not an http or https address." in page
    assert 'value="javascript:alert(1)"' in page
    assert 'value="never"' in page
    assert fresh(article).sources == []


def test_a_form_without_sources_leaves_them(at_desk):
    article = make_draft()
    article = workflow.edit(
        article, by=None, version=article.version, sources=[SOURCE], announced_as="Do hills help?"
    )
    at_desk.post(f"/desk/articles/{article.pk}/", texts(article))
    assert (fresh(article).sources, fresh(article).announced_as) == ([SOURCE], "Do hills help?")


def test_two_windows_differ_in_their_sources(at_desk):
    article = make_draft()
    data = texts(article, **rows({"title": "Mine"}))
    workflow.edit(article, by=None, version=article.version, sources=[SOURCE])
    response = at_desk.post(f"/desk/articles/{article.pk}/", data)
    assert response.status_code == 409
    page = response.content.decode()
    assert "Cramp, A Press, 2019, https://a.example/" in page
    assert 'value="Mine"' in page


def test_a_draft_is_announced_by_a_line_of_its_own(at_desk):
    article = make_draft()
    at_desk.post(f"/desk/articles/{article.pk}/", texts(article, announced_as=" Do hills \n help? "))
    assert fresh(article).announced_as == "Do hills help?"
    at_desk.post(f"/desk/articles/{article.pk}/", texts(fresh(article), announced_as=""))
    assert fresh(article).announced_as == ""


def test_a_note_about_privacy_deletes_what_stood_and_another_leads_to_it(at_desk):
    article = make_published(headline="Adam of Leeds")
    article = workflow.edit(article, by=None, version=article.version, headline="A runner")
    assert "The note leads to the text" in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    data = {"correct-kind": "correction", "correct-text": "Made clear."}
    at_desk.post(f"/desk/articles/{article.pk}/correct/", data)
    note = article.corrections.get()
    assert note.before.headline == "Adam of Leeds"
    assert "Change the text first" in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    at_desk.post(f"/desk/articles/{article.pk}/correct/", {**data, "correct-is_privacy": "on"})
    note.refresh_from_db()
    assert note.before is None
    assert [note.is_privacy for note in article.corrections.all()] == [True, False]


@pytest.fixture
def reviewing(client):
    client.force_login(make_user(Role.EDITOR, may_review=True))
    return client


def test_a_review_is_recorded_by_those_who_may(reviewing):
    article, reviewer = make_draft(), make_expert()
    data = {"reviewed-reviewer": reviewer.pk, "reviewed-on": "2026-01-02", "reviewed-note": "Her mail."}
    assert reviewing.post(f"/desk/articles/{article.pk}/reviewed/", data).status_code == 302
    assert (fresh(article).reviewer, fresh(article).reviewed_on) == (reviewer, dt.date(2026, 1, 2))
    assert (
        f"Reviewed by {reviewer.byline}, 2 January 2026"
        in reviewing.get(f"/desk/articles/{article.pk}/").content.decode()
    )


def test_a_review_of_somebody_elses_needs_a_note_of_where_it_was_given(reviewing):
    article, other = make_draft(), make_expert()
    address = f"/desk/articles/{article.pk}/reviewed/"
    data = {"reviewed-reviewer": other.pk, "reviewed-on": "2026-01-02", "reviewed-note": " "}
    response = reviewing.post(address, data)
    assert response.status_code == 422
    assert list(response.context["reviewed_form"].errors) == ["note"]
    assert f"Please say where {other.name} gave it." in response.content.decode()
    assert fresh(article).reviewer is None
    assert reviewing.post(address, {**data, "reviewed-note": "Her mail of 1 January."}).status_code == 302
    assert article.events.get(verb="reviewed").note == f"{other.byline}: Her mail of 1 January."


def test_ones_own_review_needs_none(client):
    own = make_expert(make_user(Role.EDITOR, may_review=True))
    client.force_login(own.user)
    article = make_draft()
    data = {"reviewed-reviewer": own.pk, "reviewed-on": "2026-01-02"}
    assert client.post(f"/desk/articles/{article.pk}/reviewed/", data).status_code == 302
    assert fresh(article).reviewer == own


def test_a_review_by_an_author_or_of_tomorrow_is_refused_beside_its_field(reviewing):
    article = make_draft()
    author = article.answers.get().expert
    for data in (
        {"reviewed-reviewer": author.pk, "reviewed-on": "2026-01-02"},
        {"reviewed-reviewer": make_expert().pk, "reviewed-on": timezone.localdate() + dt.timedelta(days=1)},
    ):
        assert reviewing.post(f"/desk/articles/{article.pk}/reviewed/", data).status_code == 422
    assert fresh(article).reviewer is None


def test_a_review_is_taken_back_with_nobody(reviewing):
    article = make_draft()
    workflow.record_review(article, reviewer=make_expert(), on=dt.date(2026, 1, 2), by=None)
    assert (
        reviewing.post(f"/desk/articles/{article.pk}/reviewed/", {"reviewed-reviewer": ""}).status_code == 302
    )
    assert fresh(article).reviewer is None
    data = {"reviewed-reviewer": make_expert().pk, "reviewed-on": ""}
    assert reviewing.post(f"/desk/articles/{article.pk}/reviewed/", data).status_code == 422


def test_a_note_about_privacy_can_take_earlier_notes_with_it(at_desk):
    article = make_published()
    data = {"correct-kind": "clarification", "correct-text": "He is Adam of Leeds."}
    at_desk.post(f"/desk/articles/{article.pk}/correct/", data)
    assert "forget_notes" in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    data = {"correct-kind": "correction", "correct-text": "x", "correct-is_privacy": "on"}
    at_desk.post(f"/desk/articles/{article.pk}/correct/", {**data, "correct-forget_notes": "on"})
    assert [note.text for note in article.corrections.all()] == ["x", workflow.TAKEN_AWAY]
    assert "no former text is kept" in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()


def test_editors_see_what_readers_said(at_desk):
    article = make_published()
    for _ in range(3):
        tallies.count(article, TallyKind.HELPFUL)
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert "<dt>found it helpful</dt><dd>3</dd>" in page


def test_deleting_asks_once_more_and_then_there_is_no_way_back(at_desk, client):
    article = make_published(headline="Calf")
    address = f"/desk/articles/{article.pk}/delete/"
    assert "retract it instead" in at_desk.get(address).content.decode()
    assert Article.objects.exists()
    assert at_desk.post(address)["Location"] == "/desk/articles/"
    assert not Article.objects.exists()
    assert FormerAddress.objects.get().path == "/questions/calf/"
    assert at_desk.post(address).status_code == 404


def test_deleting_a_draft_says_nothing_of_readers(at_desk):
    assert (
        "retract it instead" not in at_desk.get(f"/desk/articles/{make_draft().pk}/delete/").content.decode()
    )
