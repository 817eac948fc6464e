import pytest

from advice.articles.models import Article
from advice.letters import asking, noting, workflow
from advice.letters.models import Letter, LetterStatus, SavedReply
from advice.mail.models import Message
from tests.factories import make_column, make_draft, make_letter, make_published, make_tag, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


def copy(letter, **changes):
    return {
        "headline": "Why do my calves twitch?",
        "dek": "They do not cramp.",
        "question": "My calves twitch.",
        "signature": "Adam",
        "column": letter.column_id,
        "tags": [make_tag().pk],
        "action": "accept",
        **changes,
    }


def test_a_letter_stands_beside_its_editable_copy(at_desk):
    letter = make_letter(text="It *hurts* at <work>.\n\n- always")
    page = at_desk.get(f"/desk/letters/{letter.pk}/")
    text = page.content.decode()
    assert letter.case_number in text
    assert "It *hurts* at &lt;work&gt;." in text
    assert page.context["form"].initial["question"] == "It \\*hurts\\* at \\<work>.\n\n\\- always"
    assert page.context["form"].initial["headline"] == letter.current.question


def test_a_letter_whose_words_were_erased_says_so(at_desk):
    letter = make_letter(text="Canaryword in my calf.")
    make_draft(letter)
    letter.versions.all().delete()
    text = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "deleted, as promised" in text
    assert f'<h1 id="question">{letter.case_number}</h1>' in text


@pytest.mark.parametrize("address", ["/desk/", "/desk/letters/{letter}/", "/desk/articles/{article}/"])
def test_an_address_that_no_key_opens_hides_nothing_from_the_desk(at_desk, settings, address):
    letter, other = make_letter(), make_letter()
    article = make_draft(other)
    settings.PRIVATE_KEYS = ["a key that never wrote anything here"]
    response = at_desk.get(address.format(letter=letter.pk, article=article.pk))
    assert response.status_code == 200


def test_the_desk_shows_whether_there_is_an_address_and_not_the_address(at_desk):
    assert (
        "left an e-mail address"
        in at_desk.get(f"/desk/letters/{make_letter(email='a@b.example').pk}/").content.decode()
    )
    page = at_desk.get(f"/desk/letters/{make_letter(email='').pk}/").content.decode()
    assert "left no e-mail address" in page
    assert "a@b.example" not in page


def test_accepting_makes_a_draft_of_the_copy(at_desk, editor):
    letter = make_letter()
    response = at_desk.post(f"/desk/letters/{letter.pk}/accept/", copy(letter))
    article = Article.objects.get()
    assert response["Location"] == f"/desk/articles/{article.pk}/?show=received#queue"
    assert (article.headline, article.question, article.signature) == (
        "Why do my calves twitch?",
        "My calves twitch.",
        "Adam",
    )
    assert article.tags.count() == 1
    letter.refresh_from_db()
    assert (letter.status, letter.article) == (LetterStatus.ACCEPTED, article)
    assert letter.events.last().by == editor


def test_an_incomplete_copy_is_shown_again_with_what_was_typed(at_desk):
    letter = make_letter()
    response = at_desk.post(
        f"/desk/letters/{letter.pk}/accept/", copy(letter, headline="", question="My own words")
    )
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"headline"}
    assert "My own words" in response.content.decode()
    assert not Article.objects.exists()


def test_declining_mails_the_reason(at_desk):
    letter = make_letter()
    at_desk.post(f"/desk/letters/{letter.pk}/decline/", {"decline-reason": "We answered this in May."})
    letter.refresh_from_db()
    assert (letter.status, letter.reason) == (LetterStatus.DECLINED, "We answered this in May.")
    mail = Message.objects.get(kind="declined").content
    assert mail["to"] == letter.email
    assert "We answered this in May." in mail["text"]


def test_declining_needs_a_reason(at_desk):
    letter = make_letter()
    response = at_desk.post(f"/desk/letters/{letter.pk}/decline/", {"decline-reason": " "})
    assert response.status_code == 422
    letter.refresh_from_db()
    assert letter.status == LetterStatus.RECEIVED


def test_spam_goes_to_its_tray_and_comes_back(at_desk):
    letter = make_letter()
    at_desk.post(f"/desk/letters/{letter.pk}/spam/")
    letter.refresh_from_db()
    assert letter.status == LetterStatus.SPAM
    at_desk.post(f"/desk/letters/{letter.pk}/reopen/")
    letter.refresh_from_db()
    assert letter.status == LetterStatus.RECEIVED


def test_a_second_letter_is_merged_into_a_draft(at_desk):
    first = make_letter()
    article, second = make_draft(first), make_letter()
    at_desk.post(f"/desk/letters/{second.pk}/merge/", {"merge-article": article.pk})
    second.refresh_from_db()
    assert (second.status, second.article) == (LetterStatus.ACCEPTED, article)
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert first.case_number in page
    assert second.case_number in page


ACTS = {
    "accept": lambda letter: copy(letter, question="What I had typed"),
    "decline": lambda letter: {"decline-reason": "What I had typed"},
    "spam": lambda letter: {},
}


@pytest.mark.parametrize("act", ACTS)
def test_one_wins_and_the_other_is_told_and_keeps_what_was_typed(at_desk, act):
    letter = make_letter()
    workflow.withdraw(letter)
    before = Message.objects.count()
    response = at_desk.post(f"/desk/letters/{letter.pk}/{act}/", ACTS[act](letter))
    assert response.status_code == 409
    page = response.content.decode()
    assert "is withdrawn by now" in page
    assert "What I had typed" in page or act == "spam"
    letter.refresh_from_db()
    assert letter.status == LetterStatus.WITHDRAWN
    assert Message.objects.count() == before
    assert not Article.objects.exists()


def test_merging_too_late_is_told(at_desk):
    article, letter = make_draft(), make_letter()
    workflow.mark_spam(letter, by=make_user())
    response = at_desk.post(f"/desk/letters/{letter.pk}/merge/", {"merge-article": article.pk})
    assert response.status_code == 409
    assert Letter.objects.get(pk=letter.pk).article is None


def test_without_javascript_a_button_shows_the_preview_and_saves_nothing(at_desk):
    letter = make_letter()
    response = at_desk.post(
        f"/desk/letters/{letter.pk}/accept/", copy(letter, question="My *own* words", action="preview")
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert "<p>My <em>own</em> words</p>" in page
    assert "My *own* words" in page
    assert not Article.objects.exists()


def test_a_column_must_be_chosen_from_those_there_are(at_desk):
    letter = make_letter(make_column())
    response = at_desk.post(f"/desk/letters/{letter.pk}/accept/", copy(letter, column=999_999))
    assert response.context["form"].errors.keys() == {"column"}


CALF = "My left calf twitches at night after interval training. I stretch it, but it returns by morning."


def two_alike():
    for number in range(9):
        make_letter(text=f"Something else about breakfast {number}.")
    return make_letter(question="Mine?", text=CALF), make_letter(question="Theirs?", text=CALF + " Why?")


def test_what_is_ticked_and_named_is_accepted_with_it(at_desk):
    (letter, alike), named = two_alike(), make_letter()
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert f'value="{alike.pk}" form="accept"' in page
    assert "Both say:" in page
    given = copy(letter, **{"with-ticked": [alike.pk], "with-cases": f" {named.case_number.lower()}, "})
    at_desk.post(f"/desk/letters/{letter.pk}/accept/", given)
    article = Article.objects.get()
    asking = Letter.objects.filter(article=article).order_by("pk")
    assert [one.is_lead for one in asking] == [True, False, False]
    assert article.asked_by == 3


def test_a_case_number_that_is_none_stands_beside_its_field_and_nothing_is_lost(at_desk):
    letter, alike = two_alike()
    given = copy(letter, question="My own words", **{"with-ticked": [alike.pk], "with-cases": "NONE-SUCH"})
    response = at_desk.post(f"/desk/letters/{letter.pk}/accept/", given)
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is no letter NONE-SUCH." in page
    assert "My own words" in page
    assert f'value="{alike.pk}" form="accept" checked' in page
    assert not Article.objects.exists()


def test_another_one_leads_its_words_are_shown_and_what_was_typed_is_kept(at_desk):
    letter, alike = two_alike()
    page = at_desk.get(f"/desk/letters/{letter.pk}/")
    given = copy(
        letter, headline="Typed", question=page.context["form"].initial["question"], action=f"lead:{alike.pk}"
    )
    response = at_desk.post(f"/desk/letters/{letter.pk}/accept/", given)
    assert response.context["letter"] == alike
    assert response.context["form"].initial["headline"] == "Typed"
    assert response.context["form"].initial["question"].endswith("Why?")
    assert response.context["form"].initial["dek"] == "They do not cramp."
    assert f'value="{letter.pk}" form="accept" checked' in response.content.decode()
    assert not Article.objects.exists()


def test_a_letter_joins_an_article_by_its_case_number_leads_it_and_is_split_off(at_desk):
    first, second = make_letter(), make_letter()
    article = make_draft(first)
    wrong = at_desk.post(f"/desk/articles/{article.pk}/join/", {"join-letters": "NONE"})
    assert (wrong.status_code, wrong.context["join_form"].errors.keys()) == (422, {"letters"})
    at_desk.post(f"/desk/articles/{article.pk}/join/", {"join-letters": second.case_number})
    assert "Split it off again" in at_desk.get(f"/desk/letters/{second.pk}/").content.decode()
    at_desk.post(f"/desk/letters/{second.pk}/split/")
    assert Letter.objects.get(pk=second.pk).status == LetterStatus.RECEIVED
    assert (
        at_desk.post(f"/desk/articles/{article.pk}/join/", {"join-letters": first.case_number}).status_code
        == 409
    )
    at_desk.post(f"/desk/letters/{second.pk}/merge/", {"merge-words": article.headline})
    at_desk.post(f"/desk/letters/{second.pk}/lead/")
    assert Letter.objects.get(pk=second.pk).is_lead
    assert "Split it off again" not in at_desk.get(f"/desk/letters/{first.pk}/").content.decode()


def test_a_letter_is_merged_into_an_answer_that_is_out(at_desk):
    letter, article = make_letter(), make_published()
    response = at_desk.post(f"/desk/letters/{letter.pk}/merge/", {"merge-article": article.pk})
    assert response.status_code == 302
    assert workflow.tell_answered() == 1
    none = at_desk.post(f"/desk/letters/{make_letter().pk}/merge/", {"merge-words": "No such headline"})
    assert (none.status_code, none.context["merge_form"].errors.keys()) == (422, {"words"})


def test_the_page_with_all_that_can_stand_on_it_is_valid(at_desk, editor):
    letter, alike = two_alike()
    SavedReply.objects.create(kind="decline", name="<No>", text='We "answered" <this>.')
    noting.note(letter, text="<b>Hm.</b>", by=editor)
    assert_valid(at_desk.get(f"/desk/letters/{letter.pk}/"))
    article = make_draft(letter)
    workflow.merge(alike, article=article, by=editor)
    noting.note(article, text="<b>Hm.</b>", by=editor)
    asking.ask_back(letter, text="Since <when>?", by=editor)
    for address in (
        f"/desk/letters/{alike.pk}/",
        f"/desk/letters/{letter.pk}/",
        f"/desk/articles/{article.pk}/",
    ):
        assert_valid(at_desk.get(address))
    assert_valid(at_desk.get("/desk/replies/"))
    assert_valid(at_desk.get("/desk/replies/new/"))
