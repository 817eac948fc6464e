"""The frame with the page as readers will see it works wherever the page that has it is drawn."""

import pytest

from advice.accounts.models import Role
from advice.articles import workflow
from advice.articles.models import Answer, Article
from advice.letters import checking
from advice.letters import workflow as letters
from tests.factories import make_draft, make_expert, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db
REFUSED_ACTS = [
    ("", {"headline": "", "version": 1}, 422),
    ("", {"headline": "H", "question": "Q", "signature": "A", "version": 10**6}, 409),
    ("", {"headline": "H", "question": "Q", "action": "preview"}, 200),
    ("assign/", {}, 422),
    ("review/", {}, 409),
    ("publish/", {"publish-at": "x"}, 422),
    ("publish/", {}, 409),
    ("unpublish/", {}, 409),
    ("correct/", {}, 422),
    ("correct/", {"correct-kind": "correction", "correct-text": "Right."}, 409),
    ("reviewed/", {}, 409),
    ("related/", {}, 422),
    ("settle/", {"seen": "older"}, 409),
    ("settle/", {}, 409),
    ("waive/", {"waive": "tag"}, 422),
    ("waive/", {"waive": "tag", "waive-tag-reason": "None fits."}, 409),
    ("join/", {"join-letters": "NOBODY"}, 422),
    ("note/", {}, 422),
]


def assert_frame_works(response, status):
    assert response.status_code == status
    assert "/preview/?beside=1" in response.content.decode()
    assert "frame-src 'self'" in response["Content-Security-Policy"]


@pytest.fixture
def unfinished(editor):
    """A draft from a letter, which somebody is to answer."""
    article = make_draft(make_letter(), by=editor)
    workflow.assign(article, expert=make_expert(make_user("expert")), by=editor)
    return Article.objects.get(pk=article.pk)


@pytest.mark.parametrize(("act", "data", "status"), REFUSED_ACTS)
def test_the_frame_works_where_an_act_on_an_article_is_refused(at_desk, unfinished, act, data, status):
    assert_frame_works(at_desk.get(f"/desk/articles/{unfinished.pk}/"), 200)
    assert_frame_works(at_desk.post(f"/desk/articles/{unfinished.pk}/{act}", data), status)


def test_the_frame_works_where_an_act_on_an_answer_is_refused(at_desk, unfinished):
    filed, assigned = unfinished.answers.order_by("pk")
    page = f"/desk/answers/{assigned.pk}/"
    assert_frame_works(at_desk.get(page), 200)
    assert_frame_works(at_desk.post(page, {"text": "", "version": 1, "action": "file"}), 422)
    assert_frame_works(at_desk.post(page, {"text": "Mine", "version": 9}), 409)
    assert_frame_works(at_desk.post(page, {"text": "Mine", "action": "preview"}), 200)
    assert_frame_works(at_desk.post(f"/desk/answers/{filed.pk}/send-back/"), 422)
    public = Answer.objects.get(article=make_published())
    assert_frame_works(at_desk.post(f"/desk/answers/{public.pk}/unassign/"), 409)
    note = {f"back-{public.pk}-note": "More."}
    assert_frame_works(at_desk.post(f"/desk/answers/{public.pk}/send-back/", note), 409)


def test_the_policy_of_other_pages_allows_no_frame(at_desk, unfinished):
    for path in ("", "articles/", f"articles/{unfinished.pk}/history/", f"articles/{unfinished.pk}/preview/"):
        assert "frame-src" not in at_desk.get(f"/desk/{path}")["Content-Security-Policy"]


def test_the_frame_works_where_a_waiver_is_not_taken_back(client, editor):
    article = make_draft(tags=[], by=editor)
    waiver = checking.waive(article, key="tag", of="", reason="None fits.", by=editor)
    letters.publish(article, by=editor)
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    response = client.post(f"/desk/articles/{article.pk}/waivers/{waiver.pk}/take-back/")
    assert_frame_works(response, 409)
