"""The check before publishing at the desk: what is open is said, waived with a reason, or mended."""

import pytest

from advice.articles import workflow
from advice.articles.checking import allow
from advice.articles.models import AllowedName, Article, Update
from advice.letters import checking
from tests.desk.test_articles import texts
from tests.factories import make_column, make_draft, make_follow_up, make_letter
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


PHONE, NAME = "020 7946 0958", "Thomas Kettering"


def decide(article, **decisions):
    """The form as a browser sends it: what is decided about some, and the rest as it was offered."""
    checked = checking.check(fresh(article))
    data = {"seen": checked.of}
    for finding in checked.open_findings:
        name = f"find-{finding.field_key}"
        given = decisions.get(finding.sort.value, {})
        data |= {
            f"{name}-do": given.get("do", ""),
            f"{name}-words": given.get("words", finding.suggestion),
            f"{name}-reason": given.get("reason", ""),
        }
    return data


def test_a_planted_phone_number_is_found_replaced_and_then_published(at_desk):
    article = make_draft(question=f"Call me, please: {PHONE}. I am <b>out</b> of the house.")
    response = at_desk.post(address(article, "publish/"), {"publish-at": ""})
    assert "1 thing may tell who wrote the letter" in assert_valid(response, 409)
    page = assert_valid(at_desk.get(address(article)))
    assert f"Phone number: “{PHONE}”" in page
    assert f"Question: <q>Call me, please: <mark>{PHONE}</mark>. I am &lt;b&gt;out" in page
    data = decide(article, phone={"do": "replace", "words": "any time"})
    assert at_desk.post(address(article, "settle/"), data)["Location"] == address(article) + "#check"
    assert fresh(article).question == "Call me, please: any time. I am <b>out</b> of the house."
    assert at_desk.post(address(article, "publish/"), {"publish-at": ""}).status_code == 302


def test_several_are_settled_at_once_and_one_is_left_for_later(at_desk):
    article = make_draft(question=f"Call {PHONE} or write to jo@mail.example. I am {NAME}.")
    data = decide(article, phone={"do": "replace", "words": "me"}, email={"do": "", "reason": "It is ours."})
    assert at_desk.post(address(article, "settle/"), data).status_code == 302
    assert fresh(article).question == f"Call me or write to jo@mail.example. I am {NAME}."
    page = assert_valid(at_desk.get(address(article)))
    assert "1 kept with a reason" in page
    assert "It is ours." in page
    assert [finding.text for finding in checking.check(fresh(article)).open_findings] == [NAME]


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({"do": "keep", "reason": " "}, "Please say why it stays."),
        ({"do": "replace", "words": ""}, "Please say by what."),
        ({"do": "keep", "reason": "x" * 501}, "at most 500 characters"),
        ({"do": ""}, "Choose what is to be done"),
    ],
)
def test_a_decision_that_is_not_whole_is_refused_and_nothing_typed_is_lost(at_desk, decision, said):
    article = make_draft(question=f"Call {PHONE}. I am {NAME}.")
    data = decide(article, phone=decision, person={"words": "somebody else"})
    response = at_desk.post(address(article, "settle/"), data)
    page = assert_valid(response, 422)
    assert said in page
    assert 'value="somebody else"' in page
    assert not article.waivers.exists()


def test_decisions_on_a_text_that_was_changed_meanwhile_are_shown_again(at_desk):
    article = make_draft(question=f"Call {PHONE}.")
    data = decide(article, phone={"do": "keep", "reason": "A helpline."})
    workflow.edit(article, by=None, version=article.version, dek="Another.")
    response = at_desk.post(address(article, "settle/"), data)
    assert 'value="A helpline."' in assert_valid(response, 409)
    data["seen"] = response.context["check"].of
    assert at_desk.post(address(article, "settle/"), data).status_code == 302


def test_a_save_that_brings_something_new_in_is_held_back_and_let_through_with_a_reason(at_desk, editor):
    article = checking.publish(make_draft(), by=editor)
    data = texts(article, question=f"I am {NAME}.", dek="A new dek.")
    response = at_desk.post(address(article), data)
    page = assert_valid(response, 422)
    assert f"Somebody’s name: “{NAME}”" in page
    assert response.context["form"]["question"].value() == f"I am {NAME}."
    assert response.context["form"]["dek"].value() == "A new dek."
    [(finding, _reason)] = response.context["new_finds"]
    assert fresh(article).dek == article.dek
    data[f"keep-{finding.field_key}"] = "A public figure."
    assert at_desk.post(address(article), data).status_code == 302
    assert fresh(article).question == f"I am {NAME}."
    assert article.waivers.get().reason == "A public figure."


def test_so_is_an_answer_and_so_is_a_former_text_that_comes_back(at_desk, editor):
    article = make_draft(question=f"I am {NAME}.")
    first = article.revisions.get(answer=None)
    article = workflow.edit(article, by=editor, version=article.version, question="I am a runner.")
    article = checking.publish(article, by=editor)
    answer = article.answers.get()
    data = {"text": f"Dear {NAME}, rest.", "version": answer.version}
    response = at_desk.post(f"/desk/answers/{answer.pk}/", data)
    assert f"“{NAME}”" in assert_valid(response, 422)
    assert response.context["form"]["text"].value() == f"Dear {NAME}, rest."
    restore = address(article, f"history/{first.pk}/restore/")
    data = {"version": fresh(article).version}
    response = at_desk.post(restore, data)
    assert f"“{NAME}”" in assert_valid(response, 422)
    assert fresh(article).question == "I am a runner."
    [(finding, _reason)] = response.context["new_finds"]
    data[f"keep-{finding.field_key}"] = "A public figure."
    assert at_desk.post(restore, data).status_code == 302
    assert fresh(article).question == f"I am {NAME}."


def test_what_happened_since_is_looked_over_before_it_is_printed(at_desk):
    sent = make_follow_up(text=f"It passed. {NAME} told me to rest.")
    approve = f"/desk/updates/{sent.pk}/approve/"
    data = {"text": sent.text, "signature": "Adam", "version": sent.version}
    response = at_desk.post(approve, data)
    assert f"“{NAME}”" in assert_valid(response, 422)
    assert response.context["form"]["text"].value() == sent.text
    assert not Update.objects.exists()
    [(finding, _reason)] = response.context["new_finds"]
    assert at_desk.post(approve, data | {f"keep-{finding.field_key}": "A coach."}).status_code == 302
    assert Update.objects.get().text == sent.text
    another = make_follow_up(text=f"It passed. {NAME} told me to rest.")
    data |= {"text": "It passed.", "version": another.version}
    assert at_desk.post(f"/desk/updates/{another.pk}/approve/", data).status_code == 302


def test_a_draft_is_saved_whatever_is_in_it(at_desk):
    article = make_draft()
    assert at_desk.post(address(article), texts(article, question=f"I am {NAME}.")).status_code == 302


def test_the_names_that_may_stand_are_added_and_removed(at_desk, editor):
    article = make_draft(question=f"I met {NAME}.")
    assert at_desk.post("/desk/names/", {"name": f" {NAME} "}).status_code == 302
    page = assert_valid(at_desk.get("/desk/names/"))
    assert NAME in page
    assert editor.name in page
    assert not checking.check(article).findings
    response = at_desk.post("/desk/names/", {"name": NAME.upper()})
    assert "on the list already" in assert_valid(response, 422)
    assert at_desk.post(f"/desk/names/{AllowedName.objects.get().pk}/remove/").status_code == 302
    assert checking.check(article).open_findings


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_names_is_flat_in_queries(at_desk, editor, django_assert_num_queries, count):
    for number in range(count):
        allow(f"Runner {number}", by=editor)
    with django_assert_num_queries(6):
        at_desk.get("/desk/names/")


def test_the_list_of_names_is_paged(at_desk, editor):
    for number in range(21):
        allow(f"Runner {number}", by=editor)
    assert len(at_desk.get("/desk/names/").context["names"]) == 20
    assert len(at_desk.get("/desk/names/?page=2").context["names"]) == 1


def test_what_stands_in_the_address_is_kept_and_never_replaced(at_desk):
    article = make_draft(headline="A sore knee", question="It hurts.")
    workflow.edit(article, by=None, version=article.version, slug="call-07700-900123")
    page = assert_valid(at_desk.get(address(article)))
    assert "Address: <q>Call <mark>07700 900123</mark>" in page
    assert 'value="replace"' not in page
    data = decide(article, phone={"do": "replace", "words": "me"})
    assert at_desk.post(address(article, "settle/"), data).status_code == 422
    data = decide(article, phone={"do": "keep", "reason": "A helpline."})
    assert at_desk.post(address(article, "settle/"), data).status_code == 302
    assert checking.check(fresh(article)).open_findings == []


def test_a_letter_that_joins_what_is_public_brings_a_warning_of_what_tells(at_desk, editor):
    article = checking.publish(make_draft(question="I like zebedee, and it hurts."), by=editor)
    one, two = make_letter(signature="Zebedee"), make_letter(signature="Zebedee")
    data = {"join-letters": one.case_number}
    page = at_desk.post(address(article, "join/"), data, follow=True).content.decode()
    assert "What is public has 1 thing in it that may tell who wrote a letter that joined: “zebedee”" in page
    data = {"merge-article": article.pk}
    page = at_desk.post(f"/desk/letters/{two.pk}/merge/", data, follow=True).content.decode()
    assert "What is public has" not in page


def test_the_names_that_may_stand_are_led_to(at_desk):
    assert 'href="/desk/names/"' in at_desk.get("/desk/manage/").content.decode()
