"""Acts on several at once: a page says first what will happen, then each row wholly or not at all."""

import re

import pytest

from advice.articles import workflow as articles
from advice.articles.models import Answer
from advice.desk.bulk import MOST
from advice.letters import workflow as letters
from advice.letters.models import Alarm, Letter, SavedReply
from advice.mail.models import Message
from tests.factories import make_column, make_expert, make_letter, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


def ask(at_desk, act, rows, **fields):
    return at_desk.post("/desk/bulk/?show=received", {"act": act, "tick": [row.pk for row in rows], **fields})


def confirm(at_desk, asked, **fields):
    """Press the button of the page that was shown, and read what the queue then says."""
    ticks = re.findall(r'name="tick" value="([^"]+)"', asked.content.decode())
    data = {"act": asked.context["act"].key, "sure": "yes", "tick": ticks, **fields}
    return [str(one) for one in at_desk.post("/desk/bulk/", data, follow=True).context["messages"]]


def statuses(*rows):
    return [Letter.objects.get(pk=row.pk).status for row in rows]


def test_nothing_happens_before_it_is_confirmed_and_each_writer_is_told(at_desk):
    first, second, third = make_letter(), make_letter(email=""), make_letter()
    Message.objects.all().delete()
    asked = ask(at_desk, "decline", [first, second])
    page = assert_valid(asked)
    assert "Decline 2 letters?" in page
    assert "told by mail" in page
    assert "left no address" in page
    assert statuses(first, second) == ["received", "received"]
    assert confirm(at_desk, asked, **{"decline-reason": "Not for us."}) == ["2 done."]
    assert statuses(first, second, third) == ["declined", "declined", "received"]
    assert Letter.objects.get(pk=first.pk).reason == "Not for us."
    assert list(Message.objects.values_list("kind", flat=True)) == ["declined"]


def test_without_a_reason_nothing_is_declined_and_the_ticks_stay(at_desk):
    letter = make_letter()
    asked = ask(at_desk, "decline", [letter], sure="yes")
    page = assert_valid(asked, 422)
    assert "This field is required." in page
    assert f'name="tick" value="{letter.pk}:' in page
    assert statuses(letter) == ["received"]


def test_what_somebody_changed_meanwhile_is_left_as_it_is(at_desk, editor):
    kept, declined, gone, changed = (make_letter() for _ in range(4))
    asked = ask(at_desk, "spam", [kept, declined, gone, changed])
    letters.decline(declined, by=editor, reason="No.")
    gone.delete()
    letters.change(
        changed, question="Why?", text="There is more to it."
    )  # still received, and not as it was read
    assert confirm(at_desk, asked) == [
        "1 done.",
        "3 were changed by somebody meanwhile, and are left as they are.",
    ]
    assert statuses(kept, declined, changed) == ["spam", "declined", "received"]


def test_an_urgent_letter_that_nobody_has_seen_is_read_first(at_desk):
    urgent, plain = make_letter(), make_letter()
    Alarm.objects.create(letter=urgent)
    asked = ask(at_desk, "spam", [urgent, plain])
    assert "please read it first" in asked.content.decode()
    assert confirm(at_desk, asked) == ["1 done."]
    # Nor does a hand-made confirmation reach it.
    stamp = urgent.events.last().pk
    at_desk.post("/desk/bulk/", {"act": "spam", "sure": "yes", "tick": f"{urgent.pk}:{stamp}"})
    assert statuses(urgent, plain) == ["received", "spam"]


def test_what_was_put_aside_is_put_back(at_desk, editor):
    spam, declined, received = (make_letter() for _ in range(3))
    letters.mark_spam(spam, by=editor)
    letters.decline(declined, by=editor, reason="No.")
    asked = ask(at_desk, "put_back", [spam, declined, received])
    assert "It is received." in asked.content.decode()
    assert confirm(at_desk, asked) == ["2 done."]
    assert statuses(spam, declined) == ["received", "received"]


def test_articles_are_assigned_with_a_day_and_the_expert_is_told(at_desk, editor):
    expert = make_expert(make_user("expert"))
    first, second, his = (articles.draft(by=editor, headline=f"H{n}", column=make_column()) for n in range(3))
    articles.assign(his, expert=expert, by=editor)
    asked = ask(at_desk, "assign", [first, second, his])
    assert_valid(asked)
    fields = {"assign-expert": expert.pk, "assign-due_on": "2099-05-01"}
    said = confirm(at_desk, asked, **fields)
    assert said == ["2 done.", f"1 not: {expert.name} has this letter already."]
    answers = Answer.objects.filter(due_on="2099-05-01", expert=expert)
    assert {answer.article_id for answer in answers} == {first.pk, second.pk}
    assert Message.objects.filter(kind="assigned").count() == 3
    asked = ask(at_desk, "assign", [first], sure="yes", **{"assign-due_on": "2001-01-01"})
    assert "This day has passed." in assert_valid(asked, 422)


def test_at_most_a_hundred_and_at_least_one(at_desk):
    letter = make_letter()
    for ticks, said in (
        ([], "Tick at least one, please."),
        (["x", "1:y"], "Tick at least one, please."),
        (range(1, MOST + 2), "At most 100 at once, please."),
    ):
        answer = at_desk.post("/desk/bulk/?show=spam", {"act": "spam", "tick": ticks}, follow=True)
        assert [str(one) for one in answer.context["messages"]] == [said]
        assert answer.context["queue"].show == "spam"
    assert at_desk.post("/desk/bulk/", {"act": "publish", "tick": [letter.pk]}).status_code == 404
    assert statuses(letter) == ["received"]


def test_the_queue_offers_what_can_be_done_under_each_filter(at_desk):
    letter = make_letter()
    page = at_desk.get("/desk/").content.decode()
    assert f'<input type="checkbox" form="ticks" name="tick" value="{letter.pk}"' in page
    offered = {
        show: [act.key for act in at_desk.get(f"/desk/?show={show}").context["queue"].acts]
        for show in ("received", "spam", "draft", "published")
    }
    assert offered == {
        "received": ["decline", "spam"],
        "spam": ["put_back"],
        "draft": ["assign"],
        "published": [],
    }


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_that_asks_is_flat_in_queries(at_desk, django_assert_num_queries, count):
    rows = [make_letter() for _ in range(count)]
    with django_assert_num_queries(7):
        ask(at_desk, "decline", rows)


def test_a_saved_reply_goes_into_the_reason_before_anything_is_done(at_desk):
    letter = make_letter()
    reply = SavedReply.objects.create(kind="decline", name="Answered", text="We have answered this.")
    asked = ask(at_desk, "decline", [letter], sure="yes", reply=reply.pk)
    assert "We have answered this.</textarea>" in assert_valid(asked)
    assert statuses(letter) == ["received"]
