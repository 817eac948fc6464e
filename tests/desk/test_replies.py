import pytest

from advice.letters.models import SavedReply
from tests.factories import make_letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def reply():
    return SavedReply.objects.create(kind="decline", name="Answered", text="We answered <this> in May.")


def test_a_reply_is_made_changed_and_deleted(at_desk):
    given = {"kind": "ask", "name": "Since when", "text": "Since when?"}
    assert at_desk.post("/desk/replies/new/", given)["Location"] == "/desk/replies/"
    one = SavedReply.objects.get()
    at_desk.post(f"/desk/replies/{one.pk}/", {**given, "text": "For how long?"})
    page = at_desk.get("/desk/replies/").content.decode()
    assert "For how long?" in page
    assert "Asking the writer" in page
    at_desk.post(f"/desk/replies/{one.pk}/delete/")
    assert not SavedReply.objects.exists()


def test_two_of_a_kind_have_two_names(at_desk, reply):
    response = at_desk.post("/desk/replies/new/", {"kind": "decline", "name": "Answered", "text": "Typed."})
    assert response.status_code == 422
    assert "Typed." in response.content.decode()
    assert SavedReply.objects.count() == 1


def test_it_stands_as_a_button_and_without_javascript_a_press_fills_the_box_after_what_was_typed(
    at_desk, reply
):
    letter = make_letter()
    address = f"/desk/letters/{letter.pk}/"
    assert 'data-insert="We answered &lt;this&gt; in May."' in at_desk.get(address).content.decode()
    response = at_desk.post(f"{address}use-reply/", {"reply": reply.pk, "decline-reason": "Dear Adam,"})
    assert response.status_code == 200
    assert response.context["decline_form"]["reason"].value() == "Dear Adam,\n\nWe answered <this> in May."
    letter.refresh_from_db()
    assert letter.status == "received"


@pytest.mark.parametrize("number", ["", "x", "999999"])
def test_a_reply_that_is_none_is_not_found(at_desk, number):
    letter = make_letter()
    assert at_desk.post(f"/desk/letters/{letter.pk}/use-reply/", {"reply": number}).status_code == 404


def test_the_list_asks_as_much_for_three_as_for_one(at_desk, reply, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        at_desk.get("/desk/replies/")
    for number in range(2):
        SavedReply.objects.create(kind="ask", name=f"Number {number}", text="x")
    with django_assert_max_num_queries(6):
        assert len(at_desk.get("/desk/replies/").context["page"].object_list) == 3
