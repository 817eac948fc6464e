import pytest

from advice.articles import workflow as articles
from advice.letters import asking, workflow
from advice.letters.models import Enquiry, Wording
from tests.factories import make_draft, make_expert, make_letter, make_published

pytestmark = pytest.mark.django_db


def test_the_writer_is_asked_and_the_reply_stands_at_the_letter(at_desk, editor):
    letter = make_letter()
    address = f"/desk/letters/{letter.pk}/"
    response = at_desk.post(f"{address}ask/", {"ask-text": "Since <when>?"})
    assert response["Location"] == address
    enquiry = Enquiry.objects.get()
    assert (enquiry.text, enquiry.by) == ("Since <when>?", editor)
    page = at_desk.get(address).content.decode()
    assert "Since &lt;when&gt;?" in page
    assert "No reply yet" in page
    assert "Ask the writer" not in page
    asking.reply(letter, text="Since <May>.")
    page = at_desk.get(address).content.decode()
    assert "Since &lt;May&gt;." in page
    assert "Ask the writer" in page


def test_an_empty_question_is_not_asked(at_desk):
    letter = make_letter()
    assert at_desk.post(f"/desk/letters/{letter.pk}/ask/", {"ask-text": " "}).status_code == 422
    assert not Enquiry.objects.exists()


def test_a_second_question_waits_for_the_first_and_is_kept(at_desk, editor):
    letter = make_letter()
    asking.ask_back(letter, text="One?", by=editor)
    response = at_desk.post(f"/desk/letters/{letter.pk}/ask/", {"ask-text": "Two?"})
    assert response.status_code == 409
    assert "Two?</textarea>" in response.content.decode()
    assert Enquiry.objects.count() == 1


def test_the_wording_is_shown_for_the_columns_days_and_what_was_said_stands_at_letter_and_article(at_desk):
    letter = make_letter()
    letter.column.wording_days = 9
    letter.column.save()
    article = make_draft(letter)
    address = f"/desk/letters/{letter.pk}/"
    assert at_desk.get(address).context["wording_form"]["days"].value() == 9
    at_desk.post(f"{address}wording/", {"wording-days": "9"})
    one = Wording.objects.get()
    assert ((one.until - one.asked_at).days, one.text) == (9, article.question)
    for path in (address, f"/desk/articles/{article.pk}/"):
        assert "Waits for the writer" in at_desk.get(path).content.decode()
    asking.say(letter, wording=one.pk, verdict="changed", note="Not <so>.")
    for path in (address, f"/desk/articles/{article.pk}/"):
        assert "“This changes my meaning”" in at_desk.get(path).content.decode()
    assert "Not &lt;so&gt;." in at_desk.get(address).content.decode()


def test_the_letter_says_when_the_question_was_changed_since(at_desk, editor):
    letter = make_letter()
    article = make_draft(letter)
    asking.show_wording(letter, by=editor, days=7)
    address, said = f"/desk/letters/{letter.pk}/", "was changed since the writer last saw it"
    assert said not in at_desk.get(address).content.decode()
    articles.edit(article, by=editor, version=article.version, question="Another.")
    assert said in at_desk.get(address).content.decode()


@pytest.mark.parametrize("days", ["0", "61", "x", ""])
def test_the_days_are_within_reason(at_desk, days):
    letter = make_letter()
    make_draft(letter)
    address = f"/desk/letters/{letter.pk}/wording/"
    assert at_desk.post(address, {"wording-days": days}).status_code == 422
    assert not Wording.objects.exists()


def test_there_is_nothing_to_ask_once_it_is_over(at_desk, editor):
    declined, answered = make_letter(), make_letter()
    workflow.decline(declined, by=editor, reason="No.")
    make_published(answered)
    for letter in (declined, answered):
        page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
        assert "Ask the writer" not in page
        assert "Show the writer the wording" not in page


def test_the_page_says_since_when_the_writer_is_waited_for_and_a_press_ends_it(at_desk, editor):
    letter = make_letter()
    article = make_draft(letter)
    articles.assign(article, expert=make_expert(), by=editor)
    asking.ask_back(letter, text="Since when?", by=editor)
    address = f"/desk/letters/{letter.pk}/"
    assert "Waiting for the writer since" in at_desk.get(address).content.decode()
    assert "the writer is asked something" in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert at_desk.post(f"{address}go-on/")["Location"] == address
    page = at_desk.get(address).content.decode()
    assert "It went on without a reply" in page
    assert "Waiting for the writer since" not in page
    assert (
        "the writer is asked something" not in at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    )
    assert at_desk.post(f"{address}go-on/").status_code == 409
