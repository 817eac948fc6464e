"""After an act on a letter, and the keys on the buttons: as each person has chosen."""

import pytest

from tests.factories import make_column, make_letter, make_user

pytestmark = pytest.mark.django_db
DECLINED = {"decline-reason": "Not for us."}


def act(at_desk, letter, query, what="decline"):
    """Press the button on the letter's page, as it stands there."""
    page = at_desk.get(f"/desk/letters/{letter.pk}/?{query}")
    after = page.context["queue"].onward
    assert (
        f'action="/desk/letters/{letter.pk}/{what}/?{after.replace("&", "&amp;")}"' in page.content.decode()
    )
    return at_desk.post(f"/desk/letters/{letter.pk}/{what}/?{after}", DECLINED)["Location"]


def test_an_act_leads_to_the_next_letter_of_the_same_list(at_desk):
    column = make_column()
    first, second, third = (make_letter(column) for _ in range(3))
    other = make_letter()
    query = f"show=received&column={column.pk}"
    assert act(at_desk, second, query) == f"/desk/letters/{third.pk}/?{query}#queue"
    assert act(at_desk, third, query, "spam") == f"/desk/letters/{first.pk}/?{query}#queue"
    assert act(at_desk, first, query) == f"/desk/?{query}#queue"  # there is none left
    assert act(at_desk, other, "show=received") == "/desk/?show=received#queue"


def test_the_next_letter_may_be_gone_by_then(at_desk, editor):
    first, second, third = (make_letter() for _ in range(3))
    after = at_desk.get(f"/desk/letters/{first.pk}/").context["queue"].onward
    assert after == f"show=received&next={second.pk}"
    second.delete()
    answer = at_desk.post(f"/desk/letters/{first.pk}/decline/?{after}", DECLINED)
    assert answer["Location"] == f"/desk/letters/{third.pk}/?show=received#queue"
    for wrong in ("next=x", "next=-1", f"next={10**30}", "show=nonsense&page=x"):
        letter = make_letter()
        answer = at_desk.post(f"/desk/letters/{letter.pk}/decline/?{wrong}", DECLINED)
        assert answer["Location"] == f"/desk/letters/{third.pk}/?show=received#queue", wrong


def test_who_has_chosen_so_comes_back_to_the_queue(at_desk, editor):
    letter = make_letter()
    make_letter()
    at_desk.post("/desk/settings/", {"uses_shortcuts": "on"})
    assert act(at_desk, letter, "show=received") == "/desk/?show=received#queue"


def test_after_accepting_the_letters_stand_beside_the_draft(at_desk):
    letter, following = make_letter(), make_letter()
    fields = {"headline": "H", "question": "Q", "column": letter.column_id}
    answer = at_desk.post(f"/desk/letters/{letter.pk}/accept/?show=received", fields, follow=True)
    assert answer.request["PATH_INFO"].startswith("/desk/articles/")
    assert [row.pk for row in answer.context["queue"].rows] == [following.pk]
    assert f'href="/desk/letters/{following.pk}/?show=received"' in answer.content.decode()


def test_keys_stand_on_their_buttons_and_go_when_they_are_switched_off(at_desk, editor):
    letter = make_letter()
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert 'data-key="d" aria-keyshortcuts="d">Decline <kbd aria-hidden="true">d</kbd>' in page
    assert "data-keys" in page
    assert at_desk.post("/desk/settings/", {"opens_next": "on"}, follow=True).context["form"].initial == {
        "uses_shortcuts": False,
        "opens_next": True,
    }
    page = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    for sign in ("data-key", "keyshortcuts", "<kbd", "<dialog"):
        assert sign not in page, sign
    editor.refresh_from_db()
    assert (editor.uses_shortcuts, editor.opens_next) == (False, True)


def test_one_persons_settings_are_not_anothers(at_desk, client, editor):
    other = make_user()
    at_desk.post("/desk/settings/", {})
    other.refresh_from_db()
    assert (other.uses_shortcuts, other.opens_next) == (True, True)
