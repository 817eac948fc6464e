"""Search in letters: what was looked for stands in no address, and goes after half an hour."""

import pytest
from django.contrib.sessions.models import Session

from advice.desk.found import KEPT
from advice.letters import finding
from advice.letters import workflow as letters
from tests.factories import make_letter, make_user
from tests.stored import everything_stored
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


def found(at_desk, words):
    answer = at_desk.post("/desk/letters/search/", {"q": words})
    assert answer["Location"] == "/desk/?show=found#queue"
    return [row.pk for row in at_desk.get("/desk/?show=found").context["queue"].rows]


def test_letters_are_found_by_their_words_their_signature_and_case_number(at_desk, editor):
    by_text = make_letter(text="My left Achilles creaks on stairs, 50% of all days.")
    by_question = make_letter(question="Is the Achilles to blame?", text="It hurts.")
    by_name = make_letter(signature="Ähnlich Müde")
    letters.decline(by_text, by=editor, reason="No.")
    letters.change(by_question, question="Is it the heel?", text="It still hurts.")
    assert found(at_desk, "achilles") == [
        by_question.pk,
        by_text.pk,
    ]  # whatever became of it, and in older words
    assert found(at_desk, "stairs left") == [by_text.pk]
    assert found(at_desk, '"left achilles"') == [by_text.pk]
    assert found(at_desk, '"achilles left"') == []
    assert found(at_desk, "ähnlich") == [by_name.pk]
    assert found(at_desk, by_name.case_number.lower()) == [by_name.pk]
    assert found(at_desk, "0%") == [by_text.pk]
    assert found(at_desk, "_reaks") == []


def test_what_was_found_is_marked_escaped_and_worked_through(at_desk):
    first = make_letter(
        question="Why <b>Achilles</b>?", text=f"{'So it goes. ' * 30}The achilles <i>aches</i>."
    )
    second = make_letter(text="Another Achilles.")
    found(at_desk, "achilles")
    page = assert_valid(at_desk.get("/desk/?show=found"))
    assert "The <mark>achilles</mark> &lt;i&gt;aches&lt;/i&gt;." in page
    assert f'href="/desk/letters/{first.pk}/?show=found"' in page
    assert at_desk.get(f"/desk/letters/{second.pk}/?show=found").context["queue"].onward == (
        f"show=found&next={first.pk}"
    )
    assert (
        "No letter has all of these words."
        in at_desk.post("/desk/letters/search/", {"q": "nosuchword"}, follow=True).content.decode()
    )


def test_the_words_stand_nowhere_in_the_clear_and_go_after_half_an_hour(at_desk, monkeypatch):
    make_letter()
    assert found(at_desk, "zebrafinch") == []
    assert 'value="zebrafinch"' in at_desk.get("/desk/?show=found").content.decode()
    assert not [table for table, rows in everything_stored() if "zebrafinch" in rows]
    assert "zebrafinch" not in str([one.get_decoded() for one in Session.objects.all()])
    monkeypatch.setattr("advice.desk.found.KEPT", -KEPT)
    at_desk.post("/desk/letters/search/", {"q": "zebrafinch"})
    queue = at_desk.get("/desk/?show=found").context["queue"]
    assert queue.show == "received"
    assert queue.choice.found is None


def test_an_empty_search_forgets_the_last_one(at_desk):
    make_letter()
    found(at_desk, "calf")
    assert at_desk.post("/desk/letters/search/", {"q": ' "" '})["Location"] == "/desk/"
    assert at_desk.get("/desk/?show=found").context["queue"].show == "received"
    assert at_desk.post("/desk/letters/search/", {"q": "x" * 201})["Location"] == "/desk/"


def test_what_one_person_found_is_nobody_elses(at_desk, client, editor):
    make_letter()
    found(at_desk, "calf")
    client.force_login(make_user())
    assert client.get("/desk/?show=found").context["queue"].show == "received"


def test_at_most_so_many_are_found(at_desk, monkeypatch):
    monkeypatch.setattr(finding, "MOST", 2)
    for _ in range(3):
        make_letter()
    assert len(found(at_desk, "calf")) == 2
    assert "<b>2+</b>" in at_desk.get("/desk/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_what_was_found_is_flat_in_queries(at_desk, django_assert_num_queries, count):
    for _ in range(count):
        make_letter()
    found(at_desk, "calf")
    with django_assert_num_queries(14):
        at_desk.get("/desk/?show=found")
