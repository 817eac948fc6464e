import pytest

from advice.letters import redflags, workflow
from advice.letters.models import Emptying, Letter, LetterStatus, Reason
from tests.factories import make_letter, make_user

pytestmark = pytest.mark.django_db

LINKED = {str(Reason.LINKS): 5}
TRAPPED = {str(Reason.TRAP): 5}


def test_the_tray_shows_its_letters_with_their_points_and_reasons(at_desk):
    make_letter(question="Where is the mill?")
    make_letter(question="Cheap pills?", doubts=LINKED)
    page = at_desk.get("/desk/spam/").content.decode()
    assert "Cheap pills?" in page
    assert "<li>Links (5)</li>" in page
    assert "Where is the mill?" not in page


def test_the_tray_is_filtered_by_reason(at_desk):
    make_letter(question="Cheap pills?", doubts=LINKED)
    make_letter(question="Quick robot?", doubts=TRAPPED)
    chosen = make_letter(question="By hand?")
    workflow.mark_spam(chosen, by=make_user())
    for reason, shown in {"links": "Cheap pills?", "trap": "Quick robot?", "editor": "By hand?"}.items():
        page = at_desk.get("/desk/spam/", {"reason": reason}).content.decode()
        assert [q for q in ("Cheap pills?", "Quick robot?", "By hand?") if q in page] == [shown]


def test_a_letter_of_the_tray_says_why_it_lies_there(at_desk):
    letter = make_letter(doubts=LINKED)
    assert "<li>Links (5)</li>" in at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "/desk/spam/" in at_desk.get("/desk/?show=spam").content.decode()


def test_a_letter_is_put_back_by_one_press(at_desk):
    letter, other = make_letter(doubts=LINKED), make_letter(doubts=LINKED)
    response = at_desk.post(f"/desk/spam/{letter.pk}/put-back/", follow=True)
    assert "is back in the queue" in response.content.decode()
    assert list(Letter.objects.order_by("pk").values_list("pk", "status")) == [
        (letter.pk, LetterStatus.RECEIVED),
        (other.pk, LetterStatus.SPAM),
    ]


def test_who_comes_too_late_to_put_back_is_told(at_desk):
    letter = make_letter(doubts=LINKED)
    workflow.reopen(letter, by=make_user())
    response = at_desk.post(f"/desk/spam/{letter.pk}/put-back/", follow=True)
    assert "no longer possible" in response.content.decode()


def test_emptying_asks_first_and_spares_what_came_since(at_desk, editor):
    make_letter(doubts=LINKED)
    last = make_letter(doubts=TRAPPED)
    response = at_desk.get("/desk/spam/empty/")
    assert "Delete 2 letters for good?" in response.content.decode()
    assert f'name="up_to" value="{last.pk}"' in response.content.decode()
    assert Letter.objects.count() == 2
    since = make_letter(doubts=LINKED)
    page = at_desk.post("/desk/spam/empty/", {"up_to": last.pk}, follow=True).content.decode()
    assert "2 letters are deleted for good." in page
    assert f"2 letters, {editor.name}" in page
    assert Letter.objects.get() == since
    assert Emptying.objects.get().by == editor


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 40, "٣"])
def test_without_knowing_what_was_shown_nothing_is_deleted(at_desk, up_to):
    make_letter(doubts=LINKED)
    assert at_desk.post("/desk/spam/empty/", {"up_to": up_to}).status_code == 302
    assert Letter.objects.count() == 1


def test_only_one_reason_is_emptied_where_one_was_chosen(at_desk):
    make_letter(doubts=TRAPPED)
    linked = make_letter(doubts=LINKED)
    page = at_desk.get("/desk/spam/empty/", {"reason": "trap"}).content.decode()
    assert "Delete 1 letter for good?" in page
    assert "Filled in the field that nobody sees" in page
    at_desk.post("/desk/spam/empty/", {"up_to": linked.pk, "reason": "trap"})
    assert Letter.objects.get() == linked


def urgent(question):
    redflags.load_shipped()
    return make_letter(question=question, text="Honestly, I want to die.", spam=True, doubts=TRAPPED)


def test_urgent_letters_stand_first_with_their_clock_and_are_not_emptied(at_desk, editor):
    seen, unseen, last = urgent("Seen?"), urgent("Unseen?"), make_letter(question="Pills?", doubts=LINKED)
    redflags.seen(seen, by=editor)
    page = at_desk.get("/desk/spam/").content.decode()
    assert page.index("Unseen?") < page.index("Urgent: 0") < page.index("Seen?</a>")
    assert page.index("Urgent, seen") < page.index("Pills?")
    asked = at_desk.get("/desk/spam/empty/").content.decode()
    assert "Delete 1 letter for good?" in asked
    assert "2 urgent letters stay" in asked
    at_desk.post("/desk/spam/empty/", {"up_to": last.pk})
    assert set(Letter.objects.all()) == {seen, unseen}
    nothing = at_desk.get("/desk/spam/empty/").content.decode()
    assert "Delete 0 letters" in nothing
    assert 'class="btn danger"' not in nothing


def test_an_urgent_letter_is_read_then_noted_as_seen_then_deleted_alone(at_desk):
    letter, other = urgent("Help?"), urgent("Another?")
    path = f"/desk/spam/{letter.pk}/delete/"
    assert path not in at_desk.get("/desk/spam/").content.decode()
    assert path not in at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    refused = at_desk.post(path, follow=True).content.decode()
    assert "nobody has seen it" in refused
    at_desk.post(f"/desk/letters/{letter.pk}/seen/")
    assert path in at_desk.get("/desk/spam/").content.decode()
    assert path in at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert f"Delete letter {letter.case_number} for good?" in at_desk.get(path).content.decode()
    assert Letter.objects.count() == 2
    assert "is deleted for good" in at_desk.post(path, follow=True).content.decode()
    assert Letter.objects.get() == other
    assert at_desk.get(path).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_tray_asks_the_same_few_questions_for_any_number(at_desk, count, django_assert_num_queries):
    for _ in range(count):
        make_letter(doubts=LINKED)
    with django_assert_num_queries(8):
        at_desk.get("/desk/spam/")
