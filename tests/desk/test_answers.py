import re

import pytest

from advice.articles import workflow
from advice.articles.models import Answer, AnswerStatus
from advice.mail.models import Message
from tests.desk.differing import differ, together
from tests.factories import make_column, make_draft, make_expert, make_published, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(db):
    article = workflow.draft(
        by=None, headline="Calves", question="Why *mine*?", signature="Adam", column=make_column()
    )
    return workflow.assign(article, expert=make_expert(make_user("expert")), by=None, note="Be kind.")


@pytest.fixture
def writing(client, answer):
    client.force_login(answer.expert.user)
    return client


def fresh(answer):
    return Answer.objects.get(pk=answer.pk)


def test_an_expert_reads_the_question_as_it_will_be_printed(writing, answer):
    page = writing.get(f"/desk/answers/{answer.pk}/").content.decode()
    assert "<p>Why <em>mine</em>?</p>" in page
    assert "Be kind." in page
    assert 'data-markdownx-urls-path="/desk/markdown/preview/?snippets"' in page
    assert 'data-markdownx-upload-urls-path="/desk/markdown/upload/"' in page


def heading_of_the_note(response):
    return re.search(r'<div class="warning"><h2>([^<]+)</h2>', response.content.decode()).group(1)


def test_the_note_of_an_assignment_is_one_from_the_editor_until_the_answer_is_sent_back(writing, answer):
    path, other = f"/desk/answers/{answer.pk}/", make_expert()
    theirs = workflow.assign(answer.article, expert=other, by=None)
    workflow.file_answer(theirs, text="Theirs", by=None, version=1)
    workflow.send_back(theirs, note="Too long.", by=None)  # of the same article, and not this one
    assert heading_of_the_note(writing.get(path)) == "Note from the editor"
    workflow.file_answer(answer, text="Filed", by=None, version=1)
    workflow.send_back(answer, note="Shorter.", by=None)
    assert heading_of_the_note(writing.get(path)) == "Sent back with this note"


def test_who_is_assigned_anew_after_a_sending_back_reads_the_note_of_the_assignment(writing, answer):
    workflow.file_answer(answer, text="Filed", by=None, version=1)
    workflow.unassign(workflow.send_back(answer, note="Be kind.", by=None), by=None)
    again = workflow.assign(answer.article, expert=answer.expert, by=None, note="Be kind.")
    assert heading_of_the_note(writing.get(f"/desk/answers/{again.pk}/")) == "Note from the editor"


def test_saving_keeps_a_draft_and_filing_hands_it_in(writing, answer):
    path = f"/desk/answers/{answer.pk}/"
    writing.post(path, {"text": "Half of it\r\nis here", "version": 1, "action": "save"})
    assert (fresh(answer).text, fresh(answer).status) == ("Half of it\nis here", AnswerStatus.ASSIGNED)
    response = writing.post(path, {"text": "All of it", "version": 2, "action": "file"})
    assert response["Location"] == "/desk/"
    assert (fresh(answer).text, fresh(answer).status) == ("All of it", AnswerStatus.FILED)


def test_an_empty_answer_is_not_filed(writing, answer):
    response = writing.post(f"/desk/answers/{answer.pk}/", {"text": "", "version": 1, "action": "file"})
    assert response.status_code == 422
    assert response.context["form"].errors["text"] == ["The answer is empty."]


def test_two_windows_show_both_texts_and_keep_mine(writing, answer):
    path = f"/desk/answers/{answer.pk}/"
    writing.post(path, {"text": "Theirs", "version": 1})
    response = writing.post(path, {"text": "Mine", "version": 1})
    assert response.status_code == 409
    assert differ(response) == [{"label": "Answer", "theirs": "Theirs", "ours": "Mine"}]
    assert response.context["form"]["text"].value() == "Mine"
    writing.post(path, {"text": "Mine", "version": response.context["form"]["version"].value()})
    assert fresh(answer).text == "Mine"


def test_both_together_are_saved_from_their_box(writing, answer):
    path = f"/desk/answers/{answer.pk}/"
    writing.post(path, {"text": "Warm up. Run slowly. Rest.", "version": 1})
    writing.post(path, {"text": "Warm up well. Run slowly. Rest.", "version": 2})
    response = writing.post(path, {"text": "Warm up. Run slowly. Rest for a day.", "version": 2})
    assert response.status_code == 409
    both = "Warm up well. Run slowly. Rest for a day."
    assert together(response) == {"text": both}
    data = {"text": "Mine alone", "merged-text": both, "version": 3, "action": "merged"}
    assert writing.post(path, data).status_code == 302
    assert fresh(answer).text == both


def test_two_wordings_beside_each_other_are_not_saved(writing, answer):
    path = f"/desk/answers/{answer.pk}/"
    writing.post(path, {"text": "Run slowly.", "version": 1})
    writing.post(path, {"text": "Run gently.", "version": 2})
    response = writing.post(path, {"text": "Run easily.", "version": 2})
    box = together(response)["text"]
    assert "gently" in box
    assert "easily" in box
    data = {"text": "Run easily.", "merged-text": box, "version": 3, "action": "merged"}
    response = writing.post(path, data)
    assert response.status_code == 422
    assert "two wordings still stand" in response.context["form"].errors["text"][0]
    assert response.context["form"]["text"].value() == box
    assert fresh(answer).text == "Run gently."


def test_the_preview_beside_the_text_shows_what_was_typed(writing, answer):
    data = {"text": "Half a *sentence*", "version": 1}
    writing.post(f"/desk/answers/{answer.pk}/autosave/", data)
    page = writing.get(f"/desk/answers/{answer.pk}/preview/?beside=1")
    assert "Half a <em>sentence</em>" in page.content.decode()
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert fresh(answer).text == ""
    alone = writing.get(f"/desk/answers/{answer.pk}/preview/")
    assert "Half a" not in alone.content.decode()
    assert alone["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in alone["Content-Security-Policy"]


def test_once_filed_the_expert_reads_and_no_longer_writes(writing, answer):
    workflow.file_answer(answer, text="Filed", by=None, version=1)
    path = f"/desk/answers/{answer.pk}/"
    assert "ask the editor to send it back" in writing.get(path).content.decode()
    response = writing.post(path, {"text": "Too late", "version": 2})
    assert response.status_code == 409
    assert "Too late" in response.content.decode()
    assert fresh(answer).text == "Filed"


def test_an_editor_edits_a_filed_answer(at_desk):
    answer = make_draft().answers.get()
    at_desk.post(f"/desk/answers/{answer.pk}/", {"text": "Polished", "version": answer.version})
    assert (fresh(answer).text, fresh(answer).status) == ("Polished", AnswerStatus.FILED)


def test_sending_back_tells_the_expert_by_mail(at_desk, answer):
    workflow.file_answer(answer, text="Filed", by=None, version=1)
    at_desk.post(
        f"/desk/answers/{answer.pk}/send-back/", {f"back-{answer.pk}-note": "When should Adam see a doctor?"}
    )
    assert (fresh(answer).status, fresh(answer).note) == (
        AnswerStatus.ASSIGNED,
        "When should Adam see a doctor?",
    )
    assert Message.objects.get(kind="sent_back").content["to"] == answer.expert.user.email


def test_sending_back_needs_a_note(at_desk, answer):
    workflow.file_answer(answer, text="Filed", by=None, version=1)
    response = at_desk.post(f"/desk/answers/{answer.pk}/send-back/", {f"back-{answer.pk}-note": ""})
    assert response.status_code == 422
    assert fresh(answer).status == AnswerStatus.FILED


def test_sending_back_too_late_is_told_and_keeps_the_note(at_desk):
    answer = make_published().answers.get()
    response = at_desk.post(
        f"/desk/answers/{answer.pk}/send-back/", {f"back-{answer.pk}-note": "What I had typed"}
    )
    assert response.status_code == 409
    assert "What I had typed" in response.content.decode()


def test_taking_back_deletes_the_assignment(at_desk, answer):
    at_desk.post(f"/desk/answers/{answer.pk}/unassign/")
    assert not Answer.objects.exists()


def test_without_javascript_a_button_shows_the_preview(writing, answer):
    response = writing.post(
        f"/desk/answers/{answer.pk}/", {"text": "*Dear*", "version": 1, "action": "preview"}
    )
    assert "<p><em>Dear</em></p></div>" in response.content.decode()
    assert fresh(answer).text == ""
