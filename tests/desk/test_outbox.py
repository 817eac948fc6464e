import json

import pytest

from advice.mail.models import Message, State

pytestmark = pytest.mark.django_db


def message(state):
    payload = json.dumps({"to": "secret@example.org", "subject": "Private subject", "text": "Private text"})
    return Message.objects.create(kind="received", payload=payload, state=state)


def test_what_is_unclear_or_failed_is_listed_without_its_text(at_desk):
    message(State.UNCLEAR), message(State.FAILED), message(State.PENDING)
    response = at_desk.get("/desk/outbox/")
    page = response.content.decode()
    assert len(response.context["page"].object_list) == 2
    for private in ("secret@example.org", "Private subject", "Private text"):
        assert private not in page
    assert response.context["troubled"] == 2


def test_resending_puts_it_in_line_again(at_desk):
    one = message(State.UNCLEAR)
    at_desk.post(f"/desk/outbox/{one.pk}/resend/")
    assert Message.objects.get().state == State.PENDING


def test_discarding_forgets_it(at_desk):
    at_desk.post(f"/desk/outbox/{message(State.FAILED).pk}/discard/")
    assert not Message.objects.exists()


@pytest.mark.parametrize("act", ["resend", "discard"])
def test_of_two_who_decide_the_second_is_told(at_desk, act):
    one = message(State.PENDING)
    page = at_desk.post(f"/desk/outbox/{one.pk}/{act}/", follow=True).content.decode()
    assert "Somebody has decided about this one already." in page
    assert Message.objects.get().state == State.PENDING
