"""The check before publishing at the desk: what is open is said, waived with a reason, or mended."""

import pytest

from advice.articles import workflow
from advice.articles.models import Article
from advice.letters import checking
from tests.desk.test_articles import texts
from tests.factories import make_column, make_draft
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


def fresh(article) -> Article:
    return Article.objects.get(pk=article.pk)


def address(article, act=""):
    return f"/desk/articles/{article.pk}/{act}"


def test_the_page_says_of_each_point_how_it_stands(at_desk):
    article = make_draft(column=make_column(asks_sources=True, asks_review=True), tags=[])
    page = " ".join(assert_valid(at_desk.get(address(article))).split())
    assert "3 things are open." in page
    for said in (
        "<b>Tag: open</b> It has no tag.",
        "<b>Sources: open</b> Its column asks for sources, and it names none.",
        "<b>Review: open</b> It has not been reviewed.",
        "Headline <span>met</span>",
        "Alt texts <span>met</span>",
    ):
        assert said in page


def test_publishing_is_refused_while_something_is_open_and_done_once_it_is_waived(at_desk, editor):
    article = make_draft(column=make_column(asks_sources=True))
    response = at_desk.post(address(article, "publish/"), {"publish-at": ""})
    assert response.status_code == 409
    assert "Its column asks for sources, and it names none." in response.content.decode()
    [point] = checking.check(article).open
    data = {"waive": "sources", "waive-sources-of": point.of, "waive-sources-reason": "Nobody studied it."}
    assert at_desk.post(address(article, "waive/"), data)["Location"] == address(article) + "#check"
    page = " ".join(assert_valid(at_desk.get(address(article))).split())
    assert "<b>Sources: waived</b> Nobody studied it." in page
    assert editor.name in page
    assert at_desk.post(address(article, "publish/"), {"publish-at": ""}).status_code == 302
    assert fresh(article).is_published


def test_a_waiver_without_a_reason_is_refused_beside_its_field(at_desk):
    article = make_draft(tags=[])
    response = at_desk.post(address(article, "waive/"), {"waive": "tag", "waive-tag-reason": " "})
    assert "This field is required." in assert_valid(response, 422)
    assert not article.waivers.exists()
    response = at_desk.post(address(article, "waive/"), {"waive": "x" * 300, "of": "x"})
    assert response.status_code == 422


def test_a_waiver_for_what_was_changed_meanwhile_is_asked_for_again_and_its_reason_kept(at_desk):
    article = make_draft(column=make_column(asks_sources=True))
    [point] = checking.check(article).open
    answer = article.answers.get()
    workflow.save_answer(answer, text="Something else.", by=None, version=answer.version)
    data = {"waive": "sources", "waive-sources-of": point.of, "waive-sources-reason": "Nobody studied it."}
    response = at_desk.post(address(article, "waive/"), data)
    assert 'value="Nobody studied it."' in assert_valid(response, 409)
    [(_, form)] = response.context["open_points"]
    data["waive-sources-of"] = form["of"].value()
    assert at_desk.post(address(article, "waive/"), data).status_code == 302


def test_a_waiver_is_taken_back(at_desk, editor):
    article = make_draft(tags=[])
    waiver = checking.waive(article, key="tag", of="", reason="None fits.", by=editor)
    assert at_desk.post(address(article, f"waivers/{waiver.pk}/take-back/")).status_code == 302
    assert not article.waivers.exists()
    assert at_desk.post(address(article, f"waivers/{waiver.pk}/take-back/")).status_code == 404


def test_a_piece_without_a_tag_that_was_let_through_can_still_be_edited(at_desk, editor):
    article = make_draft(tags=[])
    checking.waive(article, key="tag", of="", reason="None fits.", by=editor)
    article = checking.publish(article, by=editor)
    assert at_desk.post(address(article), texts(article, dek="Another.", tags=[])).status_code == 302


def test_what_is_public_may_not_lose_an_alt_text_and_what_was_typed_stays(at_desk, editor):
    article = checking.publish(make_draft(), by=editor)
    typed = "See ![](/media/uploads/a.webp)"
    response = at_desk.post(address(article), texts(article, question=typed))
    assert "A picture has no description" in assert_valid(response, 422)
    assert response.context["form"]["question"].value() == typed
    answer = article.answers.get()
    data = {"text": typed, "version": answer.version}
    response = at_desk.post(f"/desk/answers/{answer.pk}/", data)
    assert "A picture has no description" in assert_valid(response, 422)
    assert fresh(article).question == article.question


def test_what_is_retracted_has_no_check(at_desk, editor):
    article = checking.publish(make_draft(), by=editor)
    workflow.retract(article, reason="Wrong.", by=editor)
    assert 'id="check"' not in assert_valid(at_desk.get(address(article)))
