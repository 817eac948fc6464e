"""The reviewer's pages: what waits, the piece, and the two things that can be done with it."""

import pytest

from advice.accounts.models import Role
from advice.articles import reviewing, reviews, workflow
from advice.articles.models import Article
from tests.factories import make_column, make_draft, make_expert, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client):
    reviewer = make_expert(make_user(Role.EXPERT, may_review=True), credentials="MD")
    client.force_login(reviewer.user)
    return reviewer


def waiting(**fields) -> Article:
    return reviewing.hand_in(make_draft(column=make_column(asks_review=True), **fields), by=make_user())


def test_an_expert_who_may_review_sees_what_waits_reads_it_and_approves(client, reviewer):
    article, other = waiting(question="My calf <b>burns</b>."), make_draft()
    page = assert_valid(client.get("/desk/reviews/"))
    assert article.headline in page
    assert other.headline not in page
    page = assert_valid(client.get(f"/desk/reviews/{article.pk}/"))
    assert "My calf &lt;b&gt;burns" in page
    assert "Dear Adam" in page
    assert "@example.org" not in page
    data = {"seen": reviews.fingerprint(article)}
    assert client.post(f"/desk/reviews/{article.pk}/approve/", data)["Location"] == "/desk/reviews/"
    article.refresh_from_db()
    assert article.review_byline == f"{reviewer.name}, MD"
    assert client.get(f"/desk/reviews/{article.pk}/").status_code == 404
    assert "Nothing waits for your review" in assert_valid(client.get("/desk/reviews/"))


def test_and_nothing_else_of_it(client, reviewer):
    article = waiting()
    for path in ("", "preview/", "history/", "assign/"):
        assert client.get(f"/desk/articles/{article.pk}/{path}").status_code in {404, 405}, path
    assert client.post(f"/desk/articles/{article.pk}/publish/").status_code == 404
    assert client.get(f"/desk/answers/{article.answers.get().pk}/").status_code == 404


def test_a_note_is_needed_to_ask_for_changes(client, reviewer):
    article, address = waiting(), "/desk/reviews/{}/ask-for-changes/"
    response = client.post(address.format(article.pk), {"seen": reviews.fingerprint(article), "note": " "})
    assert "This field is required." in assert_valid(response, 422)
    data = {"seen": reviews.fingerprint(article), "note": "Which dose?"}
    assert client.post(address.format(article.pk), data).status_code == 302
    assert "Which dose?" in article.answers.get().note


def test_what_was_changed_while_it_was_read_is_shown_as_it_stands_and_the_note_is_kept(client, reviewer):
    article = waiting()
    data = {"seen": reviews.fingerprint(article), "note": "Which dose?"}
    workflow.edit(article, by=None, version=article.version, question="It burns now.")
    response = client.post(f"/desk/reviews/{article.pk}/ask-for-changes/", data)
    page = assert_valid(response, 409)
    assert "It burns now." in page
    assert ">\nWhich dose?</textarea>" in page
    assert assert_valid(client.post(f"/desk/reviews/{article.pk}/approve/", data), 409)
    article.refresh_from_db()
    assert article.reviewer is None
    data["seen"] = response.context["seen"]
    assert client.post(f"/desk/reviews/{article.pk}/approve/", data).status_code == 302


def test_the_bar_counts_what_waits_for_those_who_review(client, reviewer):
    waiting()
    assert '<a href="/desk/reviews/">To review <b>1</b></a>' in client.get("/desk/").content.decode()
    client.force_login(make_user(Role.EXPERT))
    assert "/desk/reviews/" not in client.get("/desk/").content.decode()


def test_the_editor_reads_that_it_was_changed_since(client, reviewer, editor):
    article = waiting()
    reviewing.approve(article, by=reviewer.user, seen=reviews.fingerprint(article))
    article.refresh_from_db()
    workflow.edit(article, by=None, version=article.version, question="It burns now.")
    assert "Changed since it was reviewed" in assert_valid(client.get("/desk/reviews/"))
    assert "It was changed since." in assert_valid(client.get(f"/desk/reviews/{article.pk}/"))
    client.force_login(editor)
    page = client.get(f"/desk/articles/{article.pk}/").content.decode()
    assert "changed since it was reviewed" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_is_flat_in_queries(client, reviewer, django_assert_num_queries, count):
    for _ in range(count):
        waiting()
    with django_assert_num_queries(6):
        client.get("/desk/reviews/")


def test_the_list_is_paged(client, reviewer):
    column = make_column(asks_review=True)
    for _ in range(21):
        Article.objects.create(
            headline="H", slug=workflow._no_slug(), status="in_review", column=column, question="Q"
        )
    assert len(client.get("/desk/reviews/").context["articles"]) == 20
    assert len(client.get("/desk/reviews/?page=2").context["articles"]) == 1
